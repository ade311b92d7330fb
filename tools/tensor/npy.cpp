// .npy: a magic word, a version, the length of a header, and the header: a Python dict of three entries.
#include <array>
#include <charconv>
#include <cstring>

#include "tools/base/file.h"
#include "tools/base/text.h"
#include "tools/tensor/array.h"
#include "tools/tensor/file_bytes.h"
#include "tools/tensor/shape.h"

namespace adapt::tensor {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kMaxNpyHeader = std::size_t{1} << 20U;

struct Name {
  std::string_view descr;  // without the byte order
  DType dtype;
};
constexpr std::array kNames = {Name{"b1", DType::boolean}, Name{"u1", DType::u8}, Name{"i1", DType::i8}, Name{"u2", DType::u16},
                               Name{"i2", DType::i16},     Name{"u4", DType::u32}, Name{"i4", DType::i32}, Name{"u8", DType::u64},
                               Name{"i8", DType::i64},     Name{"f2", DType::f16}, Name{"f4", DType::f32}, Name{"f8", DType::f64}};

// The text behind `'key':`, or nothing.
std::optional<std::string_view> value_of(std::string_view header, std::string_view key) {
  const std::string quoted = "'" + std::string(key) + "'";
  const std::size_t at = header.find(quoted);
  if (at == std::string_view::npos) return std::nullopt;
  std::string_view rest = trim(header.substr(at + quoted.size()));
  if (rest.empty() || rest.front() != ':') return std::nullopt;
  return trim(rest.substr(1));
}

Result<DType> dtype_of(std::string_view header) {
  const auto value = value_of(header, "descr");
  if (!value || value->size() < 2 || value->front() != '\'') return fail(ErrorKind::parse, "descr is not a plain dtype");
  const std::string_view text = value->substr(1, value->find('\'', 1) - 1);
  if (text.empty() || text.front() == '>') return fail(ErrorKind::parse, "dtype '{}' is not little-endian", text);
  for (const Name& name : kNames)
    if (text.substr(1) == name.descr) return name.dtype;
  return fail(ErrorKind::parse, "dtype '{}' is not supported", text);
}

Result<std::vector<std::int64_t>> shape_of(std::string_view header) {
  const auto value = value_of(header, "shape");
  const std::size_t close = value ? value->find(')') : std::string_view::npos;
  if (close == std::string_view::npos || value->front() != '(') return fail(ErrorKind::parse, "shape is not a tuple");
  std::vector<std::int64_t> shape;
  for (std::string_view part : split(value->substr(1, close - 1), ',')) {
    part = trim(part);
    if (part.empty()) continue;
    std::int64_t size = 0;
    const auto [end, code] = std::from_chars(part.data(), part.data() + part.size(), size);
    if (code != std::errc() || end != part.data() + part.size() || size < 0) return fail(ErrorKind::parse, "shape holds '{}'", part);
    shape.push_back(size);
  }
  return shape;
}

Result<Array> read_from(const FileBytes& file) {
  ADAPT_TRY(const std::string start, file.text(0, 8));
  if (!start.starts_with(kMagic)) return fail(ErrorKind::parse, "not a .npy file");
  const int version = start[6];
  if (version < 1 || version > 3) return fail(ErrorKind::parse, ".npy version {} is unknown", version);
  std::uint32_t length = 0;
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  ADAPT_TRY_VOID(file.read(8, std::as_writable_bytes(std::span(&length, 1)).first(length_bytes)));
  const std::uint64_t data = 8 + length_bytes + length;
  if (length > kMaxNpyHeader || data > file.size()) return fail(ErrorKind::parse, "the header claims {} bytes in a file of {}", length, file.size());
  ADAPT_TRY(const std::string header, file.text(8 + length_bytes, length));
  const auto order = value_of(header, "fortran_order");
  if (!order || !order->starts_with("False")) return fail(ErrorKind::parse, "only row-major arrays are read");
  Array array;
  ADAPT_TRY(array.dtype, dtype_of(header));
  ADAPT_TRY(array.shape, shape_of(header));
  const std::optional<std::uint64_t> wanted = byte_count(array.shape, array.dtype);
  if (!wanted || *wanted != file.size() - data)
    return fail(ErrorKind::parse, "{} bytes of data are not what shape and dtype need", file.size() - data);
  array.bytes.resize(*wanted);
  ADAPT_TRY_VOID(file.read(data, array.bytes));
  return array;
}

}  // namespace

Result<Array> read_npy(const std::filesystem::path& path, std::uint64_t max_bytes) {
  ADAPT_TRY(const FileBytes file, FileBytes::open(path, max_bytes));
  Result<Array> read = read_from(file);
  if (!read) return fail(read.error(), path.string());
  return read;
}

Result<void> write_npy(const std::filesystem::path& path, const Array& array) {
  const Name* name = nullptr;
  for (const Name& known : kNames)
    if (known.dtype == array.dtype) name = &known;
  if (name == nullptr) return fail(ErrorKind::usage, "{} has no .npy form", to_string(array.dtype));
  std::string shape;
  for (const std::int64_t size : array.shape) shape += std::to_string(size) + ",";
  std::string header = fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}", size_of(array.dtype) == 1 ? '|' : '<',
                                   name->descr, shape);
  header.append((64 - (10 + header.size() + 1) % 64) % 64, ' ');
  header += '\n';
  if (header.size() > 0xFFFF) return fail(ErrorKind::usage, "an array with {} dimensions has no .npy form", array.shape.size());
  std::string bytes(kMagic);
  bytes += std::string("\x01\x00", 2);
  bytes += static_cast<char>(header.size() & 0xFFU);
  bytes += static_cast<char>(header.size() >> 8U);
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size());
  return write_file_atomic(path, bytes);
}

}  // namespace adapt::tensor
