#include "tools/base/hash.h"

#include <gtest/gtest.h>

#include "tools/base/file.h"

namespace adapt {
namespace {

// Values of FIPS 180-2, appendix B.
constexpr const char* kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kOfAMillion = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

TEST(Sha256, AgreesWithTheStandard) {
  EXPECT_EQ(sha256_hex("abc"), kOfAbc);
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex(std::string(1'000'000, 'a')), kOfAMillion);
}

TEST(Sha256, OfAFileIsThatOfItsBytes) {
  const TempDir folder = TempDir::create("adapt-base-").value();
  ASSERT_TRUE(write_file_atomic(folder.path() / "f", std::string(1'000'000, 'a')));
  EXPECT_EQ(sha256_file(folder.path() / "f").value(), kOfAMillion);
  EXPECT_FALSE(sha256_file(folder.path() / "missing"));
  EXPECT_FALSE(sha256_file(folder.path()));
}

}  // namespace
}  // namespace adapt
