#include "agent/config/toml_file.h"

#define TOML_EXCEPTIONS 0
#include <toml++/toml.h>

#include <algorithm>
#include <map>
#include <optional>

#include "tools/base/text.h"

namespace adapt::config {
namespace fs = std::filesystem;
namespace {

Result<toml::table> parse(std::string_view text, const fs::path& path) {
  toml::parse_result parsed = toml::parse(text, path.string());
  if (parsed) return std::move(parsed).table();
  return fail(ErrorKind::usage, "{}:{}: {}", path.string(), parsed.error().source().begin.line,
              parsed.error().description());
}

// "at <file>:<line>" for a message about a node.
std::string place(const fs::path& path, const toml::node& node) {
  return fmt::format("{}:{}", path.string(), node.source().begin.line);
}

tl::unexpected<Error> wrong_type(const Option& option, const fs::path& path, const toml::node& node,
                                 std::string_view wanted) {
  return fail(ErrorKind::usage, "{}: {} has to be {}", place(path, node), option.key, wanted);
}

Result<Value> read_paths(const Option& option, const toml::node& node, const fs::path& path, const PathBase& base) {
  const toml::array* list = node.as_array();
  Paths paths;
  if (list == nullptr) return wrong_type(option, path, node, "a list of strings");
  for (const toml::node& item : *list) {
    if (!item.is_string()) return wrong_type(option, path, node, "a list of strings");
    paths.push_back(resolve_path(item.ref<std::string>(), base));
  }
  return paths;
}

Result<Value> read_value(const Option& option, const toml::node& node, const fs::path& path, const PathBase& base) {
  switch (option.type) {
    case Type::integer:
      if (!node.is_integer()) return wrong_type(option, path, node, "an integer");
      return Value(node.ref<std::int64_t>());
    case Type::share:
      if (!node.is_number()) return wrong_type(option, path, node, "a number");
      return Value(node.value<double>().value_or(0));
    case Type::boolean:
      if (!node.is_boolean()) return wrong_type(option, path, node, "true or false");
      return Value(node.ref<bool>());
    case Type::paths: return read_paths(option, node, path, base);
    case Type::count:
    case Type::duration:
    case Type::money:
      if (node.is_integer()) return value_from_text(option, std::to_string(node.ref<std::int64_t>()), base);
      break;
    case Type::text:
    case Type::path: break;
  }
  if (!node.is_string()) return wrong_type(option, path, node, "a string");
  return value_from_text(option, node.ref<std::string>(), base);
}

Result<void> collect(const toml::table& table, const std::string& prefix, const fs::path& path, const PathBase& base,
                     std::vector<FileSetting>& out) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    if (const Option* option = find_option(key)) {
      Result<Value> value =
          read_value(*option, node, path, base).and_then([&](Value raw) { return checked(*option, std::move(raw)); });
      if (!value) return fail(value.error(), place(path, node));
      out.push_back({option, *std::move(value), node.source().begin.line});
      continue;
    }
    const std::vector<std::string> known = option_keys();
    const bool is_section = std::ranges::any_of(known, [&](const std::string& k) { return k.starts_with(key + "."); });
    if (!is_section || !node.is_table())
      return fail(ErrorKind::usage, "{}: unknown key '{}'{}", place(path, node), key, did_you_mean(key, known));
    ADAPT_TRY_VOID(collect(*node.as_table(), key + ".", path, base, out));
  }
  return {};
}

// Byte offset of a position that toml++ counts in lines and code points, both from 1.
std::size_t offset_of(std::string_view text, toml::source_position at) {
  std::size_t offset = 0;
  for (unsigned line = 1; line < at.line; ++line) {
    const std::size_t end = text.find('\n', offset);
    if (end == std::string_view::npos) return text.size();
    offset = end + 1;
  }
  for (unsigned column = 1; column < at.column && offset < text.size(); ++column) {
    ++offset;
    while (offset < text.size() && (static_cast<unsigned char>(text[offset]) & 0xC0U) == 0x80U) ++offset;
  }
  return offset;
}

// Where the line after a "[header]" begins, for the table that holds the key; nothing when it has no header of its own.
std::optional<std::size_t> after_header(std::string_view text, const toml::table& root, std::string_view parent) {
  const toml::node* table = root.at_path(parent).node();
  if (parent.empty() || table == nullptr || !table->is_table()) return std::nullopt;
  const std::size_t start = offset_of(text, {table->source().begin.line, 1});
  const std::size_t end = std::min(text.find('\n', start), text.size());
  if (!trim(text.substr(start, end - start)).starts_with('[')) return std::nullopt;
  return end == text.size() ? end : end + 1;
}

// Before the first "[header]": there a dotted key still belongs to the root.
std::size_t end_of_root(std::string_view text) {
  std::size_t offset = 0;
  while (offset < text.size() && !trim(text.substr(offset, text.find('\n', offset) - offset)).starts_with('[')) {
    const std::size_t end = text.find('\n', offset);
    if (end == std::string_view::npos) return text.size();
    offset = end + 1;
  }
  return offset;
}

std::map<std::string_view, Value> by_key(const std::vector<FileSetting>& settings) {
  std::map<std::string_view, Value> out;
  for (const FileSetting& setting : settings) out.emplace(setting.option->key, setting.value);
  return out;
}

std::string insert_line(std::string_view text, std::size_t at, const std::string& line) {
  const bool needs_break = at > 0 && text[at - 1] != '\n';
  return std::string(text.substr(0, at)) + (needs_break ? "\n" : "") + line + "\n" + std::string(text.substr(at));
}

}  // namespace

Result<std::vector<FileSetting>> parse_settings(std::string_view text, const fs::path& path, const fs::path& home) {
  ADAPT_TRY(const toml::table table, parse(text, path));
  std::vector<FileSetting> out;
  ADAPT_TRY_VOID(collect(table, "", path, PathBase{path.parent_path(), home}, out));
  return out;
}

Result<std::string> with_setting(std::string_view text, const Option& option, const Value& value, const fs::path& path,
                                 const fs::path& home) {
  ADAPT_TRY(const toml::table root, parse(text, path));
  const std::string replacement = to_toml(value);
  std::string changed;
  if (const toml::node* old = root.at_path(option.key).node()) {
    const std::size_t begin = offset_of(text, old->source().begin);
    const std::size_t end = offset_of(text, old->source().end);
    changed = std::string(text.substr(0, begin)) + replacement + std::string(text.substr(end));
  } else {
    const std::size_t dot = option.key.rfind('.');
    const std::string_view parent = dot == std::string_view::npos ? "" : option.key.substr(0, dot);
    if (const auto at = after_header(text, root, parent))
      changed = insert_line(text, *at, fmt::format("{} = {}", option.key.substr(dot + 1), replacement));
    else
      changed = insert_line(text, end_of_root(text), fmt::format("{} = {}", option.key, replacement));
  }

  // The edit is by position, so it is proved by reading it back: this key has the value, every other is as before.
  ADAPT_TRY(const std::vector<FileSetting> before, parse_settings(text, path, home));
  ADAPT_TRY(const std::vector<FileSetting> after, parse_settings(changed, path, home));
  std::map<std::string_view, Value> wanted = by_key(before);
  wanted.insert_or_assign(option.key, value);
  if (by_key(after) != wanted)
    return fail(ErrorKind::usage, "{}: cannot set {} in a file of this layout; edit it by hand", path.string(),
                option.key);
  return changed;
}

}  // namespace adapt::config
