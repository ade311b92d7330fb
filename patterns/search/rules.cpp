#include "patterns/search/rules.h"

#include <algorithm>

#include "tools/base/text.h"

namespace adapt::search {
namespace {

using patterns::ChainScope;
using patterns::Edit;
using patterns::Pattern;
using patterns::ScopeLine;

// Whether the code tells by itself, wherever it stands.
bool is_about_code(const patterns::Constraint& constraint) {
  using What = patterns::Constraint::What;
  switch (constraint.what) {
    case What::simple:
    case What::pure:
    case What::text:
    case What::in:
    case What::kind:
    case What::imported:
    case What::number: return true;
    default: return false;
  }
}

// Whether only the expression itself is looked at, and what kinds of code it stands in.
bool is_about_expression(const Edit& edit) {
  const auto about_code = [](const patterns::Variable& variable) {
    return std::all_of(variable.constraints.begin(), variable.constraints.end(), is_about_code);
  };
  const auto about_match = [](const ScopeLine& line) {
    return line.what != ScopeLine::What::used_after &&
           (line.what != ScopeLine::What::contains || line.where == ScopeLine::Where::match);
  };
  return edit.before.is_expression && edit.relations.empty() &&
         std::all_of(edit.variables.begin(), edit.variables.end(), about_code) &&
         std::all_of(edit.scope_lines.begin(), edit.scope_lines.end(), about_match);
}

Reach reach_of(const Edit& edit) {
  if (edit.before.roots.size() != 1) return Reach::file;
  Reach out = is_about_expression(edit) ? Reach::element : Reach::part;
  const std::string& kind = edit.before.roots.front().kind;
  if (!edit.before.is_expression && (kind == "class_definition" || kind == "decorated_definition" || kind.empty()))
    out = Reach::statement;
  for (const ScopeLine& line : edit.scope_lines) {
    if (line.where == ScopeLine::Where::class_) out = std::max(out, Reach::statement);
    if (line.where == ScopeLine::Where::file) out = Reach::file;
  }
  return out;
}

// Chained edits decide whether a place counts only when all are required.
Reach reach_of_chain(const Pattern& pattern) {
  Reach out = Reach::element;
  for (const Edit& edit : pattern.edits) {
    if (!pattern.require_all || edit.after.empty()) continue;
    out = std::max(out, Reach::part);
    if (edit.scope == ChainScope::class_) out = std::max(out, Reach::statement);
    if (edit.scope == ChainScope::file || edit.scope == ChainScope::package) out = Reach::file;
  }
  return out;
}

constexpr std::size_t kPerhapsBits = 16;
std::uint32_t low_bits(index::WordHash word) { return (word ^ (word >> kPerhapsBits)) & 0xffffU; }

Result<void> check_declared(std::string_view code, const std::vector<patterns::Variable>& declared) {
  std::vector<patterns::Variable> used;
  if (const auto encoded = patterns::encode(code, used); !encoded) return tl::unexpected<Error>(encoded.error());
  std::vector<std::string> names;
  for (const patterns::Variable& variable : used) names.push_back(variable.name);
  for (const patterns::Variable& variable : declared)
    if (std::find(names.begin(), names.end(), variable.name) == names.end())
      return fail(ErrorKind::parse, "the code holds no ${}{}", variable.name, did_you_mean(variable.name, names));
  return {};
}

}  // namespace

RuleSet::RuleSet(std::span<const Pattern* const> patterns) {
  for (const Pattern* pattern : patterns) {
    Rule& rule = rules_.emplace_back();
    rule.pattern = pattern;
    rule.reach = reach_of_chain(*pattern);
    for (const Edit& edit : pattern->edits) {
      if (!edit.after.empty()) continue;
      rule.edits.push_back(&edit);
      rule.reach = std::max(rule.reach, reach_of(edit));
      for (const auto& clause : edit.before.filter.clauses())
        words_.insert(words_.end(), clause.words.begin(), clause.words.end());
    }
  }
  std::sort(words_.begin(), words_.end());
  words_.erase(std::unique(words_.begin(), words_.end()), words_.end());
  for (const index::WordHash word : words_) perhaps_[low_bits(word) / 64] |= std::uint64_t{1} << (low_bits(word) % 64);
}

bool RuleSet::may_match(std::span<const index::WordHash> words) const {
  return std::any_of(rules_.begin(), rules_.end(), [&](const Rule& rule) {
    return std::any_of(rule.edits.begin(), rule.edits.end(),
                       [&](const Edit* edit) { return edit->before.filter.may_match(words); });
  });
}

std::uint32_t RuleSet::number_of(index::WordHash word) const {
  if ((perhaps_[low_bits(word) / 64] >> (low_bits(word) % 64) & 1U) == 0) return kNoWord;
  const auto found = std::lower_bound(words_.begin(), words_.end(), word);
  return found == words_.end() || *found != word ? kNoWord : static_cast<std::uint32_t>(found - words_.begin());
}

Result<std::unique_ptr<const Pattern>> pattern_of_code(std::string_view code,
                                                       std::shared_ptr<const patterns::Isomorphisms> isomorphisms,
                                                       std::vector<patterns::Variable> declared) {
  ADAPT_TRY_VOID(check_declared(code, declared));
  auto out = std::make_unique<Pattern>();
  out->id = "code";
  out->title = code;
  out->text = code;
  Edit& edit = out->edits.emplace_back();
  edit.id = "code";
  edit.variables = std::move(declared);
  ADAPT_TRY(const patterns::Code parsed, patterns::parse_code(code, edit.variables, *isomorphisms));
  ADAPT_TRY(edit.before, patterns::compile(parsed, edit.variables, *isomorphisms, /*as_statements=*/false));
  out->isomorphisms = std::move(isomorphisms);
  return out;
}

}  // namespace adapt::search
