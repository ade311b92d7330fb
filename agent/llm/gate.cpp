#include "agent/llm/gate.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace adapt::llm {
namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr double kFirstConcurrency = 4;  // servers limit how fast a client grows, too
constexpr double kGrowth = 1.5;          // a minute
constexpr int kBreakAfter = 5;           // connections that failed in a row
constexpr std::int64_t kBreakMs = 30'000;
constexpr std::int64_t kPollMs = 10;  // while all places are taken

std::optional<double> number_in(const Headers& headers, std::string_view name) {
  const std::string_view text = header(headers, name);
  double value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || code != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::isfinite(value) && value >= 0 && value < 1e12 ? std::optional(value) : std::nullopt;
}

struct LimitHeaders {
  std::string_view limit, remaining;
};
constexpr std::array kRequestHeaders = {
    LimitHeaders{"x-ratelimit-limit-requests", "x-ratelimit-remaining-requests"},
    LimitHeaders{"anthropic-ratelimit-requests-limit", "anthropic-ratelimit-requests-remaining"},
};
// A later row that a server sends wins.
constexpr std::array kTokenHeaders = {
    LimitHeaders{"x-ratelimit-limit-tokens", "x-ratelimit-remaining-tokens"},
    LimitHeaders{"anthropic-ratelimit-tokens-limit", "anthropic-ratelimit-tokens-remaining"},
    LimitHeaders{"anthropic-ratelimit-input-tokens-limit", "anthropic-ratelimit-input-tokens-remaining"},
};

}  // namespace

Gate::Gate(const Profile& profile, const Clock& clock)
    : clock_(clock),
      allowed_(std::min(kFirstConcurrency, static_cast<double>(std::max<std::int64_t>(1, profile.concurrency)))),
      most_(static_cast<double>(std::max<std::int64_t>(1, profile.concurrency))),
      grown_ms_(clock.monotonic_ms()) {
  requests_ = {static_cast<double>(profile.requests_per_minute), static_cast<double>(profile.requests_per_minute),
               clock.monotonic_ms()};
}

void Gate::Bucket::refill(std::int64_t now_ms) {
  level = std::min(per_minute, level + per_minute * static_cast<double>(now_ms - at_ms) / kMinuteMs);
  at_ms = now_ms;
}

std::int64_t Gate::wait_for(const Bucket& bucket, double amount) {
  if (bucket.per_minute <= 0) return 0;
  const double needed = std::min(amount, bucket.per_minute);  // one call larger than a minute's worth still goes
  if (bucket.level >= needed) return 0;
  return 1 + static_cast<std::int64_t>((needed - bucket.level) * kMinuteMs / bucket.per_minute);
}

std::int64_t Gate::try_enter(std::int64_t tokens) {
  const std::scoped_lock lock(mutex_);
  const std::int64_t now = clock_.monotonic_ms();
  if (now < closed_until_ms_) return closed_until_ms_ - now;
  for (; now - grown_ms_ >= kMinuteMs && allowed_ < most_; grown_ms_ += kMinuteMs)
    allowed_ = std::min(most_, allowed_ * kGrowth);
  const bool half_open = connect_failures_ >= kBreakAfter;
  if (running_ >= static_cast<std::int64_t>(half_open ? 1.0 : allowed_)) return kPollMs;
  requests_.refill(now);
  tokens_.refill(now);
  const std::int64_t wait = std::max(wait_for(requests_, 1), wait_for(tokens_, static_cast<double>(tokens)));
  if (wait > 0) return wait;
  requests_.level -= 1;
  tokens_.level -= static_cast<double>(tokens);
  ++running_;
  return 0;
}

bool Gate::enter(std::int64_t tokens, std::int64_t deadline_ms, Pause& pause) {
  for (;;) {
    const std::int64_t wait = try_enter(tokens);
    if (wait == 0) return true;
    if (clock_.monotonic_ms() + wait > deadline_ms || !pause.sleep(wait)) return false;
  }
}

void Gate::leave(const std::optional<CallErrorKind>& ended, std::optional<std::int64_t> wait_ms) {
  const std::scoped_lock lock(mutex_);
  const std::int64_t now = clock_.monotonic_ms();
  --running_;
  if (ended == CallErrorKind::cancelled || ended == CallErrorKind::missing) return;  // says nothing of the server
  connect_failures_ = ended == CallErrorKind::connect ? connect_failures_ + 1 : 0;
  if (connect_failures_ >= kBreakAfter) closed_until_ms_ = std::max(closed_until_ms_, now + kBreakMs);
  if (ended == CallErrorKind::overload) {
    allowed_ = std::max(1.0, allowed_ / 2);
    grown_ms_ = now;
  }
  const bool for_all = ended == CallErrorKind::overload || ended == CallErrorKind::rate;
  if (for_all && wait_ms) closed_until_ms_ = std::max(closed_until_ms_, now + *wait_ms);
}

void Gate::learn(const Headers& headers) {
  const std::scoped_lock lock(mutex_);
  const std::int64_t now = clock_.monotonic_ms();
  const auto take = [&](Bucket& bucket, const LimitHeaders& names) {
    const std::optional<double> limit = number_in(headers, names.limit);
    const std::optional<double> remaining = number_in(headers, names.remaining);
    if (!limit || *limit <= 0) return;
    bucket = {*limit, std::min(remaining.value_or(*limit), *limit), now};
  };
  for (const LimitHeaders& names : kRequestHeaders) take(requests_, names);
  for (const LimitHeaders& names : kTokenHeaders) take(tokens_, names);
}

std::int64_t Gate::concurrency() const {
  const std::scoped_lock lock(mutex_);
  return static_cast<std::int64_t>(allowed_);
}

}  // namespace adapt::llm
