// Versions of Python packages and conditions on them, as PEP 440 orders them: "torch>=2.0", "transformers>=4.48,<5".
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "tools/base/result.h"

namespace adapt::patterns {

struct Version {
  using Pre = std::pair<char, std::uint64_t>;                  // a, b or r, and its number
  using LocalPart = std::variant<std::string, std::uint64_t>;  // text comes before numbers

  std::uint64_t epoch = 0;
  std::vector<std::uint64_t> release;  // without zeros at the end, but for a lone one
  std::size_t written = 0;             // how many numbers the release was written with
  // Dev releases come before pre-releases, those before the release, and posts behind it.
  std::optional<Pre> pre;
  std::optional<std::uint64_t> post, dev;
  std::vector<LocalPart> local;

  std::strong_ordering operator<=>(const Version& other) const;
  bool operator==(const Version& other) const { return (*this <=> other) == std::strong_ordering::equal; }
};

// Nothing for text that is no version.
std::optional<Version> parse_version(std::string_view text);

// One package with all conditions on it.
struct Requirement {
  enum class Op : std::uint8_t { at_least, at_most, more, less, equal, unequal, compatible };
  struct Condition {
    Op op = Op::at_least;
    Version version;
    bool any_behind = false;  // "==2.*"
    bool holds(const Version& installed) const;
  };
  std::string text;     // as written
  std::string package;  // lower case, '-' for '_' and '.'
  std::vector<Condition> conditions;

  bool holds(const Version& installed) const;
};

// "torch>=2.0", "torch>=2.0,!=2.3.*", "torch": one word.
Result<Requirement> parse_requirement(std::string_view text);

using Packages = std::map<std::string, std::string>;  // version by name

// Whether the environment has all of them. Nothing is known of an environment without packages: it has.
bool are_met(const std::vector<Requirement>& requirements, const Packages& packages);

}  // namespace adapt::patterns
