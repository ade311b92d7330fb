// How much may be spent, as a tree: sweep, model, run. Every node's cap holds for all that is below it.
//
// A call first reserves the most that it may cost; what it did cost is settled afterwards. So a cap is met before the
// money is spent, not noticed after.
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "agent/llm/wire/turn.h"
#include "tools/base/result.h"

namespace adapt::llm {

struct Caps {
  std::optional<std::int64_t> nano_usd{};
  std::optional<std::int64_t> tokens{};  // all buckets
};

// A cost without a price is not known: then tokens alone rule.
struct Amount {
  std::int64_t tokens = 0;
  std::optional<std::int64_t> nano_usd;
  bool operator==(const Amount&) const = default;
};

struct Spend {
  Usage usage{};                                      // `estimated` when any part of it is
  std::int64_t nano_usd = 0;                          // of what has a price
  std::int64_t waste_nano_usd = 0, waste_tokens = 0;  // of calls that brought nothing
  std::int64_t unpriced_tokens = 0;
  std::int64_t calls = 0;  // settled ones
  bool operator==(const Spend&) const = default;
};

// Safe for use from many threads. A parent outlives its children.
class Budget {
 public:
  Budget(std::string name, Caps caps, Budget* parent = nullptr)
      : name_(std::move(name)), caps_(caps), parent_(parent) {}
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;

  // An error of kind budget names the node and the cap when `most` does not fit beside what is spent and reserved.
  Result<void> reserve(const Amount& most);
  // Reserves what an earlier process has committed itself to: it fits, whatever the caps say by now.
  void hold(const Amount& most);
  // Takes a reservation back: the call was not made.
  void cancel(const Amount& reserved);
  // Takes a reservation back and books what the call came to.
  void settle(const Amount& reserved, const Usage& usage, const std::optional<std::int64_t>& nano_usd, bool waste);
  // Books what an earlier process has spent.
  void book(const Usage& usage, const std::optional<std::int64_t>& nano_usd, bool waste);

  Spend spent() const;
  Amount reserved() const;
  // What is left under the tightest cap from here up; nothing where there is none.
  std::optional<std::int64_t> tokens_left() const;
  const Caps& caps() const { return caps_; }

 private:
  Result<void> fits(const Amount& most) const;

  std::string name_;
  Caps caps_;
  Budget* parent_;
  mutable std::mutex mutex_;
  Spend spent_;
  std::int64_t reserved_tokens_ = 0;
  std::int64_t reserved_nano_ = 0;
};

}  // namespace adapt::llm
