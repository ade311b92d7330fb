#include "patterns/mine/score.h"

#include <algorithm>
#include <map>
#include <optional>

#include "patterns/scope.h"
#include "patterns/settled.h"

namespace adapt::patterns::mine {
namespace {

// Captured code as the example has it after: other edits may have changed it.
// `replaced`: also where it was replaced as a whole, which may be what the rule itself does.
Captures after_captures(const Example& example, const Captures& captures, bool replaced) {
  Captures out(captures.size());
  for (std::size_t i = 0; i < captures.size(); ++i) {
    if (!captures[i]) continue;
    out[i] = captures[i];
    std::vector<TermId> terms;
    for (const TermId term : captures[i]->terms) {
      const TermId after = replaced ? example.diff().continued(term) : example.diff().counterpart(term);
      if (after != kNoTerm) terms.push_back(after);
    }
    if (terms.size() == captures[i]->terms.size()) out[i] = Capture{&example.after(), std::move(terms)};
  }
  return out;
}

class Judge {
 public:
  Judge(const Rule& rule, const Edit& compiled, const Example& example)
      : rule_(rule), compiled_(compiled), example_(example) {}

  struct Judgement {
    Verdict verdict = Verdict::unclear;
    pyast::Span settled;  // where nothing is left to change when it is right
    // Of statements: what they became.
    TermId block = kNoTerm;
    std::uint32_t begin = 0, end = 0;  // children of the block after

    bool inserts(const TreeEdit& edit) const {
      return edit.before_count == 0 && edit.after_parent == block && begin <= edit.after_first &&
             edit.after_first + edit.after_count <= end;
    }
  };

  // Nothing where the rule changes nothing.
  std::optional<Judgement> judge(const Match& match) const {
    if (same_as_before(match, instance(rule_, compiled_, match.captures, match.captures))) return std::nullopt;
    const Judgement first = judge(match, after_captures(example_, match.captures, false));
    return first.verdict == Verdict::right ? first : judge(match, after_captures(example_, match.captures, true));
  }

 private:
  Judgement judge(const Match& match, const Captures& captures) const {
    const auto expected = instance(rule_, compiled_, captures, match.captures);
    if (rule_.is_expression) return expression(match.roots.front(), expected);
    return statements(match, expected);
  }

  bool same_as_before(const Match& match, const std::vector<std::uint64_t>& hashes) const {
    return std::equal(match.roots.begin(), match.roots.end(), hashes.begin(), hashes.end(),
                      [&](TermId id, std::uint64_t hash) { return example_.before().at(id).hash == hash; });
  }

  Judgement expression(TermId id, const std::vector<std::uint64_t>& expected) const {
    if (expected.size() != 1) return {Verdict::wrong, {}};
    const TermTree& before = example_.before();
    std::map<TermId, std::uint64_t> changed = {{id, expected.front()}};
    bool climbed = false;
    for (TermId at = id; at != kNoTerm; at = before.at(at).parent) {
      const TermId after = example_.diff().became(at);
      if (after != kNoTerm) {
        if (example_.after().at(after).hash == changed.at(at)) return {Verdict::right, before.at(at).span()};
        const bool open = climbed ? !example_.diff().unchanged(at) : computes_another(after);
        return {open ? Verdict::unclear : Verdict::wrong, {}};
      }
      const TermId parent = before.at(at).parent;
      if (parent == kNoTerm || before.at(parent).annotation == at) return {};
      changed[parent] = before.hash_with(parent, changed);
      climbed = true;
    }
    return {};
  }

  // The author did the same with another value where the rule computes one: of two tensors on one device either will
  // do.
  bool computes_another(TermId after) const {
    const auto computes = [](const RuleVariable& v) { return v.computation && v.kind == VariableKind::expr; };
    if (!compiled_.new_code || std::ranges::none_of(rule_.variables, computes)) return false;
    MatchOptions options;
    options.inside = example_.after().at(after).span();
    const auto found = find_matches(*compiled_.new_code, compiled_.variables, example_.after(), options);
    return found && std::ranges::any_of(*found, [&](const Match& match) { return match.roots.front() == after; });
  }

  Judgement statements(const Match& match, const std::vector<std::uint64_t>& expected) const {
    const std::vector<TermId>& roots = match.roots;
    const TermTree& before = example_.before();
    const TermId block = before.at(roots.front()).parent;
    const TermId after_block = example_.diff().counterpart(block);
    if (after_block == kNoTerm) return {};
    const auto siblings = before.children(block);
    const auto first =
        static_cast<std::uint32_t>(std::find(siblings.begin(), siblings.end(), roots.front()) - siblings.begin());
    const auto low = example_.diff().place(block, first);
    const auto high = example_.diff().place(block, first + static_cast<std::uint32_t>(roots.size()));
    const auto after = example_.after().children(after_block);
    for (const std::uint32_t begin : {low.low, low.high})
      for (const std::uint32_t end : {high.low, high.high}) {
        if (end < begin || end - begin != expected.size() || end > after.size()) continue;
        if (std::equal(expected.begin(), expected.end(), after.begin() + begin,
                       [&](std::uint64_t hash, TermId id) { return example_.after().at(id).hash == hash; }))
          return {Verdict::right, match.span(), after_block, begin, end};
      }
    return {Verdict::wrong, match.span()};
  }

  const Rule& rule_;
  const Edit& compiled_;
  const Example& example_;
};

// Strictly inside: what a variable stands for as a whole may be what the edit wraps.
bool in_capture(const Match& match, pyast::Span span) {
  return std::any_of(match.captures.begin(), match.captures.end(), [&](const auto& capture) {
    if (!capture || capture->terms.empty()) return false;
    const pyast::Span around{capture->tree->at(capture->terms.front()).span().begin,
                             capture->tree->at(capture->terms.back()).span().end};
    return around.contains(span) && !(around == span) && span.begin < span.end;
  });
}

}  // namespace

const Capture* one_term(const Site& site, std::size_t variable) {
  const auto& found = site.match.captures[variable];
  return found && found->terms.size() == 1 ? &*found : nullptr;
}

bool takes(const Match& match, pyast::Span span) { return match.span().contains(span) && !in_capture(match, span); }

std::size_t Score::files() const {
  std::set<std::size_t> out;
  for (const auto& [example, edit] : covered) out.insert(example);
  return out.size();
}

Result<Score> score(const Rule& rule, const Edit& compiled, std::span<const Example> examples) {
  Score out;
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const Example& example = examples[i];
    ADAPT_TRY(auto matches, find_matches(compiled.before, compiled.variables, example.before(), {}));
    if (matches.empty()) continue;
    std::vector<Match> kept;
    for (Match& match : matches) {
      ADAPT_TRY(const bool holds, in_scope(compiled, match, example.files().before, nullptr));
      if (holds) kept.push_back(std::move(match));
    }
    ADAPT_TRY(kept, drop_settled(compiled, example.before(), std::move(kept)));
    const Judge judge(rule, compiled, example);
    for (Match& match : kept) {
      const auto judged = judge.judge(match);
      if (!judged) continue;
      out.right += judged->verdict == Verdict::right ? 1 : 0;
      out.wrong += judged->verdict == Verdict::wrong ? 1 : 0;
      if (judged->verdict == Verdict::right)
        for (std::size_t e = 0; e < example.edits().size(); ++e) {
          const TreeEdit& edit = example.edits()[e];
          const pyast::Span span = run_span(example.before(), edit.before_parent, edit.before_first, edit.before_count);
          if (judged->inserts(edit) || (judged->settled.contains(span) && !in_capture(match, span)))
            out.covered.emplace(i, e);
        }
      out.sites.push_back({i, std::move(match), judged->verdict});
    }
  }
  return out;
}

}  // namespace adapt::patterns::mine
