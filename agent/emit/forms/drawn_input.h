// The input of a pattern's check as Python that draws it.
#pragma once

#include <string>
#include <vector>

#include "agent/emit/python_layout.h"
#include "patterns/check.h"

namespace adapt::emit::forms {

// Names that the code under test leaves free.
struct DrawNames {
  std::string generator = "generator", mask = "drawn_mask", special = "with_special";
};

// Parameter of a test for the size `name`, told apart from the inputs.
std::string size_parameter(const std::string& name, const patterns::Check& check);

// An expression over the generator and the sizes' parameters. The parameter <name>_fill says whether a mask of fill
// `some` has places of both sorts, or is all true or all false.
Code drawn_input(const patterns::CheckInput& input, const patterns::Check& check, const DrawNames& names = {});

}  // namespace adapt::emit::forms
