// What runs of tests came to, from tt-xla's JUnit XML or from our own result.json.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/forge/finding.h"
#include "agent/forge/junit.h"
#include "agent/forge/test_id.h"
#include "tools/base/json.h"
#include "tools/base/result.h"

namespace adapt::forge {

enum class Evidence : std::uint8_t {
  passed,
  incorrect,  // it ran, and the numbers are wrong
  failed,     // the model did not get that far
  nothing,    // not run, not on the device, or what failed was not the model; `why` says which
};
std::string_view to_string(Evidence evidence);

struct TestResult {
  TestId id;
  std::string arch{};  // empty: not told
  Evidence evidence = Evidence::nothing;
  BringupStatus bringup = BringupStatus::unknown;
  std::string reason{};                 // one line, as an entry has it
  std::string why{};                    // of `nothing`
  std::vector<std::string> guidance{};  // tags such as "RAISE_PCC_099"
  std::string source{};                 // the file that says so
  bool operator==(const TestResult&) const = default;
};

struct Results {
  std::vector<TestResult> results{};
  std::vector<Finding> findings{};  // what could not be read
  std::size_t others = 0;           // test cases that are no model tests
};

inline constexpr std::size_t kMostResultFiles = 20'000;
inline constexpr std::size_t kMostReason = 300;  // bytes; the longest real one has 290

std::optional<TestResult> result_of(const JunitCase& test);  // nothing: no model test
Result<TestResult> result_of(const Json& own_result);        // of result.json

// Files, or folders in which every *.xml and result.json is read. Fails where a path is not there, or nothing was
// found.
Result<Results> read_results(const std::vector<std::string>& paths);

}  // namespace adapt::forge
