// Brings entries of tt-xla's test configuration up to date with what runs came to.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/forge/results.h"
#include "agent/forge/test_config.h"
#include "tools/base/result.h"

namespace adapt::forge {

// What a result does to a status. Without a row it does nothing: so it is for an excluded model, for a pass of what
// passes, for a failure of what is skipped, and for everything that says nothing about the model.
struct UpdateRule {
  Status from;  // `unspecified` also where there is no entry
  Evidence evidence;
  Status to;
  std::string_view name;  // "promote", "demote", "add", "refresh"
};
std::span<const UpdateRule> update_rules();

struct Ignored {
  std::string test, arch, why, source;
  bool operator==(const Ignored&) const = default;
};

struct EntryUpdate {
  std::optional<TestEntry> entry{};  // as it shall be; nothing where it stays
  std::vector<std::string> steps{};  // "promote on p150: KNOWN_FAILURE_XFAIL -> EXPECTED_PASSING"
  std::vector<Ignored> ignored{};
  std::vector<std::string> advice{};  // tags about PCC: thresholds are for people, up or down
};

// `before` without an id: there is no entry. Results are of one test. A result of one architecture goes to its
// override, unless those of all architectures that the test runs on agree. Neither PCC thresholds nor assertions are
// touched.
EntryUpdate updated(const TestEntry& before, const std::vector<TestResult>& results);

struct AppliedUpdate {
  std::string test, file;
  std::vector<std::string> steps;
};

struct UpdatePlan {
  std::map<std::string, std::string> before, after;  // texts by file; only of files that change
  std::vector<AppliedUpdate> changes;
  std::vector<Ignored> ignored;
  std::vector<std::string> advice;
};

// `files`: texts by path. `arch` is that of results that name none; it may be empty.
Result<UpdatePlan> plan_update(const std::map<std::string, std::string>& files, const std::vector<TestResult>& results,
                               const std::string& arch);

}  // namespace adapt::forge
