#include "patterns/traced.h"

#include <set>

#include "patterns/scope.h"

namespace adapt::patterns {
namespace {

constexpr std::string_view kEntry = "forward";

// Goes from a function to those that name it.
class Callers {
 public:
  explicit Callers(const TermTree& tree) : tree_(tree) {}

  bool reach_entry(pyast::Node place) {
    open_functions_around(place);
    while (!open_.empty()) {
      const std::string_view function = open_.back();
      open_.pop_back();
      if (function == kEntry) return true;
      for (const TermId use : tree_.with_word(function))
        if (!is_definition(use)) open_functions_around(tree_.at(use).node);
    }
    return false;
  }

 private:
  void open_functions_around(pyast::Node node) {
    for (; (node = enclosing(node, "function_definition")); node = node.parent()) {
      const pyast::Node name = node.child_by_field("name");
      if (name && seen_.insert(name.text()).second) open_.push_back(name.text());
    }
  }

  bool is_definition(TermId id) const {
    const Term& term = tree_.at(id);
    return term.kind == "label" && term.node.parent().kind() == "function_definition";
  }

  const TermTree& tree_;
  std::set<std::string_view> seen_;
  std::vector<std::string_view> open_;
};

}  // namespace

bool is_traced(const TermTree& tree, pyast::Node place) { return Callers(tree).reach_entry(place); }

}  // namespace adapt::patterns
