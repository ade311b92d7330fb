#include "harness/judge/patch_syntax.h"

#include <algorithm>

#include "harness/judge/patch_rules.h"
#include "tools/base/text.h"
#include "tools/pyast/names.h"

namespace adapt::judge {

using pyast::Node;

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::optional<std::string> literal_text(Node node) {
  if (!node || node.kind() != "string") return std::nullopt;
  std::string text;
  for (const Node part : node.named_children()) {
    if (part.kind() == "interpolation") return std::nullopt;
    if (part.kind() == "string_content") text += part.text();
  }
  return text;
}

std::vector<Node> arguments_of(Node call) {
  const Node list = call.child_by_field("arguments");
  return list && list.kind() == "argument_list" ? list.named_children() : std::vector<Node>{};
}

bool is_use(Node identifier) {
  const Node parent = identifier.parent();
  if (!parent) return false;
  const std::string_view kind = parent.kind();
  const std::string_view field = identifier.field_name();
  if (kind == "attribute") return false;
  if (kind == "keyword_argument" || kind == "default_parameter" || kind == "typed_default_parameter")
    return field != "name";
  if (kind == "function_definition" || kind == "class_definition") return field != "name";
  return !holds_word(
      "dotted_name aliased_import parameters lambda_parameters typed_parameter global_statement "
      "nonlocal_statement import_from_statement import_statement",
      kind);
}

bool is_inside(Node node, std::string_view kinds) {
  for (Node around = node.parent(); around; around = around.parent()) {
    if (holds_word(kinds, around.kind())) return true;
  }
  return false;
}

std::uint32_t count_calls(Node node) {
  return node ? static_cast<std::uint32_t>(node.document().nodes_of_kind("call", node).size()) : 0;
}

std::size_t count(Node node, std::initializer_list<std::string_view> kinds) {
  std::size_t total = 0;
  for (const std::string_view kind : kinds) total += node.document().nodes_of_kind(kind, node).size();
  return total;
}

bool is_local(Node identifier) {
  for (Node around = identifier.parent(); around; around = around.parent()) {
    if (around.kind() != "function_definition" && around.kind() != "lambda") continue;
    if (!pyast::NameTable::free_names(around).contains(std::string(identifier.text()))) return true;
  }
  return false;
}

std::string caught(Node clause) {
  for (const Node child : clause.named_children()) {
    if (child.kind() == "block") break;
    if (child.kind() == "as_pattern") return std::string(child.named_children().front().text());
    return std::string(child.text());
  }
  return "";
}

bool catches_only(std::string types, std::string_view allowed) {
  std::erase_if(types, [](char c) { return c == '(' || c == ')' || c == ' '; });
  const std::vector<std::string_view> parts = split(types, ',');
  return !types.empty() && std::all_of(parts.begin(), parts.end(), [&](std::string_view part) {
    return part.empty() || holds_word(allowed, part);
  });
}

bool always_raises(Node clause) {
  for (const Node child : clause.named_children()) {
    if (child.kind() != "block") continue;
    const std::vector<Node> statements = child.named_children();
    return !statements.empty() && statements.back().kind() == "raise_statement";
  }
  return false;
}

}  // namespace adapt::judge
