#include "tools/edit/patch_file.h"

#include <algorithm>
#include <charconv>

#include "tools/base/text.h"

namespace adapt::edit {
namespace {

constexpr std::size_t kMaxLines = 200'000;

// "a/x.py\t2026-01-01" -> "x.py"
std::string file_name(std::string_view header) {
  std::string_view name = header.substr(0, header.find('\t'));
  name = trim(name);
  if (name.starts_with("a/") || name.starts_with("b/")) name.remove_prefix(2);
  return std::string(name);
}

Result<PatchHunk> parse_head(std::string_view line, std::uint32_t number) {
  PatchHunk hunk;
  hunk.patch_line = number;
  const std::size_t minus = line.find('-');
  if (minus != std::string_view::npos && line.find(" @@", minus) != std::string_view::npos) {
    const auto [end, error] = std::from_chars(line.data() + minus + 1, line.data() + line.size(), hunk.old_line);
    if (error == std::errc{}) return hunk;
  }
  return fail(ErrorKind::usage, "line {} of the patch: expected '@@ -a,b +c,d @@', got '{}'", number,
              line.substr(0, 60));
}

std::vector<std::string_view> lines_without_end(std::string_view text) {
  std::vector<std::string_view> out = split(text, '\n');
  if (!out.empty() && out.back().empty()) out.pop_back();
  return out;
}

bool fits(const std::vector<std::string_view>& lines, std::size_t at, const std::vector<std::string_view>& old_lines) {
  if (at + old_lines.size() > lines.size()) return false;
  return std::equal(old_lines.begin(), old_lines.end(), lines.begin() + static_cast<std::ptrdiff_t>(at),
                    [](std::string_view a, std::string_view b) {
                      if (b.ends_with('\r')) b.remove_suffix(1);
                      return a == b || (trim(a).empty() && trim(b).empty());
                    });
}

// The place nearest to `expected`, not before `floor`.
std::size_t find_place(const std::vector<std::string_view>& lines, const std::vector<std::string_view>& old_lines,
                       std::size_t expected, std::size_t floor) {
  for (std::size_t distance = 0; distance <= lines.size(); ++distance) {
    if (expected + distance <= lines.size() && expected + distance >= floor &&
        fits(lines, expected + distance, old_lines))
      return expected + distance;
    if (distance <= expected && expected - distance >= floor && fits(lines, expected - distance, old_lines))
      return expected - distance;
  }
  return std::string_view::npos;
}

}  // namespace

Result<std::vector<FilePatch>> parse_patch(std::string_view text) {
  std::vector<FilePatch> out;
  std::uint32_t number = 0;
  std::string_view old_name;
  for (std::string_view line : lines_without_end(text)) {
    if (++number > kMaxLines) return fail(ErrorKind::usage, "the patch has more than {} lines", kMaxLines);
    if (line.ends_with('\r')) line.remove_suffix(1);
    PatchHunk* hunk = out.empty() || out.back().hunks.empty() ? nullptr : &out.back().hunks.back();
    if (line.starts_with("--- ") && (hunk == nullptr || !line.starts_with("--- -"))) {
      old_name = line.substr(4);
    } else if (line.starts_with("+++ ") && !old_name.empty()) {
      if (old_name.starts_with("/dev/null") || line.substr(4).starts_with("/dev/null"))
        return fail(ErrorKind::usage, "line {} of the patch creates or deletes a file; a repair changes sources",
                    number);
      out.push_back({file_name(line.substr(4)), {}});
      old_name = {};
    } else if (line.starts_with("@@")) {
      if (out.empty())
        return fail(ErrorKind::usage, "line {} of the patch: a hunk without '--- a/file' and '+++ b/file'", number);
      ADAPT_TRY(PatchHunk head, parse_head(line, number));
      out.back().hunks.push_back(std::move(head));
    } else if (line.starts_with("diff ") || line.starts_with("index ")) {
      continue;
    } else if (hunk != nullptr && line.starts_with('\\')) {
      hunk->ends_without_newline = !hunk->lines.empty() && hunk->lines.back().front() != '-';
    } else if (hunk != nullptr) {
      if (line.empty()) line = " ";
      if (line.front() != ' ' && line.front() != '-' && line.front() != '+')
        return fail(ErrorKind::usage, "line {} of the patch begins with none of ' ', '-', '+'", number);
      hunk->lines.emplace_back(line);
    }
  }
  std::erase_if(out, [](const FilePatch& patch) { return patch.hunks.empty(); });
  if (out.empty()) return fail(ErrorKind::usage, "the patch holds no hunk: a unified diff is expected");
  return out;
}

Result<std::string> apply_patch(const FilePatch& patch, std::string_view text) {
  const std::vector<std::string_view> lines = lines_without_end(text);
  const bool crlf = text.find("\r\n") != std::string_view::npos;
  bool newline = text.empty() || text.ends_with('\n');
  std::string out;
  std::size_t at = 0;
  const auto put = [&](std::string_view line, bool own) {
    out.append(line);
    if (own && crlf) out += '\r';
    out += '\n';
  };
  std::ptrdiff_t shift = 0;
  for (const PatchHunk& hunk : patch.hunks) {
    std::vector<std::string_view> old_lines;
    for (const std::string& line : hunk.lines)
      if (line.front() != '+') old_lines.push_back(std::string_view(line).substr(1));
    const std::ptrdiff_t said = static_cast<std::ptrdiff_t>(hunk.old_line) - (old_lines.empty() ? 0 : 1) + shift;
    const auto expected =
        static_cast<std::size_t>(std::clamp<std::ptrdiff_t>(said, 0, static_cast<std::ptrdiff_t>(lines.size())));
    const std::size_t place = find_place(lines, old_lines, expected, at);
    if (place == std::string_view::npos)
      return fail(ErrorKind::usage,
                  "{}: the hunk in line {} of the patch does not fit: its old lines are not in the file", patch.file,
                  hunk.patch_line);
    shift =
        static_cast<std::ptrdiff_t>(place) - (static_cast<std::ptrdiff_t>(hunk.old_line) - (old_lines.empty() ? 0 : 1));
    for (; at < place; ++at) put(lines[at], false);
    for (const std::string& line : hunk.lines) {
      if (line.front() == '+') put(std::string_view(line).substr(1), true);
      if (line.front() == ' ') put(lines[at], false);
      if (line.front() != '+') ++at;
    }
    if (at == lines.size()) newline = !hunk.ends_without_newline && (newline || !old_lines.empty());
  }
  for (; at < lines.size(); ++at) put(lines[at], false);
  if (!newline && out.ends_with('\n')) out.pop_back();
  return out;
}

}  // namespace adapt::edit
