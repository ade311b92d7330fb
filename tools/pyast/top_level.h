// The statements of a module, and of its classes, told apart without parsing them: strings, brackets and continued
// lines are followed, so a line that begins at the left margin outside of all three begins a statement.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/pyast/document.h"

namespace adapt::pyast {

// What a statement does to the names of the scope it stands in.
enum class Binds : std::uint8_t {
  anything,  // not known, or of another scope (`global`)
  nothing,   // an expression
  variable,  // `name = ...` or `name: ... = ...`, where the value is not None
  function,  // its name
  class_,    // its name
};

// One compound statement with its clauses and decorators, or one line of simple statements; with the comments and blank
// lines behind it.
struct Statement {
  Span span;
  Binds binds = Binds::anything;
  std::string_view name;  // of a variable, function or class; also of one that binds anything besides
  // Of a class whose body is written in lines of one indentation: they follow its heading without a gap, to its end.
  std::vector<Statement> members;
  std::string_view indentation;  // of the members
};

struct TopLevel {
  std::vector<Statement> statements;  // in order; they cover the text without a gap
  // Where lines of code begin, continued ones counting as one: an expression lies in one of them. Statements begin at
  // some of these, the first of all at the start of the text.
  std::vector<std::uint32_t> lines;
  // Every `A as B` in code: the only way in which what is called A elsewhere is written B here.
  std::vector<std::pair<std::string_view, std::string_view>> aliases;
  // Strings, without the replacement fields in them, and comments; in order. All else is code.
  std::vector<Span> texts;
};

// Nothing when a string or bracket does not end, or a bracket ends that is not open: then statements cannot be told
// apart. Views point into `text`.
std::optional<TopLevel> split_top_level(std::string_view text);

}  // namespace adapt::pyast
