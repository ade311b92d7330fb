#include "tools/pyast/elements.h"

#include <gtest/gtest.h>

#include <string>

#include "tools/pyast/top_level.h"

namespace adapt::pyast {
namespace {

// Elements in < >, those of a bracket in [ ]; `~` marks one with names of its own.
std::string outline(std::string_view text, const Element& element) {
  std::string out = element.has_scope ? "~<" : "<";
  std::uint32_t at = element.span.begin;
  for (const Bracket& bracket : element.brackets) {
    out += text.substr(at, bracket.elements.front().span.begin - at - 1);
    out += '[';
    at = bracket.elements.front().span.begin;
    for (const Element& inner : bracket.elements) {
      EXPECT_EQ(inner.span.begin, at) << "a gap";
      out += outline(text, inner);
      at = inner.span.end;
    }
    out += ']';
    ++at;
  }
  return out + std::string(text.substr(at, element.span.end - at)) + ">";
}

std::string elements_outline(const std::string& text) {
  const auto top = split_top_level(text);
  if (!top || top->statements.size() != 1) return "(not one statement)";
  const auto whole = split_elements(text, top->statements[0].span, top->texts);
  return whole ? outline(text, *whole) : "(cannot be told apart)";
}

TEST(Elements, StandBetweenCommasOfBrackets) {
  EXPECT_EQ(elements_outline("x = [a, f(b, c), {d: (e, g)}]"), "<x = [<a,>< f[<b,>< c>],>< {d: [<e,>< g>]}>]>");
  EXPECT_EQ(elements_outline("x = [a,\n b,\n]"), "<x = [<a,><\n b,><\n>]>");
  EXPECT_EQ(elements_outline("x = a, b"), "<x = a, b>");
}

TEST(Elements, GroupingAndSingleElementsArePartOfWhatIsAroundThem) {
  EXPECT_EQ(elements_outline("x = ((a[0]) + f((b, c)))"), "<x = ((a[0]) + f([<b,>< c>]))>");
}

TEST(Elements, CommasInTextsAndFieldsOfTextsPartNothing) {
  EXPECT_EQ(elements_outline("x = ['a, (b', # c, [\n d]"), "<x = [<'a, (b',>< # c, [\n d>]>");
  EXPECT_EQ(elements_outline("x = f'{a:,}{b, c}{f(d, e)}'"), "<x = f'{a:,}{b, c}{f[<d,>< e>]}'>");
}

TEST(Elements, CommasOfParametersAndTargetsPartNothing) {
  EXPECT_EQ(elements_outline("x = f(lambda a, b: a, c)"), "~<x = f(lambda a, b: a, c)>");
  EXPECT_EQ(elements_outline("x = [g(i, j) for i, j in y]"), "~<x = [g[<i,>< j>] for i, j in y]>");
  EXPECT_EQ(elements_outline("x = [a, f(lambda: (b, c))]"), "<x = [<a,>~< f(lambda: [<b,>< c>])>]>");
}

TEST(Elements, CannotBeToldApartWhereBracketsNestTooDeep) {
  EXPECT_EQ(elements_outline("x = " + std::string(10'000, '(') + std::string(10'000, ')')), "(cannot be told apart)");
}

}  // namespace
}  // namespace adapt::pyast
