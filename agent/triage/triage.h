// Reads one log in pieces, in bounded memory, and says what went wrong.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/triage/diagnosis.h"
#include "agent/triage/lines.h"
#include "agent/triage/signatures.h"
#include "agent/triage/weights.h"

namespace adapt::triage {

// A line that is worth judging.
struct KeptLine {
  std::uint64_t number = 0, offset = 0;
  std::string text{};  // at most kMaxKept bytes around what was found
  std::vector<std::size_t> signatures{};
  std::optional<Place> place{};  // the last one named before it, near enough
  bool is_source = false;        // of a traceback: code that was shown, not an event
};

// All that is remembered of a log.
struct Observations {
  std::vector<KeptLine> lines{};                  // in order; the same signature a few times, then no more
  std::map<std::size_t, std::uint64_t> counts{};  // of signatures, over the whole log
  std::optional<Bringup> marker{};                // the last one
  std::uint64_t passed_line = 0;                  // where a session's summary names no failure; 0: none
  bool passed_weakly = false;                     // something passed, without a summary
  std::uint64_t read_lines = 0, read_bytes = 0;
};

class Triage {
 public:
  static constexpr std::size_t kMaxKept = 1000;     // bytes of a kept line
  static constexpr std::size_t kSameKept = 3;       // lines with a signature that are kept
  static constexpr std::uint64_t kShortLog = 64;    // lines; every line of such a log is judged
  static constexpr std::uint64_t kSummary = 3;      // lines; such a text is what somebody wrote down, not a log
  static constexpr std::uint64_t kNearPlace = 200;  // lines

  // All outlive it; the index is one of the tables.
  Triage(const Tables& tables, const Weights& weights, const SignatureIndex& index);
  Triage() : Triage(built_in_tables(), built_in_weights(), built_in_index()) {}
  Triage(const Triage&) = delete;
  Triage& operator=(const Triage&) = delete;

  void feed(std::string_view block) { cutter_.feed(block); }
  Diagnosis finish();
  Observations observe();  // what finish() judges

 private:
  void take(const Line& line);
  void note_place(const Line& line);
  void note_summary(const Line& line);

  const Tables& tables_;
  const Weights& weights_;
  SignatureFinder finder_;
  LineCutter cutter_;
  std::vector<Match> matches_;
  Observations seen_;
  std::vector<KeptLine> bare_;          // lines without signature, of the beginning
  std::deque<KeptLine> last_failures_;  // lines that only say that something failed
  std::optional<Place> place_, own_place_;
  std::uint64_t place_line_ = 0, own_place_line_ = 0;
};

// What the signatures alone say of the strongest line, by name of the class: what words are learned on top of.
struct Prior {
  std::map<std::string, double> categories, bringups;
};
Prior prior_of(const Observations& seen, const Tables& tables);

Diagnosis judge(const Observations& seen, const Tables& tables, const Weights& weights);

}  // namespace adapt::triage
