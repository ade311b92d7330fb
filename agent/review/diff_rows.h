// A unified diff as rows of old beside new, for showing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace adapt::review {

struct DiffSide {
  std::int64_t line = 0;  // 0: there is no such line on this side
  std::string text;
  bool operator==(const DiffSide&) const = default;
};

struct DiffRow {
  enum class Kind : std::uint8_t { file, hunk, context, change };
  Kind kind = Kind::context;
  std::string label;  // of file and hunk rows
  DiffSide before, after;
  bool operator==(const DiffRow&) const = default;
};

// Removed lines stand beside the added ones that follow them, in order. Lines that belong to no hunk are left out; a
// diff that is none gives no rows.
std::vector<DiffRow> diff_rows(std::string_view diff);

}  // namespace adapt::review
