// The figures of a verdict, one row an output, computed again from the bytes that lie in the run's folder.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "agent/events/event_log.h"
#include "harness/judge/verdict.h"

namespace adapt::review {

// The worst of one output over the held-out draws.
struct OutputFigures {
  std::string of;  // "onnxruntime", or "adapted model, eager"
  judge::LeafMetrics worst;
  std::size_t draws = 0, exact = 0;  // exact: draws with the same bytes
};

struct Bar {
  std::string metric, limit;
};

struct Figures {
  std::vector<OutputFigures> outputs{};
  std::vector<std::string> draws{};    // "base, seed 17": what was drawn after the repair was frozen
  std::vector<std::string> reasons{};  // why there are no figures, or what of them cannot be trusted
  judge::Verdict verdict = judge::Verdict::inconclusive;
};

// What the outputs were held to: of the precision that the judge asked for.
std::vector<Bar> bars();

// `log` is that of the run. A file that is not what the log recorded gives no figures but a reason.
Figures read_figures(const std::filesystem::path& run_folder, const std::vector<events::Event>& log,
                     const std::string& backend);

}  // namespace adapt::review
