// The header of a .npy file: a Python dict of three entries, read as strictly as it is written by NumPy.
#pragma once

#include <string>
#include <string_view>

#include "tools/tensor/array.h"

namespace adapt::tensor {

struct NpyHeader {
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
};

// "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }"; each entry once, in any order.
Result<NpyHeader> parse_npy_header(std::string_view text);

// An error for dtypes that NumPy has no name for (bf16).
Result<std::string> print_npy_header(const NpyHeader& header);

}  // namespace adapt::tensor
