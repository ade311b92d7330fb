// Exchanges with a server on record, and played again without one.
//
// <tape>: JSON lines, mode 0600. The first is a header, {"resumed_ms":N} stands where a later process went on; all
// others are one exchange each:
//   {"key":HEX,"request":{"method":T,"path":T,"headers":{..},"body":{..}},
//    "answer":{"status":N,"headers":{..},"pieces":[[MS,TEXT|{"base64":T}]..],"end":T,"detail":T}}
// `pieces` are the bytes as they came, MS after the piece before, so that a fault in how they are read plays again too.
// Headers are those of an allow-list, never a key; everything has passed the redactor.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "agent/llm/http/transport.h"
#include "agent/llm/redactor.h"
#include "tools/base/clock.h"
#include "tools/base/json.h"
#include "tools/base/result.h"

namespace adapt::llm {

inline constexpr std::int64_t kTapeVersion = 1;
inline constexpr std::uint64_t kMaxTapeBytes = std::uint64_t{1} << 30U;

// SHA-256 over path and canonical body, without members that change from run to run (cache keys, user ids, metadata).
std::string tape_key(std::string_view path, std::string_view body);

// Where two bodies first differ: "messages[3].content: recorded 'a', asked 'b'"; "" when they are equal.
std::string first_difference(const Json& recorded, const Json& asked, const std::string& where = "");

// Hands everything on to another transport, and writes what passed. Safe for use from many threads.
class TapeRecorder final : public Transport {
 public:
  // Appends to `path`. References outlive it.
  static Result<std::unique_ptr<TapeRecorder>> open(const std::filesystem::path& path, Transport& inner,
                                                    const Redactor& redactor, const Clock& clock);
  ~TapeRecorder() override;
  std::unique_ptr<Exchange> send(HttpRequest request) override;

 private:
  class Recording;
  struct File;
  TapeRecorder(std::shared_ptr<File> file, Transport& inner, const Redactor& redactor, const Clock& clock);
  std::shared_ptr<File> file_;  // shared with the exchanges under way
  Transport& inner_;
  const Redactor& redactor_;
  const Clock& clock_;
};

// Answers from a tape; equal requests get their answers in the order of recording, the last one again and again never.
// Where a later process begins with what the one before asked last, that one had no answer that counts: the later
// answers are played in its place. Any other request ends as `missing`, with the first difference to the exchange that
// would have been next.
class TapePlayer final : public Transport {
 public:
  // Fails on a tape of another version, and names both.
  static Result<std::unique_ptr<TapePlayer>> open(const std::filesystem::path& path);
  // The same of a tape's text; `name` is for messages.
  static Result<std::unique_ptr<TapePlayer>> parse(std::string_view text, const std::string& name);
  std::unique_ptr<Exchange> send(HttpRequest request) override;

  std::size_t exchanges() const { return exchanges_.size(); }
  std::size_t played() const;

 private:
  struct Recorded {
    std::string key;
    Json request, answer;
    bool played = false;
  };
  mutable std::mutex mutex_;
  std::vector<Recorded> exchanges_;
};

}  // namespace adapt::llm
