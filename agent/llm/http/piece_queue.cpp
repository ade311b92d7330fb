#include "agent/llm/http/piece_queue.h"

#include <utility>

namespace adapt::llm {

void PieceQueue::put_head(Head head) {
  const std::lock_guard lock(mutex_);
  head_ = std::move(head);
  arrived_.notify_one();
}

bool PieceQueue::put_bytes(std::string_view bytes) {
  const std::lock_guard lock(mutex_);
  if (drained_by_) return true;
  if (bytes_.size() >= kRoom) {
    was_full_ = true;
    return false;
  }
  bytes_.append(bytes);
  arrived_.notify_one();
  return true;
}

void PieceQueue::put_end(End end) {
  const std::lock_guard lock(mutex_);
  if (end_) return;
  if (end.kind == EndKind::cancelled) {
    head_.reset();
    bytes_.clear();
  }
  end_ = std::move(end);
  arrived_.notify_one();
}

bool PieceQueue::has_room() const {
  const std::lock_guard lock(mutex_);
  return drained_by_ || bytes_.size() < kRoom;
}

bool PieceQueue::is_unwanted(std::int64_t now) const {
  const std::lock_guard lock(mutex_);
  if (drained_by_) return now >= *drained_by_;
  return abandoned_ || (cancel_ != nullptr && cancel_->requested());
}

std::optional<std::int64_t> PieceQueue::drained_by() const {
  const std::lock_guard lock(mutex_);
  return drained_by_;
}

bool PieceQueue::is_watched() const {
  const std::lock_guard lock(mutex_);
  return cancel_ != nullptr;
}

PieceQueue::Taken PieceQueue::take() {
  std::unique_lock lock(mutex_);
  arrived_.wait(lock, [this] { return head_ || !bytes_.empty() || end_; });
  if (head_) {
    Taken taken{.piece = *std::move(head_)};
    head_.reset();
    return taken;
  }
  if (!bytes_.empty()) return {.piece = Bytes{std::exchange(bytes_, {})}, .made_room = std::exchange(was_full_, false)};
  return {.piece = *end_};
}

void PieceQueue::finish(std::int64_t until) {
  const std::lock_guard lock(mutex_);
  drained_by_ = until;
  bytes_.clear();
}

void PieceQueue::abandon() {
  const std::lock_guard lock(mutex_);
  abandoned_ = true;
  cancel_ = nullptr;
}

}  // namespace adapt::llm
