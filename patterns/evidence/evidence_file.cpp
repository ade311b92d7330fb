#include "patterns/evidence/evidence_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>

#include "tools/base/file.h"
#include "tools/base/file_lock.h"
#include "tools/base/text.h"

namespace adapt::evidence {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMaxLine = std::size_t{16} << 10U;  // bytes
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

struct Tail {
  std::string text;
  std::int64_t left_out = 0;  // bytes before it
  bool ends_in_line = false;  // the last byte of the file is no line end
};

// At most the last kMaxEvidence bytes, from the beginning of a line.
Result<Tail> read_tail(int fd, const fs::path& file) {
  struct stat info {};
  if (::fstat(fd, &info) != 0) return fail(ErrorKind::io, "cannot stat {}: {}", file.string(), std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return fail(ErrorKind::io, "{} is not a regular file", file.string());
  Tail out;
  out.left_out = std::max(std::int64_t{0}, std::int64_t{info.st_size} - static_cast<std::int64_t>(kMaxEvidence));
  out.text.resize(static_cast<std::size_t>(info.st_size - out.left_out));
  std::size_t have = 0;
  while (have < out.text.size()) {
    const ssize_t got = ::pread(fd, out.text.data() + have, out.text.size() - have,
                                static_cast<off_t>(out.left_out + static_cast<std::int64_t>(have)));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail(ErrorKind::io, "cannot read {}: {}", file.string(), std::strerror(errno));
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  out.text.resize(have);
  out.ends_in_line = !out.text.empty() && out.text.back() != '\n';
  if (out.left_out > 0) out.text.erase(0, std::min(out.text.find('\n'), out.text.size() - 1) + 1);
  return out;
}

Evidence parse_tail(const Tail& tail, const fs::path& file) {
  Evidence out = parse_evidence(tail.text, file.filename().string());
  if (tail.left_out > 0)
    out.complaint += fmt::format("{}{} is too long: its oldest {} bytes are not read",
                                 out.complaint.empty() ? "" : "; ", file.string(), tail.left_out);
  return out;
}

}  // namespace

Evidence parse_evidence(std::string_view text, std::string_view name) {
  Evidence out;
  std::set<std::string> known;
  std::string first;  // complaint
  std::size_t number = 0;
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  for (const std::string_view line : split_lines(text)) {
    ++number;
    // A merge may leave a header anywhere, and git the marks of a conflict, which are complained about below.
    if (trim(line).empty() || line.starts_with('#') || line.starts_with(kHeader)) continue;
    Result<Record> record = line.size() > kMaxLine
                                ? fail(ErrorKind::parse, "{} bytes; at most {} are read", line.size(), kMaxLine)
                                : decode(line);
    if (!record) {
      if (out.malformed++ == 0) first = fmt::format("line {}: {}", number, record.error().message);
    } else if (known.insert(identity(*record)).second) {
      out.records.push_back(std::move(*record));
    }
  }
  if (out.malformed > 0)
    out.complaint =
        fmt::format("{}: {} line{} left out; {}", name, out.malformed, out.malformed == 1 ? " is" : "s are", first);
  return out;
}

Result<Evidence> read_evidence(const fs::path& file) {
  const UniqueFd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!fd && (errno == ENOENT || errno == ENOTDIR)) return Evidence{};
  if (!fd) return fail(ErrorKind::io, "cannot open {}: {}", file.string(), std::strerror(errno));
  ADAPT_TRY(const Tail tail, read_tail(fd.get(), file));
  return parse_tail(tail, file);
}

Result<std::size_t> append_evidence(const fs::path& file, std::span<const Record> records) {
  if (records.empty()) return std::size_t{0};
  ADAPT_TRY_VOID(make_directories(file.parent_path()));
  ADAPT_TRY(const UniqueFd fd, open_locked(file));
  ADAPT_TRY(const Tail tail, read_tail(fd.get(), file));
  std::set<std::string> known;
  for (const Record& record : parse_tail(tail, file).records) known.insert(identity(record));
  // A line that a killed writer left unfinished stays as it is, on a line of its own.
  std::string bytes = tail.ends_in_line ? "\n" : "";
  if (tail.text.empty()) bytes = kHeader + "\n";
  std::size_t added = 0;
  for (const Record& record : records) {
    if (!known.insert(identity(record)).second) continue;
    bytes += encode(record) + "\n";
    ++added;
  }
  if (added == 0) return added;
  const ssize_t put = ::write(fd.get(), bytes.data(), bytes.size());
  if (put != static_cast<ssize_t>(bytes.size()))
    return fail(ErrorKind::io, "cannot write {}: {}", file.string(),
                put < 0 ? std::strerror(errno) : "the disk is full");
  return added;
}

}  // namespace adapt::evidence
