// A learned rule as the lines of a .adapt file.
#pragma once

#include <string>
#include <vector>

#include "patterns/edit_body.h"
#include "patterns/mine/rule.h"

namespace adapt::patterns::mine {

struct RuleText {
  std::vector<std::string> variables;  // lines of [vars]
  std::vector<BodyLine> body;          // of an [edit ...] section, scope lines included
};

// Names the variables after the code they stand for, unlike the `taken` ones, which it extends.
void name_variables(Rule& rule, std::vector<std::string>& taken);

// The variables must have names. Comments are left out, and code that brackets hold together comes on one line.
RuleText rule_text(const Rule& rule);

// As the engine will use it.
Result<Edit> compile_rule(const Rule& rule, const Isomorphisms& isomorphisms);

}  // namespace adapt::patterns::mine
