// YAML with positions, bounded, and strict where tt-xla's two readers (PyYAML 1.1, ruamel 1.2) are not of one mind.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/forge/finding.h"
#include "tools/base/result.h"

namespace adapt::forge {

inline constexpr std::size_t kMostYamlBytes = std::size_t{2} << 20U;  // the largest real file has 113 KB
inline constexpr std::size_t kMostYamlDepth = 32;
inline constexpr std::size_t kMostYamlNodes = 200'000;
inline constexpr std::size_t kMostMergedKeys = 100'000;
inline constexpr std::string_view kYamlTagPrefix = "tag:yaml.org,2002:";  // of the tags that YAML itself has

struct YamlNode;
// Shared, because an alias is the node that it names: nothing is ever copied, so nothing can explode.
using YamlPtr = std::shared_ptr<const YamlNode>;

struct YamlPair {
  YamlPtr key, value;
  bool merged = false;  // came through "<<"
};

struct YamlNode {
  enum class Kind : std::uint8_t { scalar, list, mapping };
  Kind kind = Kind::scalar;
  std::string text{};     // of a scalar
  bool plain = true;      // a scalar without quotes
  std::string tag{};      // as far as it was given: "tag:yaml.org,2002:str", "!own"
  bool anchored = false;  // something else may name it
  bool aliased = false;   // it, or something in it, is an alias or was merged
  Place place{};
  std::vector<YamlPtr> items{};
  std::vector<YamlPair> pairs{};  // in order; duplicates stay

  bool is_scalar() const { return kind == Kind::scalar; }
  bool is_list() const { return kind == Kind::list; }
  bool is_mapping() const { return kind == Kind::mapping; }
  const YamlPair* find(std::string_view key) const;  // the last with a scalar key of that text
};

struct YamlDocument {
  YamlPtr root{};                   // a null scalar where the file is empty; empty where it could not be read
  std::vector<Finding> findings{};  // without files
};

// Never fails: what is no YAML has a finding and no root.
YamlDocument read_yaml(std::string_view text);

// What the runner takes a scalar for.
enum class ScalarKind : std::uint8_t { null, boolean, integer, number, date, text };
ScalarKind scalar_kind(const YamlNode& node);
std::string_view to_string(ScalarKind kind);  // "a truth value"
std::string describe(const YamlNode& node);   // "a list", "text", "an integer"

std::optional<bool> boolean_of(const YamlNode& node);
std::optional<std::int64_t> integer_of(const YamlNode& node);
std::optional<double> number_of(const YamlNode& node);  // also integers

}  // namespace adapt::forge
