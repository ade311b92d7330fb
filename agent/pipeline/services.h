// What the steps of a run share. References: all of it outlives the run.
#pragma once

#include <cstdint>
#include <functional>

#include "agent/config/config.h"
#include "agent/events/journal.h"
#include "agent/pipeline/harness.h"
#include "agent/pipeline/progress.h"
#include "patterns/evidence/book.h"
#include "patterns/library.h"
#include "tools/base/clock.h"

namespace adapt::pipeline {

class LlmLine;

struct Services {
  Harness& harness;
  const patterns::Library& library;
  const evidence::Book& book;  // evidence about the library, as it was when the run began
  const config::Config& config;
  events::Journal& journal;
  Progress& progress;
  const Clock& clock;
  patterns::Packages packages;          // of the harness, version by name
  std::int64_t seed;                    // of random weights
  std::int64_t seeds;                   // drawn inputs of a verdict
  std::function<bool()> out_of_time;    // the wall-clock limit of the whole run
  LlmLine* llm = nullptr;               // null: no language model is asked
  std::vector<client::Option> given{};  // by the user: part of every candidate, and never taken away
};

}  // namespace adapt::pipeline
