#include "patterns/index/words.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

namespace adapt::index {
namespace {

std::vector<WordHash> hashes(std::initializer_list<std::string_view> words) {
  std::set<WordHash> out;
  for (const std::string_view word : words) out.insert(word_hash(word));
  return {out.begin(), out.end()};
}

TEST(Words, AreIdentifiersNumbersAndWhatStandsInStringsAndComments) {
  EXPECT_EQ(words_of("x.masked_fill(m, float(\"-inf\"))  # see _y1\n"),
            hashes({"x", "masked_fill", "m", "float", "inf", "see", "_y1"}));
  EXPECT_EQ(words_of(""), hashes({}));
  EXPECT_EQ(words_of("größe=\xff\xfe"), hashes({"größe", "\xff\xfe"}));  // bytes of no alphabet join, as in identifiers
}

TEST(Words, EndAtBlanksThatLookLikeLetters) {
  EXPECT_EQ(words_of("\xef\xbb\xbfg(1)"), hashes({"g", "1"}));
  EXPECT_EQ(words_of("a\xe2\x80\x8b"
                     "b\xe2\x81\xa0"),
            hashes({"a", "b"}));
}

TEST(Words, AreCountedOnceHoweverMany) {
  std::string text;
  std::set<WordHash> expected;
  for (int i = 0; i < 20'000; ++i) {  // many times what the table begins with
    const std::string word = "w" + std::to_string(i % 10'000);
    text += word + " ";
    expected.insert(word_hash(word));
  }
  WordCounter counter;
  for (int round = 0; round < 3; ++round) {
    const auto words = counter.words_of(text);
    EXPECT_EQ(std::vector<WordHash>(words.begin(), words.end()),
              std::vector<WordHash>(expected.begin(), expected.end()));
    const auto few = counter.words_of("a b a");
    EXPECT_EQ(std::vector<WordHash>(few.begin(), few.end()), hashes({"a", "b"}));
  }
}

TEST(WordFilter, WantsAWordOfEachClause) {
  const WordFilter filter({{{"cat", "concat"}, true}, {{"dim"}, true}});
  EXPECT_TRUE(filter.may_match(words_of("torch.concat(x, dim=0)")));
  EXPECT_TRUE(filter.may_match(words_of("torch.cat(x, dim=0)")));
  EXPECT_FALSE(filter.may_match(words_of("torch.concat(x)")));
  EXPECT_FALSE(filter.may_match(words_of("concatenate(dim)")));
  EXPECT_TRUE(WordFilter().may_match({}));
  EXPECT_FALSE(WordFilter({{{}, true}}).may_match(words_of("x")));  // a clause without words never holds
}

}  // namespace
}  // namespace adapt::index
