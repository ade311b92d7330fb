// Arrays as bytes: what the judge reads. No arithmetic here beyond widening to double.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/result.h"

namespace adapt::tensor {

enum class DType : std::uint8_t { boolean, u8, i8, u16, i16, u32, i32, u64, i64, f16, bf16, f32, f64 };

std::string_view to_string(DType dtype);  // as safetensors spells it: "BOOL", "F32", ...
std::optional<DType> parse_dtype(std::string_view text);
std::size_t size_of(DType dtype);  // bytes
bool is_floating(DType dtype);

struct Array {
  DType dtype = DType::f32;
  std::vector<std::int64_t> shape;
  std::vector<std::byte> bytes;  // row-major, little-endian

  std::int64_t element_count() const;
  std::vector<double> to_doubles() const;         // exact for every dtype but large 64-bit integers
  std::vector<std::int64_t> to_integers() const;  // for integer and boolean dtypes; u64 above 2^63 wraps
};

struct ArrayFile {
  std::map<std::string, Array> arrays;
  std::map<std::string, std::string> metadata;
};

inline constexpr std::uint64_t kMaxHeaderBytes = std::uint64_t{16} << 20U;
inline constexpr std::size_t kMaxDimensions = 64;
inline constexpr std::uint64_t kMaxFileBytes = std::uint64_t{8} << 30U;

// Both readers check every length before they allocate: a truncated, overlapping, oversized or lying header is an error
// that names the file and the field. .npy: versions 1 to 3, row-major, little-endian numbers and booleans.
Result<ArrayFile> read_safetensors(const std::filesystem::path& path, std::uint64_t max_bytes = kMaxFileBytes);
Result<void> write_safetensors(const std::filesystem::path& path, const ArrayFile& file);
Result<Array> read_npy(const std::filesystem::path& path, std::uint64_t max_bytes = kMaxFileBytes);
Result<void> write_npy(const std::filesystem::path& path, const Array& array);

}  // namespace adapt::tensor
