// One line of evidence: what became of one pattern on one model, as it stands in an evidence file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/base/result.h"

namespace adapt::evidence {

// An enumerator's word in the file has '-' for '_'.
enum class Outcome : std::uint8_t {
  pass,         // in a repair that the judge accepted
  advanced,     // the failure is gone, another one has come in its place
  same,         // the failure is still there
  worse,        // fails at an earlier stage than before
  numeric,      // runs, and computes something else
  apply_error,  // the changed source does not load
  reviewed,     // a person read the pattern and stands for it
  unneeded,     // the unmodified model works where this pattern was needed before
};
std::string_view to_string(Outcome outcome);
std::optional<Outcome> parse_outcome(std::string_view word);

struct Record {
  std::string time;  // UTC, "2026-01-31T12:00:00Z"
  std::string pattern;
  int revision = 1;
  std::int64_t sites = 0;  // places that were changed
  std::string model;       // id as it was given
  std::string source;      // hash of the file that defines the model, unmodified
  std::string backend, version;
  std::string packages;       // "torch 2.9.0, transformers 4.57.1"
  std::string before, after;  // fingerprints of the failures; "" after a pass
  Outcome outcome = Outcome::same;
  std::optional<double> pcc, max_error;  // worst of the verdict's draws
  double seconds = 0;                    // that the attempt took
  std::string who;                       // "search", "learn", or the name of a person
  std::string run;                       // "<run id>/<beginning of the candidate's digest>"

  bool operator==(const Record&) const = default;
};

// Two lines with one identity are one line, however they came into the file.
std::string identity(const Record& record);

extern const std::string kHeader;  // names of the columns

// What a file keeps of a text: at most kMaxText bytes, control characters as blanks.
inline constexpr std::size_t kMaxText = 1000;
std::string kept_text(std::string_view text);

// One line without a line end.
std::string encode(const Record& record);
// An error names the column. Cells behind the known ones are left to whoever wrote them.
Result<Record> decode(std::string_view line);

std::string utc_text(std::int64_t utc_ms);

}  // namespace adapt::evidence
