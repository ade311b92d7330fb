// A syntax tree as one line of text, so that tests can compare whole trees.
#pragma once

#include <string>

#include "tools/pyast/document.h"

namespace adapt::pyast {

// "(call function:(identifier) arguments:(argument_list))", named nodes only, ERROR and MISSING as they are.
inline std::string outline(Node node) {
  std::string out = "(" + std::string(node.kind());
  for (const Node child : node.named_children()) {
    out += ' ';
    if (!child.field_name().empty()) out += std::string(child.field_name()) + ':';
    out += outline(child);
  }
  return out + ")";
}

inline std::shared_ptr<const Document> parsed(std::string source) {
  auto document = Document::parse(std::move(source));
  return document ? *document : nullptr;
}

// The first node of `kind` in source order whose text is `text`.
inline Node node_with_text(const Document& document, std::string_view kind, std::string_view text, int skip = 0) {
  for (const Node node : document.nodes_of_kind(kind))
    if (node.text() == text && skip-- == 0) return node;
  return {};
}

}  // namespace adapt::pyast
