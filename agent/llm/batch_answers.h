// The answers of a batch, read line by line as they come in. For batch.cpp only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "agent/llm/batch_service.h"

namespace adapt::llm {

inline constexpr std::size_t kMaxAnswerLine = std::size_t{16} << 20U;

// References outlive it.
class AnswerTaker {
 public:
  AnswerTaker(const BatchService& service, const Target& target, const Ledger& ledger, const Redactor& redactor,
              std::string tag, const BatchClient::Take& take)
      : service_(service), target_(target), ledger_(ledger), redactor_(redactor), tag_(std::move(tag)), take_(take) {}

  // A question that waits for its answer.
  void expect(const BatchItem& item, const CallSize& size) { waiting_[item.id] = {&item, size, waiting_.size()}; }

  void begin_pass() { unreadable_ = 0; }
  // For one download; an answer that has been handed over is not handed over again.
  BatchCalls::Listener listener();
  std::int64_t taken() const { return static_cast<std::int64_t>(taken_); }

  // Hands over an error for every question that is left, in their order.
  Result<void> finish(const BatchView& view);
  // What all answers came to, at `percent` of the price.
  Settlement settlement(const Reservation& batch, std::int64_t percent, BatchState state) const;

 private:
  struct Waiting {
    const BatchItem* item = nullptr;
    CallSize size;
    std::size_t place = 0;
    bool is_taken = false;
  };
  Result<void> feed(std::string_view bytes);
  Result<void> read(std::string_view line);
  Result<void> hand_over(Waiting& waiting, Answer answer);
  Answer answer_of(const Waiting& waiting, std::variant<std::string, CallError> said);
  void count(const Usage& usage);

  const BatchService& service_;
  const Target& target_;
  const Ledger& ledger_;
  const Redactor& redactor_;
  std::string tag_;
  const BatchClient::Take& take_;

  std::map<std::string, Waiting, std::less<>> waiting_;
  std::size_t taken_ = 0;
  std::size_t turns_ = 0;
  std::size_t unreadable_ = 0;  // lines of this pass, also of attempts that broke

  std::string line_;
  bool is_skipping_ = false;  // the rest of a line that is too long

  Usage usage_;
  std::optional<std::int64_t> nano_usd_ = 0;  // nothing: a price is not known
};

}  // namespace adapt::llm
