#include "agent/llm/batch_answers.h"

#include <algorithm>

#include "agent/llm/echo.h"
#include "agent/llm/wire/text_protocol.h"
#include "tools/base/text.h"

namespace adapt::llm {

BatchCalls::Listener AnswerTaker::listener() {
  return {.begin =
              [this] {
                line_.clear();
                is_skipping_ = false;
              },
          .take = [this](std::string_view bytes) { return feed(bytes); },
          .end = [this]() -> Result<bool> {
            if (is_cut_json(line_) && !trim(line_).empty()) return false;
            ADAPT_TRY_VOID(read(line_));
            return true;
          }};
}

Result<void> AnswerTaker::feed(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view piece = bytes.substr(0, end);
    if (!is_skipping_ && line_.size() + piece.size() > kMaxAnswerLine) {
      is_skipping_ = true;
      ++unreadable_;
      line_.clear();
    }
    if (!is_skipping_) line_ += piece;
    if (end == std::string_view::npos) return {};
    bytes.remove_prefix(end + 1);
    is_skipping_ = false;
    const std::string line = std::exchange(line_, {});
    ADAPT_TRY_VOID(read(line));
  }
  return {};
}

Result<void> AnswerTaker::read(std::string_view line) {
  if (trim(line).empty()) return {};
  const Result<OrderedJson> json = parse_lenient_ordered(line);
  std::optional<AnswerLine> said = json ? service_.read_answer(*json) : std::nullopt;
  if (!said) {
    ++unreadable_;
    return {};
  }
  std::string_view id = said->id;
  const bool is_ours = id.starts_with(tag_) && id.substr(tag_.size()).starts_with('_');
  const auto found = is_ours ? waiting_.find(id.substr(tag_.size() + 1)) : waiting_.end();
  if (found == waiting_.end())
    return fail(ErrorKind::llm, "the service answers a question '{}' that was not asked", id.substr(0, 100));
  if (found->second.is_taken) return {};
  return hand_over(found->second, answer_of(found->second, std::move(said->answer)));
}

Answer AnswerTaker::answer_of(const Waiting& waiting, std::variant<std::string, CallError> said) {
  if (auto* error = std::get_if<CallError>(&said)) return std::move(*error);
  Target target = target_;
  target.input_tokens = waiting.size.input_tokens;
  Answer answer = dialect(target.profile.dialect).whole(std::get<std::string>(said), target);
  auto* turn = std::get_if<Turn>(&answer);
  if (turn == nullptr) return answer;
  count(turn->usage);
  if (turn->stop == Stop::server_error)
    return unanswered(CallErrorKind::server, "", "the server gave up: " + turn->native_stop);
  ++turns_;
  if (target.profile.tools == ToolStyle::text)
    *turn = with_text_calls(std::move(*turn), waiting.item->request.tools, target.profile);
  return answer;
}

Result<void> AnswerTaker::hand_over(Waiting& waiting, Answer answer) {
  std::visit([&](auto& said) { take_out(said, redactor_); }, answer);
  waiting.is_taken = true;
  ++taken_;
  return take_({waiting.item->id, std::move(answer)});
}

void AnswerTaker::count(const Usage& usage) {
  const std::optional<Price> price = ledger_.price(target_.model, usage.input());
  usage_ += usage;
  nano_usd_ = price && nano_usd_ ? std::optional(sum_of(*nano_usd_, cost_of(usage, *price))) : std::nullopt;
}

Result<void> AnswerTaker::finish(const BatchView& view) {
  std::vector<Waiting*> left;
  for (auto& [id, waiting] : waiting_)
    if (!waiting.is_taken) left.push_back(&waiting);
  std::ranges::sort(left, {}, &Waiting::place);
  // Where the service did its work, an answer that we cannot see was paid for.
  std::size_t paid = view.status.state == BatchState::ended ? left.size() : std::min(unreadable_, left.size());
  for (Waiting* waiting : left) {
    CallError error;
    if (view.failure)
      error = *view.failure;
    else if (view.status.state == BatchState::expired)
      error = unanswered(CallErrorKind::silent, "expired", "the batch's time was up before its turn came");
    else if (view.status.state == BatchState::cancelled)
      error = unanswered(CallErrorKind::cancelled, "cancelled", "the batch was cancelled before its turn came");
    else
      error = unanswered(
          CallErrorKind::cut, "",
          fmt::format("the batch has ended without an answer to this; {} lines could not be read", unreadable_));
    if (paid > 0) {
      --paid;
      count({.fresh = waiting->size.input_tokens, .output = waiting->size.output_tokens, .estimated = true});
    }
    ADAPT_TRY_VOID(hand_over(*waiting, std::move(error)));
  }
  return {};
}

Settlement AnswerTaker::settlement(const Reservation& batch, std::int64_t percent, BatchState state) const {
  return {batch.call, usage_, nano_usd_ ? std::optional(percent_of(*nano_usd_, percent)) : std::nullopt, turns_ == 0,
          std::string(to_string(state))};
}

}  // namespace adapt::llm
