// What the function around a variable assigns to it: the little data flow that reading types off code needs.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "patterns/term.h"

namespace adapt::patterns {

// How far one question about a value follows the code: chains of assignments are short.
inline constexpr unsigned kMaxFollowDepth = 24;
inline constexpr unsigned kMaxFollowSteps = 200;

struct Assigned {
  TermId value = kNoTerm;
  std::optional<std::size_t> index;  // of the variable in a tuple of targets
};

// The function that the code stands in, else the module.
pyast::Node function_around(pyast::Node node);

// In source order. Those that only make the variable anew from itself, as in x = x.view(..), are left out.
std::vector<Assigned> assignments_to(const TermTree& tree, TermId variable);

// What the file assigns to this very code, such as `self.x`, wherever it stands; or only what statements of the module
// assign.
std::vector<TermId> values_assigned(const TermTree& tree, TermId target, bool by_module);

// The annotation of the parameter of this name in the function around the variable, or an empty node.
pyast::Node annotation_of(const TermTree& tree, TermId variable);

// The last word of what a call calls: "softmax" for F.softmax(x) and x.softmax(-1).
std::string_view called_name(const TermTree& tree, TermId call);

// The n-th operand of a call, kNoTerm where there is none: of a method the receiver is the first.
TermId operand_of(const TermTree& tree, TermId call, std::size_t n);

// What all answers say, or nothing.
template <class T>
class Agreement {
 public:
  void add(const std::optional<T>& answer) {
    if (any_ && answer != agreed_) agreed_.reset();
    if (!any_) agreed_ = answer;
    any_ = true;
  }
  bool any() const { return any_; }
  const std::optional<T>& answer() const { return agreed_; }

 private:
  std::optional<T> agreed_;
  bool any_ = false;
};

}  // namespace adapt::patterns
