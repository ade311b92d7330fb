// Whether a conversation gets anywhere: which failures its trials have seen, and which calls it repeats.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "tools/toolbox/toolbox.h"

namespace adapt::loop {

struct WatchLimits {
  int stale_trials = 8;  // in a row that bring nothing new
  int stale_turns = 20;  // in a row without a trial that brings something new
  int repeats = 4;       // of one call with one result
  int bad_turns = 4;     // in a row in which nothing could be run
};

// What a trial came to, told shortly.
struct Tried {
  std::int64_t trial = 0;  // its number in the run's record
  std::string what;        // "rewrite Attention.forward", "set_option no-cache"
  std::string ended;       // "passes", "lower: unsupported-op aten.unfold"
};

class Watch {
 public:
  // The failure that the conversation starts from.
  Watch(const client::Failure& start, WatchLimits limits);

  void turn_began();
  // A call and what it said.
  void called(const std::string& name, const std::string& arguments, const toolbox::Reply& reply);
  // A trial of a draft. True: further than anything before.
  bool tried(const toolbox::Draft& draft, const std::optional<client::Failure>& failure);
  // The conversation starts again and holds no earlier result: who looks once more is not stuck.
  void began_again();
  void turn_was(bool of_use);  // of use: it held a call that could be run

  std::optional<std::string> stale() const;    // why it is stuck
  std::optional<std::string> repeats() const;  // which call is repeated
  bool is_bad() const { return bad_turns_ >= limits_.bad_turns; }

  // The draft that got furthest, with its failure; the start where none got further.
  bool gained_stage() const { return gained_stage_; }
  const std::optional<toolbox::Draft>& best_draft() const { return best_draft_; }
  const client::Failure& best_failure() const { return best_failure_; }

 private:
  WatchLimits limits_;
  client::Failure best_failure_;
  std::optional<toolbox::Draft> best_draft_;
  bool gained_stage_ = false;
  std::set<std::string> seen_;        // identities of failures
  std::map<std::string, int> calls_;  // by hash of call and result
  std::string repeated_;
  int stale_trials_ = 0;
  int stale_turns_ = 0;
  int bad_turns_ = 0;
};

}  // namespace adapt::loop
