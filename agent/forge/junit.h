// JUnit XML as pytest writes it: what each test case said.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/result.h"

namespace adapt::forge {

struct JunitCase {
  enum class Kind : std::uint8_t { passed, failed, skipped };
  std::string name;
  Kind kind = Kind::passed;
  std::string type{};     // of a skip: "pytest.xfail", "pytest.skip"
  std::string message{};  // of a failure, error or skip
  std::string detail{};   // its text, cut
  std::map<std::string, std::string> properties{};
  bool operator==(const JunitCase&) const = default;
};

inline constexpr std::uint64_t kMostJunitBytes = std::uint64_t{256} << 20U;
inline constexpr std::size_t kMostJunitDetail = std::size_t{64} << 10U;     // of one case
inline constexpr std::size_t kMostJunitProperty = std::size_t{256} << 10U;  // of one case, all together
inline constexpr std::size_t kMostJunitCases = 200'000;
inline constexpr int kMostJunitDepth = 32;

// Entities of its own are refused: nobody's report needs them.
Result<std::vector<JunitCase>> parse_junit(std::string_view xml);

}  // namespace adapt::forge
