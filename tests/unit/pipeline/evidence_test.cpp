#include "agent/pipeline/evidence.h"

#include <gtest/gtest.h>

#include "tests/unit/events/stand_ins.h"
#include "tests/unit/patterns/evidence/records.h"
#include "tests/unit/patterns/pattern_text.h"
#include "tests/unit/pipeline/stand_ins.h"

namespace adapt::pipeline {
namespace {

using client::FailureClass;
using client::Stage;
using evidence::Outcome;
using evidence::Record;

client::Failure failure(Stage stage, const char* fingerprint, FailureClass kind = FailureClass::exception) {
  client::Failure out = failure_at(stage, fingerprint);
  out.failure_class = kind;
  return out;
}

TEST(OutcomeOf, IsReadOffTheFailuresBeforeAndAfter) {
  struct Row {
    client::Failure before, after;
    bool progress = false;
    Outcome outcome = Outcome::same;
  };
  const client::Failure lower = failure(Stage::lower, "a");
  for (const Row& row :
       {Row{lower, lower, false, Outcome::same}, Row{lower, failure(Stage::lower, "b"), true, Outcome::advanced},
        Row{lower, failure(Stage::compile, "b"), true, Outcome::advanced},
        Row{lower, failure(Stage::capture, "b"), false, Outcome::worse},
        Row{lower, failure(Stage::load, "b"), false, Outcome::apply_error},
        Row{lower, failure(Stage::inputs, "b", FailureClass::import_error), false, Outcome::apply_error},
        Row{lower, failure(Stage::compare, "b", FailureClass::output_mismatch), true, Outcome::numeric},
        Row{failure(Stage::compare, "b", FailureClass::output_mismatch),
            failure(Stage::compare, "b", FailureClass::output_mismatch), false, Outcome::same},
        Row{lower, failure(Stage::compare, "no verdict", FailureClass::other), false, Outcome::advanced}})
    EXPECT_EQ(outcome_of(row.before, row.after, row.progress), row.outcome)
        << client::to_string(row.before.stage) << " to " << client::to_string(row.after.stage);
}

class RecorderTest : public testing::Test {
 protected:
  RecorderTest() : folder_(quick_folder("adapt-recorder-")) {
    baseline_.reference.model_file = "/m/a.py";
    baseline_.reference.sources = {{"other", "o.py", "/m/o.py", "ff", "graph"},
                                   {"a", "a.py", "/m/a.py", "aa", "model"}};
    const std::filesystem::path shipped = folder_.path() / "patterns" / "scan";
    EXPECT_TRUE(make_directories(shipped));
    for (const char* name : {"count", "sum"})
      EXPECT_TRUE(write_file_atomic(
          shipped / (std::string(name) + ".adapt"),
          fmt::format("pattern scan/{} r2\ntitle A\nrisk exact\n[edit a]\n- {}($X)\n+ g($X)\n", name, name)));
    std::filesystem::copy_file(std::filesystem::path(ADAPT_SOURCE_DIR) / "patterns" / "isomorphisms.txt",
                               folder_.path() / "patterns" / "isomorphisms.txt");
    const std::vector<std::filesystem::path> folders = {folder_.path() / "patterns"};
    library_ = patterns::Library::load(folders).value();
    config_ = config::load({{"data_folder", folder_.path().string(), "test"}}).value();
  }

  EvidenceRecorder recorder(const evidence::Book& book, const std::string& version = "3.1") {
    return {{.run = "run1",
             .model = "a.py",
             .backend = "iree",
             .version = version,
             .packages = "torch 2.9",
             .baseline = baseline_},
            library_,
            book,
            *config_,
            clock_};
  }

  // A proposal on top of `earlier`.
  static Proposal proposal(const std::string& id, domain::RepairKind kind = domain::RepairKind::pattern,
                           domain::Candidate earlier = {}) {
    Proposal out{"pattern:" + id, id, std::move(earlier)};
    out.candidate.repairs.push_back({kind, id, "", {{"a", "a.py", 3, "f"}, {"a", "a.py", 9, "g"}}, {}});
    return out;
  }

  static Evaluation ended(std::int64_t number, std::optional<client::Failure> failure) {
    Evaluation out;
    out.number = number;
    out.failure = std::move(failure);
    out.seconds = 2.5;
    return out;
  }

  std::vector<Record> kept(const std::string& id) const {
    return evidence::read_evidence(evidence::evidence_file(folder_.path() / "patterns" / "evidence", id))
        .value()
        .records;
  }

  TempDir folder_;
  StillClock clock_;
  Baseline baseline_;
  patterns::Library library_;
  std::optional<config::Config> config_;
};

TEST_F(RecorderTest, APatternThatWasTriedLeavesOneLine) {
  const evidence::Book book;
  for (const int number : {4, 4, 9})  // a resumed run goes over the same ground, perhaps in another order
    recorder(book).failed(proposal("scan/count"), failure(Stage::lower, "before"),
                          ended(number, failure(Stage::lower, "before")), false);
  ASSERT_EQ(kept("scan/count").size(), 1U);
  const Record line = kept("scan/count").front();
  EXPECT_EQ(line.time, "1970-01-01T00:00:01Z");
  EXPECT_EQ(line.revision, 2);
  EXPECT_EQ(line.sites, 2);
  EXPECT_EQ(line.source, "aa") << "of the file that defines the model";
  EXPECT_EQ(line.before, "before");
  EXPECT_EQ(line.outcome, Outcome::same);
  EXPECT_EQ(line.seconds, 2.5);
  EXPECT_EQ(line.run, "run1/" + proposal("scan/count").candidate.digest().substr(0, 12));
  recorder(book).failed(proposal("no-cache", domain::RepairKind::option), failure(Stage::lower, "x"),
                        ended(5, failure(Stage::lower, "x")), false);
  EXPECT_FALSE(std::filesystem::exists(folder_.path() / "patterns" / "evidence" / "no-cache.evidence.tsv"));
}

TEST_F(RecorderTest, APassIsRecordedForEachPatternOfTheRepairWithTheFailureThatItAnswered) {
  const evidence::Book book;
  EvidenceRecorder one_run = recorder(book);
  const Proposal first = proposal("scan/count");
  one_run.failed(first, failure(Stage::lower, "first"), ended(1, failure(Stage::compile, "second")), true);
  const Proposal both = proposal("scan/sum", domain::RepairKind::pattern, first.candidate);
  one_run.passed(both, both.candidate, failure(Stage::compile, "second"), ended(2, std::nullopt),
                 OrderedJson{{"pcc", 0.999}, {"max_abs", "inf"}});
  const std::vector<Record> count = kept("scan/count"), sum = kept("scan/sum");
  ASSERT_EQ(count.size(), 2U);
  ASSERT_EQ(sum.size(), 1U);
  EXPECT_EQ(count[0].outcome, Outcome::advanced);
  EXPECT_EQ(count[1].outcome, Outcome::pass);
  EXPECT_EQ(count[1].before, "first");
  EXPECT_EQ(sum[0].before, "second");
  EXPECT_EQ(sum[0].pcc, 0.999);
  EXPECT_EQ(sum[0].max_error, HUGE_VAL);
}

TEST_F(RecorderTest, AModelThatWorksOnANewerVersionSaysThatItsPatternIsNotNeeded) {
  const auto pass = [](const std::string& source, const std::string& version) {
    Record out = evidence::made({.version = version, .revision = 2});
    out.source = source;
    return std::vector<Record>{out};
  };
  for (const auto& [source, version, lines] : std::vector<std::tuple<std::string, std::string, std::size_t>>{
           {"other", "3.0", 0}, {"aa", "3.1", 0}, {"aa", "3.0", 1}}) {
    const evidence::Book book(pass(source, version));
    recorder(book).works(OrderedJson::object());
    EXPECT_EQ(kept("scan/count").size(), lines) << source << " " << version;
  }
  EXPECT_EQ(kept("scan/count").front().outcome, Outcome::unneeded);
}

TEST_F(RecorderTest, AFolderThatCannotBeWrittenDoesNotFailTheRun) {
  ASSERT_TRUE(write_file_atomic(folder_.path() / "patterns" / "evidence", "a file in place of the folder"));
  const evidence::Book book;
  recorder(book).failed(proposal("scan/count"), failure(Stage::lower, "x"), ended(1, failure(Stage::lower, "x")),
                        false);
  EXPECT_EQ(read_file(folder_.path() / "patterns" / "evidence").value(), "a file in place of the folder");
}

}  // namespace
}  // namespace adapt::pipeline
