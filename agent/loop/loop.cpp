#include "agent/loop/loop.h"

#include <algorithm>

#include "agent/loop/briefing.h"
#include "agent/loop/tool_names.h"
#include "agent/prompting/prompts.h"
#include "tools/base/hash.h"
#include "tools/toolbox/quote.h"

namespace adapt::loop {
namespace {

using llm::CallErrorKind;
using llm::Stop;

// Room that a conversation leaves for its own next answers.
constexpr double kFullAt = 0.75;
// A conversation that starts again has to be this much shorter than the window, or it would soon be full again.
constexpr double kFreshMost = 0.5;
// Where nobody knows the window.
constexpr std::int64_t kAssumedContext = 120'000;

StopReason reason_of(CallErrorKind kind) {
  switch (kind) {
    case CallErrorKind::refusal: return StopReason::refused;
    case CallErrorKind::context: return StopReason::context_full;
    case CallErrorKind::not_capable: return StopReason::not_capable;
    case CallErrorKind::missing: return StopReason::not_in_recording;
    default: return StopReason::service_failed;
  }
}

std::string told(const llm::CallError& error) {
  return fmt::format("{}{}: {}", llm::to_string(error.kind), error.status != 0 ? fmt::format(" {}", error.status) : "",
                     error.message);
}

}  // namespace

// One conversation and those that follow it; the names of members that end a run are those of LoopResult.
class Loop::Conversation {
 public:
  Conversation(Loop& loop, const Task& task)
      : loop_(loop),
        task_(task),
        tools_(loop.bench_, task.start),
        watch_(task.failure, loop.limits_.watch),
        start_ms_(loop.clock_.monotonic_ms()),
        output_tokens_(loop.limits_.output_tokens) {}

  Result<LoopResult> run() {
    ADAPT_TRY(std::string first, opening(tools_, loop_.bench_, task_.tried, task_.memory));
    for (int number = 1;; ++number) {
      begin(std::move(first));
      ADAPT_TRY_VOID(converse());
      const bool stuck = stop_ == StopReason::no_progress || stop_ == StopReason::repeats;
      if (!stuck || !watch_.gained_stage() || !watch_.best_draft() || number >= loop_.limits_.conversations) break;
      // Another way from the state that got furthest.
      const toolbox::Draft frozen = *watch_.best_draft();
      const client::Failure failure = watch_.best_failure();
      tools_.restore(frozen);
      ADAPT_TRY(const toolbox::Reply again, tools_.call("reproduce", "{}"));
      ADAPT_TRY(first, resumption("branch", tools_, loop_.bench_, tried_));
      watch_ = Watch(failure, loop_.limits_.watch);
      frozen_ = {frozen, failure};
      stop_.reset();
    }
    return result();
  }

 private:
  void begin(std::string first) {
    request_ = {};
    request_.system = prompting::render("system", {});
    request_.tools = tool_specs();
    request_.max_output_tokens = output_tokens_;
    request_.effort = loop_.limits_.effort;
    request_.cache_key = task_.run;
    say(std::move(first));
    is_first_turn_ = true;
  }

  void say(const std::string& text) { request_.messages.emplace_back(llm::UserText{loop_.redactor_.text(text)}); }

  void stop(StopReason reason, std::string detail) {
    if (stop_) return;
    stop_ = reason;
    detail_ = std::move(detail);
  }

  LoopResult result() const {
    LoopResult out{
        .reason = *stop_, .detail = detail_, .draft = tools_.draft(), .left = {}, .tried = tried_, .turns = turns_};
    if (*stop_ == StopReason::repaired) return out;
    out.draft = watch_.best_draft().value_or(frozen_.draft.value_or(task_.start));
    out.left = watch_.best_draft() || !frozen_.failure ? watch_.best_failure() : *frozen_.failure;
    return out;
  }

  Result<void> converse() {
    while (!stop_) {
      check_limits();
      if (stop_) break;
      ADAPT_TRY_VOID(keep_short());
      if (stop_) break;
      ADAPT_TRY_VOID(turn());
    }
    return {};
  }

  void check_limits() {
    if (turns_ >= loop_.limits_.turns)
      return stop(StopReason::out_of_turns, fmt::format("{} answers are the limit", loop_.limits_.turns));
    if (loop_.clock_.monotonic_ms() - start_ms_ > loop_.limits_.wall_ms)
      return stop(StopReason::out_of_time, fmt::format("{} s are the limit", loop_.limits_.wall_ms / 1000));
    if (loop_.hooks_.device_seconds && loop_.hooks_.device_seconds() > loop_.limits_.device_seconds)
      return stop(StopReason::out_of_device,
                  fmt::format("{:.0f} s on the backend are the limit", loop_.limits_.device_seconds));
    if (const auto call = watch_.repeats()) return stop(StopReason::repeats, *call);
    if (const auto why = watch_.stale()) return stop(StopReason::no_progress, *why);
    if (watch_.is_bad()) return stop(StopReason::no_calls, "answers in a row held nothing that could be run");
  }

  std::int64_t window() const {
    const std::int64_t known = loop_.asker_.context_tokens();
    return known > 0 ? known : kAssumedContext;
  }

  Result<void> keep_short() {
    const auto size = static_cast<double>(loop_.asker_.estimate(request_) + output_tokens_);
    if (size <= kFullAt * static_cast<double>(window())) return {};
    return compact();
  }

  // Starts the conversation again from the draft as it stands. It is an end when that does not help.
  Result<void> compact() {
    if (++compactions_ > loop_.limits_.compactions) {
      stop(StopReason::context_full, "the conversation became too long again and again");
      return {};
    }
    const std::int64_t before = loop_.asker_.estimate(request_);
    ADAPT_TRY(std::string first, resumption("continue", tools_, loop_.bench_, tried_));
    watch_.began_again();
    begin(std::move(first));
    is_first_turn_ = false;
    const std::int64_t after = loop_.asker_.estimate(request_);
    const bool helps = after < before && static_cast<double>(after) <= kFreshMost * static_cast<double>(window());
    if (!helps)
      stop(StopReason::context_full,
           fmt::format("{} tokens are the window, and the shortest beginning has {}", window(), after));
    return emit("llm_compacted", Json{{"tokens_before", before}, {"tokens_after", after}});
  }

  Result<void> emit(std::string_view type, const Json& data) {
    return loop_.hooks_.emit ? loop_.hooks_.emit(type, data) : Result<void>();
  }

  Result<void> turn() {
    ++turns_;
    watch_.turn_began();
    const Result<llm::TurnOutcome> outcome = loop_.asker_.ask(request_, turns_);
    if (!outcome) {
      if (outcome.error().kind != ErrorKind::budget) return tl::unexpected<Error>(outcome.error());
      stop(StopReason::out_of_budget, outcome.error().message);
      return {};
    }
    if (const auto* failed = std::get_if<llm::Failed>(&*outcome)) return service_failed(failed->error);
    return take(std::get<llm::Done>(*outcome).turn);
  }

  Result<void> service_failed(const llm::CallError& error) {
    if (error.kind == CallErrorKind::context && !was_too_long_) {
      was_too_long_ = true;  // a second time in a row is the end
      return compact();
    }
    stop(reason_of(error.kind), told(error));
    return {};
  }

  Result<void> take(const llm::Turn& turn) {
    was_too_long_ = false;
    switch (turn.stop) {
      case Stop::tool: return run_calls(turn);
      case Stop::length: return cut_short(turn);
      case Stop::context: return compact();
      case Stop::refusal: stop(StopReason::refused, turn.native_stop); return {};
      case Stop::end:
      case Stop::stop_sequence:
      case Stop::pause: return without_call(turn);
      case Stop::malformed:
      case Stop::server_error:
      case Stop::unknown: break;
    }
    return nudge(turn, prompting::render("no_call", {}));
  }

  // Only a turn that says something may stand in a conversation.
  Result<void> nudge(const llm::Turn& turn, const std::string& text) {
    watch_.turn_was(false);
    if (!turn.message.parts.empty()) {
      request_.messages.emplace_back(turn.message);
      say(text);
    }
    return {};
  }

  Result<void> cut_short(const llm::Turn& turn) {
    if (output_tokens_ == loop_.limits_.output_tokens) output_tokens_ *= 2;  // once
    Result<void> done =
        nudge(turn, prompting::render("cut_short", {{"tokens", std::to_string(request_.max_output_tokens)}}));
    request_.max_output_tokens = output_tokens_;
    return done;
  }

  // The model says that it is done, or says nothing of use. Which of the two, the draft tells.
  Result<void> without_call(const llm::Turn& turn) {
    if (!is_tested_) {
      ADAPT_TRY(const toolbox::Reply reply, tools_.call("run_compare", "{}"));
      ADAPT_TRY(std::string text, tested(reply, "run_compare"));
      if (stop_) return {};
      if (turn.message.parts.empty()) return {};
      request_.messages.emplace_back(turn.message);
      say(prompting::render("checked", {{"outcome", text}}));
      return {};
    }
    return nudge(turn, prompting::render("no_call", {}));
  }

  Result<void> run_calls(const llm::Turn& turn) {
    request_.messages.emplace_back(turn.message);
    llm::ToolResults results;
    for (const llm::ToolCall& call : turn.message.calls()) {
      ADAPT_TRY(llm::ToolResult result, run_call(call));
      results.results.push_back(std::move(result));
    }
    watch_.turn_was(std::ranges::any_of(results.results, [](const llm::ToolResult& r) { return !r.is_error; }));
    // A repair that is seen at once need not be asked for a second time.
    if (is_first_turn_ && !is_tested_ && !stop_) {
      ADAPT_TRY(const toolbox::Reply reply, tools_.call("run_compare", "{}"));
      ADAPT_TRY(const std::string text, tested(reply, "run_compare"));
      results.results.back().text += "\n\n" + loop_.redactor_.text(prompting::render("checked", {{"outcome", text}}));
    }
    is_first_turn_ = false;
    request_.messages.emplace_back(std::move(results));
    return {};
  }

  Result<llm::ToolResult> run_call(const llm::ToolCall& call) {
    llm::ToolResult result{call.id, call.name, "", true};
    if (stop_) {  // an earlier call of this turn ended the conversation
      result.text = "not run: the conversation has ended";
      return result;
    }
    const std::string name = tool_name(call.name);
    ADAPT_TRY(toolbox::Reply reply, tools_.call(name, call.arguments));
    watch_.called(name, call.arguments, reply);
    std::string text = reply.text;
    if (reply.changed) {
      is_tested_ = false;
      last_change_ = change_of(name, call.arguments);
    }
    if (reply.trial) {
      ADAPT_TRY(text, tested(reply, name));
    }
    if (reply.gave_up) stop(StopReason::gave_up, reply.text);
    result.text = loop_.redactor_.text(text);
    result.is_error = reply.is_error;
    ADAPT_TRY_VOID(emit("llm_tool", Json{{"turn", turns_},
                                         {"call", call.id},
                                         {"name", name},
                                         {"arguments", loop_.redactor_.text(call.arguments)},
                                         {"is_error", reply.is_error},
                                         {"text", result.text},
                                         {"changed", reply.changed}}));
    return result;
  }

  // Takes note of a trial, and asks the judge about a draft that passes everything. The text for the model.
  Result<std::string> tested(const toolbox::Reply& reply, const std::string& tool) {
    if (!reply.trial) return reply.text;
    const toolbox::Trial& trial = *reply.trial;
    const bool is_whole = tool == "run_compare";
    if (is_whole) is_tested_ = true;
    const bool progress = watch_.tried(tools_.draft(), trial.failure);
    const bool is_start = tools_.draft() == task_.start;
    if (!is_start || trial.failure)
      tried_.push_back({trial.number, last_change_.empty() ? "the draft as it was" : last_change_,
                        trial.failure ? describe(*trial.failure) : "passes " + tool});
    if (loop_.hooks_.line)
      loop_.hooks_.line(fmt::format("answer {}: {} -> {}{}", turns_, tried_.empty() ? tool : tried_.back().what,
                                    trial.failure ? describe(*trial.failure) : "passes",
                                    progress && trial.failure ? " (further)" : ""));
    if (trial.failure || !is_whole) return reply.text;
    ADAPT_TRY(const std::optional<std::string> refusal, loop_.hooks_.accept(tools_.draft()));
    if (!refusal) {
      stop(StopReason::repaired, "the judge accepted the draft");
      return reply.text;
    }
    if (!tried_.empty()) tried_.back().ended = "refused by the judge: " + *refusal;
    if (++refusals_ >= kMaxRefusals)
      stop(StopReason::no_progress, "the judge refused " + std::to_string(refusals_) + " drafts");
    return reply.text + "\n\n" +
           prompting::render("refused", {{"reasons", toolbox::quote("judge", *refusal, kMaxReasons)}});
  }

  static constexpr int kMaxRefusals = 5;
  static constexpr std::size_t kMaxReasons = std::size_t{4} << 10U;  // an exception on unseen inputs may say anything

  // "rewrite Attention.forward".
  static std::string change_of(const std::string& name, const std::string& arguments) {
    const Result<Json> json = parse_json(arguments);
    const std::string object = json ? string_or(*json, "symbol", string_or(*json, "id", "")) : "";
    return object.empty() ? name : name + " " + object;
  }

  Loop& loop_;
  const Task& task_;
  toolbox::Toolbox tools_;
  Watch watch_;
  llm::Request request_;
  struct {
    std::optional<toolbox::Draft> draft;
    std::optional<client::Failure> failure;
  } frozen_;  // what the newest branch began with
  std::int64_t start_ms_;
  std::int64_t output_tokens_;
  std::int64_t turns_ = 0;
  int compactions_ = 0;
  int refusals_ = 0;
  bool is_first_turn_ = true;
  bool is_tested_ = true;      // the draft as it stands was compared, or is the start
  bool was_too_long_ = false;  // the server said so of the request before
  std::string last_change_;
  std::vector<Tried> tried_;
  std::optional<StopReason> stop_;
  std::string detail_;
};

Loop::Loop(toolbox::Bench& bench, Asker& asker, const llm::Redactor& redactor, const Clock& clock, Limits limits,
           Hooks hooks)
    : bench_(bench),
      asker_(asker),
      redactor_(redactor),
      clock_(clock),
      limits_(std::move(limits)),
      hooks_(std::move(hooks)) {
  ADAPT_CHECK(static_cast<bool>(hooks_.accept), "a loop without a judge");
}

Result<LoopResult> Loop::run(const Task& task) {
  ADAPT_TRY(LoopResult result, Conversation(*this, task).run());
  if (hooks_.emit)
    ADAPT_TRY_VOID(hooks_.emit("llm_stop", Json{{"reason", to_string(result.reason)},
                                                {"detail", redactor_.text(result.detail)},
                                                {"turns", result.turns}}));
  return result;
}

}  // namespace adapt::loop
