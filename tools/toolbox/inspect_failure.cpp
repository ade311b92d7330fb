#include "tools/toolbox/failure_view.h"
#include "tools/toolbox/quote.h"
#include "tools/toolbox/tools.h"

namespace adapt::toolbox {

Result<Reply> inspect_failure(Session& session, const InspectFailure& arguments) {
  const Seen& seen = arguments.which == "first" ? session.first() : session.latest();
  Answer answer;
  answer.say("The {} failure on {}:", arguments.which, session.bench().backend());
  say_failure(answer, seen.failure, kMaxReply / 3);
  ADAPT_TRY_VOID(say_frames(answer, session, seen));
  if (!arguments.log) return std::move(answer).reply();
  if (seen.failure.log.empty())
    answer.line("The backend left no log.");
  else
    answer.line("Tail of the backend's log:").data("log", without_bad_advice(clean(seen.failure.log)));
  return std::move(answer).reply();
}

}  // namespace adapt::toolbox
