// Building blocks of the judge's tests: arrays and outputs from plain numbers.
#pragma once

#include <bit>
#include <cstring>
#include <string>
#include <vector>

#include "harness/judge/outputs.h"

namespace adapt::judge::testing {

using Shape = std::vector<std::int64_t>;

template <class Stored>
tensor::Array stored_as(tensor::DType dtype, Shape shape, const std::vector<double>& values) {
  tensor::Array array{dtype, std::move(shape), std::vector<std::byte>(values.size() * sizeof(Stored))};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto value = static_cast<Stored>(values[i]);
    std::memcpy(array.bytes.data() + i * sizeof(Stored), &value, sizeof(Stored));
  }
  return array;
}

// The upper half of a float, rounded to nearest.
inline double round_to_bf16(double value) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(value));
  return std::bit_cast<float>((bits + 0x7FFFU + ((bits >> 16U) & 1U)) & 0xFFFF0000U);
}

inline tensor::Array bf16_array(Shape shape, const std::vector<double>& values) {
  tensor::Array array{tensor::DType::bf16, std::move(shape), std::vector<std::byte>(values.size() * 2)};
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto bits =
        static_cast<std::uint16_t>(std::bit_cast<std::uint32_t>(static_cast<float>(round_to_bf16(values[i]))) >> 16U);
    std::memcpy(array.bytes.data() + 2 * i, &bits, 2);
  }
  return array;
}

inline Leaf float_leaf(std::string name, Shape shape, const std::vector<double>& values) {
  return {std::move(name), "float", "float32", shape, stored_as<float>(tensor::DType::f32, shape, values)};
}
inline Leaf double_leaf(std::string name, Shape shape, const std::vector<double>& values) {
  return {std::move(name), "float", "float64", shape, stored_as<double>(tensor::DType::f64, shape, values)};
}
inline Leaf bf16_leaf(std::string name, Shape shape, const std::vector<double>& values) {
  return {std::move(name), "float", "bfloat16", shape, bf16_array(shape, values)};
}
inline Leaf int_leaf(std::string name, Shape shape, const std::vector<double>& values) {
  return {std::move(name), "int", "int64", shape, stored_as<std::int64_t>(tensor::DType::i64, shape, values)};
}

}  // namespace adapt::judge::testing
