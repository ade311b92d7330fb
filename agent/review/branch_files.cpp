#include "agent/review/branch_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "tools/base/text.h"

namespace adapt::review {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kMaxFile = std::uintmax_t{512} << 10U;  // bytes of one test file
constexpr std::uintmax_t kMaxFiles = std::uintmax_t{2} << 20U;   // of all of them
constexpr std::size_t kShown = 3;

// The part of `tracked` in front of `end`, when it ends so at a folder's border.
std::optional<std::string> prefix_of(std::string_view tracked, std::string_view end) {
  if (tracked == end) return "";
  if (!tracked.ends_with(end) || tracked[tracked.size() - end.size() - 1] != '/') return std::nullopt;
  return std::string(tracked.substr(0, tracked.size() - end.size() - 1));
}

Result<PatchPlace> place_of(const std::string& file, const std::vector<std::string>& tracked) {
  std::string_view end = file;
  for (std::size_t strip = 0;; ++strip) {
    std::vector<std::string> prefixes;
    for (const std::string& one : tracked)
      if (auto prefix = prefix_of(one, end)) prefixes.push_back(std::move(*prefix));
    if (prefixes.size() == 1) return PatchPlace{strip, prefixes.front()};
    if (!prefixes.empty()) {
      const std::size_t more = prefixes.size() > kShown ? prefixes.size() - kShown : 0;
      prefixes.resize(prefixes.size() - more);
      return fail(ErrorKind::usage, "{} may be in several folders of the repository: {}{}", file, join(prefixes, ", "),
                  more > 0 ? fmt::format(" and {} more", more) : "");
    }
    const std::size_t slash = end.find('/');
    if (slash == std::string_view::npos)
      return fail(ErrorKind::usage, "the repository has no file {}: it is not the source of what was repaired", file);
    end.remove_prefix(slash + 1);
  }
}

}  // namespace

Result<PatchPlace> find_place(const std::vector<std::string>& patched, const std::vector<std::string>& tracked) {
  std::optional<PatchPlace> found;
  for (const std::string& file : patched) {
    ADAPT_TRY(PatchPlace place, place_of(file, tracked));
    if (found && *found != place)
      return fail(ErrorKind::usage, "the files of the patch lie in several trees of the repository: {} and {}",
                  patched.front(), file);
    found = std::move(place);
  }
  if (!found) return fail(ErrorKind::usage, "the patch changes no file");
  return *found;
}

TestFiles test_files(const fs::path& tests) {
  TestFiles out;
  std::vector<fs::path> all;
  std::error_code code;
  for (fs::directory_iterator it(tests, code), end; !code && it != end; it.increment(code))
    if (it->is_regular_file(code) && !it->is_symlink(code)) all.push_back(it->path());
  std::ranges::sort(all);
  std::uintmax_t total = 0;
  for (const fs::path& file : all) {
    const std::uintmax_t size = fs::file_size(file, code);
    const bool fits = !code && size <= kMaxFile && total + size <= kMaxFiles;
    if (!fits) {
      out.left_out.push_back(file.filename().string());
      continue;
    }
    total += size;
    out.files.push_back(file);
  }
  return out;
}

}  // namespace adapt::review
