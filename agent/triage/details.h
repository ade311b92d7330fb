// What the text of a line says besides its category: amounts of memory, the operation, the place in a source.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace adapt::triage {

// Bytes, as the message of an allocation or of circular buffers gives them.
struct Memory {
  std::string buffer{};  // DRAM, L1, L1_SMALL, circular buffers
  std::optional<std::int64_t> requested{}, banks{}, per_bank{}, bank_size{}, allocated{}, free{}, largest_free{};
  std::optional<std::int64_t> limit{};                        // of circular buffers
  std::optional<std::int64_t> buffer_at{}, region_ends_at{};  // addresses, of a clash
  bool operator==(const Memory&) const = default;
};
std::optional<Memory> memory_of(std::string_view line);

// "stablehlo.scatter", "ttnn.conv2d", "aten.add.Tensor"; empty: none is named.
std::string op_of(std::string_view line);

// "loc(...)" with balanced parentheses; empty: there is none.
std::string loc_of(std::string_view line);

struct Place {
  std::string file{};
  std::int64_t line = 0;
  bool operator==(const Place&) const = default;
};
// Of `File "x.py", line 3` or `x.py:3`.
std::optional<Place> place_of(std::string_view line);
// Whether it belongs to an installed library or to Python itself.
bool is_library(std::string_view file);

}  // namespace adapt::triage
