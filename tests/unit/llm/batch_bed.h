// What tests of batches stand on: a scripted service on loopback, clocks that only the test moves, a ledger in memory.
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "agent/llm/batch.h"
#include "agent/llm/http/curl_transport.h"
#include "tests/fakes/fault_server.h"
#include "tools/base/text.h"

namespace adapt::llm {

inline constexpr const char* kKey = "sk-test-0123456789abcdef";
inline constexpr std::int64_t kNow = 1'795'000'000'000;  // UTC milliseconds

class HeldClock final : public Clock {
 public:
  std::int64_t utc_ms() const override { return kNow + passed; }
  std::int64_t monotonic_ms() const override { return passed; }
  std::int64_t passed = 0;
};

// Takes no time, but moves the clock by what was asked.
class CountedPause final : public Pause {
 public:
  explicit CountedPause(HeldClock& clock) : clock_(clock) {}
  bool sleep(std::int64_t ms) override {
    slept.push_back(ms);
    clock_.passed += ms;
    return true;
  }
  std::vector<std::int64_t> slept;

 private:
  HeldClock& clock_;
};

// Entries as they would stand in a run's log.
class TextLog final : public SpendLog {
 public:
  Result<void> reserved(const Reservation& entry) override {
    reserved_lines.push_back(dump(to_json(entry)));
    return {};
  }
  Result<void> settled(const Settlement& entry) override {
    settled_lines.push_back(dump(to_json(entry)));
    return {};
  }
  std::vector<std::string> reserved_lines, settled_lines;
};

// Answers by the request's line with the texts of that line in their order, the last again and again. "$TAG" in a text
// is the tag of the batch that was sent last; one that begins with "cut " is sent and the connection closed; "drop"
// closes without an answer. A line without a script gets 404.
class ScriptedService {
 public:
  using Texts = std::map<std::string, std::vector<std::string>>;
  explicit ScriptedService(Texts texts)
      : texts_(std::move(texts)), server_([this](fakes::Connection& connection) { serve(connection); }) {}

  std::string base() const { return server_.url("/v1"); }
  std::vector<fakes::SeenRequest> requests() const { return server_.requests(); }
  std::vector<std::string> lines() const {
    std::vector<std::string> out;
    for (const fakes::SeenRequest& request : requests()) out.push_back(asked(request));
    return out;
  }
  std::size_t count(const std::string& line) const {
    std::size_t out = 0;
    for (const std::string& seen : lines()) out += seen == line ? 1U : 0U;
    return out;
  }

 private:
  static std::string asked(const fakes::SeenRequest& request) {
    return request.line().substr(0, request.line().rfind(' '));
  }

  void serve(fakes::Connection& connection) {
    while (const auto request = connection.request()) {
      std::string text = text_for(*request);
      if (text == "drop") return;
      const bool is_cut = text.starts_with("cut ");
      if (!connection.send(is_cut ? text.substr(4) : text) || is_cut) return;
    }
  }

  std::string text_for(const fakes::SeenRequest& request) {
    const std::lock_guard lock(mutex_);
    constexpr std::string_view kId = R"("custom_id":")";
    if (const std::size_t at = request.body.find(kId); at != std::string::npos)
      tag_ = request.body.substr(at + kId.size(), request.body.find('_', at + kId.size()) - at - kId.size());
    const auto found = texts_.find(asked(request));
    if (found == texts_.end()) return fakes::answer(404, R"({"error":{"message":"no script"}})");
    const std::size_t turn = std::min(turns_[found->first]++, found->second.size() - 1);
    const std::string text = replace_all(found->second[turn], "$TAG", tag_);
    // The length was that of the text with "$TAG" in it.
    const std::size_t body = text.find("\r\n\r\n");
    if (!text.starts_with("HTTP") || !contains(text, "content-length:")) return text;
    return text.substr(0, text.find("content-length:")) +
           fmt::format("content-length: {}\r\n\r\n", text.size() - body - 4) + text.substr(body + 4);
  }

  std::mutex mutex_;
  Texts texts_;
  std::map<std::string, std::size_t> turns_;
  std::string tag_;
  fakes::FaultServer server_;  // last: its threads use the rest
};

inline std::string ok(std::string_view body) { return fakes::answer(200, body); }

// One process with a client: its own ledger, on a log that outlives it.
struct Bed {
  Bed(const std::string& endpoint_text, TextLog& log_of_all, Caps caps = {}, HeldClock* shared = nullptr)
      : clock(shared == nullptr ? own_clock : *shared), log(log_of_all), budget("sweep", caps) {
    Result<Endpoint> parsed = parse_endpoint(endpoint_text);
    if (!parsed) throw std::runtime_error(parsed.error().message);
    parsed->account = account_of(kKey);
    gate = std::make_unique<Gate>(parsed->profile, clock);
    ledger = std::make_unique<Ledger>(budget, log, prices, clock);
    transport = *CurlTransport::start({});
    const Line line{*transport, *gate, *ledger, redactor, clock, pause, cancel};
    Result<BatchClient> opened = BatchClient::open(
        *parsed, [] { return std::string(kKey); }, line, {}, 7);
    if (!opened) throw std::runtime_error(opened.error().message);
    client = std::make_unique<BatchClient>(*std::move(opened));
  }

  // As a process does that starts on the log of an earlier one.
  void restore() {
    std::vector<Reservation> reserved;
    std::vector<Settlement> settled;
    for (const std::string& line : log.reserved_lines) reserved.push_back(*reservation_from(*parse_json(line)));
    for (const std::string& line : log.settled_lines) settled.push_back(*settlement_from(*parse_json(line)));
    ASSERT_TRUE(ledger->restore(reserved, settled));
  }

  // Takes all answers and books them, as a caller does: "id" to "end 4" or "error kind".
  std::map<std::string, std::string> take(const Reservation& batch, const std::vector<BatchItem>& items) {
    std::map<std::string, std::string> out;
    const auto taken = client->answers(batch, items, [&](BatchAnswer answer) -> Result<void> {
      EXPECT_FALSE(out.contains(answer.id)) << answer.id << " came twice";
      if (const auto* turn = std::get_if<Turn>(&answer.answer)) {
        out[answer.id] = fmt::format("{} {}", to_string(turn->stop), turn->message.text());
      } else {
        const CallError& error = std::get<CallError>(answer.answer);
        out[answer.id] = fmt::format("error {}", to_string(error.kind));
        messages.push_back(error.message);
      }
      return {};
    });
    if (!taken) {
      out["!"] = taken.error().message;
    } else if (const auto* error = std::get_if<CallError>(&*taken)) {
      out["!"] = fmt::format("error {}", to_string(error->kind));
    } else {
      settlement = std::get<Settlement>(*taken);
      ledger->settled(settlement);
      EXPECT_TRUE(log.settled(settlement));
    }
    return out;
  }

  Reservation submitted(const std::vector<BatchItem>& items) {
    const auto out = client->submit(items);
    if (!out) throw std::runtime_error(out.error().message);
    if (const auto* error = std::get_if<CallError>(&*out)) throw std::runtime_error(error->message);
    return std::get<Reservation>(*out);
  }

  HeldClock own_clock;
  HeldClock& clock;
  CountedPause pause{clock};
  CancelToken cancel;
  TextLog& log;
  Redactor redactor{{kKey}};
  // 2 and 10 dollars a million tokens: 2,000 and 10,000 nano-dollars each.
  Prices prices = *Prices::parse(R"({"prices":[{"model":"m","from":"2026-01-01","input":"2","output":"10",
    "cache_read":"1","cache_write":"2","cache_write_1h":"2"}]})");
  Budget budget;
  std::unique_ptr<Gate> gate;
  std::unique_ptr<Ledger> ledger;
  std::unique_ptr<CurlTransport> transport;
  std::unique_ptr<BatchClient> client;
  Settlement settlement;
  std::vector<std::string> messages;  // of errors
};

inline BatchItem question(std::string id, std::string text = "2+2?") {
  Request request;
  request.messages = {UserText{std::move(text)}};
  request.max_output_tokens = 100;
  return {std::move(id), std::move(request)};
}

// Each takes 100 tokens in and 10 out: 300,000 nano-dollars, and half of that in a batch.
inline std::string chat_body(std::string_view text) {
  return fmt::format(R"({{"id":"c","model":"m","choices":[{{"index":0,"message":{{"role":"assistant","content":"{}"}},)"
                     R"("finish_reason":"stop"}}],"usage":{{"prompt_tokens":100,"completion_tokens":10}}}})",
                     text);
}
inline std::string openai_line(std::string_view id, std::string_view text) {
  return fmt::format(R"({{"id":"r","custom_id":"$TAG_{}","response":{{"status_code":200,"request_id":"q","body":{}}},)"
                     R"("error":null}})"
                     "\n",
                     id, chat_body(text));
}
inline std::string openai_error_line(std::string_view id, int status, std::string_view body) {
  return fmt::format(
      R"({{"custom_id":"$TAG_{}","response":{{"status_code":{},"request_id":"q","body":{}}},"error":null}})"
      "\n",
      id, status, body);
}
inline std::string anthropic_line(std::string_view id, std::string_view text) {
  return fmt::format(
      R"({{"custom_id":"$TAG_{}","result":{{"type":"succeeded","message":{{"id":"m1","type":"message","role":)"
      R"("assistant","model":"m","content":[{{"type":"text","text":"{}"}}],"stop_reason":"end_turn","usage":)"
      R"({{"input_tokens":100,"output_tokens":10}}}}}}}})"
      "\n",
      id, text);
}
inline std::string anthropic_result(std::string_view id, std::string_view result) {
  return fmt::format("{{\"custom_id\":\"$TAG_{}\",\"result\":{}}}\n", id, result);
}

inline std::string openai_batch(std::string_view status, int total, int completed, int failed,
                                std::string_view more = "") {
  return ok(fmt::format(R"({{"id":"batch_1","object":"batch","status":"{}","created_at":1795000000,"metadata":)"
                        R"({{"adapt_batch":"$TAG"}},"request_counts":{{"total":{},"completed":{},"failed":{}}}{}}})",
                        status, total, completed, failed, more));
}
inline std::string anthropic_batch(std::string_view status, std::string_view counts) {
  return ok(fmt::format(R"({{"id":"msgbatch_1","type":"message_batch","processing_status":"{}","created_at":)"
                        R"("2026-11-18T11:06:41Z","results_url":"http://127.0.0.1:1/elsewhere","request_counts":{}}})",
                        status, counts));
}

inline constexpr std::string_view kBothFiles = R"(,"output_file_id":"file-out","error_file_id":"file-err")";
inline constexpr std::string_view kOutFile = R"(,"output_file_id":"file-out","error_file_id":null)";

// A service that has taken a batch of OpenAI's form, and what it tells of it.
inline ScriptedService::Texts openai_service(ScriptedService::Texts more) {
  more.insert({{"POST /v1/files", {ok(R"({"id":"file-in","object":"file"})")}},
               {"POST /v1/batches", {openai_batch("validating", 0, 0, 0)}}});
  return more;
}
inline ScriptedService::Texts anthropic_service(ScriptedService::Texts more) {
  more.insert({{"POST /v1/messages/batches", {anthropic_batch("in_progress", R"({"processing":3})")}}});
  return more;
}

inline std::string openai(const ScriptedService& service) { return "openai@" + service.base() + "#m"; }
inline std::string anthropic(const ScriptedService& service) { return "anthropic@" + service.base() + "#m"; }

}  // namespace adapt::llm
