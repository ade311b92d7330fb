// Many runs at once over one network, one gate, one tape and one budget; to be run under the thread sanitizer.
#include <thread>

#include "agent/llm/http/curl_transport.h"
#include "agent/llm/tape.h"
#include "rig.h"
#include "tests/fakes/fault_server.h"
#include "tools/base/file.h"

namespace adapt::llm {
namespace {

constexpr int kThreads = 16;
constexpr int kTurns = 6;
// The clock of all runs goes on whenever one of them waits.
constexpr TurnClocks kUnhurried{.semantic_ms = 1'000'000'000'000, .turn_ms = 1'000'000'000'000};

// A stand-in that lets the processor go; what it waits for is other threads' work.
class YieldingPause final : public Pause {
 public:
  explicit YieldingPause(StandInClock& clock) : clock_(clock) {}
  bool sleep(std::int64_t ms) override {
    clock_.now += ms;
    std::this_thread::yield();
    return true;
  }

 private:
  StandInClock& clock_;
};

// One run on its own thread; what it shares with others is handed in.
struct Run {
  Run(Transport& transport, Gate& gate, StandInClock& clock, Budget& sweep, const Prices& prices)
      : pause(clock),
        budget("run", {}, &sweep),
        ledger(budget, log, prices, clock),
        runner(
            Rig::endpoint_of({.base_url = base_url}), [] { return Result<std::string>("key"); },
            Line{transport, gate, ledger, redactor, clock, pause, cancel}, kUnhurried, 1) {}

  void ask(const std::string& text, std::vector<std::string>& answers) {
    const Result<TurnOutcome> outcome = runner.run(Rig::request_of(text));
    answers.push_back(told(outcome).substr(0, 4 + 3 + text.size()));
    if (!outcome) return;
    if (const auto* done = std::get_if<Done>(&*outcome)) {
      log.settlements.push_back(done->settlement);
      ledger.settled(done->settlement);
    }
  }

  static std::string base_url;
  YieldingPause pause;
  StandInLog log;
  CancelToken cancel;
  Redactor redactor;
  Budget budget;
  Ledger ledger;
  TurnRunner runner;
};
std::string Run::base_url;

std::string text_of(int thread, int turn) { return fmt::format("run {} turn {}", thread, turn); }

// Each thread's answers, in order.
std::vector<std::vector<std::string>> ask_all(Transport& transport, Budget& sweep) {
  StandInClock clock;
  Profile profile = Rig::endpoint_of({}).profile;
  Gate gate(profile, clock);
  const Prices prices = test_prices();
  std::vector<std::unique_ptr<Run>> runs;
  for (int i = 0; i < kThreads; ++i) runs.push_back(std::make_unique<Run>(transport, gate, clock, sweep, prices));
  std::vector<std::vector<std::string>> answers(kThreads);
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < kThreads; ++i)
      threads.emplace_back([&, i] {
        for (int turn = 0; turn < kTurns; ++turn)
          runs[static_cast<std::size_t>(i)]->ask(text_of(i, turn), answers[static_cast<std::size_t>(i)]);
      });
  }
  Spend sum;
  for (const auto& run : runs) {
    EXPECT_EQ(run->log.reservations.size(), run->log.settlements.size());
    const Spend spent = run->budget.spent();
    sum.usage += spent.usage;
    sum.nano_usd += spent.nano_usd;
    sum.waste_nano_usd += spent.waste_nano_usd;
    sum.waste_tokens += spent.waste_tokens;
    sum.calls += spent.calls;
  }
  EXPECT_EQ(sweep.spent(), sum);
  EXPECT_EQ(sweep.reserved(), (Amount{0, 0}));
  return answers;
}

TEST(TurnRunnerThreads, SixteenRunsShareOneNetworkAndEachGetsItsOwnAnswers) {
  // Every fifth answer is a refusal, every seventh is cut, the others repeat what was said.
  std::atomic<int> count = 0;
  const fakes::FaultServer server([&](fakes::Connection& c) {
    while (const auto request = c.request()) {
      const int n = ++count;
      const Json body = *parse_json(request->body);
      const std::string text = string_or(body["messages"].back(), "content", "");
      const std::string whole = chat_stream(text);
      if (n % 5 == 0) {
        c.send(fakes::answer(529, "{}", "x-ratelimit-limit-requests: 100000\r\nx-ratelimit-remaining-requests: 5\r\n"));
      } else if (n % 7 == 0) {
        c.send(fakes::head(200, fakes::kChunked) +
               fakes::chunk(whole.substr(0, static_cast<std::size_t>(n) % whole.size())));
        return;
      } else {
        c.send(fakes::head(200, fakes::kChunked) + fakes::chunk(whole.substr(0, 40)) + fakes::chunk(whole.substr(40)) +
               fakes::chunk(""));
      }
    }
  });
  Run::base_url = server.url("/v1");
  std::vector<std::vector<std::string>> expected(kThreads);
  for (int i = 0; i < kThreads; ++i)
    for (int turn = 0; turn < kTurns; ++turn)
      expected[static_cast<std::size_t>(i)].push_back(fmt::format("turn '{}'", text_of(i, turn)));

  const TempDir folder = TempDir::create("tape").value();
  const auto path = folder.path() / "tape";
  const auto network = CurlTransport::start({}).value();
  const SystemClock time;
  const Redactor redactor({"canary-0123456789"});
  {
    const auto recorder = TapeRecorder::open(path, *network, redactor, time).value();
    Budget sweep("sweep", {});
    EXPECT_EQ(ask_all(*recorder, sweep), expected);
    EXPECT_GT(sweep.spent().calls, kThreads * kTurns) << "nothing failed";
  }
  // The tape of all of them plays for all of them at once.
  const auto player = TapePlayer::open(path).value();
  Budget sweep("sweep", {});
  EXPECT_EQ(ask_all(*player, sweep), expected);
  EXPECT_EQ(player->played(), player->exchanges());
}

}  // namespace
}  // namespace adapt::llm
