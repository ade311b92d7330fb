#include "patterns/mine/background.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>
#include <string>

#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::patterns::mine {
namespace {

constexpr double kCompany = 0.8;  // share of the files with a feature that also hold another one of the same rule
constexpr std::uint64_t kSeed = 0x243f6a8885a308d3ULL;

// FNV-1a: the table is a file, so the hash must be the same everywhere.
std::uint64_t add(std::uint64_t hash, std::string_view text) {
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
  return (hash ^ 0xff) * 0x100000001b3ULL;
}

// What a term is called: of a call its callee, of an operation its operator, "" for what anybody may call differently.
std::string head(const TermTree& tree, TermId id) {
  const Term& term = tree.at(id);
  if (!term.name.empty()) return std::string(term.name);
  const auto children = tree.children(id);
  if (term.kind == "identifier") return {};
  if (term.kind == "call" || term.kind == "expression_statement")
    return children.empty() ? std::string() : head(tree, children.front());
  if (term.kind == "attribute") return children.empty() ? std::string() : std::string(tree.at(children.back()).text);
  if (term.kind == "argument") return children.empty() ? std::string() : head(tree, children.front());
  if (term.kind == "string") return term.text.size() <= 24 ? std::string(term.text) : std::string();
  if (term.count == 0) return std::string(term.text);
  if (term.kind == "binary_operator" || term.kind == "unary_operator" || term.kind == "comparison_operator")
    for (const TermId child : children)
      if (!tree.at(child).node.is_named()) return std::string(tree.at(child).text);
  return std::string(term.kind);
}

// `open` says which terms may be anything.
void add_features(const TermTree& tree, TermId id, const std::function<bool(TermId)>& open, Features& out) {
  const Term& term = tree.at(id);
  const std::string own = head(tree, id);
  const std::uint64_t base = add(add(kSeed, term.kind), own);
  if (!own.empty() && term.kind != "module" && term.kind != "block") out.push_back(base);
  const auto children = tree.children(id);
  for (std::size_t i = 0; i < children.size(); ++i) {
    if (open(children[i])) continue;
    const Term& child = tree.at(children[i]);
    const std::string name = head(tree, children[i]);
    if (name.empty() || name == own || term.kind == "module" || term.kind == "block") continue;
    const std::string place =
        child.kind == "argument" && !child.text.empty() ? std::string(child.text) : std::to_string(i);
    out.push_back(add(add(base, place), name));
  }
}

}  // namespace

Features features_of(const TermTree& tree) {
  Features out;
  for (TermId id = 0; id < tree.size(); ++id)
    add_features(
        tree, id, [](TermId) { return false; }, out);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

Result<Background> Background::load(const std::filesystem::path& file) {
  ADAPT_TRY(const std::string text, read_file(file));
  Background out;
  std::size_t number = 0;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    if (line.empty() || line.front() == '#') continue;
    const std::size_t tab = line.find('\t');
    const std::string_view left = line.substr(0, tab),
                           right = tab == std::string_view::npos ? "" : line.substr(tab + 1);
    std::uint32_t count = 0;
    std::uint64_t feature = 0;
    const auto whole = [](std::string_view digits, auto& value, int base) {
      const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
      return error == std::errc{} && end == digits.data() + digits.size();
    };
    if (left == "files" && whole(right, count, 10)) {
      out.total_ = std::max(count, 1U);
    } else if (whole(left, count, 10) && whole(right, feature, 16)) {
      out.files_.emplace(feature, count);
    } else {
      return fail(ErrorKind::parse, "{}:{}: expected '<files><tab><feature>'", file.string(), number);
    }
  }
  return out;
}

double Background::frequency(const Rule& rule) const {
  const TermTree& tree = rule.tree(false);
  Features features;
  const std::function<void(TermId)> visit = [&](TermId id) {
    if (rule.before.holes.contains(id)) return;
    const std::vector<TermId> fixed = children_outside_runs(tree, rule.before, id);
    const auto is_open = [&](TermId child) {
      return rule.before.holes.contains(child) || std::ranges::find(fixed, child) == fixed.end();
    };
    add_features(tree, id, is_open, features);
    if (is_whole_name(tree, rule.before, id)) return;
    for (const TermId child : fixed) visit(child);
  };
  for (const TermId root : rule.before.roots) visit(root);
  std::sort(features.begin(), features.end());
  features.erase(std::unique(features.begin(), features.end()), features.end());
  std::uint32_t least = total_;
  for (const std::uint64_t feature : features) {
    const auto found = files_.find(feature);
    least = std::min(least, found == files_.end() ? 0U : found->second);
  }
  // Features keep each other's company, so this is far from independence; but each further one leaves some files out.
  const double company = std::pow(kCompany, static_cast<double>(features.size()) - 1);
  return static_cast<double>(least) / total_ * (features.empty() ? 1.0 : company);
}

}  // namespace adapt::patterns::mine
