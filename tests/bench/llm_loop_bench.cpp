// Measures of the loop with a language model.
//   bench_llm_loop RUNS TURNS   RUNS conversations at once, each of TURNS answers, with a scripted stand-in for a
//   server
//                               on loopback and a stand-in for a model that is run; journals are real files
// Prints a `name value unit` on a line. Overhead is the time from the server's last byte of an answer to the whole of
// the next request in its hands: reading, tools, records and encoding.
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "agent/events/journal.h"
#include "agent/llm/http/curl_transport.h"
#include "agent/loop/loop.h"
#include "tests/fakes/fault_server.h"
#include "tools/base/file.h"

namespace {

using namespace adapt;  // NOLINT(google-build-using-namespace): one small program
using SteadyClock = std::chrono::steady_clock;

[[noreturn]] void die(std::string_view why) {
  fmt::print(stderr, "bench_llm_loop: {}\n", why);
  std::exit(1);
}

// As long as a modelling file of a large library.
std::string source_text() {
  std::string out = "import torch\nfrom torch import nn\n\n\n";
  for (int i = 0; i < 150; ++i)
    out += fmt::format(
        "class Block{0}(nn.Module):\n    def __init__(self, width):\n        super().__init__()\n"
        "        self.inner = nn.Linear(width, width)\n\n    def forward(self, hidden, mask=None):\n"
        "        scores = self.inner(hidden)\n        if mask is not None:\n"
        "            scores = scores.masked_fill(mask == 0, torch.finfo(scores.dtype).min)\n"
        "        weights = torch.softmax(scores, dim=-1)\n        return weights * hidden + {0}\n\n\n",
        i);
  return out;
}

client::Failure failure_at(std::int64_t number) {
  client::Failure failure;
  failure.stage = client::Stage::lower;
  failure.failure_class = client::FailureClass::unsupported_op;
  failure.message = fmt::format("no lowering for operator number {}", number);
  failure.fingerprint = fmt::format("lower|unsupported-op|{}", number);
  failure.file = "blocks.py";
  failure.function = "Block7.forward";
  failure.line = 100;
  return failure;
}

// Stands in for a run: every trial fails in a new way, at once.
class StandInBench final : public toolbox::Bench {
 public:
  std::string backend() const override { return "stand-in"; }
  const client::Failure& failure() const override { return first_; }
  Result<std::vector<toolbox::Source>> sources() override {
    return std::vector<toolbox::Source>{{"blocks", "blocks.py", text_, "model"}};
  }
  const std::vector<client::Option>& options() const override { return options_; }
  std::shared_ptr<const patterns::Isomorphisms> isomorphisms() const override { return isomorphisms_; }
  Result<toolbox::Trial> run(const toolbox::Draft&, client::Stage) override {
    return toolbox::Trial{.failure = failure_at(++trials_), .reached = client::Stage::capture};
  }
  Result<toolbox::Bisection> bisect(const toolbox::Draft&) override { return toolbox::Bisection{}; }
  Result<std::vector<toolbox::NearMiss>> patterns(const std::string&, std::size_t) override {
    return std::vector<toolbox::NearMiss>{};
  }

 private:
  client::Failure first_ = failure_at(0);
  std::string text_ = source_text();
  std::vector<client::Option> options_;
  std::shared_ptr<const patterns::Isomorphisms> isomorphisms_ = patterns::Isomorphisms::parse("", "none").value();
  std::int64_t trials_ = 0;
};

constexpr std::array<std::string_view, 4> kTools = {"read_source", "find_nodes", "rewrite", "run_compare"};

// What the scripted server says to a conversation of so many answers.
std::string answer_to(std::size_t turn) {
  const auto call = [&](std::string_view name, const Json& arguments) {
    const Json delta = {{"choices",
                         {{{"index", 0},
                           {"delta",
                            {{"role", "assistant"},
                             {"tool_calls",
                              {{{"index", 0},
                                {"id", fmt::format("call_{}", turn)},
                                {"function", {{"name", name}, {"arguments", dump(arguments)}}}}}}}}}}}};
    const Json end = {{"choices", {{{"index", 0}, {"delta", Json::object()}, {"finish_reason", "tool_calls"}}}}};
    return fmt::format("data: {}\n\ndata: {}\n\ndata: [DONE]\n\n", dump(delta), dump(end));
  };
  const std::string symbol = fmt::format("blocks:Block{}.forward", turn % 150);
  switch (turn % kTools.size()) {
    case 0: return call("read_source", {{"symbol", symbol}});
    case 1: return call("find_nodes", {{"code", "torch.finfo($X.dtype).min"}, {"symbol", symbol}});
    case 2:
      return call("rewrite", {{"symbol", symbol},
                              {"search", "weights * hidden"},
                              {"replace", fmt::format("hidden * weights * {}", turn)}});
    default: return call("run_compare", Json::object());
  }
}

std::size_t count(std::string_view text, std::string_view part) {
  std::size_t found = 0;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++found;
  return found;
}

// Answers all conversations, told apart by their paths, and takes the times between.
class Server {
 public:
  Server() : server_([this](fakes::Connection& connection) { serve(connection); }) {}
  std::string url(int run) const { return server_.url(fmt::format("/{}/v1", run)); }
  // By the tool that was called between answer and request.
  std::array<std::vector<double>, kTools.size()> overheads_ms() {
    const std::scoped_lock lock(mutex_);
    return overheads_ms_;
  }

 private:
  void serve(fakes::Connection& connection) {
    connection.is_kept = false;
    while (const auto request = connection.request()) {
      const auto now = SteadyClock::now();
      const std::string path = request->line();
      const std::size_t turn = count(request->body, "\"role\":\"assistant\"");
      {
        const std::scoped_lock lock(mutex_);
        if (const auto sent = sent_.find(path); sent != sent_.end())
          overheads_ms_[(turn - 1) % kTools.size()].push_back(
              std::chrono::duration<double, std::milli>(now - sent->second).count());
      }
      const std::string body = answer_to(turn);
      connection.send(fakes::answer(200, body, "content-type: text/event-stream\r\n"));
      const std::scoped_lock lock(mutex_);
      sent_[path] = SteadyClock::now();
    }
  }

  std::mutex mutex_;
  std::map<std::string, SteadyClock::time_point> sent_;
  std::array<std::vector<double>, kTools.size()> overheads_ms_;
  fakes::FaultServer server_;  // last: its threads use the rest
};

// One run's conversation, with a journal of its own.
Result<loop::LoopResult> converse(int number, std::int64_t turns, const std::string& url, llm::Transport& transport) {
  const SystemClock clock;
  const CancelToken cancel;
  ADAPT_TRY(const TempDir folder, TempDir::create("adapt-bench-llm-"));
  ADAPT_TRY(events::Journal journal, events::Journal::open(folder.path(), clock));
  ADAPT_TRY(llm::Endpoint endpoint, llm::parse_endpoint(url + "#scripted"));
  const llm::Redactor redactor({"a secret that nobody sends"});
  llm::Budget budget("run", {});
  loop::JournalSpendLog log(journal);
  llm::Ledger ledger(budget, log, llm::Prices::built_in(), clock);
  llm::Gate gate(endpoint.profile, clock);
  llm::RealPause pause(cancel);
  llm::TurnRunner runner(
      endpoint, [] { return Result<std::string>(std::string()); },
      {transport, gate, ledger, redactor, clock, pause, cancel}, {}, 1);
  loop::JournaledAsker asker(journal, runner, ledger);
  StandInBench bench;
  loop::Loop loop(bench, asker, redactor, clock, {.turns = turns, .watch = {.stale_turns = 1000}},
                  {.accept = [](const toolbox::Draft&) { return std::optional<std::string>("no"); },
                   .device_seconds = {},
                   .emit = [&](std::string_view type,
                               const Json& data) { return journal.emit(type, data, events::Durable::with_next); },
                   .line = {}});
  return loop.run({.start = {}, .failure = bench.failure(), .tried = "", .memory = "", .run = std::to_string(number)});
}

double percentile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values.empty() ? 0 : values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) die("usage: bench_llm_loop RUNS TURNS");
  const int runs = std::atoi(argv[1]);
  const int turns = std::atoi(argv[2]);
  const auto transport = llm::CurlTransport::start();
  if (!transport) die(transport.error().message);
  Server server;
  std::vector<std::thread> threads;
  for (int i = 0; i < runs; ++i)
    threads.emplace_back([&, i] {
      const auto result = converse(i, turns, server.url(i), **transport);
      if (!result) die(result.error().message);
      if (result->reason != loop::StopReason::out_of_turns)
        die(fmt::format("run {}: {}: {}", i, loop::to_string(result->reason), result->detail));
    });
  for (std::thread& thread : threads) thread.join();
  std::vector<double> overheads;
  const auto by_tool = server.overheads_ms();
  for (std::size_t i = 0; i < kTools.size(); ++i) {
    fmt::print("llm_turn_overhead_{}_p50 {:.2f} ms\n", kTools[i], percentile(by_tool[i], 0.5));
    overheads.insert(overheads.end(), by_tool[i].begin(), by_tool[i].end());
  }
  if (overheads.size() < static_cast<std::size_t>(runs) * static_cast<std::size_t>(turns - 1)) die("turns are missing");
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  fmt::print("llm_turn_overhead_p50 {:.2f} ms\nllm_turn_overhead_p90 {:.2f} ms\n", percentile(overheads, 0.5),
             percentile(overheads, 0.9));
  fmt::print("llm_loop_peak_rss {:.0f} MiB\n", static_cast<double>(usage.ru_maxrss) / 1024);
  return 0;
}
