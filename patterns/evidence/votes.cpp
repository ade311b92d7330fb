#include "patterns/evidence/votes.h"

#include <map>
#include <utility>

namespace adapt::evidence {
namespace {

// Higher is better; below 0 it is no attempt.
int rank_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::pass: return 5;
    case Outcome::advanced: return 4;
    case Outcome::same: return 3;
    case Outcome::apply_error: return 2;
    case Outcome::worse: return 1;
    case Outcome::numeric: return 0;
    case Outcome::reviewed:
    case Outcome::unneeded: break;
  }
  return -1;
}

}  // namespace

std::string_view run_of(const Record& record) {
  const std::string_view run = record.run;
  return run.substr(0, run.rfind('/'));
}

std::vector<Vote> votes_of(std::span<const Record> records, int revision) {
  std::vector<Vote> out;
  std::map<std::pair<std::string_view, std::string_view>, std::size_t> of_run;  // run, failure -> index in `out`
  for (const Record& record : records) {
    const int rank = rank_of(record.outcome);
    if (rank < 0 || record.revision != revision) continue;
    const bool success = rank >= rank_of(Outcome::advanced);
    const auto [at, fresh] = of_run.emplace(std::pair(run_of(record), std::string_view(record.before)), out.size());
    if (fresh || record.run.empty())
      out.push_back({&record, success});
    else if (rank > rank_of(out[at->second].record->outcome))
      out[at->second] = {&record, success};
  }
  return out;
}

}  // namespace adapt::evidence
