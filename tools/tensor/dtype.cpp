#include <array>
#include <bit>
#include <cmath>
#include <cstring>
#include <utility>

#include "tools/tensor/array.h"

namespace adapt::tensor {
namespace {

static_assert(std::endian::native == std::endian::little, "arrays are kept as the little-endian bytes of their files");

struct Row {
  DType dtype;
  std::string_view name;
  std::size_t size;
  bool floating;
};

constexpr std::array kTypes = {
    Row{DType::boolean, "BOOL", 1, false}, Row{DType::u8, "U8", 1, false},    Row{DType::i8, "I8", 1, false},
    Row{DType::u16, "U16", 2, false},      Row{DType::i16, "I16", 2, false},  Row{DType::u32, "U32", 4, false},
    Row{DType::i32, "I32", 4, false},      Row{DType::u64, "U64", 8, false},  Row{DType::i64, "I64", 8, false},
    Row{DType::f16, "F16", 2, true},       Row{DType::bf16, "BF16", 2, true}, Row{DType::f32, "F32", 4, true},
    Row{DType::f64, "F64", 8, true},
};

constexpr bool rows_are_in_order() {
  for (std::size_t i = 0; i < kTypes.size(); ++i)
    if (kTypes[i].dtype != static_cast<DType>(i)) return false;
  return true;
}
static_assert(rows_are_in_order(), "row() indexes by dtype");

const Row& row(DType dtype) { return kTypes[static_cast<std::size_t>(dtype)]; }

float from_half(std::uint16_t bits) {
  const int sign = (bits >> 15U) != 0 ? -1 : 1;
  const int exponent = (bits >> 10U) & 0x1F;
  const int fraction = bits & 0x3FF;
  if (exponent == 0x1F) return fraction != 0 ? std::nanf("") : static_cast<float>(sign) * HUGE_VALF;
  if (exponent == 0) return static_cast<float>(sign) * std::ldexp(static_cast<float>(fraction), -24);
  return static_cast<float>(sign) * std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
}

float from_bfloat(std::uint16_t bits) { return std::bit_cast<float>(static_cast<std::uint32_t>(bits) << 16U); }

template <class T, class Out, class Convert>
std::vector<Out> widen(const std::vector<std::byte>& bytes, Convert convert) {
  std::vector<Out> out(bytes.size() / sizeof(T));
  for (std::size_t i = 0; i < out.size(); ++i) {
    T value;  // memcpy: the bytes need not be aligned
    std::memcpy(&value, bytes.data() + i * sizeof(T), sizeof(T));
    out[i] = convert(value);
  }
  return out;
}

template <class Out>
std::vector<Out> values(const Array& array) {
  const auto cast = [](auto value) { return static_cast<Out>(value); };
  switch (array.dtype) {
    case DType::boolean:
      return widen<std::uint8_t, Out>(array.bytes, [](std::uint8_t v) { return static_cast<Out>(v != 0 ? 1 : 0); });
    case DType::u8: return widen<std::uint8_t, Out>(array.bytes, cast);
    case DType::i8: return widen<std::int8_t, Out>(array.bytes, cast);
    case DType::u16: return widen<std::uint16_t, Out>(array.bytes, cast);
    case DType::i16: return widen<std::int16_t, Out>(array.bytes, cast);
    case DType::u32: return widen<std::uint32_t, Out>(array.bytes, cast);
    case DType::i32: return widen<std::int32_t, Out>(array.bytes, cast);
    case DType::u64: return widen<std::uint64_t, Out>(array.bytes, cast);
    case DType::i64: return widen<std::int64_t, Out>(array.bytes, cast);
    case DType::f16:
      return widen<std::uint16_t, Out>(array.bytes, [](std::uint16_t v) { return static_cast<Out>(from_half(v)); });
    case DType::bf16:
      return widen<std::uint16_t, Out>(array.bytes, [](std::uint16_t v) { return static_cast<Out>(from_bfloat(v)); });
    case DType::f32: return widen<float, Out>(array.bytes, cast);
    case DType::f64: return widen<double, Out>(array.bytes, cast);
  }
  return {};
}

}  // namespace

std::string_view to_string(DType dtype) { return row(dtype).name; }

std::optional<DType> parse_dtype(std::string_view text) {
  for (const Row& type : kTypes)
    if (type.name == text) return type.dtype;
  return std::nullopt;
}

std::size_t size_of(DType dtype) { return row(dtype).size; }
bool is_floating(DType dtype) { return row(dtype).floating; }

std::int64_t Array::element_count() const { return static_cast<std::int64_t>(bytes.size() / size_of(dtype)); }

std::vector<double> Array::to_doubles() const { return values<double>(*this); }

std::vector<std::int64_t> Array::to_integers() const {
  ADAPT_CHECK(!is_floating(dtype), "to_integers() is for integer and boolean arrays");
  return values<std::int64_t>(*this);
}

}  // namespace adapt::tensor
