// What a run learns about patterns: one line of evidence for each that it tried, beside the user's library.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "agent/config/config.h"
#include "agent/pipeline/baseline.h"
#include "agent/pipeline/search.h"
#include "patterns/evidence/book.h"
#include "patterns/library.h"

namespace adapt::pipeline {

// <data folder>/patterns/evidence: built-in patterns are installed read-only, so what is learned about them lies here.
Result<std::filesystem::path> evidence_folder(const config::Config& config);
// All evidence about the library's patterns: what lies beside them, and the user's. Warns of lines that are none.
Result<evidence::Book> load_book(const patterns::Library& library, const config::Config& config);

// How the attempt with the newest pattern of a candidate ended, as evidence about that pattern.
evidence::Outcome outcome_of(const client::Failure& before, const client::Failure& after, bool progress);

// Where and on what the attempts of a run are made: what all its lines have in common.
struct Circumstances {
  std::string run, model, backend, version, packages;
  const Baseline& baseline;
  bool counts = true;  // false: the backend is a stand-in, and nothing it shows is evidence
};

class EvidenceRecorder {
 public:
  // References outlive the recorder. It never fails a run: what cannot be written is one warning.
  EvidenceRecorder(Circumstances circumstances, const patterns::Library& library, const evidence::Book& book,
                   const config::Config& config, const Clock& clock);

  // A proposal that failed; only one whose newest repair is a pattern leaves a line.
  void failed(const Proposal& proposal, const client::Failure& before, const Evaluation& after, bool progress);
  // Stubs that let the reference run; what fails now, beside them, is something else.
  void advanced(const domain::Repair& repair, const client::Failure& before, const Evaluation& after);
  // The judge accepted `frozen`, what minimisation left of the proposal.
  void passed(const Proposal& proposal, const domain::Candidate& frozen, const client::Failure& before,
              const Evaluation& after, const OrderedJson& metrics);
  // The unmodified model works: patterns that it needed on an older version of the backend are needed no more.
  void works(const OrderedJson& metrics);

 private:
  evidence::Record line(const domain::Repair& repair, const domain::Candidate& tried, std::string_view before,
                        const Evaluation& after) const;
  void write(const evidence::Record& record);

  Circumstances circumstances_;
  const patterns::Library& library_;
  const evidence::Book& book_;
  const config::Config& config_;
  const Clock& clock_;
  std::map<std::string, std::string> answered_;  // pattern -> failure that it moved on
  bool warned_ = false;
};

}  // namespace adapt::pipeline
