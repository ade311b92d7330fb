#include "patterns/dtype_of.h"

#include "patterns/corpus.h"
#include "patterns/is_tensor.h"
#include "tests/unit/patterns/pattern_text.h"

namespace adapt::patterns {
namespace {

struct Asked {
  std::optional<DtypeClass> dtype;
  std::optional<bool> tensor;
};

// Of the expression that the function returns.
Asked ask(const std::string& body) {
  std::string text =
      "import math\nimport numpy as np\nimport torch\n\n\ndef f(x, mask, n: int, ids: torch.LongTensor):\n";
  for (const std::string_view line : split_lines(body)) text.append("    ").append(line).append("\n");
  const auto parsed = parse_source({"m", "m.py", text, "model"}, *shipped_table());
  EXPECT_TRUE(parsed);
  const auto returns = parsed->terms->of_kind("return_statement");
  EXPECT_EQ(returns.size(), 1U) << body;
  const TermId value = parsed->terms->children(returns.front()).back();
  return {dtype_of(*parsed->terms, value), is_tensor(*parsed->terms, value)};
}

TEST(DtypeOf, FollowsWhatTheCodeSays) {
  EXPECT_EQ(ask("return x > 0").dtype, DtypeClass::boolean);
  EXPECT_EQ(ask("hit = x > 0\nflat = hit.flatten()\nreturn ~flat").dtype, DtypeClass::boolean);
  EXPECT_EQ(ask("a, b = x.topk(3)\nreturn b").dtype, DtypeClass::integer);
  EXPECT_EQ(ask("return torch.zeros(3, dtype=torch.bool)").dtype, DtypeClass::boolean);
  EXPECT_EQ(ask("return torch.zeros(3)").dtype, DtypeClass::floating);
  EXPECT_EQ(ask("return (x > 0).cumsum(0)").dtype, DtypeClass::integer);
  EXPECT_EQ(ask("return x.softmax(-1) * 2").dtype, DtypeClass::floating);
  EXPECT_EQ(ask("return ids + 1").dtype, DtypeClass::integer);
}

TEST(DtypeOf, UsesSayWhatAValueIs) {
  EXPECT_EQ(ask("return ~x").dtype, DtypeClass::boolean);
  EXPECT_EQ(ask("return x & (mask > 0)").dtype, DtypeClass::boolean);
  EXPECT_EQ(ask("y = torch.where(mask, x, 0)\nreturn mask").dtype, DtypeClass::boolean);
  EXPECT_EQ(ask("y = x.masked_fill(mask, 0)\nreturn mask").dtype, DtypeClass::boolean);
  EXPECT_EQ(ask("y = x.masked_fill(n > 0, mask)\nreturn mask").dtype, std::nullopt);
}

TEST(DtypeOf, SaysNothingWhereTheCodeDoesNot) {
  EXPECT_EQ(ask("return x").dtype, std::nullopt);
  EXPECT_EQ(ask("y = x > 0\ny = x.argsort()\nreturn y").dtype, std::nullopt);  // two answers
  EXPECT_EQ(ask("return mask.to(x.dtype)").dtype, std::nullopt);
  EXPECT_EQ(ask("a = b\nb = a\nreturn a").dtype, std::nullopt);
}

TEST(IsTensor, TellsTensorsFromWhatPythonCounts) {
  EXPECT_EQ(ask("return torch.exp(x)").tensor, true);
  EXPECT_EQ(ask("return x.sum() > 0").tensor, true);
  EXPECT_EQ(ask("return x.shape[0] > 4").tensor, false);
  EXPECT_EQ(ask("b, c = x.shape\nreturn b == c").tensor, false);
  EXPECT_EQ(ask("return x is None").tensor, false);
  EXPECT_EQ(ask("return n > 3").tensor, false);
  EXPECT_EQ(ask("return math.sqrt(n)").tensor, false);
  EXPECT_EQ(ask("return x").tensor, std::nullopt);
  EXPECT_EQ(ask("return np.sqrt(n)").tensor, false);
  EXPECT_EQ(ask("return np.sqrt(ids)").tensor, true);
}

TEST(Dtype, ConstraintsKeepToWhatIsKnownWhenAsked) {
  const auto known = pattern_of(
      "[vars]\nM: expr known dtype=bool\n[edit a]\n- torch.cumsum($M, dim=0)\n+ count($M)\n"
      "[imports]\nensure from tools import count\n");
  ASSERT_TRUE(known) << known.error().message;
  const std::string source =
      "import torch\n\n\ndef f(x, m):\n    h = x > 0\n    return torch.cumsum(h, 0), torch.cumsum(m, 0)\n";
  EXPECT_EQ(applied(*known, source).sites, 1U);
  const auto maybe = pattern_of(
      "[vars]\nM: expr dtype=bool\n[edit a]\n- torch.cumsum($M, dim=0)\n+ count($M)\n"
      "[imports]\nensure from tools import count\n");
  ASSERT_TRUE(maybe) << maybe.error().message;
  EXPECT_EQ(applied(*maybe, source).sites, 2U);
  EXPECT_FALSE(pattern_of("[vars]\nM: expr dtype=boll\n[edit a]\n- f($M)\n+ g($M)\n"));
  EXPECT_FALSE(pattern_of("[vars]\nM: expr known simple\n[edit a]\n- f($M)\n+ g($M)\n"));
}

}  // namespace
}  // namespace adapt::patterns
