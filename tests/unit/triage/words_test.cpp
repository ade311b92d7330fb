#include "agent/triage/words.h"

#include <gtest/gtest.h>

namespace adapt::triage {
namespace {

using Words = std::vector<std::string>;

TEST(Words, AreSmallAndWithoutNumbersAndPages) {
  EXPECT_EQ(words_of("DRAM OOM 352 MB, bf16 - https://host/x/1"),
            (Words{"bf#", "dram", "dram oom", "mb", "mb bf#", "oom", "oom mb"}));
}

TEST(Words, CountOnceAndDottedNamesAreTheirParts) {
  EXPECT_EQ(words_of("torch.sync torch.sync"), (Words{"sync", "sync torch", "torch", "torch sync"}));
}

TEST(Words, AreBounded) {
  std::string many;
  for (int i = 0; i < 1000; ++i) many += std::string("w") + static_cast<char>('a' + i % 26) + " ";
  EXPECT_EQ(words_of(many).size(), 26U + 26U);
  EXPECT_EQ(words_of(std::string(100'000, 'x')), Words{});
  EXPECT_EQ(words_of(""), Words{});
}

}  // namespace
}  // namespace adapt::triage
