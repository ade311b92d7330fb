#include "agent/forge/entry_items.h"

#include <fmt/format.h>

#include <type_traits>

#include "agent/forge/yaml_text.h"
#include "tools/base/text.h"

namespace adapt::forge {
namespace {

std::string text_of(Status value) { return to_string(value); }
std::string text_of(BringupStatus value) { return to_string(value); }
std::string text_of(ExecutionPass value) { return to_string(value); }
std::string text_of(const std::string& value) { return double_quoted(value); }
std::string text_of(double value) { return number_text(value); }
std::string text_of(bool value) { return value ? "true" : "false"; }
std::string text_of(std::int64_t value) { return std::to_string(value); }

// Empty where it is not said.
std::string text_of(const std::vector<std::string>& list) { return list.empty() ? "" : flow_list(list); }
template <class T>
std::string text_of(const std::optional<T>& value) {
  return value ? text_of(*value) : "";
}

std::vector<Item> items_of(const Settings& settings) {
  std::vector<Item> out;
  for (const Field& field : fields()) {
    std::string value = std::visit([&](auto member) { return text_of(settings.*member); }, field.member);
    if (!value.empty()) out.push_back({.key = std::string(field.name), .value = std::move(value)});
  }
  return out;
}

}  // namespace

Item item_of(const TestEntry& entry) {
  Item out{.key = entry.id, .value = {}, .children = items_of(entry.settings)};
  for (const std::string_view line : split_lines(entry.comment)) out.comment.emplace_back(trim(line));
  if (entry.arch_overrides.empty()) return out;
  Item overrides{.key = std::string(kOverridesField), .value = {}};
  for (const auto& [arch, settings] : entry.arch_overrides)
    overrides.children.push_back({.key = arch, .value = {}, .children = items_of(settings)});
  out.children.push_back(std::move(overrides));
  return out;
}

std::string render(const Item& item, std::size_t indent, std::string_view line_end) {
  std::string out = fmt::format("{:{}}{}:{}{}{}", "", indent, plain_or_quoted(item.key), item.value.empty() ? "" : " ",
                                item.value, line_end);
  for (const std::string& line : item.comment)
    out += fmt::format("{:{}}#{}{}{}", "", indent + kIndent, line.empty() ? "" : " ", line, line_end);
  for (const Item& child : item.children) out += render(child, indent + kIndent, line_end);
  return out;
}

}  // namespace adapt::forge
