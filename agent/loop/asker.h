// Asks the language model, and never twice for the same answer: turns that came are taken from the run's log.
#pragma once

#include <cstdint>

#include "agent/events/journal.h"
#include "agent/llm/turn_record.h"
#include "agent/llm/turn_runner.h"

namespace adapt::loop {

// An interface, so that the loop is tested without a server.
class Asker {
 public:
  virtual ~Asker() = default;
  // `turn`: 1, 2, ... over all conversations of a run. Errors as TurnRunner::run's.
  virtual Result<llm::TurnOutcome> ask(const llm::Request& request, std::int64_t turn) = 0;
  virtual std::int64_t estimate(const llm::Request& request) const = 0;  // tokens
  virtual std::int64_t context_tokens() const = 0;                       // 0: unknown
};

// Spending as events of the run.
class JournalSpendLog final : public llm::SpendLog {
 public:
  explicit JournalSpendLog(events::Journal& journal) : journal_(journal) {}
  Result<void> reserved(const llm::Reservation& entry) override;
  Result<void> settled(const llm::Settlement& entry) override;

  // What the log holds from earlier processes, turns included; for Ledger::restore.
  struct Entries {
    std::vector<llm::Reservation> reserved;
    std::vector<llm::Settlement> settled;
  };
  static Result<Entries> read(const std::vector<events::Event>& events);

 private:
  events::Journal& journal_;
};

class JournaledAsker final : public Asker {
 public:
  // References outlive it.
  JournaledAsker(events::Journal& journal, llm::TurnRunner& runner, llm::Ledger& ledger)
      : journal_(journal), runner_(runner), ledger_(ledger) {}

  Result<llm::TurnOutcome> ask(const llm::Request& request, std::int64_t turn) override;
  std::int64_t estimate(const llm::Request& request) const override { return runner_.estimate(request); }
  std::int64_t context_tokens() const override { return runner_.endpoint().profile.context_tokens; }

 private:
  events::Journal& journal_;
  llm::TurnRunner& runner_;
  llm::Ledger& ledger_;
};

// The keys of steps that hold turns begin with it.
inline constexpr std::string_view kTurnKey = "llm:";

}  // namespace adapt::loop
