#include "patterns/precision.h"

#include <charconv>
#include <set>
#include <system_error>

#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::patterns {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 20U;
constexpr std::string_view kHead = "pattern\tbackend\tsites\tfailed";

std::optional<std::uint64_t> count_of(std::string_view text) {
  std::uint64_t out = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return out;
}

}  // namespace

Result<PrecisionTable> PrecisionTable::load(std::span<const fs::path> folders) {
  PrecisionTable out;
  for (const fs::path& folder : folders) {
    const fs::path file = folder / "precision.tsv";
    std::error_code code;
    if (!fs::exists(file, code)) continue;
    ADAPT_TRY(const std::string text, read_file(file, kMaxBytes));
    ADAPT_TRY_VOID(out.add(text, file.string()));
  }
  return out;
}

Result<void> PrecisionTable::add(std::string_view text, std::string_view file) {
  std::size_t number = 0;
  bool head = false;
  std::set<std::pair<std::string, std::string>> here;
  for (const std::string_view line : split_lines(text)) {
    ++number;
    if (trim(line).empty() || line.starts_with('#')) continue;
    if (!head) {
      if (line != kHead) return fail(ErrorKind::parse, "{}:{}: expected the line '{}'", file, number, kHead);
      head = true;
      continue;
    }
    const auto cells = split(line, '\t');
    const auto sites = cells.size() == 4 ? count_of(cells[2]) : std::nullopt;
    const auto failed = cells.size() == 4 ? count_of(cells[3]) : std::nullopt;
    if (!sites || !failed || *failed > *sites)
      return fail(ErrorKind::parse, "{}:{}: expected pattern, backend, sites and failed (at most sites), got '{}'",
                  file, number, line);
    std::pair<std::string, std::string> key{cells[0], cells[1]};
    if (!here.insert(key).second)
      return fail(ErrorKind::parse, "{}:{}: '{}' on '{}' stands here twice", file, number, cells[0], cells[1]);
    rows_[std::move(key)] = {*sites, *failed};
  }
  return {};
}

std::optional<Precision> PrecisionTable::of(std::string_view pattern, std::string_view backend) const {
  const auto found = rows_.find({std::string(pattern), std::string(backend)});
  if (found == rows_.end() || found->second.sites == 0) return std::nullopt;
  return found->second;
}

std::vector<std::string> PrecisionTable::backends() const {
  std::set<std::string> out;
  for (const auto& [key, row] : rows_) out.insert(key.second);
  return {out.begin(), out.end()};
}

}  // namespace adapt::patterns
