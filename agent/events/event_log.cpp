#include "agent/events/event_log.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "agent/events/line.h"
#include "tools/base/file.h"
#include "tools/base/hash.h"

namespace adapt::events {
namespace fs = std::filesystem;
namespace {

tl::unexpected<Error> os_error(std::string_view what, const fs::path& path, int code) {
  const std::string_view hint = code == ENOSPC || code == EDQUOT ? "; free some space, then resume the run" : "";
  return fail(ErrorKind::store, "cannot {} {}: {}{}", what, path.string(), std::strerror(code), hint);
}

Result<void> sync_folder(const fs::path& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd || ::fsync(fd.get()) != 0) return os_error("sync", folder, errno);
  return {};
}

Result<std::string> read_text(const fs::path& path) {
  Result<std::string> text = read_file(path, kMaxLogBytes);
  if (!text) return fail(ErrorKind::store, "{}", text.error().message);
  return text;
}

}  // namespace

Result<std::vector<Event>> read_log(const fs::path& path) {
  ADAPT_TRY(const std::string text, read_text(path));
  ADAPT_TRY(Parsed parsed, parse_log(text, path));
  return std::move(parsed.events);
}

Result<EventLog> EventLog::open(const fs::path& path, const Clock& clock) {
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600));
  if (!file) return os_error("open", path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return fail(ErrorKind::store, "{} is in use: another process is working on this run", path.string());
    return os_error("lock", path, errno);
  }
  // Read only now: before the lock, another writer could have added to it.
  ADAPT_TRY(const std::string text, read_text(path));
  if (text.empty()) ADAPT_TRY_VOID(sync_folder(path.parent_path()));  // the file itself may be new
  EventLog log(path, std::move(file), clock);
  ADAPT_TRY_VOID(log.recover(text));
  return log;
}

Result<void> EventLog::recover(std::string_view text) {
  ADAPT_TRY(Parsed parsed, parse_log(text, path_));
  events_ = std::move(parsed.events);
  size_ = parsed.end;
  if (parsed.lacks_line_end) return write("\n", Durable::at_once);
  if (parsed.end < text.size()) return set_tail_aside(text.substr(parsed.end));
  return {};
}

Result<void> EventLog::set_tail_aside(std::string_view tail) {
  // The name holds offset and content, so that a second cut at the same place loses nothing.
  const fs::path beside = fmt::format("{}.torn-{}-{:.8}", path_.string(), size_, sha256_hex(tail));
  const Result<void> saved = write_file_atomic(beside, tail);
  if (!saved) return fail(ErrorKind::store, "{}", saved.error().message);
  if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0 || ::fsync(file_.get()) != 0)
    return os_error("cut the unfinished line off", path_, errno);
  torn_tail_ = beside;
  return {};
}

Result<void> EventLog::write(std::string_view bytes, Durable durable) {
  if (broken_) return fail(ErrorKind::store, "{} could not be brought back into order; resume the run", path_.string());
  std::string_view left = bytes;
  int code = 0;
  while (!left.empty() && code == 0) {
    const ssize_t put = ::write(file_.get(), left.data(), left.size());
    if (put >= 0)
      left.remove_prefix(static_cast<std::size_t>(put));
    else if (errno != EINTR)
      code = errno;
  }
  if (code == 0 && durable == Durable::at_once && ::fsync(file_.get()) != 0) {
    code = errno;
    broken_ = true;  // what is on disk after a failed fsync is unknown; only reading it again tells
  }
  if (code == 0) {
    size_ += bytes.size();
    return {};
  }
  if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) broken_ = true;
  return os_error("write", path_, code);
}

Result<Event> EventLog::append(std::string_view type, const Json& data, Durable durable) {
  const std::string& prev = events_.empty() ? kFirstPrev : events_.back().hash;
  ADAPT_TRY(Encoded encoded, encode(static_cast<std::int64_t>(events_.size()) + 1, clock_->utc_ms(), type, data, prev));
  ADAPT_TRY_VOID(write(encoded.line + '\n', durable));
  events_.push_back(encoded.event);
  return std::move(encoded.event);
}

}  // namespace adapt::events
