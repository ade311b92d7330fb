#include "agent/cli/exit_code.h"

#include "agent/loop/stop_reason.h"

namespace adapt::cli {
namespace {

constexpr ExitCode kExitCodes[] = {
    {0, "adapted, or works already; nothing to report; triage: diagnosed, or passed"},
    {1,
     "not adapted: the report says what was tried and what the compiler would need; lint, forge validate: there are "
     "findings"},
    {2, "usage: the command line, the model or the configuration cannot be meant"},
    {3, "environment: Python, a package or the backend is missing"},
    {4, "the language-model service failed"},
    {5, "a budget is used up; `agent runs resume` continues"},
    {6, "the store: a run folder or the database cannot be read or written"},
    {7, "the sandbox could not be set up as required"},
    {8, "needs a person: no verdict is possible"},
    {70, "a bug in this program"},
    {130, "interrupted; `agent runs resume` continues"},
};

}  // namespace

std::span<const ExitCode> exit_codes() { return kExitCodes; }

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage:
    case ErrorKind::parse: return 2;
    case ErrorKind::environment: return 3;
    case ErrorKind::llm: return 4;
    case ErrorKind::budget: return 5;
    case ErrorKind::store:
    case ErrorKind::io: return 6;
    case ErrorKind::sandbox: return 7;
    case ErrorKind::interrupted: return 130;
    case ErrorKind::bug: return 70;
  }
  return 70;
}

namespace {

// What ended a language model's work, where that is a reason to run again and not an answer.
int code_of_end(const domain::LlmUse& use) {
  using loop::StopReason;
  switch (loop::parse_stop_reason(use.stopped).value_or(StopReason::no_progress)) {
    case StopReason::service_failed:
    case StopReason::not_capable:
    case StopReason::not_in_recording: return exit_code(ErrorKind::llm);
    case StopReason::out_of_budget:
    case StopReason::out_of_time:
    case StopReason::out_of_device:
    case StopReason::out_of_turns: return exit_code(ErrorKind::budget);
    default: return 1;
  }
}

}  // namespace

int exit_code(const domain::RunResult& result) {
  using client::FailureClass;
  switch (result.outcome) {
    case domain::Outcome::works:
    case domain::Outcome::adapted: return 0;
    case domain::Outcome::not_adapted: return code_of_end(result.llm);
    case domain::Outcome::unavailable: return 3;
    case domain::Outcome::inconclusive: break;
    case domain::Outcome::stopped: return 130;
  }
  if (!result.failure) return 8;
  switch (result.failure->failure_class) {
    case FailureClass::missing_package: return 3;
    case FailureClass::bad_config:
    case FailureClass::bad_checkpoint:
    case FailureClass::import_error: return 2;
    default: return result.failure->stage == client::Stage::resolve ? 2 : 8;
  }
}

}  // namespace adapt::cli
