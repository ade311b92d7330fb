#include <gtest/gtest.h>

#include "tests/unit/tensor/bytes.h"
#include "tools/tensor/array.h"

namespace adapt::tensor {
namespace {

ArrayFile sample() {
  ArrayFile file;
  file.arrays["b"] = {DType::f32, {2, 2}, bytes_of<float>({1, 2, 3, 4})};
  file.arrays["a/\xc3\xa9 \"q\""] = {DType::i64, {3}, bytes_of<std::int64_t>({1, -1, 9})};
  file.arrays["scalar"] = {DType::bf16, {}, bytes_of<std::uint16_t>({0x3f80})};
  file.arrays["none"] = {DType::u8, {0, 5}, {}};
  file.metadata["note"] = "x\ny";
  return file;
}

std::string with_header(std::string_view header, std::size_t data_bytes,
                        std::optional<std::uint64_t> claim = std::nullopt) {
  const std::uint64_t length = claim.value_or(header.size());
  std::string out(sizeof length, '\0');
  std::memcpy(out.data(), &length, sizeof length);
  out += header;
  return out + std::string(data_bytes, '\1');
}

TEST(Safetensors, ReadsWhatItWrote) {
  const TestFile file;
  ASSERT_TRUE(write_safetensors(file.path(), sample()));
  const auto read = read_safetensors(file.path());
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->arrays, sample().arrays);
  EXPECT_EQ(read->metadata, sample().metadata);
}

TEST(Safetensors, ReadsAFileWithoutArrays) {
  const TestFile file(with_header("{}", 0));
  ASSERT_TRUE(read_safetensors(file.path()));
  EXPECT_TRUE(read_safetensors(file.path())->arrays.empty());
}

TEST(Safetensors, EveryTruncationIsAnError) {
  const TestFile whole;
  ASSERT_TRUE(write_safetensors(whole.path(), sample()));
  const std::string bytes = read_file(whole.path()).value();
  const TestFile cut;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    overwrite(cut.path(), std::string_view(bytes).substr(0, size));
    const auto read = read_safetensors(cut.path());
    ASSERT_FALSE(read) << size;
    EXPECT_NE(read.error().message.find(cut.path().string()), std::string::npos);
  }
}

TEST(Safetensors, EveryChangedByteIsAnErrorOrAnArrayThatFits) {
  const TestFile whole;
  ASSERT_TRUE(write_safetensors(whole.path(), sample()));
  const std::string bytes = read_file(whole.path()).value();
  const TestFile changed;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const char c : {'9', '"', '\xff'}) {
      std::string copy = bytes;
      copy[at] = c;
      overwrite(changed.path(), copy);
      const auto read = read_safetensors(changed.path());
      if (!read) continue;
      for (const auto& [name, array] : read->arrays) {
        std::int64_t count = 1;
        for (const std::int64_t size : array.shape) count *= size;
        EXPECT_EQ(count, array.element_count()) << name;
      }
    }
  }
}

std::string entry(std::string_view dtype, std::string_view shape, std::string_view offsets) {
  return fmt::format(R"({{"dtype":"{}","shape":{},"data_offsets":{}}})", dtype, shape, offsets);
}

struct BadFile {
  const char* name;
  std::string header;
  std::size_t data_bytes;
  const char* says;
  std::optional<std::uint64_t> claim = std::nullopt;
};

std::vector<BadFile> hostile_cases() {
  const std::string good = entry("U8", "[4]", "[0,4]");
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  std::string wide = "[1";
  for (int i = 0; i < 100; ++i) wide += ",1";
  return {
      {"header longer than the file", "{}", 0, "claims", 3},
      {"header of 2^62 bytes", "{}", 0, "claims", std::uint64_t{1} << 62U},
      {"header length of all ones", "{}", 0, "claims", ~std::uint64_t{0}},
      {"header over the limit", "{}", 0, "claims", kMaxHeaderBytes + 1},
      {"not JSON", "{]", 0, "not a JSON object"},
      {"not an object", "[]", 0, "not a JSON object"},
      {"empty header", "", 0, "not a JSON object"},
      {"text after the object", "{} x", 0, "not a JSON object"},
      {"not UTF-8", "{\"\xff\":1}", 0, "not a JSON object"},
      {"entry is no object", R"({"a":1})", 0, "'a' is not an object"},
      {"no dtype", R"({"a":{"shape":[],"data_offsets":[0,0]}})", 0, "'a'.dtype is missing"},
      {"unknown dtype", "{\"a\":" + entry("F31", "[1]", "[0,4]") + "}", 4, "'F31' is unknown"},
      {"shape is no list", "{\"a\":" + entry("U8", "4", "[0,4]") + "}", 4, "'a'.shape is not a list"},
      {"negative size", "{\"a\":" + entry("U8", "[-4]", "[0,4]") + "}", 4, "'a'.shape holds -4"},
      {"two negative sizes", "{\"a\":" + entry("U8", "[-2,-2]", "[0,4]") + "}", 4, "'a'.shape holds -2"},
      {"fractional size", "{\"a\":" + entry("U8", "[4.0]", "[0,4]") + "}", 4, "'a'.shape holds 4.0"},
      {"size beyond 64 bits", "{\"a\":" + entry("U8", "[99999999999999999999]", "[0,4]") + "}", 4, "'a'.shape holds"},
      {"product overflows to the right size", "{\"a\":" + entry("U8", "[4294967296,4294967296,4]", "[0,0]") + "}", 0,
       "shape and dtype"},
      {"product times dtype overflows", "{\"a\":" + entry("F64", "[2305843009213693952]", "[0,0]") + "}", 0,
       "shape and dtype"},
      {"too many dimensions", "{\"a\":" + entry("U8", wide + "]", "[0,1]") + "}", 1, "101 dimensions"},
      {"nested shape", "{\"a\":" + entry("U8", deep, "[0,1]") + "}", 1, "too deeply"},
      {"deep nesting at the top", deep, 0, "too deeply"},
      {"offset beyond the file", "{\"a\":" + entry("U8", "[4]", "[0,4]") + "}", 3, "outside the 3 bytes"},
      {"offsets near 2^64", "{\"a\":" + entry("U8", "[4]", "[18446744073709551611,18446744073709551615]") + "}", 4,
       "outside"},
      {"offsets backwards", "{\"a\":" + entry("U8", "[4]", "[4,0]") + "}", 4, "outside"},
      {"negative offset", "{\"a\":" + entry("U8", "[4]", "[-4,0]") + "}", 4, "two positions"},
      {"three offsets", "{\"a\":" + entry("U8", "[4]", "[0,4,4]") + "}", 4, "two positions"},
      {"offsets do not fit the shape", "{\"a\":" + entry("F32", "[2]", "[0,4]") + "}", 4, "shape and dtype"},
      {"overlap", "{\"a\":" + good + ",\"b\":" + entry("U8", "[4]", "[2,6]") + "}", 6, "'b'.data_offsets overlap"},
      {"the same bytes twice", "{\"a\":" + good + ",\"b\":" + good + "}", 4, "overlap"},
      {"hole", "{\"a\":" + good + ",\"b\":" + entry("U8", "[2]", "[6,8]") + "}", 8, "hole"},
      {"hole at the start", "{\"a\":" + entry("U8", "[2]", "[2,4]") + "}", 4, "hole"},
      {"bytes left over", "{\"a\":" + good + "}", 5, "1 bytes of data belong to no array"},
      {"array named twice", "{\"a\":" + good + ",\"a\":" + good + "}", 4, "names 'a' twice"},
      {"dtype named twice", R"({"a":{"dtype":"U8","dtype":"I8","shape":[],"data_offsets":[0,1]}})", 1,
       "names 'dtype' twice"},
      {"metadata is no object", R"({"__metadata__":"x"})", 0, "__metadata__ is not an object"},
      {"metadata value is no string", R"({"__metadata__":{"k":1}})", 0, "__metadata__.'k'"},
  };
}

TEST(Safetensors, AHostileFileIsAnErrorThatNamesTheField) {
  for (const BadFile& c : hostile_cases()) {
    const TestFile file(with_header(c.header, c.data_bytes, c.claim));
    const auto read = read_safetensors(file.path());
    ASSERT_FALSE(read) << c.name;
    EXPECT_NE(read.error().message.find(c.says), std::string::npos) << c.name << ": " << read.error().message;
    EXPECT_LT(read.error().message.size(), 400U) << c.name;
  }
}

TEST(Safetensors, RefusesFilesOverTheLimitAndThingsThatAreNoFiles) {
  const TestFile file;
  ASSERT_TRUE(write_safetensors(file.path(), sample()));
  EXPECT_FALSE(read_safetensors(file.path(), 10));
  EXPECT_FALSE(read_safetensors(file.path().parent_path()));
  EXPECT_FALSE(read_safetensors(file.path().parent_path() / "missing"));
  EXPECT_FALSE(read_safetensors("/dev/zero"));
}

TEST(Safetensors, WritesNothingThatItWouldNotRead) {
  const TestFile file;
  ArrayFile wrong_size;
  wrong_size.arrays["a"] = {DType::f32, {2}, bytes_of<float>({1})};
  EXPECT_FALSE(write_safetensors(file.path(), wrong_size));
  ArrayFile taken_name;
  taken_name.arrays["__metadata__"] = {DType::u8, {0}, {}};
  EXPECT_FALSE(write_safetensors(file.path(), taken_name));
  ArrayFile bad_name;
  bad_name.arrays["\xff"] = {DType::u8, {0}, {}};
  EXPECT_FALSE(write_safetensors(file.path(), bad_name));
}

}  // namespace
}  // namespace adapt::tensor
