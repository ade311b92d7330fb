#include "tools/toolbox/address.h"

#include <algorithm>

#include "tools/base/text.h"
#include "tools/edit/indent.h"
#include "tools/toolbox/quote.h"

namespace adapt::toolbox {

using pyast::Node;

std::string fingerprint_of(Node node) { return fmt::format("{:08x}", node.subtree_hash() & 0xffffffffU); }

std::vector<Node> nodes_of(const Target& target, std::string_view kind) {
  std::vector<Node> out = target.module->document->nodes_of_kind(kind, target.node());
  out.erase(std::remove_if(out.begin(), out.end(), [](Node node) { return !node.is_named(); }), out.end());
  return out;
}

Target home_of(const std::shared_ptr<const Module>& module, Node node) {
  return {module, innermost(module->symbols, node.span())};
}

std::string shown(Node node) {
  std::string text(node.document().indentation_at(node.span().begin));
  text += node.text();
  return edit::indent_block(replace_all(std::move(text), "\r\n", "\n"), "");
}

std::string row_of(const std::shared_ptr<const Module>& module, Node node, std::size_t max_text) {
  const Target home = home_of(module, node);
  const std::vector<Node> alike = nodes_of(home, node.kind());
  const auto occurrence = std::find(alike.begin(), alike.end(), node) - alike.begin() + 1;
  std::string out = fmt::format("{} {} {} {} line {}\n", home.name(), node.kind(), occurrence, fingerprint_of(node),
                                node.start().line);
  const std::string text = capped(shown(node), max_text);
  for (const std::string_view line : split_lines(text)) out += fmt::format("| {}\n", line);
  return out;
}

}  // namespace adapt::toolbox
