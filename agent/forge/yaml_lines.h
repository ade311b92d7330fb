// Where the parts of a block of YAML lie in its text, by indentation: what a parser does not tell and an edit needs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace adapt::forge {

struct Range {
  std::size_t begin = 0, end = 0;  // bytes
  bool empty() const { return begin == end; }
  bool operator==(const Range&) const = default;
};

// One key of a block mapping.
struct Piece {
  std::string key;         // without quotes
  std::size_t indent = 0;  // of the key
  std::size_t line = 0;    // 1-based
  std::size_t colon = 0;   // where the byte behind the colon is
  Range whole{};           // its lines, without blank lines and outer comments behind it
  Range value{};           // on the line of the key and, where quotes, brackets or text go on, behind it; may be empty
  Range children{};        // the lines below the key's that belong to it; empty where the value goes on there
  bool operator==(const Piece&) const = default;
};

// The keys in `block` that stand as far left as the first one. Lines that no key explains belong to the key before.
std::vector<Piece> pieces_of(std::string_view text, Range block);

// One past the quote that closes the one at `at`.
std::optional<std::size_t> end_of_quotes(std::string_view text, std::size_t at);

std::string_view part_of(std::string_view text, Range range);

}  // namespace adapt::forge
