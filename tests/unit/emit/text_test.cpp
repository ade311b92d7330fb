// Templates and the report: text out of values, no process.
#include "tools/base/text.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "agent/emit/repair_files.h"
#include "agent/emit/report.h"
#include "agent/emit/template.h"
#include "tools/base/file.h"

namespace adapt::emit {
namespace {

TEST(Template, puts_values_in_their_places_once) {
  EXPECT_EQ(*render("a {{x}} b {{y}} {{x}}", {{"x", "1"}, {"y", "{{x}}"}}), "a 1 b {{x}} 1");
  EXPECT_EQ(*render("no places, { one } brace", {}), "no places, { one } brace");
}

TEST(Template, a_value_that_is_missing_or_not_used_is_a_bug) {
  const auto missing = render("{{x}} {{z}}", {{"x", "1"}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::bug);
  EXPECT_TRUE(contains(missing.error().message, "'z'"));
  const auto unused = render("{{x}}", {{"x", "1"}, {"spare", "2"}});
  ASSERT_FALSE(unused);
  EXPECT_TRUE(contains(unused.error().message, "'spare'"));
}

class ReportFile : public testing::Test {
 protected:
  ReportFile() {
    std::string name = (std::filesystem::temp_directory_path() / "adapt-report-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) ADD_FAILURE() << "no temporary folder";
    folder = name;
  }
  ~ReportFile() override {
    std::error_code code;
    std::filesystem::remove_all(folder, code);
  }
  std::filesystem::path folder;
};

TEST_F(ReportFile, says_cause_repair_diff_evidence_and_what_was_tried) {
  domain::RunResult result;
  result.model = "transformers:Thing";
  result.backend = "iree";
  result.outcome = domain::Outcome::adapted;
  result.level = domain::Level::L5;
  result.reason = "one repair";
  client::Failure failure;
  failure.stage = client::Stage::lower;
  failure.op = "aten.cumsum";
  failure.file = "thing/modeling.py";
  failure.line = 12;
  failure.function = "Thing.forward";
  failure.message = "first line\n   second\tline";
  result.failure = failure;
  result.repairs.push_back({domain::RepairKind::pattern,
                            "index/cumsum",
                            "sums without cumsum",
                            {{"thing.modeling", "thing/modeling.py", 12, "Thing.forward"}},
                            {}});
  result.concessions = {"holds for\none length"};
  result.metrics["worst"] = 0.5;
  ASSERT_TRUE(write_file_atomic(folder / "patch.diff", "--- a/thing\n+++ b/thing\n"));
  const Report report{result, {{1, 1, "option:x", "lower: | pipe"}}, {"random weights"}, {}};
  ASSERT_TRUE(write_report(report, folder));
  const std::string text = *read_file(folder / "report.md");
  for (const char* part :
       {"# transformers:Thing on iree: adapted", "Claim level L5", "`aten.cumsum`",
        "`thing/modeling.py:12` in `Thing.forward`", "first line second line",
        "pattern `index/cumsum`: sums without cumsum", "- holds for one length", "```diff\n--- a/thing",
        "| worst | 0.5 |", "| 1 | 0 repairs | `option:x` | lower: \\| pipe |", "- random weights"})
    EXPECT_TRUE(contains(text, part)) << part << "\n---\n" << text;
  ASSERT_TRUE(write_report(report, folder));
  EXPECT_EQ(*read_file(folder / "report.md"), text);
}

TEST_F(ReportFile, a_model_that_works_has_no_empty_sections) {
  domain::RunResult result;
  result.outcome = domain::Outcome::works;
  result.reason = "agrees";
  ASSERT_TRUE(write_report({result, {}, {}, {}}, folder));
  EXPECT_FALSE(contains(*read_file(folder / "report.md"), "## "));
  ASSERT_TRUE(write_result(result, folder));
  const auto json = parse_json(*read_file(folder / "result.json"));
  ASSERT_TRUE(json);
  EXPECT_EQ((*json)["outcome"], "works");
  EXPECT_TRUE((*json)["failure"].is_null());
}

TEST(KeptSource, StaysInTheRunWhateverAWorkerCallsTheFile) {
  const std::filesystem::path out = "/runs/r/out";
  EXPECT_EQ(kept_source(out, "before", "package/model.py"), out / "sources/before/package/model.py");
  EXPECT_EQ(kept_source(out, "after", "/etc/passwd"), out / "sources/after/etc/passwd");
  EXPECT_EQ(kept_source(out, "after", "../../../x/./../y.py"), out / "sources/after/x/y.py");
}

}  // namespace
}  // namespace adapt::emit
