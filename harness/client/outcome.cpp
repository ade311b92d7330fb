#include "harness/client/outcome.h"

#include <algorithm>
#include <csignal>

#include "tools/base/text.h"

namespace adapt::client {
namespace {

constexpr std::size_t kLogTail = std::size_t{16} << 10U;  // bytes, as PROTOCOL.md bounds a failure's log

// Said by runtimes that could not get memory, before they abort or exit.
constexpr std::string_view kOutOfMemorySaid[] = {"bad_alloc",
                                                 "MemoryError",
                                                 "not enough memory",
                                                 "Cannot allocate memory",
                                                 "out of memory",
                                                 "Out of memory",
                                                 "LLVM ERROR: Allocation failed"};

bool says_out_of_memory(std::string_view text) {
  const std::string_view tail = text.substr(text.size() - std::min(text.size(), kLogTail));
  return std::any_of(std::begin(kOutOfMemorySaid), std::end(kOutOfMemorySaid),
                     [&](std::string_view said) { return contains(tail, said); });
}

struct Verdict {
  FailureClass failure_class;
  std::string exception;
  std::string message;
};

Verdict stopped(StopCause cause, const std::string& detail) {
  switch (cause) {
    case StopCause::hang: return {FailureClass::hang, "deadline", detail};
    case StopCause::memory: return {FailureClass::out_of_memory, "memory-limit", detail};
    case StopCause::processes: return {FailureClass::other, "process-limit", detail};
    case StopCause::output: return {FailureClass::other, "output-limit", detail};
    case StopCause::violation: return {FailureClass::protocol_violation, "protocol-violation", detail};
  }
  return {FailureClass::other, "", detail};
}

Verdict ended(const EndFacts& facts) {
  const sandbox::ExitStatus status = facts.status.value_or(sandbox::ExitStatus{});
  const std::string how = status.describe();
  const bool near_limit = facts.memory_limit != 0 && facts.peak_rss >= facts.memory_limit - facts.memory_limit / 10;
  // Nobody of ours sent this SIGKILL: near the limit, or beside a kill by the kernel, it was about memory.
  const bool killed = status.signaled && status.code == SIGKILL && (near_limit || facts.kernel_killed);
  if (killed || (!status.ok() && says_out_of_memory(facts.stderr_text)))
    return {FailureClass::out_of_memory, how, "the process ran out of memory and ended with " + how};
  if (status.signaled && status.code == SIGXCPU)
    return {FailureClass::hang, how, "the process used up its processor time"};
  if (status.signaled) return {FailureClass::crash, how, "the process was ended by " + how};
  return {FailureClass::exit, how, "the process ended with " + how + " without a reply"};
}

}  // namespace

std::string folded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit)
      out += c;
    else if (out.empty() || out.back() != '#')
      out += '#';
  }
  return out;
}

double StageLimits::of(Stage stage) const {
  const auto it = seconds.find(std::string(to_string(stage)));
  return it == seconds.end() ? default_seconds : it->second;
}

double StageLimits::total() const {
  if (total_seconds > 0) return total_seconds;
  double sum = start_seconds + exit_seconds;
  for (const Stage stage : kStages) sum += of(stage);
  return sum;
}

Failure process_failure(const EndFacts& facts) {
  Verdict verdict = facts.cause ? stopped(*facts.cause, facts.detail) : ended(facts);
  if (!facts.cause && !facts.detail.empty()) verdict.message += "; " + facts.detail;
  Failure failure;
  failure.stage = parse_stage(facts.last_stage).value_or(Stage::resolve);
  failure.failure_class = verdict.failure_class;
  failure.exception = verdict.exception;
  failure.message = verdict.message.substr(0, 4096);
  // The message holds measured values and quoted bytes; what kind of end it was is what recurs.
  failure.fingerprint =
      fmt::format("{}|{}||{}", to_string(failure.stage), to_string(failure.failure_class),
                  failure.failure_class == FailureClass::crash ? verdict.exception : folded(verdict.exception));
  failure.log = facts.stderr_text.substr(facts.stderr_text.size() - std::min(facts.stderr_text.size(), kLogTail));
  return failure;
}

Json CallOutcome::to_json() const {
  return {{"result", result ? *result : Json(nullptr)},
          {"process_failure", process_failure ? encode(*process_failure) : Json(nullptr)},
          {"last_stage", last_stage},
          {"notes", notes},
          {"stdout", stdout_text},
          {"stderr", stderr_text},
          {"wall_seconds", wall_seconds},
          {"peak_rss", peak_rss},
          {"strays", strays},
          {"exit_note", exit_note}};
}

Result<CallOutcome> CallOutcome::from_json(const Json& value) {
  CallOutcome out;
  ADAPT_TRY(out.last_stage, read_string(value, "last_stage", "outcome"));
  ADAPT_TRY(out.wall_seconds, read_number(value, "wall_seconds", "outcome"));
  if (const Json& result = member_or_null(value, "result"); !result.is_null()) out.result = result;
  if (const Json& failure = member_or_null(value, "process_failure"); !failure.is_null()) {
    ADAPT_TRY(out.process_failure, decode<Failure>(failure, "outcome.process_failure"));
  }
  if (out.result.has_value() == out.process_failure.has_value())
    return fail(ErrorKind::parse, "an outcome has either a result or a failure of the process");
  out.notes = strings_or_empty(value, "notes");
  out.stdout_text = string_or(value, "stdout", "");
  out.stderr_text = string_or(value, "stderr", "");
  out.peak_rss = static_cast<std::uint64_t>(int_or(value, "peak_rss", 0));
  out.strays = static_cast<int>(int_or(value, "strays", 0));
  out.exit_note = string_or(value, "exit_note", "");
  return out;
}

}  // namespace adapt::client
