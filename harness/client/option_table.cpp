#include "harness/client/option_table.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>

#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::client {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMostTable = std::uint64_t{1} << 20U;  // bytes of one file
constexpr std::size_t kMostValue = 4096;                       // bytes of one value
constexpr std::size_t kCells = 12;

struct TypeName {
  std::string_view name;
  ValueType type;
};
constexpr TypeName kTypes[] = {
    {"bool", ValueType::boolean},  {"int", ValueType::integer}, {"number", ValueType::number},
    {"choice", ValueType::choice}, {"list", ValueType::list},   {"ints", ValueType::ints},
    {"text", ValueType::text},     {"path", ValueType::path},   {"object", ValueType::object}};

std::string cell(std::string_view text) { return text == "-" ? std::string() : std::string(text); }

Texts words(std::string_view text, char separator) {
  Texts out;
  if (text.empty()) return out;
  for (const std::string_view word : split(text, separator)) out.emplace_back(word);
  return out;
}

Result<OptionRow> read_row(const std::vector<std::string_view>& cells) {
  OptionRow row{.backends = words(cell(cells[0]), ','),
                .name = cell(cells[1]),
                .scope = cell(cells[2]),
                .key = cell(cells[3]),
                .fallback = cell(cells[5]),
                .values = cell(cells[6]),
                .concession = cell(cells[8]),
                .since = cell(cells[9]),
                .until = cell(cells[10]),
                .effect = cell(cells[11])};
  const auto* const type = std::ranges::find(kTypes, cells[4], &TypeName::name);
  if (type == std::end(kTypes)) return fail(ErrorKind::parse, "{}: unknown type '{}'", row.name, cells[4]);
  row.type = type->type;
  if (row.name.empty() || row.backends.empty() || (row.key.empty() && row.until.empty()))
    return fail(ErrorKind::parse, "'{}' lacks a name, a backend or a key", row.name);
  for (const std::string& cost : words(cell(cells[7]), ' ')) {
    const std::size_t colon = cost.find(':');
    row.costs.push_back({cost.substr(0, colon), colon == std::string::npos ? "" : cost.substr(colon + 1)});
  }
  return row;
}

// As names are compared: the compiler's own spell some words with '-' and others with '_'.
std::string underscored(std::string_view name) {
  std::string out(name);
  std::ranges::replace(out, '-', '_');
  return out;
}

template <class T>
std::optional<T> number_of(std::string_view text) {
  T out{};
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

template <class T>
bool within(T value, const std::string& range) {
  const std::size_t dots = range.find("..");
  if (dots == std::string::npos) return true;
  const auto least = number_of<T>(std::string_view(range).substr(0, dots));
  const auto most = number_of<T>(std::string_view(range).substr(dots + 2));
  return (!least || value >= *least) && (!most || value <= *most);
}

std::optional<bool> boolean_of(std::string_view text) {
  std::string lower(text);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "true" || lower == "1" || lower == "yes" || lower == "on") return true;
  if (lower == "false" || lower == "0" || lower == "no" || lower == "off") return false;
  return std::nullopt;
}

std::string allowed(const OptionRow& row) {
  switch (row.type) {
    case ValueType::boolean: return "true or false";
    case ValueType::integer: return row.values.empty() ? "an integer" : "an integer in " + row.values;
    case ValueType::number: return row.values.empty() ? "a number" : "a number in " + row.values;
    case ValueType::choice: return "one of " + replace_all(row.values, "|", ", ");
    case ValueType::list: return "some of " + replace_all(row.values, "|", ", ") + ", separated by commas";
    case ValueType::ints: return "integers in " + row.values + ", separated by commas";
    case ValueType::text: return "text";
    case ValueType::path: return "a path";
    case ValueType::object: return "an object of Python, which cannot be given as text";
  }
  return "";
}

Result<Json> refuse(const OptionRow& row, std::string_view text) {
  std::string hint;
  if (row.type == ValueType::choice || row.type == ValueType::list) hint = did_you_mean(text, words(row.values, '|'));
  return fail(ErrorKind::usage, "option '{}' cannot be '{}': it takes {}{}", row.name, text, allowed(row), hint);
}

Result<Json> integers(const OptionRow& row, std::string_view text) {
  Json out = Json::array();
  for (const std::string_view part : split(text, ',')) {
    const auto value = number_of<std::int64_t>(trim(part));
    if (!value || !within(*value, row.values)) return refuse(row, text);
    out.push_back(*value);
  }
  return out;
}

Result<Json> several(const OptionRow& row, std::string_view text) {
  const Texts known = words(row.values, '|');
  Json out = Json::array();
  for (const std::string_view part : split(text, ',')) {
    if (std::ranges::find(known, trim(part)) == known.end()) return refuse(row, trim(part));
    out.push_back(std::string(trim(part)));
  }
  return out;
}

Result<Json> value_of(const OptionRow& row, std::string_view text, const fs::path& folder) {
  const bool printable = std::ranges::none_of(text, [](unsigned char c) { return c < 0x20 || c == 0x7F; });
  if (text.size() > kMostValue || !printable || !is_utf8(text))
    return fail(ErrorKind::usage, "the value of option '{}' is no line of text", row.name);
  switch (row.type) {
    case ValueType::boolean:
      if (const auto value = boolean_of(text)) return Json(*value);
      break;
    case ValueType::integer:
      if (const auto value = number_of<std::int64_t>(text); value && within(*value, row.values)) return Json(*value);
      break;
    case ValueType::number:
      if (const auto value = number_of<double>(text); value && std::isfinite(*value) && within(*value, row.values))
        return Json(*value);
      break;
    case ValueType::choice:
      if (const auto known = split(row.values, '|'); std::ranges::find(known, text) != known.end()) return Json(text);
      break;
    case ValueType::list: return several(row, text);
    case ValueType::ints: return integers(row, text);
    case ValueType::text:
      if (!text.empty()) return Json(text);
      break;
    case ValueType::path:
      if (!text.empty()) return Json((folder / fs::path(text)).lexically_normal().string());
      break;
    case ValueType::object: break;
  }
  return refuse(row, text);
}

// As it is given, and as costs name it.
std::string spelled(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (!value.is_array()) return dump(value);
  Texts parts;
  for (const Json& part : value) parts.push_back(spelled(part));
  return join(parts, ",");
}

const Cost* cost_of(const OptionRow& row, const std::string& value) {
  for (const Cost& cost : row.costs)
    if (cost.value == value || (cost.value == "*" && value != row.fallback)) return &cost;
  return nullptr;
}

Option made(const OptionRow& row, const Json& value) {
  const std::string text = spelled(value);
  Option option{.id = row.name + "=" + text, .scope = row.scope, .set = {{row.key, value}}, .does = row.effect};
  if (const Cost* cost = cost_of(row, text)) {
    if (!row.concession.empty()) option.concession = row.concession;
    if (!cost->cap.empty()) option.cap = cost->cap;
  }
  // Variables of the environment are text.
  if (row.scope == "env" && value.is_boolean()) option.set[row.key] = value.get<bool>() ? "1" : "0";
  if (row.scope == "env" && !value.is_boolean()) option.set[row.key] = text;
  return option;
}

bool overlap(const Option& a, const Option& b) {
  if (a.scope != b.scope) return false;
  return std::ranges::any_of(a.set.items(), [&](const auto& item) { return b.set.contains(item.key()); });
}

}  // namespace

std::string_view to_string(ValueType type) { return std::ranges::find(kTypes, type, &TypeName::type)->name; }

Result<OptionTable> OptionTable::parse(std::string_view text, std::string_view name) {
  OptionTable out;
  std::size_t number = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const std::vector<std::string_view> cells = split(line, '\t');
    if (cells.size() != kCells)
      return fail(ErrorKind::parse, "{}:{}: {} cells in place of {}", name, number, cells.size(), kCells);
    auto row = read_row(cells);
    if (!row) return fail(row.error(), fmt::format("{}:{}", name, number));
    out.rows_.push_back(std::move(*row));
  }
  return out;
}

Result<OptionTable> OptionTable::load(const fs::path& harness) {
  const fs::path folder = harness / "adapt_harness" / "options";
  std::vector<fs::path> files;
  std::error_code code;
  for (fs::directory_iterator it(folder, code), end; !code && it != end; it.increment(code))
    if (it->path().extension() == ".tsv") files.push_back(it->path());
  if (files.empty()) return fail(ErrorKind::environment, "no tables of options in {}", folder.string());
  std::ranges::sort(files);
  OptionTable out;
  for (const fs::path& file : files) {
    ADAPT_TRY(const std::string text, read_file(file, kMostTable));
    ADAPT_TRY(OptionTable one, parse(text, file.filename().string()));
    out.rows_.insert(out.rows_.end(), std::make_move_iterator(one.rows_.begin()),
                     std::make_move_iterator(one.rows_.end()));
  }
  return out;
}

std::vector<const OptionRow*> OptionTable::of(std::string_view backend) const {
  std::vector<const OptionRow*> out;
  for (const OptionRow& row : rows_)
    if (std::ranges::find(row.backends, backend) != row.backends.end()) out.push_back(&row);
  return out;
}

Result<Option> OptionTable::option(std::string_view backend, std::string_view assignment,
                                   const fs::path& folder) const {
  const std::size_t equal = assignment.find('=');
  const std::string_view name = assignment.substr(0, equal);
  const std::vector<const OptionRow*> rows = of(backend);
  const auto row =
      std::ranges::find_if(rows, [&](const OptionRow* known) { return underscored(known->name) == underscored(name); });
  if (row == rows.end()) {
    Texts names;
    for (const OptionRow* known : rows)
      if (known->until.empty()) names.push_back(known->name);
    const std::string hint = did_you_mean(name, names);
    return fail(ErrorKind::usage, "backend '{}' has no option '{}'{}", backend, name,
                !hint.empty()   ? hint
                : names.empty() ? "; it has none"
                                : fmt::format("; agent options {} lists them", backend));
  }
  if (!(*row)->until.empty())
    return fail(ErrorKind::usage, "option '{}' is gone ({}): {}", (*row)->name, (*row)->until, (*row)->effect);
  if (equal == std::string_view::npos)
    return fail(ErrorKind::usage, "option '{}' has no value; write {}=VALUE, where it takes {}", name, (*row)->name,
                allowed(**row));
  ADAPT_TRY(const Json value, value_of(**row, assignment.substr(equal + 1), folder));
  return made(**row, value);
}

Result<std::vector<Option>> OptionTable::options(std::string_view backend, const Texts& assignments,
                                                 const fs::path& folder) const {
  std::vector<Option> out;
  for (const std::string& assignment : assignments) {
    ADAPT_TRY(Option option, this->option(backend, assignment, folder));
    for (const Option& other : out)
      if (overlap(option, other))
        return fail(ErrorKind::usage, "options '{}' and '{}' set the same", other.id, option.id);
    out.push_back(std::move(option));
  }
  return out;
}

Json settings_of(const std::vector<Option>& options, std::string_view scope) {
  Json out = Json::object();
  for (const Option& option : options)
    if (option.scope == scope) out.update(option.set);
  return out;
}

std::vector<Option> without(std::vector<Option> ladder, const std::vector<Option>& given) {
  std::erase_if(ladder, [&](const Option& rung) {
    return std::ranges::any_of(given, [&](const Option& option) { return overlap(rung, option); });
  });
  return ladder;
}

}  // namespace adapt::client
