// Options of the backend's ladder and patterns of the library as proposals, cheapest and likeliest first.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "agent/pipeline/pattern_order.h"
#include "agent/pipeline/run_facts.h"
#include "agent/pipeline/search.h"
#include "patterns/library.h"
#include "patterns/propose.h"

namespace adapt::pipeline {

// The texts that patterns see, by module: the unmodified source, read once and checked against the hash that the worker
// saw.
class SourceTexts {
 public:
  // The sources with the candidate's overlay in place of what it replaces.
  Result<std::vector<patterns::SourceFile>> current(const Evaluation& evaluation, const domain::Candidate& candidate);
  const edit::Sources& originals() const { return originals_; }               // by module
  const std::map<std::string, std::string>& files() const { return files_; }  // module -> file as diffs name it

 private:
  edit::Sources originals_;
  std::map<std::string, std::string> files_;
};

// What is known beside the failure and the code.
struct Surroundings {
  PatternOrder* order = nullptr;  // null: patterns come as the library ranks them
  FactSource* facts = nullptr;    // null: nothing
  patterns::Packages packages{};  // empty: not known
};

class LadderProposer final : public Proposer {
 public:
  LadderProposer(std::string backend, std::vector<client::Option> options, const patterns::Library& library,
                 SourceTexts& texts, Surroundings surroundings = {})
      : backend_(std::move(backend)),
        options_(std::move(options)),
        library_(library),
        texts_(texts),
        surroundings_(std::move(surroundings)) {}

  Result<std::vector<Proposal>> propose(const domain::Candidate& candidate, const Evaluation& evaluation) override;

 private:
  Result<std::vector<Placed>> placed(const domain::Candidate& candidate, const client::Failure& failure,
                                     const patterns::Signature& signature) const;
  struct Found {
    Placed placed;
    patterns::Proposal proposal;
    bool asks = false;  // it holds only if what is not known does
  };
  Result<std::vector<Found>> from_patterns(const domain::Candidate& candidate, std::span<const Placed> contenders,
                                           const patterns::Signature& signature,
                                           std::span<const patterns::SourceFile> sources);

  std::string backend_;
  std::vector<client::Option> options_;
  const patterns::Library& library_;
  SourceTexts& texts_;
  Surroundings surroundings_;
};

// Does the option's `when` hold? `specific` is set when it names the operator or the message, not just a stage.
struct Fit {
  bool holds = false;
  bool specific = false;
};
Fit fits(const client::When& when, const client::Failure& failure);

patterns::Signature signature_of(const client::Failure& failure, const std::string& backend);

}  // namespace adapt::pipeline
