// The tools that run the draft: reproduce, compile, run_compare and bisect_layers.
#include "tools/toolbox/failure_view.h"
#include "tools/toolbox/quote.h"
#include "tools/toolbox/tools.h"

namespace adapt::toolbox {
namespace {

using client::Failure;
using client::Stage;

// What a failure is beside the one before it.
std::string change_since(const Failure& before, const Failure& now) {
  if (now.stage > before.stage) return fmt::format("further: the failure before was at {}", to_string(before.stage));
  if (now.stage < before.stage) return fmt::format("earlier: the failure before was at {}", to_string(before.stage));
  if (now.fingerprint == before.fingerprint) return "same: this is the failure before";
  return fmt::format("another failure at the same stage: the one before had fingerprint {}", short_fingerprint(before));
}

// So that there is nothing to read that was not read before.
bool is_same(const Failure& before, const Failure& now) {
  return now.stage == before.stage && now.fingerprint == before.fingerprint && now.message == before.message;
}

Result<Reply> try_draft(Session& session, Stage until) {
  ADAPT_TRY(Trial trial, session.bench().run(session.draft(), until));
  const Failure before = session.latest().failure;
  Answer answer;
  answer.say("{} on {}, {} changed module{}, {} option{}.",
             trial.failure ? fmt::format("Failed after passing {}", to_string(trial.reached))
                           : fmt::format("Passed every stage up to {}", to_string(until)),
             session.bench().backend(), session.draft().overlay.size(), session.draft().overlay.size() == 1 ? "" : "s",
             session.draft().options.size(), session.draft().options.size() == 1 ? "" : "s");
  if (trial.repeated) answer.line("This draft had been tried before; this is the recorded answer.");
  if (trial.failure) {
    answer.line(change_since(before, *trial.failure));
    if (is_same(before, *trial.failure))
      answer.line("Word for word; inspect_failure shows it again.");
    else
      say_failure(answer, *trial.failure, kMaxReply / 3);
    session.saw(*trial.failure);
    ADAPT_TRY_VOID(say_frames(answer, session, session.latest()));
  } else if (until < before.stage) {
    answer.say("The failure before was at {}, which was not asked for.", to_string(before.stage));
  } else {
    answer.say("further: the failure before was at {}", to_string(before.stage));
  }
  Reply reply = std::move(answer).reply();
  reply.trial = std::move(trial);
  return reply;
}

}  // namespace

Result<Reply> reproduce(Session& session, const NoArguments& /*arguments*/) { return try_draft(session, Stage::run); }
Result<Reply> compile(Session& session, const NoArguments& /*arguments*/) { return try_draft(session, Stage::compile); }
Result<Reply> run_compare(Session& session, const NoArguments& /*arguments*/) {
  return try_draft(session, Stage::compare);
}

Result<Reply> bisect_layers(Session& session, const NoArguments& /*arguments*/) {
  ADAPT_TRY(const Bisection found, session.bench().bisect(session.draft()));
  Answer answer;
  if (found.culprit) {
    answer.say("Of {} parts that were taken through {} alone, this is the first that fails or differs:", found.tried,
               session.bench().backend());
    answer.data("part", fmt::format("path in the model: {}\nclass: {}:{}", found.culprit->module, found.culprit->source,
                                    found.culprit->class_name));
    say_failure(answer, found.culprit->failure, kMaxReply / 3);
  } else {
    answer.say("Each of {} parts passes {} when it is taken alone.", found.tried, session.bench().backend());
  }
  std::string notes;
  for (const std::string& note : found.notes) notes += note + "\n";
  if (!notes.empty()) answer.line("Notes:").data("notes", notes, kMaxReply / 4);
  return std::move(answer).reply();
}

}  // namespace adapt::toolbox
