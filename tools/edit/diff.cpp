#include <algorithm>
#include <set>

#include "tools/edit/edit_set.h"
#include "tools/edit/line_diff.h"

namespace adapt::edit {
namespace {

using Lines = std::vector<std::string_view>;

constexpr std::size_t kContext = 3;

std::set<std::string> all_files(const Sources& before, const Sources& after) {
  std::set<std::string> files;
  for (const auto& [file, text] : before) files.insert(file);
  for (const auto& [file, text] : after) files.insert(file);
  return files;
}

std::string_view text_of(const Sources& sources, const std::string& file) {
  const auto it = sources.find(file);
  return it == sources.end() ? std::string_view() : std::string_view(it->second);
}

std::size_t bytes_of(const Lines& lines, std::size_t begin, std::size_t end) {
  std::size_t bytes = 0;
  for (std::size_t i = begin; i < end; ++i) bytes += lines[i].size();
  return bytes;
}

void put_line(std::string& out, char mark, std::string_view line) {
  out += mark;
  out += line;
  if (line.empty() || line.back() != '\n') out += "\n\\ No newline at end of file\n";
}

std::string range(std::size_t begin, std::size_t count) {
  // An empty range is named by the line before it.
  const std::size_t start = count == 0 ? begin : begin + 1;
  return count == 1 ? std::to_string(start) : fmt::format("{},{}", start, count);
}

// Changes that lie within two contexts of each other share a hunk.
std::string hunks(const Lines& before, const Lines& after, const std::vector<LineChange>& changes) {
  std::string out;
  for (std::size_t first = 0; first < changes.size();) {
    std::size_t last = first;
    while (last + 1 < changes.size() && changes[last + 1].before_begin - changes[last].before_end <= 2 * kContext)
      ++last;
    const std::size_t lead = std::min(kContext, changes[first].before_begin);
    const std::size_t trail = std::min(kContext, before.size() - changes[last].before_end);
    const std::size_t begin = changes[first].before_begin - lead, end = changes[last].before_end + trail;
    const std::size_t after_begin = changes[first].after_begin - lead, after_end = changes[last].after_end + trail;
    out += fmt::format("@@ -{} +{} @@\n", range(begin, end - begin), range(after_begin, after_end - after_begin));
    std::size_t at = begin;
    for (std::size_t i = first; i <= last; ++i) {
      for (; at < changes[i].before_begin; ++at) put_line(out, ' ', before[at]);
      for (; at < changes[i].before_end; ++at) put_line(out, '-', before[at]);
      for (std::size_t j = changes[i].after_begin; j < changes[i].after_end; ++j) put_line(out, '+', after[j]);
    }
    for (; at < end; ++at) put_line(out, ' ', before[at]);
    first = last + 1;
  }
  return out;
}

}  // namespace

EditSet difference(const Sources& before, const Sources& after) {
  EditSet out;
  for (const auto& [file, new_text] : after) {
    const std::string_view old_text = text_of(before, file);
    const Lines old_lines = lines_with_ends(old_text), new_lines = lines_with_ends(new_text);
    for (const LineChange& change : line_changes(old_lines, new_lines)) {
      const auto begin = static_cast<std::uint32_t>(bytes_of(old_lines, 0, change.before_begin));
      const auto end = static_cast<std::uint32_t>(begin + bytes_of(old_lines, change.before_begin, change.before_end));
      const std::size_t from = bytes_of(new_lines, 0, change.after_begin);
      const std::string text(
          std::string_view(new_text).substr(from, bytes_of(new_lines, change.after_begin, change.after_end)));
      ADAPT_CHECK(out.add({file, {begin, end}, text}).has_value(), "changes between equal lines do not overlap");
    }
  }
  return out;
}

std::string unified_diff(const Sources& before, const Sources& after) {
  std::string out;
  for (const std::string& file : all_files(before, after)) {
    const Lines old_lines = lines_with_ends(text_of(before, file)), new_lines = lines_with_ends(text_of(after, file));
    const std::vector<LineChange> changes = line_changes(old_lines, new_lines);
    if (changes.empty()) continue;
    const bool created = !before.contains(file), removed = !after.contains(file);
    out += fmt::format("diff --git a/{0} b/{0}\n", file);
    if (created) out += "new file mode 100644\n";
    if (removed) out += "deleted file mode 100644\n";
    out += fmt::format("--- {}\n+++ {}\n", created ? "/dev/null" : "a/" + file, removed ? "/dev/null" : "b/" + file);
    out += hunks(old_lines, new_lines, changes);
  }
  return out;
}

}  // namespace adapt::edit
