// Sizes of shapes that come from a file: checked before anything is allocated.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "tools/tensor/array.h"

namespace adapt::tensor {

// Bytes of an array with this shape; nothing when there are too many dimensions, one is negative, or the product of
// those that are not zero leaves 62 bits.
inline std::optional<std::uint64_t> byte_count(std::span<const std::int64_t> shape, DType dtype) {
  constexpr std::uint64_t kLimit = std::uint64_t{1} << 62U;
  if (shape.size() > kMaxDimensions) return std::nullopt;
  std::uint64_t count = size_of(dtype);
  bool empty = false;
  for (const std::int64_t size : shape) {
    if (size < 0) return std::nullopt;
    if (size == 0) {
      empty = true;
    } else {
      const auto factor = static_cast<std::uint64_t>(size);
      if (count > kLimit / factor) return std::nullopt;
      count *= factor;
    }
  }
  return empty ? 0 : count;
}

}  // namespace adapt::tensor
