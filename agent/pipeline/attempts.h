// Evaluates candidates with real workers: build, execute on the baseline's inputs, compare.
#pragma once

#include <map>

#include "agent/pipeline/baseline.h"
#include "agent/pipeline/evaluation.h"

namespace adapt::pipeline {

class Attempts final : public Evaluator {
 public:
  // `executes`: false where the backend has nothing to execute on.
  Attempts(const Baseline& baseline, std::string backend, const RunFolder& folder, Services& services,
           bool executes = true)
      : baseline_(baseline), backend_(std::move(backend)), folder_(folder), services_(services), executes_(executes) {}

  // Equal candidates are evaluated once.
  Result<Evaluation> evaluate(const domain::Candidate& candidate, std::string_view description) override;

  // Only built: what fails later is not seen. evaluate() goes on from there.
  Result<Evaluation> build(const domain::Candidate& candidate, std::string_view description);
  bool is_known(const domain::Candidate& candidate) const { return done_.contains(candidate.digest()); }
  // That candidates have run on the backend so far.
  double device_seconds() const { return device_seconds_; }

  std::int64_t count() const { return next_ - 1; }  // without the unmodified model
  // How the backend is driven, as stand-alone Python; of the newest evaluation that got that far.
  const std::string& snippet(const domain::Candidate& candidate) const;

 private:
  Result<Evaluation> built(const domain::Candidate& candidate, std::string_view description);
  Result<void> execute(const domain::Candidate& candidate, Evaluation& evaluation);
  Result<std::optional<client::Failure>> compare(const std::vector<std::string>& outputs) const;

  const Baseline& baseline_;
  std::string backend_;
  const RunFolder& folder_;
  Services& services_;
  bool executes_;
  std::int64_t next_ = 0;                    // the first evaluation is that of the unmodified model
  std::map<std::string, Evaluation> built_;  // by digest
  std::map<std::string, Evaluation> done_;   // the same, through every stage
  double device_seconds_ = 0;
  std::map<std::string, std::string> snippets_;  // by digest
};

// Shared with verification: a request to build `candidate` from `inputs` into `out`.
Result<client::BuildRequest> build_request(const Baseline& baseline, const std::string& backend,
                                           const RunFolder& folder, const domain::Candidate& candidate,
                                           const std::string& inputs, const std::filesystem::path& out);
std::vector<client::ChosenOption> chosen(const domain::Candidate& candidate);
// Writes the overlay; nothing when the candidate replaces no module.
Result<std::optional<std::string>> overlay_folder(const RunFolder& folder, const domain::Candidate& candidate);

}  // namespace adapt::pipeline
