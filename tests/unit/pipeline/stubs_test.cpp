#include "agent/pipeline/stubs.h"

#include <gtest/gtest.h>

#include <map>

#include "tests/unit/pipeline/stand_ins.h"
#include "tools/base/text.h"

namespace adapt::pipeline {
namespace {

using client::Stage;

patterns::Pattern shim(const std::string& id, const std::vector<std::string>& modules) {
  patterns::Pattern out;
  out.id = id;
  out.title = "does " + id;
  out.carrier.kind = patterns::Carrier::Kind::shim;
  for (const std::string& module : modules) out.carrier.stubs.push_back({module, {"f"}});
  return out;
}

client::Failure call_of(const std::string& place) {
  client::Failure out = failure_at(Stage::eager, "eager|missing-package||" + place);
  out.exception = "StubCalled";
  return out;
}

// How the model ends with a set of stubs, by the names of their modules; what is not listed runs.
struct StubTrial {
  std::map<std::string, client::Failure> ends;
  std::vector<patterns::Pattern> library;
  std::vector<std::string> asked{};
  std::vector<std::string> observed{};
  Baseline baseline{};

  static std::string names(const client::Model& model) {
    std::vector<std::string> out;
    for (const client::Stub& stub : model.stubs) out.push_back(stub.module);
    return join(out, " ");
  }

  Baseline reference(const client::Model& model) {
    asked.push_back(names(model));
    Baseline out;
    out.model = model;
    if (const auto end = ends.find(names(model)); end != ends.end()) out.failure = end->second;
    return out;
  }

  Stubbed run() {
    baseline = reference({});
    asked.clear();
    const StubTools tools{
        .patterns = [&](const client::Failure&, const client::Model&) -> Result<std::vector<Placed>> {
          std::vector<Placed> out;
          for (const patterns::Pattern& pattern : library) out.push_back({&pattern, 0});
          return out;
        },
        .reference = [&](const client::Model& model) -> Result<Baseline> { return reference(model); },
        .observe =
            [&](const Proposal& proposal, const Evaluation& before, const Evaluation& after, bool progress) {
              observed.push_back(fmt::format("{} {} -> {}{}", proposal.candidate.repairs.back().id,
                                             before.failure->fingerprint, after.failure->fingerprint,
                                             progress ? " further" : ""));
            }};
    auto out = stub_absent_packages(baseline, tools);
    if (out) return *out;
    ADD_FAILURE() << out.error().message;
    return {};
  }
};

std::vector<std::string> ids(const Stubbed& stubbed) {
  std::vector<std::string> out;
  for (const domain::Repair& repair : stubbed.repairs) out.push_back(repair.id);
  return out;
}

TEST(Stubs, ThatMakeTheReferenceRunAreAConcessionInWords) {
  StubTrial trial{.ends = {{"", failure_at(Stage::load, "no flash_attn")}},
                  .library = {shim("flash", {"flash_attn", "flash_attn.ops"})}};
  trial.library.front().assumptions = {"nothing else of it is read"};
  const Stubbed stubbed = trial.run();
  EXPECT_FALSE(trial.baseline.failure);
  EXPECT_EQ(StubTrial::names(trial.baseline.model), "flash_attn flash_attn.ops");
  ASSERT_EQ(stubbed.repairs.size(), 1U);
  EXPECT_EQ(stubbed.repairs.front().kind, domain::RepairKind::pattern);
  EXPECT_EQ(stubbed.repairs.front().concessions,
            (std::vector<std::string>{
                "the reference was computed with a stub in place of flash_attn; code that calls it raises",
                "nothing else of it is read"}));
  EXPECT_EQ(stubbed.tried.front().ended, "the reference runs");
  EXPECT_TRUE(trial.observed.empty()) << "no judge has accepted anything yet";
}

TEST(Stubs, OfAnotherPackageJoinThoseThatLedFurther) {
  StubTrial trial{
      .ends = {{"", failure_at(Stage::load, "no flash_attn")}, {"flash_attn", failure_at(Stage::load, "no apex")}},
      .library = {shim("flash", {"flash_attn"}), shim("apex", {"apex"})}};
  trial.ends["apex"] = trial.ends[""];
  const Stubbed stubbed = trial.run();
  EXPECT_FALSE(trial.baseline.failure);
  EXPECT_EQ(ids(stubbed), (std::vector<std::string>{"flash", "apex"}));
  EXPECT_EQ(trial.asked, (std::vector<std::string>{"flash_attn", "flash_attn apex"}));
  EXPECT_EQ(trial.observed, (std::vector<std::string>{"flash no flash_attn -> no apex further"}));
}

TEST(Stubs, ThatAreCalledStayOut) {
  StubTrial trial{.ends = {{"", failure_at(Stage::load, "no flash_attn")}, {"flash_attn", call_of("flash_attn.f")}},
                  .library = {shim("flash", {"flash_attn"})}};
  const Stubbed stubbed = trial.run();
  EXPECT_EQ(trial.baseline.failure->fingerprint, "no flash_attn");
  EXPECT_TRUE(trial.baseline.model.stubs.empty() && stubbed.repairs.empty());
  ASSERT_TRUE(stubbed.call);
  EXPECT_TRUE(is_stub_call(*stubbed.call));
  EXPECT_EQ(stubbed.tried.size(), 1U);
  EXPECT_FALSE(stubbed.tried.front().progress);
}

TEST(Stubs, ThatLeadNowhereAreTriedOnceAndLeaveTheModelAsItWas) {
  const client::Failure missing = failure_at(Stage::load, "no flash_attn");
  StubTrial trial{
      .ends = {{"", missing}, {"apex", missing}, {"triton", failure_at(Stage::resolve, "triton is installed")}},
      .library = {shim("apex", {"apex"}), shim("triton", {"triton"})}};
  const Stubbed stubbed = trial.run();
  EXPECT_EQ(trial.baseline.failure->fingerprint, "no flash_attn");
  EXPECT_TRUE(trial.baseline.model.stubs.empty() && stubbed.repairs.empty() && !stubbed.call);
  EXPECT_EQ(trial.asked, (std::vector<std::string>{"apex", "triton"}));
}

TEST(Stubs, OfOnePackageComeFromOnePattern) {
  const client::Failure missing = failure_at(Stage::load, "no flash_attn"), other = failure_at(Stage::load, "no ops");
  StubTrial trial{.ends = {{"", missing}, {"flash_attn", other}, {"flash_attn.ops", missing}},
                  .library = {shim("first", {"flash_attn"}), shim("second", {"flash_attn.ops"})}};
  const Stubbed stubbed = trial.run();
  EXPECT_EQ(ids(stubbed), (std::vector<std::string>{"first"}));
  EXPECT_EQ(trial.baseline.failure->fingerprint, "no ops") << "what is left in the way";
}

TEST(Stubs, AreNotAskedForWhereNoPatternHasAny) {
  patterns::Pattern edit;
  edit.id = "edit";
  StubTrial trial{.ends = {{"", failure_at(Stage::load, "no flash_attn")}}, .library = {edit}};
  const Stubbed stubbed = trial.run();
  EXPECT_TRUE(trial.asked.empty() && stubbed.tried.empty());
}

}  // namespace
}  // namespace adapt::pipeline
