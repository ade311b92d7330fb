// safetensors: eight bytes of header length, a JSON header, then the arrays end to end.
#include <algorithm>
#include <cstring>
#include <set>

#include "tools/base/file.h"
#include "tools/base/json.h"
#include "tools/tensor/array.h"
#include "tools/tensor/file_bytes.h"
#include "tools/tensor/shape.h"

namespace adapt::tensor {
namespace {

constexpr std::string_view kMetadata = "__metadata__";

struct Entry {
  std::string name;
  Array array;              // without its bytes
  std::uint64_t begin = 0;  // in the data section
  std::uint64_t end = 0;
};

// Names come from outside and may be long.
std::string shown(std::string_view name) { return fmt::format("'{:.80}'", name); }

// The header is an object of objects of lists. Parsed by events, because a finished JSON value has lost its repeated
// keys, and because one that is nested deeper than that must not be built.
Result<Json> parse_header(std::string_view text) {
  constexpr int kDepth = 3;
  std::vector<std::set<std::string>> open;
  std::string problem;
  const Json::parser_callback_t watch = [&](int depth, Json::parse_event_t event, Json& value) {
    if (event == Json::parse_event_t::object_start) open.emplace_back();
    if (event == Json::parse_event_t::object_end && !open.empty()) open.pop_back();
    if (event == Json::parse_event_t::key && !open.empty()) {
      const auto& key = value.get_ref<const std::string&>();
      if (!open.back().insert(key).second) problem = "the header names " + shown(key) + " twice";
    }
    if (depth > kDepth) problem = "the header is nested too deeply";
    return depth <= kDepth;
  };
  Json header = Json::parse(text.begin(), text.end(), watch, /*allow_exceptions=*/false);
  if (!problem.empty()) return fail(ErrorKind::parse, "{}", problem);
  if (!header.is_object()) return fail(ErrorKind::parse, "the header is not a JSON object");
  return header;
}

Result<std::vector<std::int64_t>> read_shape(const Json& sizes, const std::string& where) {
  if (sizes.size() > kMaxDimensions)
    return fail(ErrorKind::parse, "{}.shape has {} dimensions; at most {} are read", where, sizes.size(),
                kMaxDimensions);
  std::vector<std::int64_t> shape;
  for (const Json& size : sizes) {
    if (!size.is_number_unsigned() || size.get<std::uint64_t>() > (std::uint64_t{1} << 62U))
      return fail(ErrorKind::parse, "{}.shape holds {:.80}", where, dump(size));
    shape.push_back(size.get<std::int64_t>());
  }
  return shape;
}

Result<Entry> read_entry(const std::string& name, const Json& value, std::uint64_t data_bytes) {
  const std::string where = shown(name);
  Entry entry;
  entry.name = name;
  ADAPT_TRY(const std::string dtype_text, read_string(value, "dtype", where));
  const std::optional<DType> dtype = parse_dtype(dtype_text);
  if (!dtype) return fail(ErrorKind::parse, "{}.dtype {} is unknown", where, shown(dtype_text));
  entry.array.dtype = *dtype;
  ADAPT_TRY(const Json* shape, read_array(value, "shape", where));
  ADAPT_TRY(entry.array.shape, read_shape(*shape, where));
  ADAPT_TRY(const Json* offsets, read_array(value, "data_offsets", where));
  if (offsets->size() != 2 || !(*offsets)[0].is_number_unsigned() || !(*offsets)[1].is_number_unsigned())
    return fail(ErrorKind::parse, "{}.data_offsets is not two positions", where);
  entry.begin = (*offsets)[0].get<std::uint64_t>();
  entry.end = (*offsets)[1].get<std::uint64_t>();
  if (entry.begin > entry.end || entry.end > data_bytes)
    return fail(ErrorKind::parse, "{}.data_offsets [{}, {}] lie outside the {} bytes of data", where, entry.begin,
                entry.end, data_bytes);
  const std::optional<std::uint64_t> wanted = byte_count(entry.array.shape, *dtype);
  if (!wanted || *wanted != entry.end - entry.begin)
    return fail(ErrorKind::parse, "{}.data_offsets cover {} bytes, which is not what its shape and dtype need", where,
                entry.end - entry.begin);
  return entry;
}

// The format allows neither overlaps nor holes.
Result<void> check_layout(std::vector<Entry>& entries, std::uint64_t data_bytes) {
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  std::uint64_t at = 0;
  for (const Entry& entry : entries) {
    if (entry.begin != at)
      return fail(ErrorKind::parse, "{}.data_offsets {} the array before it", shown(entry.name),
                  entry.begin < at ? "overlap" : "leave a hole after");
    at = entry.end;
  }
  if (at != data_bytes) return fail(ErrorKind::parse, "{} bytes of data belong to no array", data_bytes - at);
  return {};
}

Result<std::map<std::string, std::string>> read_metadata(const Json& value) {
  if (!value.is_object()) return fail(ErrorKind::parse, "{} is not an object", kMetadata);
  std::map<std::string, std::string> out;
  for (const auto& [key, item] : value.items()) {
    if (!item.is_string()) return fail(ErrorKind::parse, "{}.{} is not a string", kMetadata, shown(key));
    out[key] = item.get<std::string>();
  }
  return out;
}

Result<ArrayFile> read_file(const FileBytes& file) {
  std::uint64_t header_bytes = 0;
  ADAPT_TRY_VOID(file.read(0, std::as_writable_bytes(std::span(&header_bytes, 1))));
  if (header_bytes > kMaxHeaderBytes || header_bytes > file.size() - sizeof header_bytes)
    return fail(ErrorKind::parse, "the header claims {} bytes in a file of {}", header_bytes, file.size());
  ADAPT_TRY(const std::string text, file.text(sizeof header_bytes, header_bytes));
  ADAPT_TRY(const Json header, parse_header(text));
  const std::uint64_t data = sizeof header_bytes + header_bytes;
  ArrayFile out;
  std::vector<Entry> entries;
  for (const auto& [name, value] : header.items()) {
    if (name == kMetadata) {
      ADAPT_TRY(out.metadata, read_metadata(value));
    } else {
      ADAPT_TRY(Entry entry, read_entry(name, value, file.size() - data));
      entries.push_back(std::move(entry));
    }
  }
  ADAPT_TRY_VOID(check_layout(entries, file.size() - data));
  for (Entry& entry : entries) {
    entry.array.bytes.resize(entry.end - entry.begin);
    ADAPT_TRY_VOID(file.read(data + entry.begin, entry.array.bytes));
    out.arrays.emplace(std::move(entry.name), std::move(entry.array));
  }
  return out;
}

// Names that are not UTF-8 have no form in JSON; replacing their bytes could make two names one.
Result<std::string> print_header(const Json& header) {
  try {
    return header.dump();
  } catch (const Json::exception&) {
    return fail(ErrorKind::bug, "an array or metadata name is not UTF-8");
  }
}

}  // namespace

Result<ArrayFile> read_safetensors(const std::filesystem::path& path, std::uint64_t max_bytes) {
  ADAPT_TRY(const FileBytes file, FileBytes::open(path, max_bytes));
  Result<ArrayFile> read = read_file(file);
  if (!read) return fail(read.error(), path.string());
  return read;
}

Result<void> write_safetensors(const std::filesystem::path& path, const ArrayFile& file) {
  Json header = Json::object();
  if (!file.metadata.empty()) header[std::string(kMetadata)] = file.metadata;
  std::uint64_t at = 0;
  for (const auto& [name, array] : file.arrays) {
    if (name == kMetadata) return fail(ErrorKind::bug, "an array cannot be named {}", kMetadata);
    const std::optional<std::uint64_t> wanted = byte_count(array.shape, array.dtype);
    if (!wanted || *wanted != array.bytes.size())
      return fail(ErrorKind::bug, "{}: bytes and shape of an array do not fit", name);
    header[name] = {
        {"dtype", to_string(array.dtype)}, {"shape", array.shape}, {"data_offsets", {at, at + array.bytes.size()}}};
    at += array.bytes.size();
  }
  ADAPT_TRY(std::string text, print_header(header));
  text.append((8 - text.size() % 8) % 8, ' ');  // arrays start aligned
  const std::uint64_t length = text.size();
  std::string bytes(sizeof length, '\0');
  std::memcpy(bytes.data(), &length, sizeof length);
  bytes += text;
  for (const auto& [name, array] : file.arrays)
    bytes.append(reinterpret_cast<const char*>(array.bytes.data()), array.bytes.size());
  return write_file_atomic(path, bytes);
}

}  // namespace adapt::tensor
