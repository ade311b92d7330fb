// Which spellings mean the same: read from isomorphisms.txt, which is shipped beside library/.
//
//   [imports]     import torch.nn.functional as F        what a head means in patterns, and in sources that do not bind
//   it [names]       torch.cat = torch.concat               one object; the first name is the normal one [signatures]
//   method torch.cumsum(input, dim, *, dtype)   parameter order; `method`: x.cumsum(..) is torch.cumsum(x, ..) [equal]
//   $X.shape[$I] <=> $X.size($I)           expressions that may stand for each other in a pattern
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/result.h"

namespace adapt::patterns {

struct PatternTerm;

// Positional parameters in order.
using Parameters = std::vector<std::string>;

class Isomorphisms {
 public:
  static Result<std::shared_ptr<const Isomorphisms>> parse(std::string_view text, std::string_view file);
  static Result<std::shared_ptr<const Isomorphisms>> load(const std::filesystem::path& file);

  // "F" -> "torch.nn.functional"
  const std::map<std::string, std::string, std::less<>>& imports() const { return imports_; }
  // The import statement that makes the head `name` mean what imports() says.
  std::string import_statement(std::string_view head) const;

  // Whether the name belongs to one of the packages that imports() knows: such names are the same everywhere.
  bool is_known_package(std::string_view dotted) const;
  // As imports() would write it: "F.softmax" for "torch.nn.functional.softmax". Itself for names of other packages.
  std::string spelling(std::string_view dotted) const;

  // The normal dotted name for `dotted`, itself when it has only one.
  std::string_view normal(std::string_view dotted) const;

  // What may be written last where a normal name ends in `word`: the last words of its other names, and the heads that
  // stand for it where a file binds them to nothing else.
  std::vector<std::string> spellings(std::string_view word) const;

  // Of a normal dotted name, or null.
  const Parameters* function(std::string_view dotted) const;
  // Of `x.<name>(...)` without the receiver, or null.
  const Parameters* method(std::string_view name) const;
  // "torch.cumsum" for "cumsum", or null: the function form of a method.
  const std::string* function_of_method(std::string_view name) const;
  // True when `x.f(...)` may be written for the function `dotted`.
  bool has_method_form(std::string_view dotted) const;

  // Last words of functions that are used alike: what is done to calls of two of them is done to the others too.
  const std::vector<std::vector<std::string>>& alike() const { return alike_; }

  // Classes of equal expressions, compiled.
  const std::vector<std::vector<PatternTerm>>& equal() const { return equal_; }

 private:
  Result<void> read_line(std::string_view section, std::string_view line);
  std::map<std::string, std::string, std::less<>> imports_;
  std::map<std::string, std::string, std::less<>> names_;
  std::map<std::string, Parameters, std::less<>> functions_;
  std::map<std::string, Parameters, std::less<>> methods_;
  std::map<std::string, std::string, std::less<>> method_functions_;
  std::vector<std::vector<std::string>> alike_;  // each sorted
  std::vector<std::vector<std::string>> equal_texts_;
  std::vector<std::vector<PatternTerm>> equal_;
};

}  // namespace adapt::patterns
