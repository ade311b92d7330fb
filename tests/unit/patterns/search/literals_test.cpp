// Long literals are cut at their elements, and what is found in them is what is found in all of them.
#include <random>

#include "tests/unit/patterns/search/search_text.h"

namespace adapt::search {
namespace {

constexpr const char* kCodes[] = {"f($X)",        "$X.f",           "$X.f()",         "-f($X)",
                                  "g(f($X))",     "g($$A)",         "[$$A, f($X)]",   "(f($X), $Y)",
                                  "{$K: f($V)}",  "g($X)[f($Y)]",   "$X.f($Y).g",     "f($X) + g($Y)",
                                  "f($X, k=$Y)",  "lambda $X: $Y",  "f($X, f($X))",   "[f($X) for $X in $Y]",
                                  "$X = $Y",      "$X = [$$A, $Y]", "g($X, $$A, $X)", "$X = f($$A)",
                                  "$X = [$$A, f]"};

// Expressions of all shapes in which brackets and commas stand.
class Expressions {
 public:
  explicit Expressions(unsigned seed) : random_(seed) {}

  std::string any(unsigned depth) {
    if (depth == 0) return pick({"a", "b.f", "f()", "'f(x), ['", "1", "f", "x.f", "g"});
    const std::string one = any(depth - 1), two = any(depth - 1), three = any(depth - 1);
    switch (random_() % 18) {
      case 0: return "[" + one + ", " + two + ", " + three + "]";
      case 1: return "(" + one + ", " + two + ")";
      case 2: return "(" + one + ")";
      case 3: return "f(" + one + ")";
      case 4: return "g(" + one + ", " + two + ")";
      case 5: return "f(" + one + ", k=" + two + ",)";
      case 6: return "{" + one + ": " + two + ", " + two + ": " + three + "}";
      case 7: return "{" + one + ", " + two + "}";
      case 8: return "(" + one + ").f(" + two + ").g";
      case 9: return "-(" + one + ", " + two + ",)";
      case 10: return "g(f(" + one + "), " + two + ")";
      case 11: return "(" + one + ")[" + two + ", 1:2]";
      case 12: return "(lambda a, b=" + one + ": (" + two + ", f(a)))";
      case 13: return "[f(y) for y, z in (" + one + ", " + two + ")]";
      case 14: return "g(f # f(x), (\n (" + one + "), *" + two + ")";
      case 15: return "(f(" + one + ") + g(" + two + "))";
      case 16: return "f'{a:,}{f(a)}{f(a), g(b)}'";
      default: return "(" + one + " if " + two + " else " + three + ")";
    }
  }

 private:
  std::string pick(std::initializer_list<const char*> words) { return words.begin()[random_() % words.size()]; }
  std::mt19937 random_;
};

Spans expected_in(const patterns::Parsed& parsed, const patterns::SourceFile& file, const Rule& rule) {
  Spans out;
  const auto matches = matches_in(rule, *rule.edits.front(), parsed, file);
  if (!matches) ADD_FAILURE() << matches.error().message;
  if (matches)
    for (const patterns::Match& match : *matches) out.emplace_back(match.span().begin, match.span().end);
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

TEST(Literals, HoldTheSameSitesWhetherCutOrNot) {
  std::vector<std::unique_ptr<const patterns::Pattern>> made;
  std::vector<const patterns::Pattern*> pointers;
  std::vector<RuleSet> alone;
  for (const char* code : kCodes) pointers.push_back(made.emplace_back(code_pattern(code)).get());
  for (const patterns::Pattern*& pattern : pointers) alone.emplace_back(std::span(&pattern, 1));
  // But for those that want to see everything.
  std::vector<const patterns::Pattern*> with_words;
  for (const patterns::Pattern* pattern : pointers)
    if (!pattern->edits.front().before.filter.clauses().empty()) with_words.push_back(pattern);
  const RuleSet together(with_words);
  std::size_t sites = 0, cut_bytes = 0, bytes = 0;
  for (unsigned seed = 0; seed < 30; ++seed) {
    Expressions expressions(seed);
    std::string text;
    for (int i = 0; i < 6; ++i) text += "v" + std::to_string(i) + " = " + expressions.any(4) + "\n";
    text += "class A:\n    v = " + expressions.any(4) + "\n" + expressions.any(4) + "\n";
    const patterns::SourceFile file{"m", "m.py", text, "model"};
    const auto parsed = patterns::parse_source(file, *patterns::shipped_table());
    ASSERT_TRUE(parsed);
    ASSERT_EQ(parsed->document->error_count(), 0U) << text;
    std::vector<Spans> expected(alone.size());
    for (std::size_t i = 0; i < alone.size(); ++i) {
      expected[i] = expected_in(*parsed, file, alone[i].rules().front());
      const SourceSites got = find_sites(file, alone[i], *patterns::shipped_table());
      ASSERT_EQ(spans_of(got), expected[i]) << kCodes[i] << " in\n" << text;
      ASSERT_TRUE(got.notes.empty()) << kCodes[i] << " in\n" << text;
      sites += expected[i].size();
      cut_bytes += got.parsed_bytes;
      bytes += text.size();
    }
    std::vector<Spans> shared(with_words.size());
    for (const Site& site : find_sites(file, together, *patterns::shipped_table()).sites)
      shared[site.rule].emplace_back(site.span.begin, site.span.end);
    for (std::size_t i = 0, rule = 0; i < pointers.size(); ++i) {
      if (rule == with_words.size() || pointers[i] != with_words[rule]) continue;
      std::sort(shared[rule].begin(), shared[rule].end());
      ASSERT_EQ(shared[rule], expected[i]) << kCodes[i] << " in\n" << text;
      ++rule;
    }
  }
  EXPECT_GT(sites, 1000U);
  EXPECT_LT(cut_bytes, bytes) << "nothing was cut";
}

}  // namespace
}  // namespace adapt::search
