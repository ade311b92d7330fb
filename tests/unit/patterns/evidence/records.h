// Lines of evidence that tests write down.
#pragma once

#include <string>
#include <vector>

#include "patterns/evidence/record.h"

namespace adapt::evidence {

struct Made {
  std::string pattern = "scan/count", backend = "iree", version = "3.1", model = "a.py", before = "lower|cumsum";
  Outcome outcome = Outcome::pass;
  std::string run{};  // empty: a run of its own
  int revision = 1;
  double seconds = 0;
  std::string who = "search";
};

inline Record made(const Made& made) {
  static int runs = 0;
  Record out;
  out.time = "2026-01-31T12:00:00Z";
  out.pattern = made.pattern;
  out.revision = made.revision;
  out.model = made.model;
  out.source = "0f";
  out.backend = made.backend;
  out.version = made.version;
  out.before = made.before;
  out.outcome = made.outcome;
  out.seconds = made.seconds;
  out.who = made.who;
  out.run = made.run.empty() ? "run" + std::to_string(++runs) + "/1" : made.run;
  return out;
}

inline std::vector<Record> times(int count, const Made& what) {
  std::vector<Record> out;
  for (int i = 0; i < count; ++i) out.push_back(made(what));
  return out;
}

inline std::vector<Record> operator+(std::vector<Record> a, const std::vector<Record>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

}  // namespace adapt::evidence
