#include "agent/pipeline/search.h"

#include <algorithm>
#include <deque>
#include <set>

namespace adapt::pipeline {
namespace {

struct State {
  domain::Candidate candidate;
  Evaluation evaluation;
  std::deque<Proposal> untried;
};

std::vector<std::string> seen_on(const std::vector<State>& path) {
  std::vector<std::string> out;
  out.reserve(path.size());
  for (const State& state : path) out.push_back(identity(*state.evaluation.failure));
  return out;
}

bool is_further(const Evaluation& a, const Evaluation& b) { return a.failure->stage > b.failure->stage; }

}  // namespace

std::string describe(const client::Failure& failure) {
  std::string out = fmt::format("{}: {}", client::to_string(failure.stage), client::to_string(failure.failure_class));
  if (failure.op) out += " " + *failure.op;
  if (!failure.op && !failure.file)
    out += ": " + failure.message.substr(0, std::min<std::size_t>(failure.message.find('\n'), 200));
  if (failure.file) out += " at " + *failure.file + (failure.line ? ":" + std::to_string(*failure.line) : "");
  return out;
}

// A fingerprint says what failed; the same thing failing somewhere else is another failure.
std::string identity(const client::Failure& failure) {
  return failure.fingerprint + "|" + failure.file.value_or("") + "|" + failure.function.value_or("");
}

bool is_progress(const client::Failure& before, const client::Failure& after, const std::vector<std::string>& seen) {
  if (after.stage != before.stage) return after.stage > before.stage;
  return std::find(seen.begin(), seen.end(), identity(after)) == seen.end();
}

Result<SearchResult> search(Evaluator& evaluator, Proposer& proposer, const Evaluation& unmodified,
                            const SearchLimits& limits, const Accept& accept, const Observe& observe) {
  ADAPT_CHECK(unmodified.failure.has_value(), "a search starts from a failure");
  SearchResult result;
  result.evaluation = unmodified;
  std::set<std::string> evaluated = {domain::Candidate{}.digest()};
  std::vector<State> path;

  const auto enter = [&](domain::Candidate candidate, Evaluation evaluation) -> Result<void> {
    ADAPT_TRY(std::vector<Proposal> proposals, proposer.propose(candidate, evaluation));
    path.push_back(State{std::move(candidate),
                         std::move(evaluation),
                         {std::make_move_iterator(proposals.begin()), std::make_move_iterator(proposals.end())}});
    return {};
  };

  ADAPT_TRY_VOID(enter(domain::Candidate{}, unmodified));
  while (!path.empty()) {
    if (path.back().untried.empty()) {
      path.pop_back();
      continue;
    }
    Proposal proposal = std::move(path.back().untried.front());
    path.back().untried.pop_front();
    if (!evaluated.insert(proposal.candidate.digest()).second) continue;
    const bool over = static_cast<std::int64_t>(result.tried.size()) >= limits.attempts ||
                      (limits.out_of_time && limits.out_of_time());
    if (over) {
      result.exhausted = false;
      return result;
    }
    ADAPT_TRY(Evaluation evaluation, evaluator.evaluate(proposal.candidate, proposal.description));
    Tried tried{evaluation.number, path.size(), proposal.id, "passes", true};
    bool undecided = false;  // no repair on top makes a verdict out of missing evidence
    if (!evaluation.failure) {
      ADAPT_TRY(evaluation.failure, accept(proposal.candidate, evaluation));
      undecided = evaluation.failure && evaluation.failure->failure_class != client::FailureClass::output_mismatch;
    }
    if (!evaluation.failure) {
      if (observe) observe(proposal, path.back().evaluation, evaluation, true);
      result.tried.push_back(tried);
      result.found = std::move(proposal.candidate);
      result.evaluation = std::move(evaluation);
      return result;
    }
    tried.ended = describe(*evaluation.failure);
    tried.progress = !undecided && is_progress(*path.back().evaluation.failure, *evaluation.failure, seen_on(path));
    result.tried.push_back(tried);
    if (observe) observe(proposal, path.back().evaluation, evaluation, tried.progress);
    if (is_further(evaluation, result.evaluation)) {
      result.evaluation = evaluation;
      result.furthest = proposal.candidate;
    }
    if (tried.progress && path.size() < limits.depth)
      ADAPT_TRY_VOID(enter(std::move(proposal.candidate), std::move(evaluation)));
  }
  return result;
}

}  // namespace adapt::pipeline
