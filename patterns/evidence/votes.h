// Evidence as votes: several lines of one run about one failure are one vote, and count by the best of them.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "patterns/evidence/record.h"

namespace adapt::evidence {

struct Vote {
  const Record* record = nullptr;  // the best line; outlived by the evidence
  bool success = false;            // pass or advanced
};

// In the order of the evidence. Only lines about this revision are counted: another one matched or wrote other code.
std::vector<Vote> votes_of(std::span<const Record> records, int revision);

// The run without the attempt.
std::string_view run_of(const Record& record);

}  // namespace adapt::evidence
