// Inputs that a fuzz target ended on, kept so that what they taught stays learnt.
#include "tests/unit/patterns/search/search_text.h"

namespace adapt::search {
namespace {

struct Input {
  const char* code;
  std::string text;
};

TEST(FoundByFuzzing, ExcerptsAndWholeFilesAgree) {
  const Input inputs[] = {
      {"g($X)", "g(1)\n"},
  };
  for (const Input& input : inputs) {
    const auto made = pattern_of_code(input.code, patterns::shipped_table());
    if (!made) continue;
    const auto expected = spans_in_whole(**made, {"m", "m.py", input.text, "model"});
    if (!expected) continue;
    EXPECT_EQ(spans_of(sites_of(**made, input.text)), *expected) << input.code;
  }
}

}  // namespace
}  // namespace adapt::search
