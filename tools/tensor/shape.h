// Sizes of shapes that come from a file: checked before anything is allocated.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "tools/tensor/array.h"

namespace adapt::tensor {

// Bytes of an array with this shape; nothing when a dimension is negative or the product does not fit 63 bits.
inline std::optional<std::uint64_t> byte_count(std::span<const std::int64_t> shape, DType dtype) {
  std::uint64_t count = size_of(dtype);
  bool empty = false;
  for (const std::int64_t size : shape) {
    if (size < 0) return std::nullopt;
    if (size == 0) empty = true;
    else if (__builtin_mul_overflow(count, static_cast<std::uint64_t>(size), &count) || count > (std::uint64_t{1} << 62U)) return std::nullopt;
  }
  return empty ? 0 : count;
}

}  // namespace adapt::tensor
