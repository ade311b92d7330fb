// .npy: a magic word, a version, the length of a header, the header, then the elements.
#include <cstring>

#include "tools/base/file.h"
#include "tools/tensor/array.h"
#include "tools/tensor/file_bytes.h"
#include "tools/tensor/npy_header.h"
#include "tools/tensor/shape.h"

namespace adapt::tensor {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr std::size_t kAlignment = 64;  // of the elements
constexpr std::uint32_t kMaxHeader = std::uint32_t{1} << 16U;

Result<Array> read_from(const FileBytes& file) {
  ADAPT_TRY(const std::string start, file.text(0, 8));
  if (!start.starts_with(kMagic)) return fail(ErrorKind::parse, "not a .npy file");
  const int version = static_cast<unsigned char>(start[6]);
  if (version < 1 || version > 3 || start[7] != '\0')
    return fail(ErrorKind::parse, "version {}.{} is not read", version, static_cast<unsigned char>(start[7]));
  std::uint32_t length = 0;
  const std::size_t length_bytes = version == 1 ? 2 : 4;
  ADAPT_TRY_VOID(file.read(8, std::as_writable_bytes(std::span(&length, 1)).first(length_bytes)));
  const std::uint64_t data = 8 + length_bytes + length;
  if (length > kMaxHeader || data > file.size())
    return fail(ErrorKind::parse, "the header claims {} bytes in a file of {}", length, file.size());
  ADAPT_TRY(const std::string text, file.text(8 + length_bytes, length));
  ADAPT_TRY(NpyHeader header, parse_npy_header(text));
  const std::optional<std::uint64_t> wanted = byte_count(header.shape, header.dtype);
  if (!wanted || *wanted != file.size() - data)
    return fail(ErrorKind::parse, "{} bytes of data are not what shape and descr need", file.size() - data);
  Array array{header.dtype, std::move(header.shape), std::vector<std::byte>(*wanted)};
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
  if (byte_count(array.shape, array.dtype) != array.bytes.size())
    return fail(ErrorKind::bug, "bytes and shape of an array do not fit");
  ADAPT_TRY(std::string header, print_npy_header({array.dtype, array.shape}));
  const std::size_t used = kMagic.size() + 2 + 2 + header.size() + 1;
  header.append((kAlignment - used % kAlignment) % kAlignment, ' ');
  header += '\n';
  std::string bytes(kMagic);
  bytes += {'\x01', '\x00', static_cast<char>(header.size() & 0xFFU), static_cast<char>(header.size() >> 8U)};
  bytes += header;
  bytes.append(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size());
  return write_file_atomic(path, bytes);
}

}  // namespace adapt::tensor
