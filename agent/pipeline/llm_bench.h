// The run as the tools of a language model see it.
#pragma once

#include <string>
#include <vector>

#include "agent/pipeline/attempts.h"
#include "agent/pipeline/proposer.h"
#include "agent/pipeline/search.h"
#include "tools/toolbox/bench.h"

namespace adapt::pipeline {

// What the tools begin with.
struct BenchStart {
  domain::Candidate candidate;          // that got furthest so far
  Evaluation evaluation;                // how it ended
  std::vector<Tried> tried;             // by options and patterns
  std::vector<client::Option> options;  // the backend's ladder
  std::string author;                   // who edits, for repairs: "anthropic:claude-..."
};

class RunBench final : public toolbox::Bench {
 public:
  // References outlive it.
  RunBench(BenchStart start, std::string backend, const Baseline& baseline, Attempts& attempts, SourceTexts& texts,
           const RunFolder& folder, Services& services);

  std::string backend() const override { return backend_; }
  const client::Failure& failure() const override { return failure_; }
  Result<std::vector<toolbox::Source>> sources() override;
  const std::vector<client::Option>& options() const override { return start_.options; }
  std::shared_ptr<const patterns::Isomorphisms> isomorphisms() const override;
  Result<toolbox::Trial> run(const toolbox::Draft& draft, client::Stage until) override;
  Result<toolbox::Bisection> bisect(const toolbox::Draft& draft) override;
  Result<std::vector<toolbox::NearMiss>> patterns(const std::string& about, std::size_t limit) override;

  toolbox::Draft start_draft() const;
  // The draft with what it owes to whom: repairs of before, options, and the edits of the language model.
  Result<domain::Candidate> candidate_of(const toolbox::Draft& draft);
  // The failure without paths that differ from run to run.
  client::Failure shown(client::Failure failure) const;

 private:
  std::string without_paths(std::string text) const;
  domain::Candidate plain_candidate(const toolbox::Draft& draft) const;

  BenchStart start_;
  std::string backend_;
  const Baseline& baseline_;
  Attempts& attempts_;
  SourceTexts& texts_;
  const RunFolder& folder_;
  Services& services_;
  client::Failure failure_;
};

}  // namespace adapt::pipeline
