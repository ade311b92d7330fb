#include "patterns/search/excerpt.h"

#include "tests/unit/patterns/search/search_text.h"

namespace adapt::search {
namespace {

struct Cut {
  std::string text;  // "" when nothing had to be parsed
  Excerpt excerpt;
};

Cut cut(std::string_view code, const std::string& text, std::optional<pyast::Span> within = std::nullopt) {
  const auto pattern = code_pattern(code);
  const patterns::Pattern* only = pattern.get();
  auto excerpt =
      Excerpt::of({"m", "m.py", text, "model"}, RuleSet(std::span(&only, 1)), *patterns::shipped_table(), within);
  if (!excerpt) ADD_FAILURE() << excerpt.error().message;
  const patterns::Parsed* parsed = excerpt ? excerpt->parsed() : nullptr;
  return {parsed == nullptr ? "" : parsed->document->source(), std::move(*excerpt)};
}

TEST(Excerpt, HoldsWhatMayMatchAndTheNamesOfTheRest) {
  const Cut got = cut("g($X)",
                      "import a\ndef f():\n    return 1\nx = 'text'\nclass A(B):\n    y = 1\n"
                      "    def b(self):\n        pass\n    def c(self):\n        g(1)\nh()\n");
  EXPECT_EQ(got.text,
            "import a\ndef f():0\nx=0\nclass A(B):\n    y=0\n    def b():0\n    def c(self):\n        g(1)\n");
}

TEST(Excerpt, HoldsWhatMayMatchWithinAPart) {
  const std::string text = "def f():\n    g(1)\ndef h():\n    g(2)\n";
  const auto middle = static_cast<std::uint32_t>(text.find("def h"));
  EXPECT_EQ(cut("g($X)", text, pyast::Span{middle, middle + 10}).text, "def f():0\ndef h():\n    g(2)\n");
  EXPECT_EQ(cut("g($X)", text + "i = 1\n",
                pyast::Span{static_cast<std::uint32_t>(text.size()), static_cast<std::uint32_t>(text.size()) + 6})
                .text,
            "");
}

TEST(Excerpt, IsNothingWhenNoLineHoldsAllWords) {
  EXPECT_EQ(cut("g($X).h", "g(1)\n").text, "");
  EXPECT_EQ(cut("g($X).h", "def f():\n    g(1)\n    x.h\n").text, "");
  EXPECT_EQ(cut("g($X)", "def f():\n    '''g'''\n    # g\n    return 1\n").text, "") << "a word in a text is no code";
  EXPECT_NE(cut("g($X)", "def f():\n    return f'''{\n g(1)}'''\n").text, "") << "a replacement field is";
}

TEST(Excerpt, HoldsOfALiteralTheElementsThatMayMatch) {
  EXPECT_EQ(cut("g($X)", "x = [a, b(1, 2), {k: g(1), l: 2}, c]\n").text, "x = [ {k: g(1),},]\n");
  EXPECT_EQ(cut("g($X)", "x = [a, -(b, g(1))]\n").text, "x = [ -( g(1),),]\n") << "still a tuple";
  EXPECT_EQ(cut("g($X)", "x = h(a, b) + [c, g(1)]\n").text, "x = h(0,) + [ g(1),]\n");
  EXPECT_EQ(cut("g($X)", "x = h(a, b).g(1)\n").text, "x = h(a, b).g(1)\n") << "what the match may hold, too";
  EXPECT_EQ(cut("h(g($X))", "x = [a, h(g(1), b), c]\n").text, "x = [ h(g(1), b),]\n") << "what is around the word, too";
  EXPECT_EQ(cut("g($X)", "x.y = [a, g(1)]\n").text, "x.y = [a, g(1)]\n") << "who knows what this binds";
}

TEST(Excerpt, AWordThatIsNotCalledIsNoCall) {
  EXPECT_EQ(cut("g($X)", "x = g\ny = a.g.h(1)\n").text, "");
  EXPECT_NE(cut("g($X)", "x = (a.g # (\n)(1)\n").text, "");
  EXPECT_NE(cut("g($X)", "from a import g as h\nx = h(1)\n").text, "");
}

TEST(Excerpt, PlacesLeadBackToTheFile) {
  const std::string text = "def f():\n    return 1\ndef h():\n    return g(1)\n";
  const Cut got = cut("g($X)", text);
  const auto at = static_cast<std::uint32_t>(got.text.find("g(1)"));
  ASSERT_NE(got.text.find("g(1)"), text.find("g(1)"));
  const auto place = got.excerpt.place({at, at + 4});
  ASSERT_TRUE(place);
  EXPECT_EQ(text.substr(place->begin, place->end - place->begin), "g(1)");
  EXPECT_FALSE(got.excerpt.place({0, 3})) << "the name of what was left out stands nowhere";
}

}  // namespace
}  // namespace adapt::search
