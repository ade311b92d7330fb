// What a worker may say on its reply pipe, checked line by line: a greeting, progress, one reply, nothing else.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/client/line_reader.h"
#include "harness/client/vocabulary.h"
#include "tools/base/json.h"

namespace adapt::client {

struct ServiceError {
  std::string kind, message, traceback;
};

class ReplyReader {
 public:
  explicit ReplyReader(std::int64_t request_id) : request_id_(request_id) {}

  // The stages that started with these bytes, in order.
  std::vector<Stage> feed(std::string_view bytes);

  bool greeted() const { return greeted_; }
  std::int64_t protocol() const { return protocol_; }
  bool replied() const { return result_ || error_; }
  const std::optional<Json>& result() const { return result_; }
  const std::optional<ServiceError>& error() const { return error_; }
  const std::vector<std::string>& notes() const { return notes_; }
  // The first thing it said that the page does not allow; a reply that came before does not count then.
  const std::optional<std::string>& violation() const { return violation_; }
  // At the end of the stream: an unfinished line is a violation too.
  void finish();

 private:
  void take(const std::string& line, std::vector<Stage>& stages);
  void take_event(const Json& message, std::vector<Stage>& stages);
  void take_reply(const Json& message);
  void violate(std::string what);

  std::int64_t request_id_;
  LineReader lines_;
  bool greeted_ = false;
  std::int64_t protocol_ = 0;
  std::size_t messages_ = 0;
  std::optional<Json> result_;
  std::optional<ServiceError> error_;
  std::vector<std::string> notes_;
  std::optional<std::string> violation_;
};

}  // namespace adapt::client
