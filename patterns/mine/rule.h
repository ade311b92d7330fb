// A rule that was learned, before it becomes text: a piece of an example with variables in place of some of its code.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "patterns/match.h"
#include "patterns/mine/fragment.h"
#include "patterns/pattern.h"

namespace adapt::patterns::mine {

// A Computation whose variables have no names yet.
struct RuleComputation {
  Computation::How how{};
  std::vector<int> of;  // indices
  std::string text;

  bool operator==(const RuleComputation&) const = default;
};

struct RuleVariable {
  VariableKind kind = VariableKind::expr;
  std::string name;                            // without the '$'
  std::vector<std::string> constraints;        // as in a [vars] line
  bool was_constant = false;                   // a label or literal that differs among the examples
  std::optional<RuleComputation> computation;  // then it has no place in the old code

  bool operator==(const RuleVariable&) const = default;
};

struct Rule {
  // A variable in place of children [first, first + count) of a term.
  struct Run {
    std::uint32_t first = 0, count = 0;
    int variable = -1;
  };
  struct Side {
    std::vector<TermId> roots;
    std::map<TermId, int> holes;  // term -> the variable in its place
    std::map<TermId, Run> runs;   // by parent
  };

  const Example* example = nullptr;  // whose code it is made of
  std::size_t example_index = 0;
  unsigned level = 0;
  bool is_expression = false;
  Side before, after;
  std::vector<RuleVariable> variables;
  std::vector<std::string> fresh;   // names that the new code introduces
  std::vector<std::string> scopes;  // scope lines, without the '@'

  const TermTree& tree(bool is_after) const { return is_after ? example->after() : example->before(); }
};

// Scope lines that mining knows by name.
inline constexpr std::string_view kTraced = "in traced", kAnnotation = "in annotation";
bool has_scope(const Rule& rule, std::string_view line);

// The constraint for numbers as far from zero on that side as no model computes with: masks are filled with them. ""
// for any other number.
std::string large_number(double value);

// Whether some of the new code follows from where the rule is applied.
bool has_computation(const Rule& rule);

// Equal for rules that say the same.
std::uint64_t rule_hash(const Rule& rule);

// The hashes of the statements or of the expression that the new code would have with these captures. `compiled` is the
// rule's, `place` what was captured where it is applied: the tensor at hand is looked for there.
std::vector<std::uint64_t> instance(const Rule& rule, const Edit& compiled, const Captures& captures,
                                    const Captures& place);

// The children that no variable stands for a run of.
std::vector<TermId> children_outside_runs(const TermTree& tree, const Rule::Side& side, TermId id);

// A dotted name that has no variable for its last word.
bool is_whole_name(const TermTree& tree, const Rule::Side& side, TermId id);

// What a rule knows about the code of one side: named leaves that are no variables, and terms that hold others.
struct Knowledge {
  std::size_t leaves = 0, shape = 0;
  std::size_t all() const { return leaves + shape; }
};
Knowledge knowledge(const Rule& rule, bool is_after);

// Why the rule cannot be a pattern, or "".
std::string defect(const Rule& rule);

}  // namespace adapt::patterns::mine
