// The conversation in which a language model repairs a model: it calls tools, the engine runs them, and only the judge
// says when it is done.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "agent/llm/redactor.h"
#include "agent/loop/asker.h"
#include "agent/loop/stop_reason.h"
#include "agent/loop/watch.h"
#include "tools/base/clock.h"
#include "tools/toolbox/toolbox.h"

namespace adapt::loop {

struct Limits {
  std::int64_t turns = 60;
  std::int64_t wall_ms = 1'200'000;
  double device_seconds = 300;
  std::int64_t output_tokens = 8000;  // of one answer
  std::string effort{};
  int conversations = 3;  // openings: the first, and others from a draft that gained a stage
  int compactions = 4;    // of one conversation
  WatchLimits watch{};
};

// What the run knows when it asks. Texts may be "".
struct Task {
  toolbox::Draft start{};
  client::Failure failure{};  // of `start`
  std::string tried{};        // by options and patterns
  std::string memory{};       // what failed in earlier runs; untrusted
  std::string run{};          // groups requests for caches
};

// What the loop needs of the run. The functions may be empty, but for `accept`.
struct Hooks {
  // The verdict about a draft that passes on visible inputs: nothing, or why it is refused.
  std::function<Result<std::optional<std::string>>(const toolbox::Draft&)> accept{};
  std::function<double()> device_seconds{};  // that trials have taken so far
  // Of the conversation, for readers of the log. A resumed run tells the same again, so it may be on disk late.
  std::function<Result<void>(std::string_view type, const Json& data)> emit{};
  std::function<void(std::string_view)> line{};  // for people
};

struct LoopResult {
  StopReason reason = StopReason::no_calls;
  std::string detail;                   // for people
  toolbox::Draft draft;                 // accepted, or the one that got furthest
  std::optional<client::Failure> left;  // where that one ends
  std::vector<Tried> tried;
  std::int64_t turns = 0;
};

// References outlive it.
class Loop {
 public:
  Loop(toolbox::Bench& bench, Asker& asker, const llm::Redactor& redactor, const Clock& clock, Limits limits,
       Hooks hooks);

  // An Error only when the run itself cannot go on; every end of the conversation is a result.
  Result<LoopResult> run(const Task& task);

 private:
  class Conversation;
  toolbox::Bench& bench_;
  Asker& asker_;
  const llm::Redactor& redactor_;
  const Clock& clock_;
  Limits limits_;
  Hooks hooks_;
};

}  // namespace adapt::loop
