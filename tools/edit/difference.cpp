// Differences between two states of the sources: as edits for programs, as a unified diff for people and patch(1).
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "tools/edit/edit_set.h"
#include "tools/edit/line_diff.h"

namespace adapt::edit {
namespace {

constexpr std::size_t kContext = 3;  // lines

std::set<std::string> all_files(const Sources& before, const Sources& after) {
  std::set<std::string> files;
  for (const Sources* side : {&before, &after})
    for (const auto& [file, text] : *side) files.insert(file);
  return files;
}

// A file that is not there differs like an empty one.
std::string_view text_of(const Sources& sources, const std::string& file) {
  const auto found = sources.find(file);
  return found == sources.end() ? std::string_view() : found->second;
}

std::string_view bytes_of(std::string_view text, const std::vector<std::string_view>& lines, std::size_t begin,
                          std::size_t end) {
  const auto offset = [&](std::size_t line) {
    return line == lines.size() ? text.size() : static_cast<std::size_t>(lines[line].data() - text.data());
  };
  return text.substr(offset(begin), offset(end) - offset(begin));
}

// A name that patch(1) and git would misread is quoted as C would.
std::string shown_name(std::string_view side, const Sources& sources, const std::string& file) {
  if (!sources.contains(file)) return "/dev/null";
  const std::string name = std::string(side) + file;
  const auto is_odd = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == '\x7f';
  };
  if (std::none_of(name.begin(), name.end(), is_odd)) return name.find(' ') == std::string::npos ? name : name + '\t';
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\')
      (quoted += '\\') += c;
    else if (is_odd(c))
      quoted += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    else
      quoted += c;
  }
  return quoted + '"';
}

void print_line(std::string& out, char sign, std::string_view line) {
  out += sign;
  out += line;
  if (line.back() != '\n') out += "\n\\ No newline at end of file\n";
}

// "first,count"; an empty range names the line before it.
std::string shown_range(std::size_t begin, std::size_t end) {
  return fmt::format("{},{}", begin == end ? begin : begin + 1, end - begin);
}

// Changes whose contexts touch are printed as one hunk.
std::string print_group(const Hunk* first, const Hunk* last, const std::vector<std::string_view>& before,
                        const std::vector<std::string_view>& after) {
  const std::size_t lead = std::min(kContext, first->old_begin);
  const std::size_t tail = std::min(kContext, before.size() - (last - 1)->old_end);
  std::string out = fmt::format("@@ -{} +{} @@\n", shown_range(first->old_begin - lead, (last - 1)->old_end + tail),
                                shown_range(first->new_begin - lead, (last - 1)->new_end + tail));
  std::size_t at = first->old_begin - lead;
  for (const Hunk* hunk = first; hunk != last; ++hunk) {
    for (; at < hunk->old_begin; ++at) print_line(out, ' ', before[at]);
    for (; at < hunk->old_end; ++at) print_line(out, '-', before[at]);
    for (std::size_t line = hunk->new_begin; line < hunk->new_end; ++line) print_line(out, '+', after[line]);
  }
  for (const std::size_t end = at + tail; at < end; ++at) print_line(out, ' ', before[at]);
  return out;
}

std::string print_hunks(std::string_view old_text, std::string_view new_text) {
  const auto before = lines_with_ends(old_text);
  const auto after = lines_with_ends(new_text);
  const std::vector<Hunk> hunks = diff_lines(before, after);
  std::string out;
  for (auto first = hunks.begin(); first != hunks.end();) {
    auto last = std::next(first);
    while (last != hunks.end() && last->old_begin - std::prev(last)->old_end <= 2 * kContext) ++last;
    out += print_group(&*first, &*first + (last - first), before, after);
    first = last;
  }
  return out;
}

}  // namespace

EditSet difference(const Sources& before, const Sources& after) {
  EditSet out;
  for (const std::string& file : all_files(before, after)) {
    const std::string_view old_text = text_of(before, file);
    const std::string_view new_text = text_of(after, file);
    const auto old_lines = lines_with_ends(old_text);
    const auto new_lines = lines_with_ends(new_text);
    for (const Hunk& hunk : diff_lines(old_lines, new_lines)) {
      const std::string_view head = bytes_of(old_text, old_lines, 0, hunk.old_begin);
      const std::string_view gone = bytes_of(old_text, old_lines, hunk.old_begin, hunk.old_end);
      const auto begin = static_cast<std::uint32_t>(head.size());
      const pyast::Span span{begin, static_cast<std::uint32_t>(begin + gone.size())};
      const auto added =
          out.add({file, span, std::string(bytes_of(new_text, new_lines, hunk.new_begin, hunk.new_end))});
      ADAPT_CHECK(added.has_value(), "hunks of one difference overlap");
    }
  }
  return out;
}

std::string unified_diff(const Sources& before, const Sources& after) {
  std::string out;
  for (const std::string& file : all_files(before, after)) {
    const std::string hunks = print_hunks(text_of(before, file), text_of(after, file));
    if (hunks.empty()) continue;
    out += fmt::format("--- {}\n+++ {}\n{}", shown_name("a/", before, file), shown_name("b/", after, file), hunks);
  }
  return out;
}

}  // namespace adapt::edit
