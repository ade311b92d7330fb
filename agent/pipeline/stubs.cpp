#include "agent/pipeline/stubs.h"

#include <algorithm>
#include <set>

#include "tools/base/text.h"

namespace adapt::pipeline {
namespace {

std::set<std::string> packages_of(const std::vector<client::Stub>& stubs) {
  std::set<std::string> out;
  for (const client::Stub& stub : stubs) out.emplace(patterns::top_package(stub.module));
  return out;
}

// One pattern speaks for a package: another one's modules below it would be half of a whole.
bool adds_packages(const patterns::Pattern& pattern, const client::Model& model) {
  const std::set<std::string> there = packages_of(model.stubs), added = packages_of(stubs_of(pattern.carrier));
  return !added.empty() && std::ranges::none_of(added, [&](const std::string& name) { return there.contains(name); });
}

domain::Repair repair_of(const patterns::Pattern& pattern) {
  domain::Repair out{domain::RepairKind::pattern, pattern.id, pattern.title, {}, {}};
  const std::set<std::string> names = packages_of(stubs_of(pattern.carrier));
  out.concessions.push_back(
      fmt::format("the reference was computed with a stub in place of {}; code that calls it raises",
                  join({names.begin(), names.end()}, " and ")));
  out.concessions.insert(out.concessions.end(), pattern.assumptions.begin(), pattern.assumptions.end());
  return out;
}

}  // namespace

bool is_stub_call(const client::Failure& failure) { return failure.exception == "StubCalled"; }

std::vector<client::Stub> stubs_of(const patterns::Carrier& carrier) {
  std::vector<client::Stub> out;
  for (const patterns::StubModule& stub : carrier.stubs)
    out.push_back({.module = stub.name, .functions = stub.functions, .spec = carrier.needs_spec});
  return out;
}

Result<Stubbed> stub_absent_packages(Baseline& baseline, const StubTools& tools) {
  Stubbed out;
  std::vector<std::string> seen;
  for (bool further = true; further && baseline.failure;) {
    further = false;
    const client::Failure before = *baseline.failure;
    seen.push_back(identity(before));
    ADAPT_TRY(const std::vector<Placed> contenders, tools.patterns(before, baseline.model));
    for (const Placed& contender : contenders) {
      const patterns::Pattern& pattern = *contender.pattern;
      if (!adds_packages(pattern, baseline.model)) continue;
      client::Model model = baseline.model;
      for (client::Stub& stub : stubs_of(pattern.carrier)) model.stubs.push_back(std::move(stub));
      ADAPT_TRY(Baseline with, tools.reference(model));
      if (with.failure && is_stub_call(*with.failure)) out.call = with.failure;
      further = !with.failure || (!is_stub_call(*with.failure) && is_progress(before, *with.failure, seen));
      const std::string id = "pattern:" + pattern.id;
      out.tried.push_back(
          {0, out.repairs.size() + 1, id, with.failure ? describe(*with.failure) : "the reference runs", further});
      out.repairs.push_back(repair_of(pattern));
      if (with.failure && tools.observe) {
        Proposal proposal{id, id, {}};
        proposal.candidate.repairs = out.repairs;
        Evaluation without, after;
        without.failure = before;
        after.failure = with.failure;
        after.seconds = with.seconds;
        tools.observe(proposal, without, after, further);
      }
      if (further) {
        baseline = std::move(with);
        break;
      }
      out.repairs.pop_back();
    }
  }
  return out;
}

}  // namespace adapt::pipeline
