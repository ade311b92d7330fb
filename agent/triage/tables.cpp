#include "agent/triage/tables.h"

#include <algorithm>
#include <charconv>

#include "tools/base/text.h"
#include "triage_tables.h"

namespace adapt::triage {
namespace {

constexpr std::string_view kBringupWords[] = {
    "FAILED_FE_COMPILATION", "FAILED_TTMLIR_COMPILATION", "FAILED_RUNTIME", "INCORRECT_RESULT", "PASSED", "UNKNOWN"};
constexpr std::string_view kRoleWords[] = {"cause", "hint", "symptom", "wrapper", "noise",
                                           "pass",  "fail", "marker",  "frame"};

std::optional<Role> parse_role(std::string_view word) {
  const auto* const found = std::ranges::find(kRoleWords, word);
  if (found == std::end(kRoleWords)) return std::nullopt;
  return static_cast<Role>(found - std::begin(kRoleWords));
}

std::vector<std::string> words_of(std::string_view cell) {
  std::vector<std::string> out;
  if (cell == "-") return out;
  for (const std::string_view word : split(cell, ' '))
    if (!word.empty()) out.emplace_back(word);
  return out;
}

Result<void> read_repairs(std::string_view text, Tables& tables) {
  ADAPT_TRY(const auto rows, read_cells(text, 4, "repairs"));
  for (const auto& row : rows)
    tables.repairs.push_back({std::string(row[0]), words_of(row[1]), std::string(row[2]), words_of(row[3])});
  return {};
}

Result<std::vector<std::string>> known_repairs(std::string_view cell, const Tables& tables) {
  std::vector<std::string> ids = words_of(cell);
  for (const std::string& id : ids)
    if (tables.repair(id) == nullptr) return fail(ErrorKind::parse, "unknown repair '{}'", id);
  return ids;
}

Result<void> read_categories(std::string_view text, Tables& tables) {
  ADAPT_TRY(const auto rows, read_cells(text, 6, "categories"));
  for (const auto& row : rows) {
    const auto stage = client::parse_stage(row[1]);
    const auto bringup = parse_bringup(row[2]);
    if (!stage || !bringup) return fail(ErrorKind::parse, "category {}: '{}', '{}'", row[0], row[1], row[2]);
    ADAPT_TRY(auto repairs, known_repairs(row[5], tables));
    tables.categories.push_back(
        {std::string(row[0]), *stage, *bringup, std::string(row[3]), std::string(row[4]), std::move(repairs)});
  }
  return {};
}

// Whether each < opens a part of the pattern and each > ends one.
bool has_whole_words(std::string_view pattern) {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const bool begins = i == 0 || pattern.substr(0, i).ends_with(" * ") || pattern.substr(0, i).ends_with(" & ");
    const std::string_view rest = pattern.substr(i + 1);
    const bool ends = rest.empty() || rest.starts_with(" * ") || rest.starts_with(" & ");
    if ((pattern[i] == '<' && !begins) || (pattern[i] == '>' && !ends)) return false;
  }
  return true;
}

Result<Signature> read_signature(const std::vector<std::string_view>& row, const Tables& tables) {
  Signature out;
  const auto role = parse_role(row[0]);
  const auto [end, code] = std::from_chars(row[1].data(), row[1].data() + row[1].size(), out.strength);
  if (!role || code != std::errc() || end != row[1].data() + row[1].size())
    return fail(ErrorKind::parse, "signature '{}': '{}', '{}'", row[5], row[0], row[1]);
  out.role = *role;
  if (row[2] != "-") {
    out.category = tables.category(row[2]);
    if (!out.category) return fail(ErrorKind::parse, "signature '{}': unknown category '{}'", row[5], row[2]);
  }
  if (row[3] != "-") {
    out.bringup = parse_bringup(row[3]);
    if (!out.bringup) return fail(ErrorKind::parse, "signature '{}': unknown status '{}'", row[5], row[3]);
  }
  if (row[4] != "-") out.component = row[4];
  out.pattern = row[5];
  if (!has_whole_words(out.pattern))
    return fail(ErrorKind::parse, "signature '{}': < and > go around a whole part", out.pattern);
  out.says = row[6];
  ADAPT_TRY(out.repairs, known_repairs(row[7], tables));
  return out;
}

}  // namespace

std::string_view to_string(Bringup bringup) { return kBringupWords[static_cast<std::size_t>(bringup)]; }

std::optional<Bringup> parse_bringup(std::string_view word) {
  const auto* const found = std::ranges::find(kBringupWords, word);
  if (found == std::end(kBringupWords)) return std::nullopt;
  return static_cast<Bringup>(found - std::begin(kBringupWords));
}

const Repair* Tables::repair(std::string_view id) const {
  const auto found = std::ranges::find(repairs, id, &Repair::id);
  return found == repairs.end() ? nullptr : &*found;
}

std::optional<std::size_t> Tables::category(std::string_view name) const {
  const auto found = std::ranges::find(categories, name, &Category::name);
  if (found == categories.end()) return std::nullopt;
  return static_cast<std::size_t>(found - categories.begin());
}

Result<std::vector<std::vector<std::string_view>>> read_cells(std::string_view text, std::size_t width,
                                                              std::string_view name) {
  std::vector<std::vector<std::string_view>> out;
  std::size_t number = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    std::vector<std::string_view> cells = split(line, '\t');
    if (cells.size() != width)
      return fail(ErrorKind::parse, "{}:{}: {} cells in place of {}", name, number, cells.size(), width);
    out.push_back(std::move(cells));
  }
  return out;
}

Result<Tables> parse_tables(const TableTexts& texts) {
  Tables tables;
  ADAPT_TRY_VOID(read_repairs(texts.repairs, tables));
  ADAPT_TRY_VOID(read_categories(texts.categories, tables));
  ADAPT_TRY(const auto rows, read_cells(texts.signatures, 8, "signatures"));
  for (const auto& row : rows) {
    ADAPT_TRY(Signature signature, read_signature(row, tables));
    tables.signatures.push_back(std::move(signature));
  }
  return tables;
}

const Tables& built_in_tables() {
  static const Tables tables = [] {
    auto parsed = parse_tables({data::k_categories, data::k_repairs, data::k_signatures});
    ADAPT_CHECK(parsed.has_value(), parsed ? "" : parsed.error().message.c_str());
    return std::move(*parsed);
  }();
  return tables;
}

}  // namespace adapt::triage
