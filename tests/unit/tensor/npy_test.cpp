#include <gtest/gtest.h>

#include "tests/unit/tensor/bytes.h"
#include "tools/tensor/array.h"

namespace adapt::tensor {
namespace {

std::string npy(int version, std::string header, std::string_view data) {
  header += '\n';
  std::string out("\x93NUMPY");
  out += static_cast<char>(version);
  out += '\0';
  for (unsigned i = 0; i < (version == 1 ? 2U : 4U); ++i) out += static_cast<char>((header.size() >> (8 * i)) & 0xffU);
  return out + header + std::string(data);
}

constexpr const char* kGood = "{'descr': '<u2', 'fortran_order': False, 'shape': (2,), }";

TEST(Npy, ReadsWhatItWrote) {
  const Array arrays[] = {{DType::f32, {2, 3}, bytes_of<float>({1, 2, 3, 4, 5, 6})},
                          {DType::f64, {}, bytes_of<double>({-0.5})},
                          {DType::boolean, {2}, bytes_of<std::uint8_t>({0, 1})},
                          {DType::i64, {1, 1, 1}, bytes_of<std::int64_t>({-3})},
                          {DType::f16, {0, 7}, {}},
                          {DType::u8, {1}, bytes_of<std::uint8_t>({9})}};
  const TestFile file;
  for (const Array& array : arrays) {
    ASSERT_TRUE(write_npy(file.path(), array));
    const auto read = read_npy(file.path());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, array);
  }
}

TEST(Npy, WritesTheHeaderOfNumpyAndAlignsTheElements) {
  const TestFile file;
  ASSERT_TRUE(write_npy(file.path(), {DType::u16, {2}, bytes_of<std::uint16_t>({1, 2})}));
  const std::string bytes = read_file(file.path()).value();
  EXPECT_EQ(bytes.substr(0, 8), std::string("\x93NUMPY\x01\x00", 8));
  EXPECT_EQ(bytes.substr(10, 57), "{'descr': '<u2', 'fortran_order': False, 'shape': (2, ), ");
  EXPECT_EQ((bytes.size() - 4) % 64, 0U);
}

TEST(Npy, ReadsVersionsOneToThree) {
  for (const int version : {1, 2, 3}) {
    const TestFile file(npy(version, kGood, std::string_view("\x01\x00\x02\x00", 4)));
    const auto read = read_npy(file.path());
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(*read, (Array{DType::u16, {2}, bytes_of<std::uint16_t>({1, 2})}));
  }
}

TEST(Npy, EveryTruncationIsAnError) {
  const std::string bytes = npy(1, kGood, "abcd");
  const TestFile cut;
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    overwrite(cut.path(), std::string_view(bytes).substr(0, size));
    EXPECT_FALSE(read_npy(cut.path())) << size;
  }
}

struct BadArray {
  const char* name;
  const char* header;
  const char* says;
};
const BadArray kHostile[] = {
    {"object dtype", "{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", "'|O'"},
    {"structured dtype", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "a string belongs"},
    {"text dtype", "{'descr': '<U1', 'fortran_order': False, 'shape': (1,), }", "'<U1'"},
    {"complex dtype", "{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", "'<c8'"},
    {"big-endian", "{'descr': '>u2', 'fortran_order': False, 'shape': (2,), }", "little-endian"},
    {"no byte order", "{'descr': '|u2', 'fortran_order': False, 'shape': (2,), }", "little-endian"},
    {"empty dtype", "{'descr': '', 'fortran_order': False, 'shape': (2,), }", "descr ''"},
    {"column-major", "{'descr': '<u2', 'fortran_order': True, 'shape': (2,), }", "row-major"},
    {"negative size", "{'descr': '<u2', 'fortran_order': False, 'shape': (-2,), }", "a size of shape"},
    {"overflowing size", "{'descr': '<u2', 'fortran_order': False, 'shape': (99999999999999999999,), }",
     "a size of shape"},
    {"overflowing product", "{'descr': '<u2', 'fortran_order': False, 'shape': (4294967296, 4294967296, 2), }",
     "shape and descr"},
    {"shape is no tuple", "{'descr': '<u2', 'fortran_order': False, 'shape': [2], }", "a tuple"},
    {"shape calls something", "{'descr': '<u2', 'fortran_order': False, 'shape': (len('ab'),), }", "a size of shape"},
    {"shape says too little", "{'descr': '<u2', 'fortran_order': False, 'shape': (1,), }", "4 bytes of data"},
    {"shape says too much", "{'descr': '<u2', 'fortran_order': False, 'shape': (3,), }", "4 bytes of data"},
    {"key twice", "{'descr': '<u2', 'fortran_order': False, 'shape': (2,), 'shape': (2,), }", "'shape'"},
    {"unknown key", "{'descr': '<u2', 'fortran_order': False, 'shape': (2,), 'x': 1}", "'x'"},
    {"missing key", "{'descr': '<u2', 'shape': (2,), }", "lacks"},
    {"text behind", "{'descr': '<u2', 'fortran_order': False, 'shape': (2,), } + x", "the end"},
    {"never closed", "{'descr': '<u2', 'fortran_order': False, 'shape': (2,", "a size of shape"},
    {"no dict", "import os", "'{'"},
    {"empty", "", "'{'"},
};

TEST(Npy, AHostileHeaderIsAnErrorThatSaysWhere) {
  for (const BadArray& c : kHostile) {
    const TestFile file(npy(1, c.header, "abcd"));
    const auto read = read_npy(file.path());
    ASSERT_FALSE(read) << c.name;
    EXPECT_NE(read.error().message.find(c.says), std::string::npos) << c.name << ": " << read.error().message;
  }
}

TEST(Npy, TooManyDimensionsAreRefused) {
  std::string header = "{'descr': '|u1', 'fortran_order': False, 'shape': (";
  for (int i = 0; i < 1000; ++i) header += "1, ";
  EXPECT_FALSE(read_npy(TestFile(npy(1, header + "), }", "a")).path()));
}

TEST(Npy, BadMagicVersionAndLengthAreRefused) {
  std::string bytes = npy(1, kGood, "abcd");
  for (const auto& [at, value] :
       {std::pair<std::size_t, char>{0, 'x'}, {6, '\0'}, {6, '\4'}, {6, '\x81'}, {7, '\1'}, {9, '\xff'}}) {
    std::string changed = bytes;
    changed[at] = value;
    EXPECT_FALSE(read_npy(TestFile(changed).path())) << at;
  }
  std::string huge = npy(2, kGood, "abcd");
  huge.replace(8, 4, "\xff\xff\xff\xff");
  EXPECT_FALSE(read_npy(TestFile(huge).path()));
  EXPECT_FALSE(read_npy(TestFile(bytes).path(), 10));
}

TEST(Npy, WhatNumpyHasNoNameForIsNotWritten) {
  const TestFile file;
  EXPECT_FALSE(write_npy(file.path(), {DType::bf16, {1}, bytes_of<std::uint16_t>({1})}));
  EXPECT_FALSE(write_npy(file.path(), {DType::f32, {2}, bytes_of<float>({1})}));
}

}  // namespace
}  // namespace adapt::tensor
