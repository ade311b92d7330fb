#include <fmt/format.h>

#include <algorithm>

#include "agent/forge/static_expression.h"
#include "tools/base/text.h"

namespace adapt::forge {
namespace {

using Kind = StaticValue::Kind;
using pyast::Node;

}  // namespace

StaticPtr StaticExpressions::call_of(Node node, StaticScope& scope) {
  const Node function = node.child_by_field("function"), list = node.child_by_field("arguments");
  std::vector<StaticPtr> arguments;
  Names keywords;
  if (list.kind() == "generator_expression") {
    arguments.push_back(value_of(list, scope));
  } else {
    for (const Node argument : list.named_children()) {
      if (argument.kind() == "keyword_argument") {
        keywords.emplace(argument.child_by_field("name").text(), value_of(argument.child_by_field("value"), scope));
      } else if (argument.kind() == "dictionary_splat" || argument.kind() == "list_splat") {
        arguments.push_back(unknown_at(argument, fmt::format("'{}'", argument.text().substr(0, 60))));
      } else {
        arguments.push_back(value_of(argument, scope));
      }
    }
  }
  if (function.kind() == "attribute") {
    const StaticPtr self = value_of(function.child_by_field("object"), scope);
    if (const StaticPtr result = method_of(node, *self, function.child_by_field("attribute").text(), arguments))
      return result;
  }
  const StaticPtr callee = value_of(function, scope);
  if (callee->is(Kind::class_) && callee->is_enum && arguments.size() == 1) {
    for (const StaticPtr& member : callee->items)
      if (member->is(Kind::member) && arguments[0]->is(Kind::text) && member->text == arguments[0]->text) return member;
    return unknown_at(node, fmt::format("'{}'", node.text().substr(0, 60)));
  }
  if (function.kind() == "identifier" && callee->is(Kind::unknown))  // bound nowhere: a builtin
    if (const StaticPtr result = call_of_name(node, function.text(), arguments, keywords)) return result;
  return make_value({.kind = Kind::call,
                     .name = callee->is(Kind::function) || callee->is(Kind::class_)
                                 ? callee->name
                                 : std::string(function.text().substr(0, 60)),
                     .text = fmt::format("a call of '{}'", function.text().substr(0, 60)),
                     .items = std::move(arguments),
                     .names = std::move(keywords),
                     .file = file_,
                     .line = node.start().line});
}

// Builtins; null for others.
StaticPtr StaticExpressions::call_of_name(Node node, std::string_view name, const std::vector<StaticPtr>& arguments,
                                          const Names& keywords) {
  if (name == "dict" && arguments.size() <= 1) {
    StaticValue out{.kind = Kind::dict};
    if (!arguments.empty()) {
      if (arguments[0]->is(Kind::dict)) {
        out.pairs = arguments[0]->pairs;
      } else {
        const auto items = iterate(*arguments[0]);
        if (!items) return unknown_at(node, "what 'dict' is made of");
        for (const StaticPtr& item : *items) {
          if (!item->is(Kind::list) || item->items.size() != 2 || !is_known(*item->items[0]))
            return unknown_at(node, "what 'dict' is made of");
          set_item(out, item->items[0], item->items[1]);
        }
      }
    }
    for (const auto& [key, value] : keywords) set_item(out, text_value(key), value);
    return make_value(std::move(out));
  }
  if ((name == "list" || name == "tuple" || name == "set" || name == "frozenset") && arguments.size() <= 1) {
    StaticValue out{.kind = Kind::list};
    if (arguments.empty()) return make_value(std::move(out));
    const auto items = iterate(*arguments[0]);
    if (!items) return arguments[0]->is(Kind::unknown) ? arguments[0] : unknown_at(node, "what a list is made of");
    out.items = *items;
    return make_value(std::move(out));
  }
  if (name == "str" && arguments.size() == 1 && (arguments[0]->is(Kind::text) || arguments[0]->is(Kind::member)))
    return text_value(printed(*arguments[0]));
  if (name == "zip" && arguments.size() == 2) {
    const auto left = iterate(*arguments[0]), right = iterate(*arguments[1]);
    if (!left || !right) return unknown_at(node, "what 'zip' runs over");
    StaticValue out{.kind = Kind::list};
    for (std::size_t i = 0; i < std::min(left->size(), right->size()); ++i)
      out.items.push_back(make_value({.kind = Kind::list, .items = {(*left)[i], (*right)[i]}}));
    return make_value(std::move(out));
  }
  return nullptr;
}

// Methods of dictionaries and texts; null for others.
StaticPtr StaticExpressions::method_of(Node node, const StaticValue& self, std::string_view name,
                                       const std::vector<StaticPtr>& arguments) {
  if (self.is(Kind::dict) && arguments.empty()) {
    StaticValue out{.kind = Kind::list};
    if (name == "copy") return make_value(StaticValue(self));
    for (const auto& [key, value] : self.pairs) {
      if (name == "keys") out.items.push_back(key);
      if (name == "values") out.items.push_back(value);
      if (name == "items") out.items.push_back(make_value({.kind = Kind::list, .items = {key, value}}));
    }
    if (name == "keys" || name == "values" || name == "items") return make_value(std::move(out));
  }
  if (self.is(Kind::text) && arguments.empty() && (name == "lower" || name == "upper")) {
    std::string out = self.text;
    for (char& c : out) {
      if (static_cast<unsigned char>(c) >= 0x80) return unknown_at(node, "letters beyond ASCII");
      if (name == "lower" && c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
      if (name == "upper" && c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
    }
    return text_value(std::move(out));
  }
  const bool replaces = self.is(Kind::text) && name == "replace" && arguments.size() == 2 &&
                        arguments[0]->is(Kind::text) && arguments[1]->is(Kind::text) && !arguments[0]->text.empty();
  if (!replaces || self.text.size() * (arguments[1]->text.size() + 1) > kMostText) return nullptr;
  return text_value(replace_all(self.text, arguments[0]->text, arguments[1]->text));
}

}  // namespace adapt::forge
