#include "patterns/mine/tree_diff.h"

#include <algorithm>
#include <map>

#include "patterns/variable.h"

namespace adapt::patterns::mine {
namespace {

constexpr double kSimilar = 0.5;           // of two statements: share of leaves in common
constexpr std::size_t kMaxCells = 40'000;  // of one alignment; a larger gap is one edit

// Operators, keywords, clauses: parts that cannot be exchanged alone.
bool is_part(const Term& term) {
  return !is_expression(term) && !is_statement(term) && term.count == 0 && !term.node.is_named();
}

std::uint32_t index_in_parent(const TermTree& tree, TermId id) {
  const auto siblings = tree.children(tree.at(id).parent);
  return static_cast<std::uint32_t>(std::find(siblings.begin(), siblings.end(), id) - siblings.begin());
}

void add_leaves(const TermTree& tree, TermId id, std::vector<std::uint64_t>& out) {
  const Term& term = tree.at(id);
  if (term.count == 0 || !term.name.empty()) {
    out.push_back(term.hash);
    return;
  }
  for (const TermId child : tree.children(id)) add_leaves(tree, child, out);
}

std::vector<std::uint64_t> leaves(const TermTree& tree, TermId id) {
  std::vector<std::uint64_t> out;
  add_leaves(tree, id, out);
  std::sort(out.begin(), out.end());
  return out;
}

double similarity(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
  std::size_t common = 0;
  for (auto x = a.begin(), y = b.begin(); x != a.end() && y != b.end();) {
    if (*x == *y) {
      ++common, ++x, ++y;
    } else if (*x < *y) {
      ++x;
    } else {
      ++y;
    }
  }
  return 2.0 * static_cast<double>(common) / static_cast<double>(std::max<std::size_t>(a.size() + b.size(), 1));
}

// Both assign to the same, or both return: one statement, whatever became of the value.
bool same_target(const TermTree& before, TermId x, const TermTree& after, TermId y) {
  if (before.at(x).kind == "return_statement") return true;
  const auto target = [](const TermTree& tree, TermId id) -> std::uint64_t {
    if (tree.at(id).kind != "expression_statement" || tree.at(id).count != 1) return 0;
    const TermId inner = tree.children(id).front();
    return tree.at(inner).kind == "assignment" && tree.at(inner).count > 1 ? tree.at(tree.children(inner).front()).hash
                                                                           : 0;
  };
  const std::uint64_t mine = target(before, x);
  return mine != 0 && mine == target(after, y);
}

// A definition with decorators is one without.
bool same_sort(std::string_view a, std::string_view b) {
  return a == b || (a.ends_with("_definition") && b.ends_with("_definition"));
}

// Pairs (i, j), rising in both, of the largest total weight.
template <class Weight>
std::vector<std::pair<std::uint32_t, std::uint32_t>> align(std::size_t n, std::size_t m, Weight weight) {
  std::vector<double> best((n + 1) * (m + 1), 0), own(n * m, 0);
  const auto at = [m](std::size_t i, std::size_t j) { return i * (m + 1) + j; };
  for (std::size_t i = n; i-- > 0;)
    for (std::size_t j = m; j-- > 0;) {
      const double w = own[i * m + j] = weight(i, j);
      best[at(i, j)] = std::max(best[at(i + 1, j)], best[at(i, j + 1)]);
      if (w > 0) best[at(i, j)] = std::max(best[at(i, j)], w + best[at(i + 1, j + 1)]);
    }
  std::vector<std::pair<std::uint32_t, std::uint32_t>> out;
  for (std::size_t i = 0, j = 0; i < n && j < m;) {
    const double w = own[i * m + j];
    if (w > 0 && best[at(i, j)] == w + best[at(i + 1, j + 1)]) {
      out.emplace_back(i++, j++);
    } else if (best[at(i + 1, j)] >= best[at(i, j + 1)]) {
      ++i;
    } else {
      ++j;
    }
  }
  return out;
}

}  // namespace

bool is_block(const Term& term) { return term.kind == "block" || term.kind == "module"; }

pyast::Span run_span(const TermTree& tree, TermId parent, std::uint32_t first, std::uint32_t count) {
  const auto children = tree.children(parent);
  if (count > 0) return {tree.at(children[first]).span().begin, tree.at(children[first + count - 1]).span().end};
  const std::uint32_t at = first > 0           ? tree.at(children[first - 1]).span().end
                           : !children.empty() ? tree.at(children[0]).span().begin
                                               : tree.at(parent).span().end;
  return {at, at};
}

TreeDiff::TreeDiff(const TermTree& before, const TermTree& after)
    : before_(before),
      after_(after),
      counterpart_(before.size(), kNoTerm),
      replacement_(before.size(), kNoTerm),
      unchanged_(before.size(), false),
      is_renamed_(before.size(), false),
      partner_(before.size()) {
  compare(before.root(), after.root());
  std::stable_sort(edits_.begin(), edits_.end(), [&](const TreeEdit& a, const TreeEdit& b) {
    return run_span(before_, a.before_parent, a.before_first, a.before_count).begin <
           run_span(before_, b.before_parent, b.before_first, b.before_count).begin;
  });
}

void TreeDiff::mark_same(TermId x, TermId y) {
  counterpart_[x] = y;
  unchanged_[x] = true;
  const auto xs = before_.children(x);
  const auto ys = after_.children(y);
  if (is_block(before_.at(x))) partner_[x].assign(xs.size(), kNoTerm);
  // Equal hashes, but a dotted name may be one word here and a chain there.
  for (std::size_t i = 0; i < xs.size() && xs.size() == ys.size(); ++i) {
    mark_same(xs[i], ys[i]);
    if (is_block(before_.at(x))) partner_[x][i] = static_cast<std::uint32_t>(i);
  }
  const TermId type_before = before_.at(x).annotation, type_after = after_.at(y).annotation;
  if (type_before != kNoTerm && type_after != kNoTerm) compare(type_before, type_after);
}

void TreeDiff::replace(TermId x, TermId y) {
  counterpart_[x] = kNoTerm;
  const TermId parent = before_.at(x).parent, parent_after = after_.at(y).parent;
  if (parent == kNoTerm || before_.at(x).in_annotation != after_.at(y).in_annotation) return;
  if (before_.at(parent).annotation == x) return;  // compared below its `type`
  replacement_[x] = y;
  edits_.push_back({parent, parent_after, index_in_parent(before_, x), 1, index_in_parent(after_, y), 1});
}

void TreeDiff::compare(TermId x, TermId y) {
  const Term& a = before_.at(x);
  const Term& b = after_.at(y);
  if (a.hash == b.hash) return mark_same(x, y);
  if (a.kind != b.kind || a.text != b.text || a.count == 0 || b.count == 0 || !a.name.empty() || !b.name.empty())
    return replace(x, y);
  counterpart_[x] = y;
  if (is_block(a)) return compare_blocks(x, y);
  if (a.annotation != kNoTerm && b.annotation != kNoTerm) compare(a.annotation, b.annotation);
  if (a.kind == "call") return compare_calls(x, y);
  compare_children(x, y);
}

void TreeDiff::compare_children(TermId x, TermId y) {
  const auto xs = before_.children(x);
  const auto ys = after_.children(y);
  if (xs.size() != ys.size()) return replace(x, y);
  for (std::size_t i = 0; i < xs.size(); ++i) {
    const Term &a = before_.at(xs[i]), &b = after_.at(ys[i]);
    if (a.hash != b.hash && (is_part(a) || is_part(b) || a.kind == "label" || b.kind == "label")) return replace(x, y);
  }
  for (std::size_t i = 0; i < xs.size(); ++i) compare(xs[i], ys[i]);
}

// Arguments go by label, the others by position.
void TreeDiff::compare_calls(TermId x, TermId y) {
  const auto xs = before_.children(x);
  const auto ys = after_.children(y);
  if (xs.size() != ys.size()) return replace(x, y);
  std::vector<TermId> partner(xs.size(), kNoTerm);
  std::vector<bool> taken(ys.size(), false);
  for (const bool labelled : {true, false})
    for (std::size_t i = 1; i < xs.size(); ++i) {
      const std::string_view label = before_.at(xs[i]).text;
      if (label.empty() == labelled) continue;
      for (std::size_t j = 1; j < ys.size() && partner[i] == kNoTerm; ++j)
        if (!taken[j] && after_.at(ys[j]).kind == before_.at(xs[i]).kind && after_.at(ys[j]).text == label) {
          partner[i] = ys[j];
          taken[j] = true;
        }
      if (partner[i] == kNoTerm) {
        replace(x, y);
        is_renamed_[x] = replacement_[x] == y;
        return compare_values(x, y);
      }
    }
  compare(xs[0], ys[0]);
  for (std::size_t i = 1; i < xs.size(); ++i) compare(xs[i], partner[i]);
}

// Of a call whose keywords changed, which is one edit: what changed inside its arguments are edits of their own.
void TreeDiff::compare_values(TermId x, TermId y) {
  const auto xs = before_.children(x), ys = after_.children(y);
  for (std::size_t i = 1; i < xs.size(); ++i) {
    if (before_.at(xs[i]).count != 1 || after_.at(ys[i]).count != 1) continue;
    const TermId a = before_.children(xs[i]).front(), b = after_.children(ys[i]).front();
    const bool alike = before_.at(a).kind == after_.at(b).kind && before_.at(a).count > 0;
    if (before_.at(a).hash == after_.at(b).hash || alike) compare(a, b);
  }
}

void TreeDiff::pair_statements(TermId block, std::uint32_t before, std::uint32_t after) {
  partner_[block][before] = after;
}

void TreeDiff::compare_blocks(TermId x, TermId y) {
  const auto xs = before_.children(x);
  const auto ys = after_.children(y);
  partner_[x].assign(xs.size(), kNoTerm);
  // Equal ends first: an alignment is made of what lies between them.
  std::size_t head = 0, tail = 0;
  const auto equal = [&](std::size_t i, std::size_t j) { return before_.at(xs[i]).hash == after_.at(ys[j]).hash; };
  while (head < xs.size() && head < ys.size() && equal(head, head)) ++head;
  while (tail < xs.size() - head && tail < ys.size() - head && equal(xs.size() - 1 - tail, ys.size() - 1 - tail))
    ++tail;
  for (std::size_t i = 0; i < head; ++i)
    pair_statements(x, static_cast<std::uint32_t>(i), static_cast<std::uint32_t>(i));
  for (std::size_t i = 0; i < tail; ++i)
    pair_statements(x, static_cast<std::uint32_t>(xs.size() - 1 - i), static_cast<std::uint32_t>(ys.size() - 1 - i));
  const std::size_t n = xs.size() - head - tail, m = ys.size() - head - tail;
  if (n * m <= kMaxCells)
    for (const auto& [i, j] :
         align(n, m, [&](std::size_t i, std::size_t j) { return equal(head + i, head + j) ? 1.0 : 0.0; }))
      pair_statements(x, static_cast<std::uint32_t>(head) + i, static_cast<std::uint32_t>(head) + j);
  for (std::size_t i = 0; i < xs.size(); ++i)
    if (partner_[x][i] != kNoTerm) mark_same(xs[i], ys[partner_[x][i]]);

  Gap gap;
  for (std::uint32_t i = 0; i <= xs.size(); ++i) {
    if (i < xs.size() && partner_[x][i] == kNoTerm) continue;
    gap.before_end = i;
    gap.after_end = i < xs.size() ? partner_[x][i] : static_cast<std::uint32_t>(ys.size());
    if (gap.before_end > gap.before_begin || gap.after_end > gap.after_begin) compare_gap(x, y, gap);
    gap.before_begin = i + 1;
    gap.after_begin = gap.after_end + 1;
  }
}

// Statements that resemble each other are one that changed; what is left was inserted, deleted or replaced.
void TreeDiff::compare_gap(TermId x, TermId y, const Gap& gap) {
  const auto xs = before_.children(x);
  const auto ys = after_.children(y);
  const std::size_t n = gap.before_end - gap.before_begin, m = gap.after_end - gap.after_begin;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> pairs;
  if (n > 0 && m > 0 && n * m <= kMaxCells) {
    std::vector<std::vector<std::uint64_t>> before(n), after(m);
    for (std::size_t i = 0; i < n; ++i) before[i] = leaves(before_, xs[gap.before_begin + i]);
    for (std::size_t j = 0; j < m; ++j) after[j] = leaves(after_, ys[gap.after_begin + j]);
    pairs = align(n, m, [&](std::size_t i, std::size_t j) {
      const TermId x_child = xs[gap.before_begin + i], y_child = ys[gap.after_begin + j];
      if (!same_sort(before_.at(x_child).kind, after_.at(y_child).kind)) return 0.0;
      const double s = similarity(before[i], after[j]);
      if (s >= kSimilar) return s;
      return same_target(before_, x_child, after_, y_child) ? kSimilar : 0.0;
    });
  }
  std::uint32_t i = gap.before_begin, j = gap.after_begin;
  const auto rest = [&](std::uint32_t i_end, std::uint32_t j_end) {
    if (i < i_end || j < j_end) edits_.push_back({x, y, i, i_end - i, j, j_end - j});
  };
  for (const auto& [a, b] : pairs) {
    rest(gap.before_begin + a, gap.after_begin + b);
    i = gap.before_begin + a + 1;
    j = gap.after_begin + b + 1;
    pair_statements(x, i - 1, j - 1);
    compare(xs[i - 1], ys[j - 1]);
  }
  rest(gap.before_end, gap.after_end);
}

TreeDiff::Place TreeDiff::place(TermId block, std::uint32_t index) const {
  const auto& partner = partner_[block];
  Place out{0, static_cast<std::uint32_t>(after_.children(counterpart_[block]).size())};
  for (std::uint32_t i = index; i-- > 0;)
    if (partner[i] != kNoTerm) {
      out.low = partner[i] + 1;
      break;
    }
  for (std::uint32_t i = index; i < partner.size(); ++i)
    if (partner[i] != kNoTerm) {
      out.high = partner[i];
      break;
    }
  return out;
}

}  // namespace adapt::patterns::mine
