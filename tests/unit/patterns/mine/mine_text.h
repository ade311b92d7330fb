// Examples written in tests.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

#include "patterns/mine/rule_text.h"
#include "patterns/mine/write_pattern.h"
#include "tests/unit/patterns/pattern_text.h"

namespace adapt::patterns::mine {

inline Example example_of(const std::string& before, const std::string& after, const std::string& name = "module") {
  auto example = Example::parse({{name, name + ".py", before, "model"}, after}, *shipped_table());
  if (!example) ADD_FAILURE() << example.error().message;
  return std::move(*example);
}

// A function around the lines, so that names are variables.
inline std::string function(const std::string& body, const std::string& parameters = "x, y, mask") {
  std::string out = "import torch\n\n\ndef forward(" + parameters + "):\n";
  for (const std::string_view line : split_lines(body)) out.append("    ").append(line).append("\n");
  return out;
}

inline Mined mined_from(const std::vector<Example>& examples) {
  auto mined = mine(examples, {shipped_table().get(), nullptr});
  if (!mined) ADD_FAILURE() << mined.error().message;
  return std::move(*mined);
}

// The edits of the rules as a pattern file shows them.
inline std::string text_of(const Mined& mined) {
  std::string out;
  for (const Learned& learned : mined.rules) {
    const RuleText text = rule_text(learned.rule);
    for (const std::string& variable : text.variables)
      if (!variable.ends_with(": expr")) out += variable + "\n";
    for (const BodyLine& line : text.body) out.append(1, line.marker).append(" ").append(line.text).append("\n");
  }
  return out;
}

}  // namespace adapt::patterns::mine
