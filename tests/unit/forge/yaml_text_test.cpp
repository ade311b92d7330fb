#include "agent/forge/yaml_text.h"

#include <gtest/gtest.h>

namespace adapt::forge {
namespace {

TEST(YamlText, QuotesWhatBreaksALine) {
  EXPECT_EQ(double_quoted("a \"b\" \\ c"), R"("a \"b\" \\ c")");
  EXPECT_EQ(double_quoted("line\nnext\tcell\x01"), R"("line\nnext\tcell\x01")");
  EXPECT_EQ(double_quoted("caf\xC3\xA9 \xF0\x9F\x94\xA5"), "\"caf\xC3\xA9 \xF0\x9F\x94\xA5\"");
  EXPECT_EQ(double_quoted("\xC2\x85\xE2\x80\xA8\xEF\xBB\xBF"), R"("\x85\u2028\uFEFF")");
}

TEST(YamlText, ReplacesBytesThatAreNoText) { EXPECT_EQ(double_quoted("a\xFF\xC3"), "\"a\xEF\xBF\xBD\xEF\xBF\xBD\""); }

TEST(YamlText, LeavesBareOnlyWhatReadsAsItself) {
  for (const char* text : {"n300-llmbox", "push", "t5/pytorch-Small", "3d/pytorch-x", "add.ttnn.mlir", "a b"})
    EXPECT_EQ(plain_or_quoted(text), text);
  for (const char* text : {"", "no", "True", "1e5", "0.98", "-x", "a: b", "a,b", "x #y", "[a]", "a ", "*a", "1_000"})
    EXPECT_EQ(plain_or_quoted(text), "\"" + std::string(text) + "\"");
}

TEST(YamlText, WritesNumbersThatEveryReaderTakesForNumbers) {
  EXPECT_EQ(number_text(0.98), "0.98");
  EXPECT_EQ(number_text(1), "1.0");
  EXPECT_EQ(number_text(1e-6), "0.000001");
  EXPECT_EQ(number_text(-1e21), "-1000000000000000000000.0");
}

TEST(YamlText, WritesListsOnOneLine) {
  EXPECT_EQ(flow_list({"p150", "n300-llmbox", "a,b"}), R"([p150, n300-llmbox, "a,b"])");
}

}  // namespace
}  // namespace adapt::forge
