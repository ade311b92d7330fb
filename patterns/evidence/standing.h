// What the evidence makes of a pattern: its effective status, where it is known to work, whether it is still needed.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "patterns/evidence/record.h"

namespace adapt::evidence {

enum class Status : std::uint8_t { draft, trial, trusted, retired };
std::string_view to_string(Status status);
Status parse_status(std::string_view word);  // an unknown word is a draft

// Versions of one backend on which the pattern is known to repair. `until`: since this one a model works without it.
struct Validity {
  std::string from, last;
  std::string until;             // "": still needed, as far as is known
  std::string works_without_it;  // the model that showed it
};

struct Standing {
  Status status = Status::draft;                                // effective
  std::string because;                                          // why it is not what the file says; "" where it is
  std::size_t votes = 0, passes = 0, advanced = 0, models = 0;  // models: that it passed on
  std::vector<std::string> reviewers;
  std::vector<Record> counter_examples;      // made worse, or wrong, what it had repaired elsewhere
  std::map<std::string, Validity> backends;  // by name

  // It was needed somewhere, and on no backend is it known to be needed still.
  bool retirement_proposed() const;
  std::string why_retire() const;  // "openvino 2026.0: model.py works without it"; "" when it is not proposed
};

// Rules, over the evidence about this revision:
//   retired stays retired; trusted by its file needs no evidence
//   draft -> trial     it has passed
//   trial -> trusted   passes on kPasses different models, a person has reviewed it, nothing became worse
//   a counter-example takes trusted back to trial; as many of them as successes take trial back to draft
inline constexpr std::size_t kPasses = 3;
Standing standing_of(std::string_view status_in_file, int revision, std::span<const Record> records);

}  // namespace adapt::evidence
