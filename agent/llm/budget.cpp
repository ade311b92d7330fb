#include "agent/llm/budget.h"

#include <algorithm>

#include "tools/base/quantity.h"

namespace adapt::llm {

Result<void> Budget::fits(const Amount& most) const {
  if (caps_.tokens && spent_.usage.total() + reserved_tokens_ + most.tokens > *caps_.tokens)
    return fail(ErrorKind::budget, "the {} may use {} tokens; {} are used, {} reserved, and the next call may take {}",
                name_, *caps_.tokens, spent_.usage.total(), reserved_tokens_, most.tokens);
  if (caps_.nano_usd && most.nano_usd && spent_.nano_usd + reserved_nano_ + *most.nano_usd > *caps_.nano_usd)
    return fail(ErrorKind::budget, "the {} may cost {}; {} are spent, {} reserved, and the next call may cost {}",
                name_, dollars(*caps_.nano_usd), dollars(spent_.nano_usd), dollars(reserved_nano_),
                dollars(*most.nano_usd));
  return {};
}

Result<void> Budget::reserve(const Amount& most) {
  if (parent_ != nullptr) ADAPT_TRY_VOID(parent_->reserve(most));
  const auto own = [&]() -> Result<void> {
    const std::scoped_lock lock(mutex_);
    ADAPT_TRY_VOID(fits(most));
    reserved_tokens_ += most.tokens;
    reserved_nano_ += most.nano_usd.value_or(0);
    return {};
  }();
  if (!own && parent_ != nullptr) parent_->cancel(most);
  return own;
}

void Budget::hold(const Amount& most) {
  for (Budget* node = this; node != nullptr; node = node->parent_) {
    const std::scoped_lock lock(node->mutex_);
    node->reserved_tokens_ += most.tokens;
    node->reserved_nano_ += most.nano_usd.value_or(0);
  }
}

void Budget::cancel(const Amount& reserved) {
  for (Budget* node = this; node != nullptr; node = node->parent_) {
    const std::scoped_lock lock(node->mutex_);
    node->reserved_tokens_ -= reserved.tokens;
    node->reserved_nano_ -= reserved.nano_usd.value_or(0);
    ADAPT_CHECK(node->reserved_tokens_ >= 0 && node->reserved_nano_ >= 0, "more was settled than reserved");
  }
}

void Budget::settle(const Amount& reserved, const Usage& usage, const std::optional<std::int64_t>& nano_usd,
                    bool waste) {
  // Booked before it is released: in between it counts twice, which can refuse a call but never overspend.
  book(usage, nano_usd, waste);
  cancel(reserved);
}

void Budget::book(const Usage& usage, const std::optional<std::int64_t>& nano_usd, bool waste) {
  for (Budget* node = this; node != nullptr; node = node->parent_) {
    const std::scoped_lock lock(node->mutex_);
    node->spent_.usage += usage;
    node->spent_.nano_usd += nano_usd.value_or(0);
    if (!nano_usd) node->spent_.unpriced_tokens += usage.total();
    if (waste) {
      node->spent_.waste_nano_usd += nano_usd.value_or(0);
      node->spent_.waste_tokens += usage.total();
    }
    ++node->spent_.calls;
  }
}

Spend Budget::spent() const {
  const std::scoped_lock lock(mutex_);
  return spent_;
}

Amount Budget::reserved() const {
  const std::scoped_lock lock(mutex_);
  return {reserved_tokens_, reserved_nano_};
}

std::optional<std::int64_t> Budget::tokens_left() const {
  std::optional<std::int64_t> left = parent_ == nullptr ? std::nullopt : parent_->tokens_left();
  const std::scoped_lock lock(mutex_);
  if (caps_.tokens) {
    const std::int64_t own = std::max<std::int64_t>(0, *caps_.tokens - spent_.usage.total() - reserved_tokens_);
    left = left ? std::min(*left, own) : own;
  }
  return left;
}

}  // namespace adapt::llm
