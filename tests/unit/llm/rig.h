// What the tests of this folder share: time, waiting, chance and servers that are held in the hand, and one runner that
// stands on them.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "agent/llm/turn_runner.h"

namespace adapt::llm {

// 2026-11-20, noon.
inline constexpr std::int64_t kNoon = 1'795'176'000'000;

// A stand-in for time: it goes on when a test, or a pause, says so.
class StandInClock final : public Clock {
 public:
  std::int64_t utc_ms() const override { return kNoon + now; }
  std::int64_t monotonic_ms() const override { return now; }
  std::atomic<std::int64_t> now = 1000;
};

// A stand-in for waiting: time goes on at once.
class StandInPause final : public Pause {
 public:
  explicit StandInPause(StandInClock& clock) : clock_(clock) {}
  bool sleep(std::int64_t ms) override {
    waits.push_back(ms);
    clock_.now += ms;
    return !stops;
  }
  std::vector<std::int64_t> waits;
  bool stops = false;

 private:
  StandInClock& clock_;
};

// A stand-in for the run's log.
class StandInLog final : public SpendLog {
 public:
  Result<void> reserved(const Reservation& entry) override { return keep(entry, reservations); }
  Result<void> settled(const Settlement& entry) override { return keep(entry, settlements); }
  std::vector<Reservation> reservations;
  std::vector<Settlement> settlements;
  bool is_full = false;

 private:
  template <class Entry>
  Result<void> keep(const Entry& entry, std::vector<Entry>& entries) const {
    if (is_full) return fail(ErrorKind::io, "the disk is full");
    entries.push_back(entry);
    return {};
  }
};

// A stand-in for the network: what a function answers, and what it was asked.
class StandInTransport final : public Transport {
 public:
  using Answers = std::function<std::vector<Piece>(const HttpRequest&)>;
  explicit StandInTransport(Answers answers) : answers_(std::move(answers)) {}

  std::unique_ptr<Exchange> send(HttpRequest request) override {
    const std::scoped_lock lock(mutex_);
    std::vector<Piece> pieces = answers_(request);
    asked.push_back(std::move(request));
    return std::make_unique<Pieces>(std::move(pieces));
  }
  std::vector<HttpRequest> asked;

 private:
  class Pieces final : public Exchange {
   public:
    explicit Pieces(std::vector<Piece> pieces) : pieces_(std::move(pieces)) {}
    Piece next() override { return at_ < pieces_.size() ? pieces_[at_++] : Piece(End{}); }

   private:
    std::vector<Piece> pieces_;
    std::size_t at_ = 0;
  };
  Answers answers_;
  std::mutex mutex_;
};

// A streamed chat completion that says `text`, with what it used.
inline std::string chat_stream(const std::string& text, std::int64_t input = 100, std::int64_t output = 10) {
  const std::string said = dump(Json(text));
  return fmt::format(
      "data: {{\"id\":\"c\",\"model\":\"m\",\"choices\":[{{\"index\":0,\"delta\":{{\"content\":{}}}}}]}}\n\n"
      "data: {{\"choices\":[{{\"index\":0,\"delta\":{{}},\"finish_reason\":\"stop\"}}]}}\n\n"
      "data: {{\"choices\":[],\"usage\":{{\"prompt_tokens\":{},\"completion_tokens\":{}}}}}\n\n"
      "data: [DONE]\n\n",
      said, input, output);
}

inline std::vector<Piece> good_turn(const std::string& text = "hello") {
  return {Head{200, {{"content-type", "text/event-stream"}}}, Bytes{chat_stream(text)}, End{}};
}
inline std::vector<Piece> refusal(int status, const std::string& body, Headers headers = {}) {
  return {Head{status, std::move(headers)}, Bytes{body}, End{}};
}

// One dollar a million tokens in, ten out; a cache is written at double the price.
inline Prices test_prices() {
  return Prices::parse(R"({"prices":[{"model":"m","from":"2026-01-01","input":"1","output":"10","cache_read":"0.1",)"
                       R"("cache_write":"2","cache_write_1h":"2"}]})")
      .value();
}

struct RigOptions {
  std::string base_url = "http://127.0.0.1:1/v1";
  Caps caps{};
  std::string model = "m";
  std::vector<std::string> secrets{};
  std::string profile = "openai";
  TurnClocks clocks{};
  std::uint64_t seed = 7;
  Budget* parent = nullptr;
};

// Everything a runner needs, but the network.
struct Rig {
  explicit Rig(Transport& transport, RigOptions options = {})
      : redactor(options.secrets),
        budget("run", options.caps, options.parent),
        gate(find_profile(options.profile).value(), clock),
        runner(
            endpoint_of(options),
            [this]() -> Result<std::string> {
              ++keys_asked;
              return key;
            },
            Line{transport, gate, ledger, redactor, clock, pause, cancel}, options.clocks, options.seed) {}

  static Endpoint endpoint_of(const RigOptions& options) {
    return {.text = "test",
            .profile = find_profile(options.profile).value(),
            .base_url = options.base_url,
            .model = options.model};
  }

  // As the loop does it: the settlement is on record together with the turn, then it is booked.
  Result<TurnOutcome> ask(const Request& request) {
    Result<TurnOutcome> outcome = runner.run(request);
    if (outcome)
      if (const auto* done = std::get_if<Done>(&*outcome)) {
        log.settlements.push_back(done->settlement);
        ledger.settled(done->settlement);
      }
    return outcome;
  }
  Result<TurnOutcome> ask(const std::string& text = "hi") { return ask(request_of(text)); }

  static Request request_of(const std::string& text) {
    Request request;
    request.messages = {UserText{text}};
    request.max_output_tokens = 1000;
    return request;
  }

  std::string key = "key-of-the-test";
  int keys_asked = 0;
  StandInClock clock;
  StandInPause pause{clock};
  StandInLog log;
  CancelToken cancel;
  Redactor redactor;
  Prices prices = test_prices();
  Budget budget;
  Gate gate;
  Ledger ledger{budget, log, prices, clock};
  TurnRunner runner;
};

// "turn 'hello' after 2", "poison 500 after 2": how it ended and how many attempts there were.
inline std::string told(const Result<TurnOutcome>& outcome) {
  if (!outcome) return fmt::format("{}: {}", to_string(outcome.error().kind), outcome.error().message);
  if (const auto* done = std::get_if<Done>(&*outcome))
    return fmt::format("turn '{}' after {}", done->turn.message.text(), done->failed.size() + 1);
  const auto& failed = std::get<Failed>(*outcome);
  return fmt::format("{} {} after {}", to_string(failed.error.kind), failed.error.status, failed.failed.size());
}

inline const CallError& error_in(const Result<TurnOutcome>& outcome) {
  static const CallError none;
  const auto* failed = outcome ? std::get_if<Failed>(&*outcome) : nullptr;
  if (failed == nullptr) ADD_FAILURE() << told(outcome);
  return failed == nullptr ? none : failed->error;
}

}  // namespace adapt::llm
