// One entry of tt-xla's test configuration as a value, its text, and its place in a file.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/forge/vocabulary.h"
#include "tools/base/result.h"

namespace adapt::forge {

inline constexpr std::string_view kTestSection = "test_config";  // of a file: the entries are in it

// What an entry says for every architecture, or an override for one. Absent and empty: not said.
struct Settings {
  std::vector<std::string> supported_archs{};  // empty: n150 and p150
  std::optional<Status> status{};
  std::optional<double> required_pcc{};
  std::optional<bool> assert_pcc{};
  std::optional<bool> assert_atol{};
  std::optional<double> required_atol{};
  std::optional<bool> assert_allclose{};
  std::optional<double> allclose_rtol{};
  std::optional<double> allclose_atol{};
  std::optional<bool> enable_weight_bfp8_conversion{};
  std::optional<bool> inject_custom_moe{};
  std::optional<BringupStatus> bringup_status{};
  std::optional<std::string> reason{};
  std::optional<ExecutionPass> execution_pass{};
  std::optional<std::int64_t> batch_size{};
  std::vector<std::string> filechecks{};
  std::vector<std::string> markers{};
  std::optional<std::int64_t> optimization_level{};  // 0, 1 or 2
  std::optional<bool> emitpy_assert_exact{};

  bool empty() const { return *this == Settings{}; }
  bool operator==(const Settings&) const = default;
};

struct TestEntry {
  std::string id;  // the key: "t5/pytorch-Small-single_device-inference"
  Settings settings{};
  std::map<std::string, Settings> arch_overrides{};
  std::string comment{};  // lines above the first field, without "# "; readers leave it empty

  bool operator==(const TestEntry&) const = default;
};

// A field of Settings under its name in the file. What reads, writes or checks fields goes through this table.
template <class T>
using MemberOf = T Settings::*;
using Member = std::variant<MemberOf<std::optional<Status>>, MemberOf<std::optional<BringupStatus>>,
                            MemberOf<std::optional<ExecutionPass>>, MemberOf<std::optional<std::string>>,
                            MemberOf<std::optional<double>>, MemberOf<std::optional<bool>>,
                            MemberOf<std::optional<std::int64_t>>, MemberOf<std::vector<std::string>>>;
struct Field {
  std::string_view name;
  Member member;
};
std::span<const Field> fields();  // in the order in which entries are written
inline constexpr std::string_view kOverridesField = "arch_overrides";
std::vector<std::string> field_names();  // with the overrides

// The lines of the entry in tt-xla's style, indented by two.
std::string render(const TestEntry& entry);

// The text of a file with the entry in it. Where its id is there already, it then says what `entry` says: fields that
// differ are changed, added or removed in their lines, and comments stay. A new one goes behind the entries of the same
// loader, else of the same model, else to the end. Every other byte stays. Errors: an entry that says nothing, an
// architecture, id or number that tt-xla would refuse; text that is no YAML, or in which the place is not clear. What
// comes back was read again: it says what `entry` says, and everything else as before.
Result<std::string> with_entry(std::string_view text, const TestEntry& entry);

}  // namespace adapt::forge
