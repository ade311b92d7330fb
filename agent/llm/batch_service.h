// One service's form of batches: what is sent, and what its answers mean. Pure, as the dialects. For batch.cpp only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "agent/llm/batch.h"
#include "agent/llm/wire/ordered.h"

namespace adapt::llm {

// What a service says of a batch.
struct BatchView {
  std::string id;
  BatchStatus status;
  std::int64_t created_ms = 0;       // UTC
  std::string tag;                   // that it was sent with, where the service keeps it
  std::vector<std::string> answers;  // paths of the files that hold them
  std::optional<CallError> failure;  // of the batch as a whole
};

// One line of the answers: the body of a success, or why there is none.
struct AnswerLine {
  std::string id;  // as it was sent
  std::variant<std::string, CallError> answer;
};

class BatchService {
 public:
  virtual ~BatchService() = default;
  virtual BatchLimits limits() const = 0;
  virtual bool speaks(DialectName dialect) const = 0;

  // A payload is `open`, the questions with `between` between two of them, `close`.
  struct Frame {
    std::string_view open, between, close;
  };
  virtual Frame frame() const = 0;
  virtual std::string question(std::string_view id, const std::string& path, const std::string& body) const = 0;

  // What carries the payload: the creation itself, or an upload before it whose answer names a file.
  virtual BatchCall carrier(std::string payload, const std::string& tag) const = 0;
  // Nothing when the carrier was the creation.
  virtual std::optional<BatchCall> creation(const std::string& file, const std::string& path,
                                            const std::string& tag) const = 0;

  virtual std::string path(std::string_view id) const = 0;        // of one batch; cancelling is below it
  virtual std::string listing(std::string_view after) const = 0;  // of recent ones, the newest first

  // Nothing when the object is no batch.
  virtual std::optional<BatchView> read(const OrderedJson& object) const = 0;
  virtual std::optional<AnswerLine> read_answer(const OrderedJson& line) const = 0;
  // Whether a batch whose id nobody has seen may be this one.
  virtual bool may_be(const BatchView& view, const BatchMark& mark) const = 0;
};

const BatchService& openai_batches();
const BatchService& anthropic_batches();

inline constexpr std::size_t kMaxWord = 64;  // bytes of a service's word for a state

// Whether an id of the service's may stand in a path.
bool is_plain_id(std::string_view id);

// Of a question that was never answered.
CallError unanswered(CallErrorKind kind, std::string code, std::string message);

}  // namespace adapt::llm
