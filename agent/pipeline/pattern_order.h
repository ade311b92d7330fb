// Which patterns are tried for a failure, and in which order: what the evidence says, recorded with its reasons.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "agent/events/journal.h"
#include "patterns/evidence/ranking.h"
#include "patterns/pattern.h"

namespace adapt::pipeline {

struct OrderSettings {
  std::string backend, version;
  std::uint64_t seed = 0;  // of exploration: the same for a run and its resumption
  bool drafts = false;     // also try patterns whose effective status is draft
};

// A pattern that may be tried. Higher scores first; all are equal where nothing is known about any of them.
struct Placed {
  const patterns::Pattern* pattern = nullptr;
  double score = 0;
};

class PatternOrder {
 public:
  // References outlive it.
  PatternOrder(const evidence::Book& book, events::Journal& journal, OrderSettings settings)
      : book_(book), journal_(journal), settings_(std::move(settings)) {}

  // `patterns` keep their order; those that the evidence holds back are left out. A step of the run: a resumed one goes
  // on in the order that was recorded, whatever has been learned since.
  Result<std::vector<Placed>> place(const std::vector<const patterns::Pattern*>& patterns,
                                    const std::string& fingerprint, const std::string& candidate_digest);

 private:
  Json reasons(const std::vector<const patterns::Pattern*>& patterns, const std::string& fingerprint,
               const std::string& candidate_digest) const;

  const evidence::Book& book_;
  events::Journal& journal_;
  OrderSettings settings_;
};

// The same for the same text on every machine.
std::uint64_t seed_of(std::string_view text);

}  // namespace adapt::pipeline
