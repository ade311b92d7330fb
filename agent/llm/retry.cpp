#include "agent/llm/retry.h"

#include <algorithm>
#include <array>

#include "tools/base/result.h"

namespace adapt::llm {
namespace {

constexpr std::array kRules = {
    RetryRule{.kind = CallErrorKind::connect, .attempts = 6, .first_ms = 500, .most_ms = 30'000},
    RetryRule{
        .kind = CallErrorKind::loading, .attempts = 1, .first_ms = 2'000, .most_ms = 2'000, .until_deadline = true},
    RetryRule{.kind = CallErrorKind::rate, .attempts = 10, .first_ms = 2'000, .most_ms = 60'000},
    RetryRule{.kind = CallErrorKind::overload, .attempts = 8, .first_ms = 2'000, .most_ms = 60'000},
    RetryRule{.kind = CallErrorKind::server, .attempts = 4, .first_ms = 1'000, .most_ms = 20'000},
    RetryRule{.kind = CallErrorKind::cut, .attempts = 4, .first_ms = 1'000, .most_ms = 20'000},
    RetryRule{.kind = CallErrorKind::silent, .attempts = 4, .first_ms = 1'000, .most_ms = 20'000},
    RetryRule{.kind = CallErrorKind::conflict, .attempts = 4, .first_ms = 1'000, .most_ms = 20'000},
    RetryRule{.kind = CallErrorKind::auth, .attempts = 2, .first_ms = 0, .most_ms = 0},  // the key is read again
    RetryRule{.kind = CallErrorKind::context},
    RetryRule{.kind = CallErrorKind::refusal},
    RetryRule{.kind = CallErrorKind::caller},
    RetryRule{.kind = CallErrorKind::money},
    RetryRule{.kind = CallErrorKind::not_capable, .attempts = 2, .first_ms = 1'000, .most_ms = 1'000},
    RetryRule{.kind = CallErrorKind::oversized},
    RetryRule{.kind = CallErrorKind::poison},
    RetryRule{.kind = CallErrorKind::cancelled},
    RetryRule{.kind = CallErrorKind::missing},
};

// Kinds that no word of the server turns into another try.
bool is_settled(CallErrorKind kind) {
  return kind == CallErrorKind::money || kind == CallErrorKind::auth || kind == CallErrorKind::poison ||
         kind == CallErrorKind::cancelled || kind == CallErrorKind::missing || kind == CallErrorKind::oversized;
}

bool is_near(std::uint64_t a, std::uint64_t b) {
  const std::uint64_t larger = std::max(a, b);
  return larger - std::min(a, b) <= larger / 20;
}

}  // namespace

const RetryRule& retry_rule(CallErrorKind kind) {
  const auto* const found = std::ranges::find(kRules, kind, &RetryRule::kind);
  ADAPT_CHECK(found != kRules.end(), "a kind of error without a rule");
  return *found;
}

// The same failure of the server twice for the same request will come a third time. So will a cut at the same place.
bool Retries::is_poison(const CallError& error, std::uint64_t received) {
  if (error.kind == CallErrorKind::server)
    return ++same_[fmt::format("{}|{}|{}|{}", error.status, error.code, error.type, error.message)] >= 2;
  if (error.kind == CallErrorKind::cut && received > 0) {
    const bool again = cut_at_ && is_near(*cut_at_, received);
    cut_at_ = received;
    return again;
  }
  return false;
}

std::int64_t Retries::wait_for(const CallError& error, const RetryRule& rule, int failures) {
  const auto chance = [&](double low, double high) { return std::uniform_real_distribution(low, high)(rng_); };
  const std::int64_t doubled = std::min(rule.most_ms, rule.first_ms << std::min(failures - 1, 20));
  auto wait = static_cast<double>(doubled);
  switch (error.kind) {
    case CallErrorKind::connect: wait *= chance(0, 1); break;  // full jitter: many runs meet the same dead server
    case CallErrorKind::loading: wait *= chance(0.75, 1.25); break;
    default: wait *= chance(1, 1.25); break;
  }
  const auto own = static_cast<std::int64_t>(wait);
  return error.wait_ms ? std::max(own, *error.wait_ms) : own;
}

std::variant<TryAgain, GiveUp> Retries::after(const CallError& error, std::uint64_t received, std::int64_t left_ms) {
  ++attempts_;
  const RetryRule& rule = retry_rule(error.kind);
  const int failures = ++by_kind_[error.kind];
  if (is_poison(error, received)) {
    CallError poison = error;
    poison.kind = CallErrorKind::poison;
    return GiveUp{poison};
  }
  bool again = rule.until_deadline || failures < rule.attempts;
  if (error.should_retry && !is_settled(error.kind))
    again = *error.should_retry && (rule.until_deadline || failures < std::max(rule.attempts, 2));
  if (!again || (!rule.until_deadline && attempts_ >= kMaxAttempts)) return GiveUp{error};
  const std::int64_t wait = wait_for(error, rule, failures);
  if (wait <= left_ms && error.wait_ms.value_or(0) <= kMaxServerWaitMs) return TryAgain{wait};
  CallError late = error;
  late.message += fmt::format(" (the next try would be in {} s)", wait / 1000);
  return GiveUp{late};
}

}  // namespace adapt::llm
