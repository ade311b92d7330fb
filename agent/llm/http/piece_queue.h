// Between the I/O thread, which must never wait, and one caller, who may be slow or gone.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "agent/llm/http/transport.h"

namespace adapt::llm {

class PieceQueue {
 public:
  // Bytes that wait above this make the transfer pause.
  static constexpr std::size_t kRoom = std::size_t{1} << 20U;

  // `cancel` may be null; it is read until the caller abandons the queue and not after.
  explicit PieceQueue(const CancelToken* cancel) : cancel_(cancel) {}

  // For the I/O thread.
  void put_head(Head head);
  bool put_bytes(std::string_view bytes);  // false: no room, nothing was taken; `has_room` will say when
  void put_end(End end);                   // the first one counts; `cancelled` drops what still waits
  bool has_room() const;
  bool is_unwanted(std::int64_t now) const;        // the caller has gone, or its token asks for an end
  std::optional<std::int64_t> drained_by() const;  // what still comes is dropped, and wanted until then
  bool is_watched() const;                         // there is a token to look at from time to time

  // For the caller.
  struct Taken {
    Piece piece;
    bool made_room = false;  // the transfer waits for this: wake the loop
  };
  Taken take();  // waits
  void finish(std::int64_t until);
  void abandon();

 private:
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::optional<Head> head_;
  std::string bytes_;  // one string, not a list: many small pieces that wait become one
  std::optional<End> end_;
  const CancelToken* cancel_;
  bool abandoned_ = false;
  std::optional<std::int64_t> drained_by_;
  bool was_full_ = false;
};

}  // namespace adapt::llm
