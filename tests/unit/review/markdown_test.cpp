#include "agent/review/markdown.h"

#include <gtest/gtest.h>

#include "tools/base/text.h"

namespace adapt::review {
namespace {

TEST(Markdown, EscapesWhatWouldBeMarkupAMentionALinkOrAReference) {
  const std::pair<const char*, const char*> cases[] = {
      {"plain text, 3.5 of it", "plain text, 3.5 of it"},
      {"<b>&", "&lt;b&gt;&amp;"},
      {"a_b*c`d", "a\\_b\\*c\\`d"},
      {"[x](y)", "\\[x\\](y)"},
      {"thanks @somebody, fixes #12", "thanks &#64;somebody, fixes &#35;12"},
      {"see https://host/x", "see https:&#47;/host/x"},
      {"- item", "\\- item"},
      {"1. item", "1\\. item"},
      {"# head", "&#35; head"},
      {"two\nlines\r\n\tand", "two lines and"},
      {"a | b", "a \\| b"},
      {"", ""},
  };
  for (const auto& [text, escaped] : cases) EXPECT_EQ(escaped_markdown(text), escaped);
}

TEST(Markdown, FencesCodeWithMoreBackticksThanItHolds) {
  EXPECT_EQ(markdown_code("x"), "`x`");
  EXPECT_EQ(markdown_code("a`b"), "``a`b``");
  EXPECT_EQ(markdown_code("`b"), "`` `b ``");
  EXPECT_EQ(markdown_code("a\nb"), "`a b`");
  EXPECT_EQ(markdown_code(""), "");
  EXPECT_EQ(render_markdown({"t", "", {{"", {Code{"py", "x\n```\n# out\n"}}}}}),
            "# t\n\n````py\nx\n```\n# out\n````\n");
}

TEST(Markdown, IsADocumentFromTopToBottom) {
  Line line("see ");
  line.code("a|b") << " there";
  const Document document{
      "Title",
      "adapted",
      {{"", {Paragraph{"Intro."}}}, {"Part", {List{{"one", line}}, Table{{"x", "y"}, {{line, "2"}}}, Diff{"+a\n"}}}}};
  EXPECT_EQ(
      render_markdown(document),
      "# Title\n\nIntro.\n\n## Part\n\n- one\n- see `a|b` there\n\n| x | y |\n|---|---|\n| see `a\\|b` there | 2 |\n\n"
      "```diff\n+a\n```\n");
}

}  // namespace
}  // namespace adapt::review
