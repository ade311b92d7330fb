#include "patterns/chain.h"

#include <algorithm>

#include "patterns/scope.h"

namespace adapt::patterns {

MatchOptions chained_options(const Edit& edit, const Edit& anchor, const Match& match) {
  MatchOptions options;
  options.bound.resize(edit.variables.size());
  for (const auto& [mine, theirs] : edit.binds) {
    const auto index = [](const Edit& of, const std::string& name) {
      return static_cast<std::size_t>(
          std::find_if(of.variables.begin(), of.variables.end(), [&](const Variable& v) { return v.name == name; }) -
          of.variables.begin());
    };
    options.bound[index(edit, mine)] = match.captures[index(anchor, theirs)];
  }
  const pyast::Node node = match.tree->at(match.roots.front()).node;
  const auto inside = [&](std::string_view kind) {
    if (const pyast::Node around = enclosing(node, kind)) options.inside = around.span();
  };
  if (edit.scope == ChainScope::function) inside("function_definition");
  if (edit.scope == ChainScope::class_) inside("class_definition");
  return options;
}

}  // namespace adapt::patterns
