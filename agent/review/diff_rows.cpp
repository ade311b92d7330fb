#include "agent/review/diff_rows.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "tools/base/text.h"

namespace adapt::review {
namespace {

struct Range {
  std::int64_t line = 0, count = 1;
};

struct HunkHead {
  Range before, after;
};

// "12,7" or "12".
std::optional<Range> parse_range(std::string_view text) {
  Range out;
  const std::size_t comma = text.find(',');
  const std::string_view first = text.substr(0, comma);
  if (std::from_chars(first.data(), first.data() + first.size(), out.line).ec != std::errc()) return std::nullopt;
  if (comma == std::string_view::npos) return out;
  const std::string_view second = text.substr(comma + 1);
  if (std::from_chars(second.data(), second.data() + second.size(), out.count).ec != std::errc()) return std::nullopt;
  return out;
}

// "@@ -12,7 +12,9 @@ ...".
std::optional<HunkHead> parse_head(std::string_view line) {
  if (!line.starts_with("@@ -")) return std::nullopt;
  const std::size_t plus = line.find(" +", 4), end = line.find(" @@", 4);
  if (plus == std::string_view::npos || end == std::string_view::npos || plus > end) return std::nullopt;
  const auto before = parse_range(line.substr(4, plus - 4)), after = parse_range(line.substr(plus + 2, end - plus - 2));
  if (!before || !after) return std::nullopt;
  return HunkHead{*before, *after};
}

class Rows {
 public:
  void take(std::string_view line) {
    if (left_before_ <= 0 && left_after_ <= 0) return outside(line);
    const char sign = line.empty() ? ' ' : line.front();
    const std::string_view text = line.empty() ? line : line.substr(1);
    if (sign == '-') {
      removed_.push_back({before_++, std::string(text)});
      --left_before_;
    } else if (sign == '+') {
      added_.push_back({after_++, std::string(text)});
      --left_after_;
    } else if (sign == ' ') {
      flush();
      rows_.push_back({DiffRow::Kind::context, "", {before_++, std::string(text)}, {after_++, std::string(text)}});
      --left_before_;
      --left_after_;
    }  // "\ No newline at end of file" is about the line before
  }

  std::vector<DiffRow> finished() {
    flush();
    return std::move(rows_);
  }

 private:
  void outside(std::string_view line) {
    flush();
    if (const auto head = parse_head(line)) {
      before_ = head->before.line;
      after_ = head->after.line;
      left_before_ = head->before.count;
      left_after_ = head->after.count;
      rows_.push_back({DiffRow::Kind::hunk, std::string(line), {}, {}});
    } else if (line.starts_with("+++ ")) {
      std::string_view name =
          line.substr(4, line.find('\t') == std::string_view::npos ? line.npos : line.find('\t') - 4);
      if (name.starts_with("b/")) name.remove_prefix(2);
      rows_.push_back({DiffRow::Kind::file, std::string(name), {}, {}});
    }
  }

  void flush() {
    for (std::size_t i = 0; i < std::max(removed_.size(), added_.size()); ++i)
      rows_.push_back({DiffRow::Kind::change, "", i < removed_.size() ? removed_[i] : DiffSide{},
                       i < added_.size() ? added_[i] : DiffSide{}});
    removed_.clear();
    added_.clear();
  }

  std::vector<DiffRow> rows_;
  std::vector<DiffSide> removed_, added_;
  std::int64_t before_ = 0, after_ = 0, left_before_ = 0, left_after_ = 0;
};

}  // namespace

std::vector<DiffRow> diff_rows(std::string_view diff) {
  Rows rows;
  for (const std::string_view line : split_lines(diff)) rows.take(line);
  return rows.finished();
}

}  // namespace adapt::review
