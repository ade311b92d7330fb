// Expressions of Python as far as their value is known without running them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/forge/static_value.h"
#include "tools/pyast/document.h"

namespace adapt::forge {

// The names that an expression may read: those of a comprehension or class, then those around it.
struct StaticScope {
  Names names{};
  StaticScope* outer = nullptr;

  StaticPtr find(std::string_view name) const;  // null where it is not bound
};

// Steps are counted over all that one module needs; with none left everything is unknown.
class StaticExpressions {
 public:
  static constexpr std::size_t kMostItems = 2'000;  // of one list or dictionary
  static constexpr std::size_t kMostText = 10'000;  // bytes of one text
  static constexpr int kMostDepth = 100;            // of one expression

  StaticExpressions(std::string file, std::size_t steps) : file_(std::move(file)), steps_(steps) {}

  StaticPtr value_of(pyast::Node node, StaticScope& scope);
  StaticPtr unknown_at(pyast::Node node, std::string reason) const;
  bool take_step() { return steps_ > 0 && steps_-- > 0; }

  // The values that a loop over `value` takes, or nothing where that is not known.
  static std::optional<std::vector<StaticPtr>> iterate(const StaticValue& value);
  // Binds the name or names of a target; false for targets that are no names.
  static bool bind(pyast::Node target, const StaticPtr& value, Names& names);

 private:
  StaticPtr evaluate(pyast::Node node, StaticScope& scope);
  StaticPtr string_of(pyast::Node node, StaticScope& scope);
  StaticPtr list_of(pyast::Node node, StaticScope& scope);
  StaticPtr dict_of(pyast::Node node, StaticScope& scope);
  StaticPtr attribute_of_node(pyast::Node node, StaticScope& scope);
  StaticPtr subscript_of(pyast::Node node, StaticScope& scope);
  StaticPtr call_of(pyast::Node node, StaticScope& scope);
  StaticPtr call_of_name(pyast::Node node, std::string_view name, const std::vector<StaticPtr>& arguments,
                         const Names& keywords);
  StaticPtr method_of(pyast::Node node, const StaticValue& self, std::string_view name,
                      const std::vector<StaticPtr>& arguments);
  StaticPtr binary_of(pyast::Node node, StaticScope& scope);
  StaticPtr comprehension_of(pyast::Node node, StaticScope& scope);
  bool clauses_of(pyast::Node node, const std::vector<pyast::Node>& clauses, std::size_t at, StaticScope& scope,
                  StaticValue& out);
  std::optional<bool> truth_of(pyast::Node node, StaticScope& scope);
  std::optional<bool> comparison_of(pyast::Node node, StaticScope& scope);

  std::string file_;
  std::size_t steps_;
  int depth_ = 0;
};

}  // namespace adapt::forge
