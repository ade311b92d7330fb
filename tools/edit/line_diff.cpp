#include "tools/edit/line_diff.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <unordered_map>

namespace adapt::edit {
namespace {

using Lines = std::vector<std::uint32_t>;  // equal numbers: equal lines

struct Sequences {
  Lines before;
  Lines after;
};

Sequences number_lines(const std::vector<std::string_view>& before, const std::vector<std::string_view>& after) {
  std::unordered_map<std::string_view, std::uint32_t> numbers;
  const auto number_all = [&](const std::vector<std::string_view>& lines) {
    Lines out;
    out.reserve(lines.size());
    for (const std::string_view line : lines)
      out.push_back(numbers.emplace(line, static_cast<std::uint32_t>(numbers.size())).first->second);
    return out;
  };
  Lines old_numbers = number_all(before);
  return {std::move(old_numbers), number_all(after)};
}

// Myers' greedy search. On the diagonal k = x - y, `furthest[d]` holds how far x can get with d differences; diagonals
// of one round have the parity of d, so round d has d + 1 of them: k = -d + 2 i.
class ShortestScript {
 public:
  ShortestScript(const std::uint32_t* before, std::size_t old_size, const std::uint32_t* after, std::size_t new_size)
      : before_(before),
        after_(after),
        old_(static_cast<std::int64_t>(old_size)),
        new_(static_cast<std::int64_t>(new_size)) {}

  // Changed lines as flags, or nothing when more than `limit` differences are needed.
  struct Changes {
    std::vector<bool> removed;
    std::vector<bool> added;
  };
  std::optional<Changes> search(std::size_t limit) {
    for (std::int64_t d = 0; d <= static_cast<std::int64_t>(limit); ++d) {
      std::vector<std::int32_t> round(static_cast<std::size_t>(d) + 1);
      for (std::int64_t i = 0; i <= d; ++i) {
        const std::int64_t k = -d + 2 * i;
        std::int64_t x = start(d, i);
        while (x < old_ && x - k >= 0 && x - k < new_ && before_[x] == after_[x - k]) ++x;
        round[static_cast<std::size_t>(i)] = static_cast<std::int32_t>(x);
        if (x >= old_ && x - k >= new_) {
          rounds_.push_back(std::move(round));
          return trace_back(d, i);
        }
      }
      rounds_.push_back(std::move(round));
    }
    return std::nullopt;
  }

 private:
  // Whether diagonal i of round d is reached by adding a line (from the diagonal above) and not by removing one.
  bool by_addition(std::int64_t d, std::int64_t i) const {
    if (i == 0) return true;
    if (i == d) return false;
    return furthest(d - 1, i - 1) < furthest(d - 1, i);
  }
  std::int64_t furthest(std::int64_t d, std::int64_t i) const {
    return rounds_[static_cast<std::size_t>(d)][static_cast<std::size_t>(i)];
  }
  std::int64_t start(std::int64_t d, std::int64_t i) const {
    if (d == 0) return 0;
    return by_addition(d, i) ? furthest(d - 1, i) : furthest(d - 1, i - 1) + 1;
  }

  Changes trace_back(std::int64_t d, std::int64_t i) const {
    Changes out{std::vector<bool>(static_cast<std::size_t>(old_)), std::vector<bool>(static_cast<std::size_t>(new_))};
    for (; d > 0; --d) {
      const std::int64_t x = start(d, i);
      const std::int64_t y = x - (-d + 2 * i);
      if (by_addition(d, i)) {
        if (y >= 1 && y <= new_) out.added[static_cast<std::size_t>(y - 1)] = true;
      } else {
        if (x >= 1 && x <= old_) out.removed[static_cast<std::size_t>(x - 1)] = true;
        --i;
      }
    }
    return out;
  }

  const std::uint32_t* before_;
  const std::uint32_t* after_;
  std::int64_t old_, new_;
  std::vector<std::vector<std::int32_t>> rounds_;
};

std::vector<Hunk> hunks_of(const ShortestScript::Changes& changes, std::size_t offset) {
  std::vector<Hunk> hunks;
  std::size_t x = 0;
  std::size_t y = 0;
  while (x < changes.removed.size() || y < changes.added.size()) {
    const std::size_t old_begin = x;
    const std::size_t new_begin = y;
    while (x < changes.removed.size() && changes.removed[x]) ++x;
    while (y < changes.added.size() && changes.added[y]) ++y;
    if (x != old_begin || y != new_begin)
      hunks.push_back({old_begin + offset, x + offset, new_begin + offset, y + offset});
    if (x < changes.removed.size() && y < changes.added.size()) {
      ++x;
      ++y;
    }
  }
  return hunks;
}

}  // namespace

std::vector<std::string_view> lines_with_ends(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

std::vector<Hunk> diff_lines(const std::vector<std::string_view>& before, const std::vector<std::string_view>& after,
                             std::size_t max_differences) {
  const Sequences lines = number_lines(before, after);
  std::size_t old_end = before.size();
  std::size_t new_end = after.size();
  std::size_t begin = 0;
  while (begin < old_end && begin < new_end && lines.before[begin] == lines.after[begin]) ++begin;
  while (old_end > begin && new_end > begin && lines.before[old_end - 1] == lines.after[new_end - 1])
    --old_end, --new_end;
  if (begin == old_end && begin == new_end) return {};
  ShortestScript script(lines.before.data() + begin, old_end - begin, lines.after.data() + begin, new_end - begin);
  const auto changes = script.search(max_differences);
  return changes ? hunks_of(*changes, begin) : std::vector<Hunk>{{begin, old_end, begin, new_end}};
}

}  // namespace adapt::edit
