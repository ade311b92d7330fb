// A run's record: events.jsonl, append-only, one JSON object a line, hash-chained, on disk before append() returns
// unless the caller asks otherwise.
//
//   {"data":{...},"hash":HEX,"prev":HEX,"seq":N,"t":MS,"type":T}
//
// `hash` is the SHA-256 of `prev` followed by the line's own bytes without the member `hash`; keys are sorted. `prev`
// is the hash of the line before, 64 zeros at first. So no line can be changed, dropped or moved without notice, except
// at the very end, where a cut is what a crash looks like.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/clock.h"
#include "tools/base/json.h"
#include "tools/base/result.h"
#include "tools/base/unique_fd.h"

namespace adapt::events {

inline constexpr std::uint64_t kMaxLogBytes = std::uint64_t{1} << 30U;
inline constexpr std::size_t kMaxEventBytes = std::size_t{4} << 20U;  // one line

struct Event {
  std::int64_t seq = 0;  // 1, 2, ...
  std::int64_t t = 0;    // milliseconds since 1970, UTC
  std::string type;
  Json data;
  std::string hash;
};

// For readers: every complete event; an unfinished last line is left out. Takes no lock.
Result<std::vector<Event>> read_log(const std::filesystem::path& path);

// When an event is on disk: before append() returns, or at the latest with the next one that is on disk at once.
enum class Durable : std::uint8_t { at_once, with_next };

// The only writer of a log. Not for use by several threads at once.
class EventLog {
 public:
  // Opens or creates the log, and holds it until destroyed; `clock` must outlive it. Errors, all of kind store: another
  // process holds it, or a line that is not the last is damaged (named by its number). An unfinished last line is
  // moved to a file beside the log.
  static Result<EventLog> open(const std::filesystem::path& path, const Clock& clock);

  // On an error (a full disk) the log is as before, and append() may be tried again.
  Result<Event> append(std::string_view type, const Json& data, Durable durable = Durable::at_once);

  const std::vector<Event>& events() const { return events_; }
  // Where the unfinished line that open() found was moved to.
  const std::optional<std::filesystem::path>& torn_tail() const { return torn_tail_; }

 private:
  EventLog(std::filesystem::path path, UniqueFd file, const Clock& clock)
      : path_(std::move(path)), file_(std::move(file)), clock_(&clock) {}

  Result<void> recover(std::string_view text);
  Result<void> set_tail_aside(std::string_view tail);
  Result<void> write(std::string_view bytes, Durable durable);

  std::filesystem::path path_;
  UniqueFd file_;  // also holds the lock
  const Clock* clock_;
  std::uint64_t size_ = 0;  // bytes of complete events
  bool broken_ = false;     // a failed write could not be taken back
  std::vector<Event> events_;
  std::optional<std::filesystem::path> torn_tail_;
};

}  // namespace adapt::events
