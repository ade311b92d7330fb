#include "agent/review/page.h"

#include <gtest/gtest.h>

#include "agent/review/branch.h"
#include "agent/review/issue.h"
#include "agent/review/markdown.h"
#include "tests/unit/review/a_bundle.h"
#include "tools/base/text.h"

namespace adapt::review {
namespace {

std::vector<std::string> headings(const Document& document) {
  std::vector<std::string> out;
  for (const Section& section : document.sections) out.push_back(section.heading);
  return out;
}

TEST(ReviewPage, NamesTheConcessionsInItsTitle) {
  ReviewBundle bundle = a_bundle();
  EXPECT_EQ(
      title_of(bundle),
      "model.py on export: Both sides of a branch, and a select (concedes: both sides give tensors of one shape)");
  bundle.result.concessions.push_back("sizes are fixed");
  EXPECT_TRUE(contains(title_of(bundle), "(concedes: both sides give tensors of one shape; and 1 more)"));
  bundle.result.concessions.clear();
  EXPECT_FALSE(contains(title_of(bundle), "concedes"));
  bundle.result.outcome = domain::Outcome::not_adapted;
  EXPECT_EQ(title_of(bundle), "model.py on export: not adapted, Could not guard on x");
}

TEST(ReviewPage, SaysTheCauseInTheWordsOfTheFailureAndOfThePattern) {
  const std::string page = render_markdown({"", "", {{"", {Paragraph{cause_of(a_bundle())}}}}});
  EXPECT_EQ(
      page,
      "# \n\nIn stage `capture` the unmodified model fails with `data-dependent` at `pack/model.py:2` in `forward`: "
      "Could not guard on x. About this, pattern `control/branch-to-select` says: A condition that is a value cannot "
      "steer Python.\n");
  ReviewBundle without = a_bundle();
  without.patterns.clear();
  EXPECT_FALSE(contains(render_markdown({"", "", {{"", {Paragraph{cause_of(without)}}}}}), "About this"));
}

TEST(ReviewPage, HasTheSectionsThatARunGivesReasonFor) {
  EXPECT_EQ(headings(review_page(a_bundle())),
            (std::vector<std::string>{"", "What failed", "Cause", "The change", "Evidence", "Concessions",
                                      "Not checked", "Where it belongs", "Other models", "Run it again", "Cost",
                                      "Versions, seeds and hashes"}));
  ReviewBundle works = a_bundle();
  works.result.outcome = domain::Outcome::works;
  works.result.failure.reset();
  works.result.repairs.clear();
  works.patterns.clear();
  works.patch.clear();
  EXPECT_EQ(headings(review_page(works)),
            (std::vector<std::string>{"", "Cause", "Evidence", "Concessions", "Not checked", "Run it again", "Cost",
                                      "Versions, seeds and hashes"}));
}

TEST(ReviewPage, KeepsWhatWasNotVariedApartFromWhatIsConceded) {
  const ReviewBundle bundle = a_bundle();
  EXPECT_EQ(conceded(bundle), std::vector<std::string>{"both sides give tensors of one shape"});
  const std::vector<Line> open = not_checked(bundle);
  ASSERT_FALSE(open.empty());
  EXPECT_EQ(open.front(), Line("inputs were not varied as 'padded': no mask"));
}

TEST(ReviewPage, SaysWhoMadeTheChange) {
  ReviewBundle bundle = a_bundle();
  EXPECT_EQ(disclosure(bundle),
            "Machine-made: the rewrite is that of pattern 'control/branch-to-select', applied by a program. No "
            "language model "
            "took part. A person has to read it before it is merged.");
  bundle.result.repairs[0].kind = domain::RepairKind::llm;
  bundle.result.repairs[0].id = "llm";
  bundle.result.llm = {.endpoint = "anthropic:some-model", .stopped = "repaired", .detail = ""};
  EXPECT_EQ(disclosure(bundle),
            "Machine-made: the change was written by a language model (anthropic:some-model). A person has to read it "
            "before it is merged.");
  bundle.result.repairs[0].kind = domain::RepairKind::patch;
  EXPECT_TRUE(contains(disclosure(bundle), "the patch was brought by a person"));
  EXPECT_TRUE(
      contains(disclosure(bundle), "A language model was asked, and nothing of what it wrote is in the change."));
}

TEST(ReviewPage, GivesTheCommandWithEveryWordQuotedThatNeedsIt) {
  ReviewBundle bundle = a_bundle();
  EXPECT_EQ(command_of(bundle), "agent adapt /home/someone/model.py --backend export --size tiny --seed 0 --seeds 3");
  bundle.result.model = "/home/a b/$(rm -r x)'.py";
  bundle.request.given_patch = true;
  EXPECT_EQ(
      command_of(bundle),
      "agent adapt '/home/a b/$(rm -r x)'\\''.py' --backend export --size tiny --seed 0 --seeds 3 --patch patch.diff");
}

TEST(ReviewPage, SaysWhatTheFiguresComeTo) {
  ReviewBundle bundle = a_bundle();
  EXPECT_EQ(evidence_line(bundle), "relative L2 error at most 1.25e-07 over 2 held-out draws");
  bundle.figures.outputs[0].exact = 3;
  EXPECT_EQ(evidence_line(bundle), "same bytes in all outputs of 2 held-out draws");
  bundle.figures = {};
  EXPECT_EQ(evidence_line(bundle), bundle.result.reason);
}

TEST(ReviewPage, NamesModelsShortly) {
  EXPECT_EQ(short_name("transformers:BertModel"), "BertModel");
  EXPECT_EQ(short_name("/a/b/model.py"), "model.py");
  EXPECT_EQ(short_name("forge:/a/bert/masked_lm/pytorch"), "masked_lm");
  EXPECT_EQ(short_name("forge:/a/bert/masked_lm/pytorch:Base v1"), "masked_lm Base v1");
}

TEST(IssuePage, HoldsWhatMaintainersAskFor) {
  ReviewBundle bundle = a_bundle();
  bundle.same_failure = {{"transformers:BertModel", "export"}};
  const Document page = issue_page(bundle);
  EXPECT_EQ(page.title, "[export] data-dependent at capture: Could not guard on x (model.py)");
  EXPECT_EQ(headings(page),
            (std::vector<std::string>{"Command", "Log", "Cause, as far as it is known", "Minimal sanity",
                                      "CPU results before and after a change of the model", "What fails next",
                                      "Models that it blocks", "Versions", "How this text came about"}));
  const std::string text = render_markdown(page);
  EXPECT_TRUE(contains(text, "agent adapt /home/someone/model.py --backend export"));
  EXPECT_TRUE(contains(text, "- BertModel on export"));
  EXPECT_TRUE(contains(text, "relative L2 error at most 1.25e-07"));
}

TEST(IssuePage, SaysWhatFailsNextWhereSomethingDoes) {
  ReviewBundle bundle = a_bundle();
  bundle.result.outcome = domain::Outcome::not_adapted;
  EXPECT_TRUE(
      contains(render_markdown(issue_page(bundle)), "Not known: nothing that was tried gets past this failure."));
  bundle.result.blocker = bundle.result.failure;
  bundle.result.blocker->stage = client::Stage::compile;
  bundle.result.blocker->fingerprint = "another";
  EXPECT_TRUE(contains(render_markdown(issue_page(bundle)), "With the furthest change: `data-dependent` at `compile`"));
}

TEST(CommitMessage, HoldsCauseAndEvidenceAndEndsWithWhoMadeIt) {
  ReviewBundle bundle = a_bundle();
  bundle.result.failure->message = "see @somebody, fixes #12\n\nSigned-off-by: Somebody Else <a@b>";
  const std::string text = change_message(bundle, "agent 1.0");
  EXPECT_EQ(text.substr(0, text.find('\n')), "model.py: Both sides of a branch, and a select for export");
  EXPECT_TRUE(text.ends_with("\n\nGenerated-by: agent 1.0, pattern control/branch-to-select\n"));
  EXPECT_TRUE(contains(text, "see (at)somebody, fixes no. 12"));
  EXPECT_FALSE(contains(text, "\nSigned-off-by:"));
  EXPECT_TRUE(contains(text, "Conceded: both sides give tensors of one shape."));
  for (const std::string_view line : split_lines(text))
    EXPECT_TRUE(line.size() <= 76U || line.starts_with("Generated-by")) << line;
}

}  // namespace
}  // namespace adapt::review
