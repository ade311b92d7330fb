// How a node is named across calls: the symbol it stands in, its kind, which of them it is, and a hash of its tokens
// that tells whether it is still the one that was meant.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/toolbox/target.h"

namespace adapt::toolbox {

// Eight hexadecimal digits; equal for equal tokens, comments and layout ignored.
std::string fingerprint_of(pyast::Node node);

// Those of a kind within the target, in source order: occurrence n is the n-th, from 1.
std::vector<pyast::Node> nodes_of(const Target& target, std::string_view kind);

// The innermost symbol around the node, whose name addresses it with.
Target home_of(const std::shared_ptr<const Module>& module, pyast::Node node);

// The node's text as if it stood at the left margin, lines ended by "\n": the form in which code is shown and given.
std::string shown(pyast::Node node);

// "m:C.f call 2 0123abcd line 17", and its text in lines that begin with "| ".
std::string row_of(const std::shared_ptr<const Module>& module, pyast::Node node, std::size_t max_text);

}  // namespace adapt::toolbox
