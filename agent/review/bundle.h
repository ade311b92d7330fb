// Everything that a reviewer of a change is told, as one value: read from the folder of a run, and from nothing else
// but the library of patterns and the evidence about them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/domain/run_result.h"
#include "agent/review/belongs.h"
#include "agent/review/figures.h"
#include "patterns/evidence/book.h"
#include "patterns/library.h"

namespace adapt::review {

// What of the installation a review quotes. All outlive the bundle's making; null where there is none.
struct Known {
  const patterns::Library* library = nullptr;
  const evidence::Book* book = nullptr;
  std::filesystem::path runs;  // folder of all runs: others with the same failure are looked for; empty: they are not
};

struct Request {
  std::string size{};
  std::int64_t seed = 0, seeds = 0;
  bool given_patch = false;  // the search began with, or judged, what a person brought
};

struct StageRow {
  std::string stage, before, after;
  bool operator==(const StageRow&) const = default;
};

// A pattern's own words about itself.
struct PatternWords {
  std::string id{}, title{}, why{}, risk{}, status{};
  int revision = 1;
  std::vector<std::string> assumptions{};
  std::string not_needed{};  // versions of a backend that work without it; "" where none is known
};

struct OtherModel {
  std::string model, backend;
  bool operator==(const OtherModel&) const = default;
};

struct ReviewBundle {
  domain::RunResult result;  // failure.log is that of the recorded attempt
  Request request;
  std::map<std::string, std::string> packages;  // version by name
  std::string backend_version, confinement;     // "full", "partial", "limits"
  std::optional<std::string> backend_concession, backend_cap;

  std::vector<StageRow> stages;
  Figures figures;
  std::string patch;  // patch.diff, or partial.diff of a run that was not adapted
  bool patch_is_partial = false;
  std::vector<std::string> tests;             // files of the generated test, below out/
  std::map<std::string, std::string> hashes;  // SHA-256 by what it is of
  std::vector<std::string> model_notes;       // how model and inputs were made
  std::vector<PatternWords> patterns;         // of the repairs, in their order
  std::vector<OtherModel> repaired_too;       // by the same patterns
  std::vector<OtherModel> same_failure;       // models that fail with the same fingerprint, this one left out
  Belongs belongs;
};

Result<ReviewBundle> read_bundle(const std::filesystem::path& run_folder, const Known& known);

OrderedJson to_json(const ReviewBundle& bundle);

// "BertModel", "model.py", "bert/masked_lm": what a reader calls it.
std::string short_name(const std::string& model);

}  // namespace adapt::review
