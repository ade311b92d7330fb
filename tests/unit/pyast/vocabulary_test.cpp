#include "tools/pyast/vocabulary.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tools/pyast/document.h"

namespace adapt::pyast {
namespace {

bool holds(const std::vector<std::string>& sorted, std::string_view word) {
  return std::binary_search(sorted.begin(), sorted.end(), word);
}

TEST(Vocabulary, HoldsEveryWordThatATreeUses) {
  const auto document =
      Document::parse("@a\nasync def f(x: int = 1, *y):\n    return f'{x!r:>3}' if (x := y) else not {**z}\nd = (\n");
  ASSERT_TRUE(document);
  for (std::uint32_t i = 0; i < (*document)->node_count(); ++i) {
    const Node node = (*document)->at(i);
    EXPECT_TRUE(holds(node_kinds(), node.kind())) << node.kind();
    if (!node.field_name().empty()) {
      EXPECT_TRUE(holds(field_names(), node.field_name())) << node.field_name();
    }
  }
  EXPECT_GT((*document)->error_count(), 0U);
}

TEST(Vocabulary, HoldsEachWordOnceAndNoOther) {
  for (const auto* words : {&node_kinds(), &field_names()}) {
    EXPECT_TRUE(std::is_sorted(words->begin(), words->end()));
    EXPECT_EQ(std::adjacent_find(words->begin(), words->end()), words->end());
    EXPECT_FALSE(holds(*words, ""));
    EXPECT_FALSE(holds(*words, "no_such_word"));
  }
  EXPECT_FALSE(holds(node_kinds(), "_simple_statements"));  // of the grammar, never of a tree
}

}  // namespace
}  // namespace adapt::pyast
