#include "agent/pipeline/llm_memory.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <deque>

#include "tools/base/file.h"
#include "tools/base/json.h"
#include "tools/base/log.h"
#include "tools/base/text.h"
#include "tools/base/unique_fd.h"

namespace adapt::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxBytes = std::uint64_t{4} << 20U;  // a larger file is begun anew
constexpr std::size_t kMaxShown = 10;
constexpr std::size_t kMaxText = 300;

Result<fs::path> file_of(const config::Config& config) {
  ADAPT_TRY(const fs::path data, config.data_folder());
  return data / "llm" / "attempts.jsonl";
}

std::string shortened(const std::string& text) { return text.substr(0, kMaxText); }

Result<void> append(const fs::path& path, const std::string& lines) {
  ADAPT_TRY_VOID(make_directories(path.parent_path()));
  std::error_code code;
  const bool is_full = fs::exists(path, code) && fs::file_size(path, code) > kMaxBytes;
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | (is_full ? O_TRUNC : 0), 0600));
  // One write of whole lines: two runs that end at once do not mix theirs.
  if (!file || ::write(file.get(), lines.data(), lines.size()) != static_cast<ssize_t>(lines.size()))
    return fail(ErrorKind::io, "cannot write {}", path.string());
  return {};
}

}  // namespace

std::string recall(const client::Failure& failure, const std::string& backend, const config::Config& config) {
  const auto text = file_of(config).and_then([](const fs::path& path) { return read_file(path, 2 * kMaxBytes); });
  if (!text) return "";
  std::deque<std::string> lines;
  for (const std::string_view line : split_lines(*text)) {
    const Result<Json> json = parse_json(line);  // a line that was cut off is none
    if (!json || string_or(*json, "fingerprint", "") != failure.fingerprint ||
        string_or(*json, "backend", "") != backend)
      continue;
    lines.push_back(fmt::format("- {}: {}", string_or(*json, "what", ""), string_or(*json, "ended", "")));
    if (lines.size() > kMaxShown) lines.pop_front();
  }
  return join({lines.begin(), lines.end()}, "\n");
}

void remember(const client::Failure& failure, const std::string& backend, const std::string& author,
              const std::vector<loop::Tried>& tried, const config::Config& config) {
  std::string lines;
  for (const loop::Tried& attempt : tried)
    lines += dump(Json{{"fingerprint", failure.fingerprint},
                       {"backend", backend},
                       {"author", author},
                       {"what", shortened(attempt.what)},
                       {"ended", shortened(attempt.ended)}}) +
             "\n";
  if (lines.empty()) return;
  const auto written = file_of(config).and_then([&](const fs::path& path) { return append(path, lines); });
  if (!written) log::warning("failed attempts are not remembered: {}", written.error().message);
}

}  // namespace adapt::pipeline
