#include "agent/triage/log_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "tools/base/text.h"
#include "tools/base/unique_fd.h"

namespace adapt::triage {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kBlock = std::size_t{256} << 10U;
constexpr std::size_t kJudged = std::size_t{64} << 10U;  // bytes of the beginning that show what it is
constexpr int kPollMs = 200;

std::string why(int error) { return std::generic_category().message(error); }

// 0 at the end; negative where nothing came before the user stopped it.
Result<std::size_t> read_some(int fd, char* to, std::size_t room, const std::string& name, const CancelToken& cancel) {
  for (;;) {
    if (cancel.requested()) return fail(ErrorKind::interrupted, "{}: stopped", name);
    const ssize_t got = ::read(fd, to, room);
    if (got >= 0) return static_cast<std::size_t>(got);
    if (errno == EINTR) continue;
    if (errno != EAGAIN) return fail(ErrorKind::io, "{}: {}", name, why(errno));
    pollfd waiting{.fd = fd, .events = POLLIN, .revents = 0};
    ::poll(&waiting, 1, kPollMs);
  }
}

// Bytes of a character's length and shape at `at`; 0 where it is none. A cut one at the end counts as whole.
std::size_t character_length(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  const std::size_t length = byte < 0x80                   ? 1
                             : byte >= 0xf0 && byte < 0xf5 ? 4
                             : byte >= 0xe0 && byte < 0xf0 ? 3
                             : byte >= 0xc2 && byte < 0xe0 ? 2
                                                           : 0;
  for (std::size_t i = 1; i < length && at + i < text.size(); ++i)
    if ((static_cast<unsigned char>(text[at + i]) & 0xC0U) != 0x80U) return 0;
  return length;
}

// Whether so much of it is neither printed nor a character that it cannot be a log. Logs do hold a few such bytes.
bool is_binary(std::string_view beginning) {
  std::size_t odd = 0;
  for (std::size_t at = 0; at < beginning.size();) {
    const std::size_t length = character_length(beginning, at);
    const char c = beginning[at];
    const bool control = static_cast<unsigned char>(c) < ' ' && std::strchr("\t\n\r\f\b\x1b", c) == nullptr;
    if (length == 0 || control || c == '\0') ++odd;
    at += std::max<std::size_t>(length, 1);
  }
  return odd * 8 > beginning.size();
}

Result<void> look_at(std::string_view beginning, const std::string& name) {
  if (trim(beginning).empty()) return fail(ErrorKind::usage, "{}: is empty", name);
  if (is_binary(beginning)) return fail(ErrorKind::parse, "{}: is no text", name);
  return {};
}

}  // namespace

Result<Diagnosis> diagnose_stream(int fd, const std::string& name, const CancelToken& cancel) {
  Triage triage;
  std::string block(kBlock, '\0');
  std::string beginning;
  bool looked = false;
  std::uint64_t all = 0;
  while (all < kMostLogBytes) {
    ADAPT_TRY(const std::size_t got, read_some(fd, block.data(), block.size(), name, cancel));
    if (got == 0) break;
    all += got;
    const std::string_view part(block.data(), got);
    triage.feed(part);
    if (looked) continue;
    beginning += part.substr(0, kJudged - beginning.size());
    looked = beginning.size() >= kJudged;
    if (looked && !trim(beginning).empty()) ADAPT_TRY_VOID(look_at(beginning, name));
  }
  if (!looked) ADAPT_TRY_VOID(look_at(beginning, name));
  return triage.finish();
}

Result<Diagnosis> diagnose_file(const fs::path& path, bool pipes, const CancelToken& cancel) {
  const std::string& name = path.native();
  // Without O_NONBLOCK, opening a pipe waits for a writer.
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (!fd) {
    const int error = errno;
    return fail(error == ENOENT || error == ENOTDIR ? ErrorKind::usage : ErrorKind::io, "{}: {}", name, why(error));
  }
  struct stat info {};
  if (::fstat(fd.get(), &info) != 0) return fail(ErrorKind::io, "{}: {}", name, why(errno));
  const bool readable = S_ISREG(info.st_mode) || (pipes && S_ISFIFO(info.st_mode));
  if (!readable) return fail(ErrorKind::usage, "{}: is no regular file", name);
  return diagnose_stream(fd.get(), name, cancel);
}

Listing list_logs(const fs::path& folder) {
  Listing out;
  std::vector<std::pair<fs::path, int>> open = {{folder, 0}};
  while (!open.empty()) {
    const auto [here, depth] = std::move(open.back());
    open.pop_back();
    std::error_code error;
    fs::directory_iterator entries(here, error);
    for (; !error && entries != fs::directory_iterator(); entries.increment(error)) {
      std::error_code unknown;
      const bool is_folder = entries->symlink_status(unknown).type() == fs::file_type::directory;
      if (is_folder && depth < kMostDepth) {
        open.emplace_back(entries->path(), depth + 1);
      } else if (is_folder) {
        out.problems.push_back(entries->path().native() + ": is too deep");
      } else if (out.files.size() < kMostLogs) {
        out.files.push_back(entries->path());
      } else {
        out.problems.push_back(folder.native() + ": has more than " + std::to_string(kMostLogs) + " files");
        std::ranges::sort(out.files);
        return out;
      }
    }
    if (error) out.problems.push_back(here.native() + ": " + error.message());
  }
  std::ranges::sort(out.files);
  std::ranges::sort(out.problems);
  return out;
}

}  // namespace adapt::triage
