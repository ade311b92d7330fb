#include "agent/loop/watch.h"

#include "tools/base/hash.h"
#include "tools/base/text.h"

namespace adapt::loop {
namespace {

// A fingerprint says what failed; the same thing failing somewhere else is another failure.
std::string identity(const client::Failure& failure) {
  return fmt::format("{}|{}|{}", failure.fingerprint, failure.file.value_or(""), failure.function.value_or(""));
}

// Equal calls, however they are written: key order and blanks do not tell them apart.
std::string normalised(const std::string& arguments) {
  const Result<Json> json = parse_json(arguments);
  return json ? dump(*json) : std::string(trim(arguments));
}

}  // namespace

Watch::Watch(const client::Failure& start, WatchLimits limits)
    : limits_(limits), best_failure_(start), seen_{identity(start)} {}

void Watch::turn_began() { ++stale_turns_; }

void Watch::called(const std::string& name, const std::string& arguments, const toolbox::Reply& reply) {
  const std::string key = sha256_hex(fmt::format("{}\n{}\n{}", name, normalised(arguments), reply.text));
  if (++calls_[key] >= limits_.repeats && repeated_.empty()) repeated_ = name;
}

void Watch::began_again() { calls_.clear(); }

void Watch::turn_was(bool of_use) { bad_turns_ = of_use ? 0 : bad_turns_ + 1; }

bool Watch::tried(const toolbox::Draft& draft, const std::optional<client::Failure>& failure) {
  if (!failure) {
    stale_trials_ = stale_turns_ = 0;
    return true;
  }
  const bool further = failure->stage > best_failure_.stage;
  const bool fresh = seen_.insert(identity(*failure)).second;
  if (further || (fresh && failure->stage == best_failure_.stage)) {
    best_failure_ = *failure;
    best_draft_ = draft;
    gained_stage_ = gained_stage_ || further;
    stale_trials_ = stale_turns_ = 0;
    calls_.clear();  // what was seen before holds for another state
    return true;
  }
  ++stale_trials_;
  return false;
}

std::optional<std::string> Watch::stale() const {
  if (stale_trials_ >= limits_.stale_trials)
    return fmt::format("{} trials in a row brought nothing new", stale_trials_);
  if (stale_turns_ >= limits_.stale_turns)
    return fmt::format("{} answers in a row brought no trial with a new result", stale_turns_);
  return std::nullopt;
}

std::optional<std::string> Watch::repeats() const {
  if (repeated_.empty()) return std::nullopt;
  return fmt::format("{} was called {} times with the same arguments and the same result", repeated_, limits_.repeats);
}

}  // namespace adapt::loop
