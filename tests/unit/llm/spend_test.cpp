// Whatever a network does, and wherever a process dies: what was spent is on record, once.
#include <map>
#include <numeric>
#include <random>
#include <set>

#include "rig.h"

namespace adapt::llm {
namespace {

// What a server charges for one request.
struct Bill {
  std::int64_t call = 0;
  std::int64_t tokens = 0;
};

// What outlives a process, and the process's end: at the entry that the count reaches, on disk or not.
class MortalLog final : public SpendLog {
 public:
  explicit MortalLog(std::mt19937_64& rng) : rng_(rng) {}

  Result<void> reserved(const Reservation& entry) override { return keep(entry, reservations); }
  Result<void> settled(const Settlement& entry) override { return keep(entry, settlements); }

  // What the log says is spent, and what it says may be.
  Spend spent() const {
    Spend out;
    for (const Settlement& entry : settlements) {
      out.usage += entry.usage;
      out.nano_usd += entry.nano_usd.value_or(0);
      if (!entry.nano_usd) out.unpriced_tokens += entry.usage.total();
      if (entry.waste) {
        out.waste_nano_usd += entry.nano_usd.value_or(0);
        out.waste_tokens += entry.usage.total();
      }
      ++out.calls;
    }
    return out;
  }
  Amount open() const {
    std::map<std::int64_t, Amount> open;
    for (const Reservation& entry : reservations) open[entry.call] = entry.most;
    for (const Settlement& entry : settlements) open.erase(entry.call);
    Amount out{0, 0};
    for (const auto& [call, most] : open) {
      out.tokens += most.tokens;
      *out.nano_usd += most.nano_usd.value_or(0);
    }
    return out;
  }

  std::vector<Reservation> reservations;
  std::vector<Settlement> settlements;
  int entries_to_live = 0;
  bool is_dead = false;

 private:
  template <class Entry>
  Result<void> keep(const Entry& entry, std::vector<Entry>& entries) {
    EXPECT_FALSE(is_dead) << "a dead process wrote";
    is_dead = entries_to_live-- <= 0;
    if (!is_dead || rng_() % 2 == 0) entries.push_back(entry);
    if (is_dead) return fail(ErrorKind::interrupted, "killed");
    return {};
  }
  std::mt19937_64& rng_;
};

// A stand-in for a server that is never well for long, and that charges for what it did.
class FaultyServer {
 public:
  FaultyServer(std::mt19937_64& rng, const MortalLog& log) : rng_(rng), log_(log) {}

  std::vector<Piece> answer() {
    const std::int64_t input = chance(1, 3000), output = chance(1, 1000);
    const auto charge = [&](std::int64_t tokens) { bills.push_back({log_.reservations.back().call, tokens}); };
    switch (chance(0, 9)) {
      case 0: {
        constexpr int kStatuses[] = {400, 401, 402, 404, 408, 413, 429, 500, 502, 503, 529};
        return refusal(kStatuses[chance(0, 10)], fmt::format(R"({{"error":{{"message":"{}"}}}})", chance(0, 2)));
      }
      case 1: return {End{EndKind::connect, "refused"}};
      case 2: {
        if (chance(0, 1) == 0) charge(input + output);  // it had arrived
        constexpr EndKind kEnds[] = {EndKind::cut, EndKind::timed_out, EndKind::oversized, EndKind::complete};
        return {End{kEnds[chance(0, 3)], "idle: nothing came"}};
      }
      case 3: {  // a stream that breaks anywhere
        charge(input + output);
        const std::string whole =
            chat_stream(std::string(static_cast<std::size_t>(chance(0, 200)), 'x'), input, output);
        constexpr EndKind kEnds[] = {EndKind::cut, EndKind::timed_out, EndKind::complete};
        return {Head{200, {}},
                Bytes{whole.substr(0, static_cast<std::size_t>(chance(0, static_cast<std::int64_t>(whole.size()))))},
                End{kEnds[chance(0, 2)], "idle: x"}};
      }
      case 4: {  // no word of what it used
        charge(input + output);
        return {
            Head{200, {}},
            Bytes{
                "data: {\"choices\":[{\"delta\":{\"content\":\"x\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"},
            End{}};
      }
      case 5: {
        charge(input + output);
        return {Head{200, {}}, Bytes{"<html>"}, End{}};
      }
      default: {
        charge(input + output);
        return {Head{200, {}}, Bytes{chat_stream("x", input, output)}, End{}};
      }
    }
  }
  std::vector<Bill> bills;

 private:
  std::int64_t chance(std::int64_t least, std::int64_t most) {
    return std::uniform_int_distribution<std::int64_t>(least, most)(rng_);
  }
  std::mt19937_64& rng_;
  const MortalLog& log_;
};

// All that one process holds in memory.
struct Process {
  Process(Transport& transport, MortalLog& kept, const Caps& caps, std::uint64_t seed)
      : log(kept),
        budget("run", caps),
        runner(
            endpoint(), [] { return Result<std::string>("key"); },
            Line{transport, gate, ledger, redactor, clock, pause, cancel}, {}, seed) {}

  static const Endpoint& endpoint() {
    static const Endpoint one = Rig::endpoint_of({});
    return one;
  }
  static const Prices& prices() {
    static const Prices one = test_prices();
    return one;
  }

  // One turn, as the loop makes it. False: the process is dead, or may spend no more.
  bool turn() {
    const Result<TurnOutcome> outcome = runner.run(Rig::request_of("hi"));
    if (!outcome) return false;
    const auto* done = std::get_if<Done>(&*outcome);
    if (done == nullptr) return true;
    if (!log.settled(done->settlement)) return false;
    ledger.settled(done->settlement);
    return true;
  }

  StandInClock clock;
  StandInPause pause{clock};
  CancelToken cancel;
  Redactor redactor;
  MortalLog& log;
  Budget budget;
  Ledger ledger{budget, log, prices(), clock};
  Gate gate{endpoint().profile, clock};
  TurnRunner runner;
};

// "" when all is well after the story of `seed`, else what is not.
class Story {
 public:
  explicit Story(std::uint64_t seed) : rng_(seed), seed_(seed) {
    if (rng_() % 2 == 0) caps_.tokens = static_cast<std::int64_t>(1000 + rng_() % 20'000);
    if (rng_() % 2 == 0) caps_.nano_usd = static_cast<std::int64_t>(10'000'000 + rng_() % 100'000'000);
  }

  std::string run() {
    for (int processes = 0; processes < 2 && problem_.empty(); ++processes) live(static_cast<int>(rng_() % 10));
    live(1000);  // the last one dies of nothing
    look_back();
    return problem_;
  }

  std::size_t deaths = 0, lost = 0, refusals = 0, bills = 0;

 private:
  void expect(bool holds, const std::string& what) {
    if (!holds && problem_.empty()) problem_ = fmt::format("seed {}: {}", seed_, what);
  }

  void live(int entries) {
    log_.is_dead = false;
    log_.entries_to_live = entries;
    StandInTransport transport([&](const HttpRequest&) {
      look_at_caps();
      return server_.answer();
    });
    Process process(transport, log_, caps_, rng_());
    if (!process.ledger.restore(log_.reservations, log_.settlements)) {
      ++deaths;
      return;
    }
    expect(process.budget.reserved() == Amount{0, 0}, "a new process has reservations");
    for (std::uint64_t turn = rng_() % 2; turn < 2; ++turn) {
      const std::size_t asked = transport.asked.size();
      if (!process.turn()) {
        if (log_.is_dead)
          ++deaths;
        else
          ++refusals;
        break;
      }
      expect(transport.asked.size() > asked, "a turn without a request");
    }
    if (log_.is_dead) return;  // its memory is gone
    expect(process.budget.spent() == log_.spent(), "memory and log differ in what is spent");
    expect(process.budget.reserved() == log_.open(), "memory and log differ in what is open");
  }

  // Called when a request leaves: its reservation is the last on record.
  void look_at_caps() {
    const Spend spent = log_.spent();
    const Amount open = log_.open();
    if (caps_.tokens) expect(spent.usage.total() + open.tokens <= *caps_.tokens, "tokens beyond the cap");
    if (caps_.nano_usd) expect(spent.nano_usd + *open.nano_usd <= *caps_.nano_usd, "money beyond the cap");
  }

  void look_back() {
    expect(log_.open() == Amount{0, 0}, "a call that is never settled");
    std::map<std::int64_t, Settlement> settled;
    std::set<std::int64_t> reserved;
    for (const Reservation& entry : log_.reservations)
      expect(reserved.insert(entry.call).second, "a call reserved twice");
    for (const Settlement& entry : log_.settlements) {
      expect(settled.emplace(entry.call, entry).second, "a call settled twice");
      expect(reserved.contains(entry.call), "a settlement of no call");
      lost += entry.ended == "lost" ? 1 : 0;
    }
    for (const Bill& bill : server_.bills) {
      const auto found = settled.find(bill.call);
      expect(found != settled.end(), "a bill without a settlement");
      if (found == settled.end()) continue;
      const Usage& usage = found->second.usage;
      expect(usage.total() >= bill.tokens || (usage.estimated && usage.total() > 0), "a bill above its settlement");
    }
    bills += server_.bills.size();
  }

  std::mt19937_64 rng_;
  std::uint64_t seed_;
  Caps caps_;
  MortalLog log_{rng_};
  FaultyServer server_{rng_, log_};
  std::string problem_;
};

constexpr std::uint64_t kParts = 8, kStories = 10'000;

class SpendUnderFaults : public testing::TestWithParam<std::uint64_t> {};

// conformance 81, 82
TEST_P(SpendUnderFaults, IsNeverLostWhateverHappens) {
  std::size_t deaths = 0, lost = 0, refusals = 0, bills = 0;
  for (std::uint64_t seed = GetParam(); seed < kStories; seed += kParts) {
    Story story(seed);
    ASSERT_EQ(story.run(), "");
    deaths += story.deaths;
    lost += story.lost;
    refusals += story.refusals;
    bills += story.bills;
  }
  // The stories are about something.
  EXPECT_GT(deaths, 500U);
  EXPECT_GT(lost, 200U);
  EXPECT_GT(refusals, 100U);
  EXPECT_GT(bills, 1000U);
}
INSTANTIATE_TEST_SUITE_P(Parts, SpendUnderFaults, testing::Range(std::uint64_t{0}, kParts));

}  // namespace
}  // namespace adapt::llm
