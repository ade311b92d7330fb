#include "agent/forge/static_expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "tools/base/text.h"

namespace adapt::forge {
namespace {

using Kind = StaticValue::Kind;
using pyast::Node;

StaticPtr truth(bool value) { return make_value({.kind = Kind::truth, .number = value ? 1 : 0}); }

// The text of a string_content whose escapes are simple; nothing for others.
std::optional<std::string> content_of(Node content, bool raw) {
  const std::string_view text = content.text();
  if (raw || !contains(text, "\\")) return std::string(text);
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '\\') {
      out += text[i];
      continue;
    }
    if (++i >= text.size()) return std::nullopt;
    constexpr std::string_view kNames = "nrt\\'\"", kBytes = "\n\r\t\\'\"";
    const std::size_t known = kNames.find(text[i]);
    if (known == std::string_view::npos) return std::nullopt;
    out += kBytes[known];
  }
  return out;
}

}  // namespace

StaticPtr StaticScope::find(std::string_view name) const {
  for (const StaticScope* scope = this; scope != nullptr; scope = scope->outer)
    if (const auto found = scope->names.find(name); found != scope->names.end()) return found->second;
  return nullptr;
}

StaticPtr StaticExpressions::unknown_at(Node node, std::string reason) const {
  return unknown(std::move(reason), file_, node.start().line);
}

StaticPtr StaticExpressions::value_of(Node node, StaticScope& scope) {
  if (!take_step() || depth_ >= kMostDepth) return unknown_at(node, "too much to read");
  ++depth_;
  StaticPtr out = evaluate(node, scope);
  --depth_;
  return out;
}

StaticPtr StaticExpressions::evaluate(Node node, StaticScope& scope) {
  const std::string_view kind = node.kind();
  if (kind == "string") return string_of(node, scope);
  if (kind == "identifier") {
    const StaticPtr found = scope.find(node.text());
    return found ? found : unknown_at(node, fmt::format("name '{}'", node.text()));
  }
  if (kind == "attribute") return attribute_of_node(node, scope);
  if (kind == "dictionary") return dict_of(node, scope);
  if (kind == "list" || kind == "tuple" || kind == "set" || kind == "concatenated_string") return list_of(node, scope);
  if (kind.ends_with("_comprehension") || kind == "generator_expression") return comprehension_of(node, scope);
  if (kind == "call") return call_of(node, scope);
  if (kind == "subscript") return subscript_of(node, scope);
  if (kind == "binary_operator") return binary_of(node, scope);
  if (kind == "none") return make_value({.kind = Kind::none});
  if (kind == "true" || kind == "false") return truth(kind == "true");
  if (kind == "parenthesized_expression") {
    const auto inner = node.named_children();
    return inner.size() == 1 ? value_of(inner.front(), scope) : unknown_at(node, "brackets");
  }
  if (kind == "integer") {
    StaticValue out{.kind = Kind::number};
    const std::string_view text = node.text();
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out.number);
    if (code == std::errc() && end == text.data() + text.size()) return make_value(std::move(out));
  }
  if (kind == "conditional_expression") {
    const auto parts = node.named_children();
    const auto which = parts.size() == 3 ? truth_of(parts[1], scope) : std::nullopt;
    if (which) return value_of(*which ? parts[0] : parts[2], scope);
  }
  if (kind == "comparison_operator" || kind == "not_operator" || kind == "boolean_operator")
    if (const auto value = truth_of(node, scope)) return truth(*value);
  return unknown_at(node, fmt::format("'{}'", node.text().substr(0, 60)));
}

StaticPtr StaticExpressions::string_of(Node node, StaticScope& scope) {
  const Node start = node.first_child();
  std::string prefix(start.text());
  const bool raw = prefix.find_first_of("rR") != std::string::npos;
  std::string out;
  for (const Node part : node.named_children()) {
    if (part.kind() == "string_content") {
      const auto content = content_of(part, raw);
      if (!content) return unknown_at(node, "a string with escapes");
      out += *content;
    } else if (part.kind() == "interpolation") {
      const Node inner = part.child_by_field("expression");
      const bool plain = part.named_children().size() == 1;  // no format, no conversion
      const StaticPtr value = inner && plain ? value_of(inner, scope) : nullptr;
      if (!value || (!value->is(Kind::text) && !value->is(Kind::member) && !value->is(Kind::number)))
        return unknown_at(part, fmt::format("'{}' in a string", part.text().substr(0, 60)));
      out += printed(*value);
    } else if (part.kind() != "string_start" && part.kind() != "string_end") {
      return unknown_at(part, "a string");
    }
  }
  return out.size() <= kMostText ? text_value(std::move(out)) : unknown_at(node, "a text too long to read");
}

StaticPtr StaticExpressions::list_of(Node node, StaticScope& scope) {
  StaticValue out{.kind = Kind::list};
  for (const Node child : node.named_children()) {
    const bool splat = child.kind() == "list_splat";
    const StaticPtr value = value_of(splat ? child.named_children().front() : child, scope);
    if (splat) {
      const auto items = iterate(*value);
      if (!items) return value->is(Kind::unknown) ? value : unknown_at(child, "what '*' stands for");
      out.items.insert(out.items.end(), items->begin(), items->end());
    } else {
      out.items.push_back(value);
    }
    if (out.items.size() > kMostItems) return unknown_at(node, "a list too long to read");
  }
  if (node.kind() != "concatenated_string") return make_value(std::move(out));
  std::string text;
  for (const StaticPtr& part : out.items) {
    if (!part->is(Kind::text)) return part;
    text += part->text;
  }
  return text_value(std::move(text));
}

StaticPtr StaticExpressions::dict_of(Node node, StaticScope& scope) {
  StaticValue out{.kind = Kind::dict};
  for (const Node child : node.named_children()) {
    if (child.kind() == "pair") {
      const StaticPtr key = value_of(child.child_by_field("key"), scope);
      if (!is_known(*key)) return unknown_at(child, key->text.empty() ? "a key" : "a key: " + key->text);
      set_item(out, key, value_of(child.child_by_field("value"), scope));
    } else if (child.kind() == "dictionary_splat") {
      const StaticPtr value = value_of(child.named_children().front(), scope);
      if (!value->is(Kind::dict)) return value->is(Kind::unknown) ? value : unknown_at(child, "what '**' stands for");
      for (const auto& [key, item] : value->pairs) set_item(out, key, item);
    } else {
      return unknown_at(child, fmt::format("'{}' in a dictionary", child.text().substr(0, 60)));
    }
    if (out.pairs.size() > kMostItems) return unknown_at(node, "a dictionary too long to read");
  }
  return make_value(std::move(out));
}

StaticPtr StaticExpressions::attribute_of_node(Node node, StaticScope& scope) {
  const StaticPtr object = value_of(node.child_by_field("object"), scope);
  const std::string_view name = node.child_by_field("attribute").text();
  if (object->is(Kind::member) && name == "value") return text_value(object->text);
  if (object->is(Kind::member) && name == "name") return text_value(object->name);
  StaticPtr found;
  if (object->is(Kind::class_)) found = attribute_of(*object, name);
  if (object->is(Kind::module))
    if (const auto member = object->names.find(name); member != object->names.end()) found = member->second;
  if (object->is(Kind::function))
    return make_value({.kind = Kind::function, .name = object->name + "." + std::string(name)});  // of another package
  if (found) return found;
  return object->is(Kind::unknown) ? object : unknown_at(node, fmt::format("'{}'", node.text().substr(0, 60)));
}

StaticPtr StaticExpressions::subscript_of(Node node, StaticScope& scope) {
  const StaticPtr object = value_of(node.child_by_field("value"), scope);
  const Node subscript = node.child_by_field("subscript");
  if (!subscript || object->is(Kind::unknown))
    return object->is(Kind::unknown) ? object : unknown_at(node, "a subscript");
  const StaticPtr key = value_of(subscript, scope);
  if (object->is(Kind::dict))
    if (const StaticPtr item = item_of(*object, *key)) return item;
  if (object->is(Kind::class_) && object->is_enum && key->is(Kind::text))
    if (const auto member = object->names.find(key->text); member != object->names.end()) return member->second;
  if (object->is(Kind::list) && key->is(Kind::number) && key->number >= 0 &&
      static_cast<std::size_t>(key->number) < object->items.size())
    return object->items[static_cast<std::size_t>(key->number)];
  return unknown_at(node, fmt::format("'{}'", node.text().substr(0, 60)));
}

StaticPtr StaticExpressions::binary_of(Node node, StaticScope& scope) {
  const StaticPtr left = value_of(node.child_by_field("left"), scope);
  const StaticPtr right = value_of(node.child_by_field("right"), scope);
  const std::string_view sign = node.child_by_field("operator").text();
  for (const StaticPtr& side : {left, right})
    if (side->is(Kind::unknown)) return side;
  if (sign == "|" && left->is(Kind::dict) && right->is(Kind::dict)) {
    StaticValue out = *left;
    for (const auto& [key, value] : right->pairs) set_item(out, key, value);
    if (out.pairs.size() <= kMostItems) return make_value(std::move(out));
  }
  if (sign == "+" && left->is(Kind::text) && right->is(Kind::text) &&
      left->text.size() + right->text.size() <= kMostText)
    return text_value(left->text + right->text);
  if (sign == "+" && left->is(Kind::list) && right->is(Kind::list)) {
    StaticValue out = *left;
    out.items.insert(out.items.end(), right->items.begin(), right->items.end());
    if (out.items.size() <= kMostItems) return make_value(std::move(out));
  }
  return unknown_at(node, fmt::format("'{}'", node.text().substr(0, 60)));
}

}  // namespace adapt::forge
