// What the reducers of all dialects share: one reading of events and bodies, and one settling of what was collected
// into a turn. For the dialects only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/llm/wire/dialect.h"
#include "agent/llm/wire/ordered.h"

namespace adapt::llm {

// One thing that the model said: in the provider's form, and in ours when we have one for it.
struct Piece {
  OrderedJson raw;
  std::optional<Part> part;
};

// A dialect adds how its events are read and what its own form of a turn is.
class CommonReducer : public Reducer {
 public:
  static constexpr std::size_t kMaxPieces = 4096;

  CommonReducer(const Target& target, DialectName dialect);

  void take(const SseEvent& event) final;
  void take_whole(std::string_view body);
  bool has_output() const final { return generated_ > 0; }
  bool is_done() const final { return done_ || error_.has_value(); }
  std::size_t progress() const final { return progress_; }
  Answer end(Ending ending) final;

 protected:
  virtual void take_event(std::string_view type, const OrderedJson& event) = 0;
  virtual void take_body(const OrderedJson& body) = 0;
  virtual std::vector<Piece> pieces() = 0;
  // The provider's form of those pieces that stay; the arguments of their calls are settled.
  virtual OrderedJson raw_of(const std::vector<Piece>& kept) const = 0;

  // Something semantic came, with that many bytes of output.
  void said(std::size_t bytes);
  void stop(const std::string& word);  // the first word counts
  void finish() { done_ = true; }
  void refuse() { refused_ = true; }
  void fail_with(const OrderedJson& error);  // an object in one of the shapes that classify() knows
  void bound(std::size_t count);             // of parts: beyond kMaxPieces the answer is refused
  void note(std::string text);
  bool has_failed() const { return error_.has_value(); }

  const Profile& profile() const { return target_.profile; }
  Turn& turn() { return turn_; }
  Usage& usage();  // from now on the server's own

 private:
  void read(std::string_view type, std::string_view text, bool whole);
  void settle(std::vector<Piece>& pieces);

  Target target_;
  Turn turn_;
  std::optional<CallError> error_;
  bool has_usage_ = false;
  bool stop_seen_ = false;
  bool done_ = false;
  bool refused_ = false;
  std::size_t generated_ = 0;
  std::size_t progress_ = 0;
};

// The whole body as one answer.
Answer reduce_whole(CommonReducer& reducer, std::string_view body);

// "" or a JSON text as arguments: what a call may be run with. Nothing when it is not one object, even read leniently.
std::optional<std::string> settled_arguments(const std::string& arguments);

// An id for a call that came without one: equal answers get equal ones.
std::string minted_id(std::string_view answer_id, std::size_t index, const ToolCall& call);

}  // namespace adapt::llm
