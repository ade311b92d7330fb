#include "tools/tensor/npy_header.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace adapt::tensor {
namespace {

struct Name {
  std::string_view descr;  // without the byte order
  DType dtype;
};
constexpr std::array<Name, 12> kNames = {{{"b1", DType::boolean},
                                          {"u1", DType::u8},
                                          {"i1", DType::i8},
                                          {"u2", DType::u16},
                                          {"i2", DType::i16},
                                          {"u4", DType::u32},
                                          {"i4", DType::i32},
                                          {"u8", DType::u64},
                                          {"i8", DType::i64},
                                          {"f2", DType::f16},
                                          {"f4", DType::f32},
                                          {"f8", DType::f64}}};

Result<DType> dtype_of(std::string_view descr) {
  for (const Name& name : kNames) {
    if (descr.empty() || descr.substr(1) != name.descr) continue;
    const bool one_byte = size_of(name.dtype) == 1;
    if (descr.front() == '<' || (descr.front() == '|' && one_byte)) return name.dtype;
    return fail(ErrorKind::parse, "descr '{:.40}' is not little-endian", descr);
  }
  return fail(ErrorKind::parse, "descr '{:.40}' is not a number or boolean that is read here", descr);
}

// Reads tokens off the front of the text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool take(std::string_view token) {
    skip_blanks();
    if (!rest_.starts_with(token)) return false;
    rest_.remove_prefix(token.size());
    return true;
  }

  bool at_end() {
    skip_blanks();
    return rest_.empty();
  }

  Result<std::string_view> string() {
    skip_blanks();
    const char quote = rest_.empty() ? '\0' : rest_.front();
    if (quote != '\'' && quote != '"') return unexpected("a string");
    const std::size_t end = rest_.find(quote, 1);
    if (end == std::string_view::npos) return unexpected("a string");
    const std::string_view text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return text;
  }

  Result<std::vector<std::int64_t>> tuple() {
    if (!take("(")) return unexpected("a tuple");
    std::vector<std::int64_t> out;
    while (!take(")")) {
      ADAPT_TRY(const std::int64_t size, size_value());
      out.push_back(size);
      if (out.size() > kMaxDimensions)
        return fail(ErrorKind::parse, "shape has more than {} dimensions", kMaxDimensions);
      if (take(",")) continue;
      if (!take(")")) return unexpected("')'");
      break;
    }
    return out;
  }

  tl::unexpected<Error> unexpected(std::string_view wanted) const {
    return fail(ErrorKind::parse, "the header has '{:.20}' where {} belongs", rest_, wanted);
  }

 private:
  void skip_blanks() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

  Result<std::int64_t> size_value() {
    skip_blanks();
    std::int64_t size = 0;
    const auto [end, code] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), size);
    if (code != std::errc() || size < 0) return unexpected("a size of shape");
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return size;
  }

  std::string_view rest_;
};

}  // namespace

Result<NpyHeader> parse_npy_header(std::string_view text) {
  Reader in(text);
  std::optional<DType> dtype;
  std::optional<std::vector<std::int64_t>> shape;
  bool ordered = false;
  if (!in.take("{")) return in.unexpected("'{'");
  while (!in.take("}")) {
    ADAPT_TRY(const std::string_view key, in.string());
    if (!in.take(":")) return in.unexpected("':'");
    if (key == "descr" && !dtype) {
      ADAPT_TRY(const std::string_view descr, in.string());
      ADAPT_TRY(dtype, dtype_of(descr));
    } else if (key == "fortran_order" && !ordered) {
      if (in.take("True")) return fail(ErrorKind::parse, "fortran_order is True; only row-major arrays are read");
      if (!in.take("False")) return in.unexpected("True or False");
      ordered = true;
    } else if (key == "shape" && !shape) {
      ADAPT_TRY(shape, in.tuple());
    } else {
      return fail(ErrorKind::parse, "the header has the key '{:.40}' unexpectedly", key);
    }
    if (!in.take(",")) {
      if (!in.take("}")) return in.unexpected("'}'");
      break;
    }
  }
  if (!in.at_end()) return in.unexpected("the end");
  if (!dtype || !ordered || !shape) return fail(ErrorKind::parse, "the header lacks descr, fortran_order or shape");
  return NpyHeader{*dtype, std::move(*shape)};
}

Result<std::string> print_npy_header(const NpyHeader& header) {
  const auto name =
      std::find_if(kNames.begin(), kNames.end(), [&](const Name& known) { return known.dtype == header.dtype; });
  if (name == kNames.end()) return fail(ErrorKind::usage, "{} has no .npy form", to_string(header.dtype));
  std::string shape;
  for (const std::int64_t size : header.shape) shape += std::to_string(size) + ", ";
  const char order = size_of(header.dtype) == 1 ? '|' : '<';
  return fmt::format("{{'descr': '{}{}', 'fortran_order': False, 'shape': ({}), }}", order, name->descr, shape);
}

}  // namespace adapt::tensor
