#include "agent/review/html.h"

#include <gtest/gtest.h>

#include "agent/review/issue.h"
#include "agent/review/page.h"
#include "tests/unit/review/a_bundle.h"
#include "tools/base/text.h"

namespace adapt::review {
namespace {

using namespace std::string_view_literals;

// Written wherever a run lets somebody else write: it must come out as text everywhere.
const std::string kHostile =
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"'`|[a](javascript:b)</style></pre>";

ReviewBundle hostile_bundle() {
  ReviewBundle out = a_bundle();
  domain::RunResult& result = out.result;
  for (std::string* text : {&result.model, &result.backend, &result.reason, &result.run, &result.failure->message,
                            &result.failure->log, &result.repairs[0].id, &result.repairs[0].does, &out.patterns[0].id,
                            &out.patterns[0].why, &out.backend_version, &out.tests[1], &out.figures.draws[0],
                            &out.figures.outputs[0].of, &out.figures.outputs[0].worst.leaf, &out.request.size})
    *text = kHostile;
  result.failure->op = result.failure->file = result.failure->function = result.failure->source = kHostile;
  result.blocker = result.failure;
  result.repairs[0].sites[0].file = kHostile;
  result.concessions = {kHostile, "inputs were not varied" + kHostile};
  result.llm = {.endpoint = kHostile, .stopped = kHostile, .detail = kHostile};
  out.backend_concession = kHostile;
  out.packages = {{kHostile, kHostile}};
  out.hashes = {{kHostile, kHostile}};
  out.model_notes = {kHostile};
  out.figures.reasons = {kHostile};
  out.repaired_too = out.same_failure = {{kHostile, kHostile}};
  out.stages = {{kHostile, kHostile, kHostile}};
  out.patch = "--- a/" + kHostile + "\n+++ b/" + kHostile + "\n@@ -1,1 +1,1 @@" + kHostile + "\n-" + kHostile + "\n+" +
              kHostile + "\n";
  return out;
}

TEST(Html, ShowsForeignTextAsTextWhereverItStands) {
  for (const Document& document : {review_page(hostile_bundle()), issue_page(hostile_bundle())}) {
    const std::string page = render_html(document);
    for (const char* markup : {"<script", "<img", "onerror=alert(2)>", "</style></pre>", "<a ", "href"})
      EXPECT_FALSE(contains(page, markup)) << markup;
    EXPECT_TRUE(contains(page, "&lt;script&gt;alert(1)&lt;/script&gt;"));
    // One style sheet, closed once, and the body once.
    EXPECT_EQ(page.find("</style>"), page.rfind("</style>"));
    EXPECT_EQ(page.find("<body>"), page.rfind("<body>"));
  }
}

TEST(Html, NeedsNothingElse) {
  const std::string page = render_html(review_page(a_bundle()));
  for (const char* from : {"http:", "https:", "src=", "url(", "@import", "<link", "<script", "<iframe"})
    EXPECT_FALSE(contains(page, from)) << from;
  EXPECT_TRUE(contains(page,
                       "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                       "style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">"));
  EXPECT_TRUE(contains(page, "width=device-width"));
}

TEST(Html, ShowsADiffTwiceForWideAndNarrow) {
  const std::string page = render_html({"t", "adapted", {{"The change", {Diff{kPatch}}}}});
  EXPECT_TRUE(contains(page,
                       "<td class=\"n\">2</td><td class=\"del\"><span class=\"s\">-</span>y = x if x else 2</td>"
                       "<td class=\"n\">2</td><td class=\"add\"><span class=\"s\">+</span>y = select(x, 2)</td>"));
  EXPECT_TRUE(
      contains(page, "<span class=\"del\">-y = x if x else 2\n</span><span class=\"add\">+y = select(x, 2)\n</span>"));
}

TEST(Html, ShowsWhatIsNoDiffAsItIs) {
  const std::string page = render_html({"t", "", {{"", {Diff{"no <diff>\n"}}}}});
  EXPECT_TRUE(contains(page, "<pre class=\"code\">no &lt;diff&gt;\n</pre>"));
}

TEST(Html, HoldsNoControlCharactersAndNoBytesThatAreNoText) {
  EXPECT_EQ(escaped_html("a\0b\x1b[31m\xff\u202e<"sv), "ab[31m\ufffd\ufffd&lt;");
}

}  // namespace
}  // namespace adapt::review
