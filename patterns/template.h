// The right side of an edit: text with holes, and how it is filled at a place.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "patterns/match.h"

namespace adapt::patterns {

struct Template {
  Code code;  // code.encoded.text is what is filled; its base indentation is 0
  struct Hole {
    pyast::Span span;  // in the encoded text
    int variable = -1;
    bool statements = false;  // the line is this hole alone
  };
  std::vector<Hole> holes;  // in text order
  struct Name {
    pyast::Span span;
    std::string dotted;  // what it must denote
    std::string head;    // the import it was written with
  };
  std::vector<Name> names;         // uses of what the table's [imports] explain
  std::vector<pyast::Span> words;  // other identifiers that are read or bound
  std::set<std::string> reads;     // of those, the ones that must be bound outside
  bool is_expression = false;

  bool empty() const { return code.written.empty(); }
};

Result<Template> make_template(std::string_view text, std::vector<Variable>& variables,
                               const Isomorphisms& isomorphisms, bool is_expression);

struct Fill {
  const Match* match = nullptr;
  const std::vector<Variable>* variables = nullptr;                 // the edit's; null where no hole is computed
  std::string_view indentation;                                     // of the place
  std::function<std::string(const TermTree&, pyast::Span)> source;  // source text, inner rewrites applied
  std::function<std::string(const Template::Name&)> spell;          // how the name is written at the place
  std::map<std::string, std::string> renamed;                       // fresh names
};

// What a hole pastes of the source; runs of statements come with the comments above and behind them.
pyast::Span pasted_span(const Capture& capture, bool statements);

// The text that goes to the place; its first line is not indented, the others are. Captured code is verbatim,
// re-indented, and in parentheses where it needs them. No line end at the end.
std::string fill(const Template& text, const Fill& how);

// Whether `code` (an expression of this kind) must be put in parentheses to stand in place of `place`.
bool needs_parentheses(pyast::Node code, pyast::Node place);

// A line end outside all brackets and strings.
bool breaks_line(std::string_view code);

}  // namespace adapt::patterns
