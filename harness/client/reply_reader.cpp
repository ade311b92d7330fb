#include "harness/client/reply_reader.h"

#include <fmt/format.h>

namespace adapt::client {
namespace {

constexpr std::size_t kMaxMessages = 20000;  // lines of one worker
constexpr std::size_t kMaxNotes = 200;       // kept; later ones are dropped
constexpr std::size_t kMaxNote = 4096;       // bytes

// Bytes of a line that may be anything, for a message.
std::string shown(std::string_view line) { return dump(Json(std::string(line.substr(0, 80)))); }

}  // namespace

std::vector<Stage> ReplyReader::feed(std::string_view bytes) {
  std::vector<Stage> stages;
  for (const std::string& line : lines_.feed(bytes)) {
    if (violation_) break;
    take(line, stages);
  }
  if (lines_.too_long()) violate(fmt::format("a line over {} bytes", kMaxLine));
  return stages;
}

void ReplyReader::finish() {
  if (!lines_.rest().empty()) violate("the stream ended inside a line: " + shown(lines_.rest()));
}

void ReplyReader::violate(std::string what) {
  if (!violation_) violation_ = std::move(what);
}

void ReplyReader::take(const std::string& line, std::vector<Stage>& stages) {
  if (++messages_ > kMaxMessages) return violate(fmt::format("more than {} lines", kMaxMessages));
  const auto message = parse_json(line);
  if (!message || !message->is_object()) return violate("a line that is not a JSON object: " + shown(line));
  if (replied()) return violate("a line after the reply: " + shown(line));
  if (!greeted_) {
    if (!message->contains("protocol")) return violate("no greeting but " + shown(line));
    protocol_ = int_or(*message, "protocol", -1);
    greeted_ = true;
    return;
  }
  if (message->contains("event")) return take_event(*message, stages);
  take_reply(*message);
}

void ReplyReader::take_event(const Json& message, std::vector<Stage>& stages) {
  const std::string event = string_or(message, "event", "");
  if (event == "note" && notes_.size() < kMaxNotes)
    notes_.push_back(string_or(message, "text", "").substr(0, kMaxNote));
  if (event != "stage") return;  // events that this engine does not know are for later ones
  const std::string word = string_or(message, "stage", "");
  const auto stage = parse_stage(word);
  if (!stage) return violate("no stage is called " + shown(word));
  stages.push_back(*stage);
}

void ReplyReader::take_reply(const Json& message) {
  if (!message.contains("id") || int_or(message, "id", -1) != request_id_)
    return violate("a reply to no request of ours: " + shown(dump(message)));
  const Json& result = member_or_null(message, "result");
  const Json& error = member_or_null(message, "error");
  if (result.is_object() == error.is_object())
    return violate("a reply without one result or error: " + shown(dump(message)));
  if (result.is_object()) {
    result_ = result;
  } else {
    error_ =
        ServiceError{string_or(error, "kind", ""), string_or(error, "message", ""), string_or(error, "traceback", "")};
  }
}

}  // namespace adapt::client
