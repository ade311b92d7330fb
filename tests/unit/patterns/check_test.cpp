// [check NAME]: what it says, what it refuses to read, and the two modules it gives.
#include "patterns/check.h"

#include "tests/unit/patterns/pattern_text.h"

namespace adapt::patterns {
namespace {

constexpr const char* kEdit = "[edit e]\n- f($X)\n+ g($X)\n";  // lines 4 to 6
constexpr const char* kCode = "--- code\ndef g(x):\n    return x\n\n\ndef run(x):\n    return f(x)\n";

struct Complaint {
  const char* name;
  const char* lines;  // of the check, between its head in line 7 and its code
  const char* says;
};

const Complaint kComplaints[] = {
    {"unknown key", "inptu x: f32[2]\ncompare exact\n", "case.adapt:8: unknown key 'inptu'; did you mean 'input'?"},
    {"key alone", "compare\n", "case.adapt:8: 'compare' needs a value"},
    {"no claim", "input x: f32[2]\n", "case.adapt:7: check 'c' says neither 'compare' nor 'raises' nor 'refuses'"},
    {"two claims", "raises A\nrefuses B\n", "case.adapt:7: check 'c' says both 'raises' and 'refuses'"},
    {"compared twice", "compare exact\ncompare rtol=1\n", "case.adapt:9: 'compare' is given twice"},
    {"word of compare", "compare exactly\n",
     "case.adapt:8: expected 'exact' or 'rtol=NUMBER atol=NUMBER', got 'exactly'"},
    {"tolerance", "compare rtol=-1\n", "case.adapt:8: expected 'exact' or 'rtol=NUMBER atol=NUMBER', got 'rtol=-1'"},
    {"not a number", "compare rtol=nan\n", "got 'rtol=nan'"},
    {"input without shape", "input x: f32\n", "case.adapt:8: expected 'NAME: DTYPE[SIZE, ...] FILL', got 'x: f32'"},
    {"input without name", "input f32[2]\n", "case.adapt:8: expected 'NAME: DTYPE[SIZE, ...] FILL', got 'f32[2]'"},
    {"name of an input", "input 1x: f32[2]\n", "case.adapt:8: '1x' is not a name"},
    {"input twice", "input x: f32[2]; x: f32[3]\n", "case.adapt:8: input 'x' is given twice"},
    {"unknown dtype", "input x: float[2]\n", "case.adapt:8: unknown dtype 'float'; known are bf16, bool, c128"},
    {"size", "input x: f32[-2]\n", "case.adapt:8: '-2' is not a size"},
    {"unfilled integers", "input x: i64[2]\n", "case.adapt:8: input 'x' does not say how it is filled"},
    {"unfilled booleans", "input x: bool[2]\n", "case.adapt:8: input 'x' does not say how it is filled"},
    {"fill of another dtype", "input x: bool[2] normal\n",
     "case.adapt:8: 'normal' does not fill bool; known are values, some, mixed, all, none"},
    {"numbers of a fill", "input x: f32[2] uniform 0\n", "case.adapt:8: 'uniform' is followed by 2 numbers, not 1"},
    {"empty range", "input x: i64[2] integers 3 3\n", "case.adapt:8: there is nothing between 3 and 3"},
    {"not a number in a fill", "input x: i64[2] values 1 b\n", "case.adapt:8: 'b' is not a number"},
    {"too few values", "input x: i64[3] values 1 2\ncompare exact\n",
     "case.adapt:8: 2 values do not fill the shape of input 'x'"},
    {"values of no fixed shape", "input x: i64[N] values 1 2\nsize N: 2\ncompare exact\n",
     "2 values do not fill the shape"},
    {"nan among integers", "input x: i64[2] range with nan\n", "case.adapt:8: 'with nan' does not fit int64"},
    {"with what", "input x: f32[2] with zeros\n", "case.adapt:8: 'with zeros' does not fit float32"},
    {"unknown size", "input x: f32[N]\ncompare exact\n", "case.adapt:8: no 'size N: ...' line gives its values"},
    {"unused size", "input x: f32[2]\nsize N: 2\ncompare exact\n",
     "case.adapt:7: size 'N' is in the shape of no input"},
    {"size of a size", "size N: 2, many\n", "case.adapt:8: 'many' is not a size"},
    {"size twice", "size N: 2\nsize N: 3\n", "case.adapt:9: size 'N' is given twice"},
    {"size without values", "size N\n", "case.adapt:8: expected 'size NAME: NUMBER, ...', got 'N'"},
    {"unknown sample", "compare exact\nsample one\n",
     "case.adapt:7: check 'c' builds on sample 'one', which is not there"},
    {"block of another name", "compare exact\n--- before\n", "case.adapt:9: expected '--- code', got '--- before'"},
};

TEST(CheckFormat, ComplainsWithTheLine) {
  for (const Complaint& c : kComplaints) {
    const auto pattern = pattern_of(std::string(kEdit) + "[check c]\n" + c.lines + kCode);
    ASSERT_FALSE(pattern) << c.name;
    EXPECT_NE(pattern.error().message.find(c.says), std::string::npos) << c.name << ": " << pattern.error().message;
  }
}

TEST(CheckFormat, ComplainsOfCodeThatCannotBeRun) {
  const auto message = [](const std::string& sections) {
    const auto pattern = pattern_of(std::string(kEdit) + sections);
    return pattern ? std::string() : pattern.error().message;
  };
  EXPECT_EQ(message("[check c]\ncompare exact\n"), "case.adapt:7: check 'c' has no '--- code' block");
  EXPECT_EQ(message("[check c]\ncompare exact\n--- code\nx = 1\n"),
            "case.adapt:7: the code of check 'c' defines no 'def run(...)'");
  EXPECT_EQ(message(std::string("[check c]\ncompare exact\n") + kCode + "[check c]\ncompare exact\n" + kCode),
            "case.adapt:16: check 'c' is given twice");
  EXPECT_EQ(message("[check]\ncompare exact\n"),
            "case.adapt:8: '[check]' holds only 'require all'; a check that is run is '[check NAME]'");
}

TEST(CheckFormat, ReadsEveryLine) {
  const auto pattern =
      pattern_of(std::string(kEdit) +
                 "[check many things]\n# why\ninput x: f32[N, 3] normal with nan inf; m: bool[N] some\n"
                 "input i: i64[4] integers -1 5; v: i32[2] values 7 -8; s: f64[]\n"
                 "size N: 4, 1, 0  # the first is the usual one\ncompare rtol=1e-5 atol=1e-6\n" +
                 kCode);
  ASSERT_TRUE(pattern) << pattern.error().message;
  ASSERT_EQ(pattern->checks.size(), 1U);
  const Check& check = pattern->checks.front();
  EXPECT_EQ(check.name, "many things");
  EXPECT_EQ(check.line, 7U);
  EXPECT_FALSE(check.exact);
  EXPECT_EQ(check.rtol, 1e-5);
  EXPECT_EQ(check.atol, 1e-6);
  EXPECT_EQ(check.sizes.at("N"), (std::vector<std::int64_t>{4, 1, 0}));
  ASSERT_EQ(check.inputs.size(), 5U);
  EXPECT_EQ(check.inputs[0].dtype, "float32");
  EXPECT_EQ(check.inputs[0].shape, (std::vector<std::string>{"N", "3"}));
  EXPECT_TRUE(check.inputs[0].nan && check.inputs[0].inf);
  EXPECT_EQ(check.inputs[1].fill, Filling::some);
  EXPECT_EQ(check.inputs[2].low, -1);
  EXPECT_EQ(check.inputs[2].high, 5);
  EXPECT_EQ(check.inputs[3].values, (std::vector<double>{7, -8}));
  EXPECT_TRUE(check.inputs[4].shape.empty());
}

TEST(CheckModules, AreTheCodeAndWhatThePatternMakesOfIt) {
  const auto pattern = pattern_of(std::string(kEdit) + "[check c]\ncompare exact\n" + kCode);
  ASSERT_TRUE(pattern) << pattern.error().message;
  const auto modules = modules_of(*pattern, pattern->checks.front());
  ASSERT_TRUE(modules) << modules.error().message;
  EXPECT_EQ(modules->before, "def g(x):\n    return x\n\n\ndef run(x):\n    return f(x)\n");
  EXPECT_EQ(modules->after, "def g(x):\n    return x\n\n\ndef run(x):\n    return g(x)\n");
}

TEST(CheckModules, StandBelowTheCodeOfTheirSample) {
  const auto pattern =
      pattern_of(std::string(kEdit) +
                 "[check c]\nraises ValueError\nsample s\n--- code\ndef run(x):\n    return h(x)\n"
                 "[sample change s]\n--- before\ndef g(x): pass\ndef h(x):\n    return f(x)\n--- after\nx\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  const auto modules = modules_of(*pattern, pattern->checks.front());
  ASSERT_TRUE(modules) << modules.error().message;
  EXPECT_EQ(modules->after, "def g(x): pass\ndef h(x):\n    return g(x)\n\n\ndef run(x):\n    return h(x)\n");
}

TEST(CheckModules, AreRefusedWhereThePatternChangesNothing) {
  const auto pattern =
      pattern_of(std::string(kEdit) + "[check c]\ncompare exact\n--- code\ndef run(x):\n    return f(x)\n");
  ASSERT_TRUE(pattern) << pattern.error().message;
  const auto modules = modules_of(*pattern, pattern->checks.front());
  ASSERT_FALSE(modules);
  EXPECT_EQ(
      modules.error().message,
      "the pattern does not change the code of check 'c'; line 2 was refused: the new code reads 'g', which is not "
      "bound here");
}

}  // namespace
}  // namespace adapt::patterns
