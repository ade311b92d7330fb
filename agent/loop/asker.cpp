#include "agent/loop/asker.h"

#include "tools/base/hash.h"

namespace adapt::loop {
namespace {

constexpr std::string_view kReserved = "llm_reserved";
constexpr std::string_view kSettled = "llm_settled";

// An outcome that going on depends on: the next process must see the same.
bool is_kept(const llm::TurnOutcome& outcome) {
  const auto* failed = std::get_if<llm::Failed>(&outcome);
  return failed == nullptr || failed->error.kind == llm::CallErrorKind::context;
}

}  // namespace

Result<void> JournalSpendLog::reserved(const llm::Reservation& entry) {
  return journal_.emit(kReserved, llm::to_json(entry));
}

Result<void> JournalSpendLog::settled(const llm::Settlement& entry) {
  return journal_.emit(kSettled, llm::to_json(entry));
}

Result<JournalSpendLog::Entries> JournalSpendLog::read(const std::vector<events::Event>& events) {
  Entries out;
  for (const events::Event& event : events) {
    if (event.type == kReserved) {
      ADAPT_TRY(llm::Reservation entry, llm::reservation_from(event.data));
      out.reserved.push_back(std::move(entry));
    } else if (event.type == kSettled) {
      ADAPT_TRY(llm::Settlement entry, llm::settlement_from(event.data));
      out.settled.push_back(std::move(entry));
    } else if (event.type == events::kStepFinished && string_or(event.data, "key", "").starts_with(kTurnKey)) {
      const Json& result = member_or_null(event.data, "result");
      if (!result.contains("settlement")) continue;
      ADAPT_TRY(llm::Settlement entry, llm::settlement_from(result["settlement"]));
      out.settled.push_back(std::move(entry));
    }
  }
  return out;
}

Result<llm::TurnOutcome> JournaledAsker::ask(const llm::Request& request, std::int64_t turn) {
  const std::string key = fmt::format("{}{}:{}", kTurnKey, turn, sha256_hex(runner_.body_of(request)));
  if (journal_.is_done(key)) {
    ADAPT_TRY(const Json recorded, journal_.step(key, [] { return fail(ErrorKind::bug, "a step that is done"); }));
    return llm::outcome_from(recorded);
  }
  ADAPT_TRY(llm::TurnOutcome outcome, runner_.run(request));
  if (is_kept(outcome))
    ADAPT_TRY_VOID(journal_.step(key, [&] { return Result<events::StepOutput>({llm::to_json(outcome), {}}); }));
  if (const auto* done = std::get_if<llm::Done>(&outcome)) ledger_.settled(done->settlement);
  return outcome;
}

}  // namespace adapt::loop
