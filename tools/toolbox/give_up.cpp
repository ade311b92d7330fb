#include "tools/base/text.h"
#include "tools/toolbox/tools.h"

namespace adapt::toolbox {

// An honest end: a task without one invites repairs that only look like some.
Result<Reply> give_up(Session& /*session*/, const GiveUp& arguments) {
  if (trim(arguments.reason).empty())
    return fail(ErrorKind::usage, "arguments.reason is empty: say what stands in the way");
  Answer answer;
  answer.say("Given up: {}", arguments.reason);
  Reply reply = std::move(answer).reply();
  reply.gave_up = true;
  return reply;
}

}  // namespace adapt::toolbox
