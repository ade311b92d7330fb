// An entry as the keys and values that its lines are made of.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/forge/test_config.h"

namespace adapt::forge {

// A key with a value on its line, or with children on the next ones.
struct Item {
  std::string key;    // as it is meant, not as it is written
  std::string value;  // as it is written; empty where there are children
  std::vector<Item> children{};
  std::vector<std::string> comment{};  // lines above the children
  bool operator==(const Item&) const = default;
};

Item item_of(const TestEntry& entry);

// Each line ends in `line_end`; children of an entry are two deeper, those of a field four, as in tt-xla.
std::string render(const Item& item, std::size_t indent, std::string_view line_end = "\n");
inline constexpr std::size_t kIndent = 2;

}  // namespace adapt::forge
