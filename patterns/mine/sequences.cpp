#include "patterns/mine/sequences.h"

#include <algorithm>
#include <functional>

namespace adapt::patterns::mine {
namespace {

class Widener {
 public:
  explicit Widener(const Rule& rule) : out_(rule), before_(rule.tree(false)), after_(rule.tree(true)) {}

  std::optional<Rule> run() {
    const auto befores = reached(out_.before, before_), afters = reached(out_.after, after_);
    for (const TermId x : befores) {
      const std::string_view kind = before_.at(x).kind;
      for (const TermId y : afters) {
        if (after_.at(y).kind != kind || taken(y)) continue;
        if (kind == "call" && calls_alike(x, y) && (behind(x, y) || in_front(x, y))) break;
        if (kind == "function_definition" && definition(x, y)) break;
      }
    }
    if (!changed_) return std::nullopt;
    return std::move(out_);
  }

 private:
  // Terms outside of variables, the outer ones first.
  static std::vector<TermId> reached(const Rule::Side& side, const TermTree& tree) {
    std::vector<TermId> out;
    const std::function<void(TermId)> visit = [&](TermId id) {
      if (side.holes.contains(id)) return;
      out.push_back(id);
      for (const TermId child : children_outside_runs(tree, side, id)) visit(child);
    };
    for (const TermId root : side.roots) visit(root);
    return out;
  }

  bool taken(TermId after) const { return out_.after.runs.contains(after); }

  bool same(TermId x, TermId y) const { return before_.at(x).hash == after_.at(y).hash; }

  // The same function, or another method or function of a package: of anything else the number of arguments may matter.
  bool calls_alike(TermId x, TermId y) const {
    const TermId a = before_.children(x).front(), b = after_.children(y).front();
    return same(a, b) || (before_.at(a).kind == "attribute" && after_.at(b).kind == "attribute");
  }

  // A variable in place of these children on both sides.
  void put(TermId x, TermId y, std::uint32_t first_before, std::uint32_t first_after, std::uint32_t count) {
    const auto variable = static_cast<int>(out_.variables.size());
    out_.variables.push_back({VariableKind::args, "", {}, false, std::nullopt});
    forget(out_.before, before_, x, first_before, count);
    forget(out_.after, after_, y, first_after, count);
    out_.before.runs[x] = {first_before, count, variable};
    out_.after.runs[y] = {first_after, count, variable};
    changed_ = true;
  }

  // What is below those children has no variables of its own any more.
  static void forget(Rule::Side& side, const TermTree& tree, TermId parent, std::uint32_t first, std::uint32_t count) {
    const std::function<void(TermId)> visit = [&](TermId id) {
      side.holes.erase(id);
      side.runs.erase(id);
      for (const TermId child : tree.children(id)) visit(child);
    };
    for (const TermId child : tree.children(parent).subspan(first, count)) visit(child);
  }

  bool behind(TermId x, TermId y) {
    if (out_.before.runs.contains(x)) return false;
    const auto xs = before_.children(x), ys = after_.children(y);
    std::uint32_t count = 0;
    while (count + 1 < xs.size() && count + 1 < ys.size() && same(xs[xs.size() - 1 - count], ys[ys.size() - 1 - count]))
      ++count;
    if (count == 0) return false;
    put(x, y, static_cast<std::uint32_t>(xs.size()) - count, static_cast<std::uint32_t>(ys.size()) - count, count);
    return true;
  }

  // Behind a sequence no position is known, so what follows it must have keywords.
  bool in_front(TermId x, TermId y) {
    if (out_.before.runs.contains(x)) return false;
    const auto xs = before_.children(x), ys = after_.children(y);
    std::uint32_t count = 0;
    while (count + 1 < xs.size() && count + 1 < ys.size() && same(xs[1 + count], ys[1 + count])) ++count;
    const auto labelled = [&](const TermTree& tree, std::span<const TermId> arguments) {
      return std::all_of(arguments.begin(), arguments.end(),
                         [&](TermId id) { return tree.at(id).kind == "argument" && !tree.at(id).positional; });
    };
    if (count == 0 || !labelled(before_, xs.subspan(1 + count)) || !labelled(after_, ys.subspan(1 + count)))
      return false;
    put(x, y, 1, 1, count);
    return true;
  }

  static TermId child_of_kind(const TermTree& tree, TermId id, std::string_view kind) {
    const auto children = tree.children(id);
    const auto found =
        std::find_if(children.begin(), children.end(), [&](TermId c) { return tree.at(c).kind == kind; });
    return found == children.end() ? kNoTerm : *found;
  }

  bool definition(TermId x, TermId y) {
    const TermId old_name = child_of_kind(before_, x, "label"), new_name = child_of_kind(after_, y, "label");
    if (old_name == kNoTerm || new_name == kNoTerm || !same(old_name, new_name)) return false;
    if (!out_.before.holes.contains(old_name)) {
      out_.variables.push_back({VariableKind::name, "", {}, false, std::nullopt});
      out_.before.holes[old_name] = out_.after.holes[new_name] = static_cast<int>(out_.variables.size()) - 1;
      changed_ = true;
    }
    const TermId old_list = child_of_kind(before_, x, "parameters"), new_list = child_of_kind(after_, y, "parameters");
    if (old_list == kNoTerm || new_list == kNoTerm || !same(old_list, new_list)) return true;
    if (before_.at(old_list).count > 0 && !out_.before.runs.contains(old_list))
      put(old_list, new_list, 0, 0, before_.at(old_list).count);
    return true;
  }

  Rule out_;
  const TermTree &before_, &after_;
  bool changed_ = false;
};

}  // namespace

std::optional<Rule> with_sequences(const Rule& rule) {
  auto out = Widener(rule).run();
  if (!out || !defect(*out).empty()) return std::nullopt;
  return out;
}

}  // namespace adapt::patterns::mine
