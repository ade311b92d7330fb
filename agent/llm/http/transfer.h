// One exchange inside the I/O thread: an easy handle, its callbacks and its clocks.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/llm/http/curl_handles.h"
#include "agent/llm/http/head_reader.h"
#include "agent/llm/http/network_environment.h"
#include "agent/llm/http/phase_clock.h"
#include "agent/llm/http/piece_queue.h"
#include "agent/llm/http/transport.h"

namespace adapt::llm {

std::int64_t now_ms();  // monotonic, as all times here

// Lives, works and ends on the I/O thread. The easy handle knows the address of its transfer, so a transfer stays where
// it is, and is taken off the multi handle before it ends.
class Transfer {
 public:
  Transfer(HttpRequest request, std::shared_ptr<PieceQueue> queue, std::int64_t now);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;

  // Sets up the handle. False: the request cannot be sent, and the queue has been told.
  bool prepare(const NetworkEnvironment& environment);
  CURL* handle() const { return easy_.get(); }
  static Transfer& of(CURL* handle);

  // To be called after each round of the loop. The end to put to the transfer, when it is to be stopped.
  std::optional<End> judge(std::int64_t now);
  // When `judge` is needed even if nothing arrives.
  std::optional<std::int64_t> deadline() const;
  bool is_watched() const { return queue_->is_watched(); }

  // Goes on when the caller has made room.
  void resume(std::int64_t now);
  // libcurl says that the transfer is over.
  void finish(CURLcode code);
  // We say so.
  void stop(End end) { queue_->put_end(std::move(end)); }

 private:
  bool locate(const NetworkEnvironment& environment);
  bool fill_headers();
  bool set_options(const NetworkEnvironment& environment);
  bool refuse(std::string_view why);

  int on_send();
  bool on_head_line(std::string_view line);
  std::size_t on_bytes(std::string_view bytes);
  End end_of(CURLcode code) const;

  static int before_send(void* self, char* remote, char* local, int remote_port, int local_port);
  static std::size_t take_head_line(char* data, std::size_t one, std::size_t count, void* self);
  static std::size_t take_bytes(char* data, std::size_t one, std::size_t count, void* self);

  HttpRequest request_;
  std::shared_ptr<PieceQueue> queue_;  // shared with the caller's exchange, either may end first
  HeaderList headers_;                 // before the handle, which uses it until it is closed
  EasyHandle easy_;
  HeadReader head_;
  PhaseClock clock_;
  std::string place_;           // host:port
  std::string proxy_;           // "": none
  std::optional<End> verdict_;  // why a callback stopped the transfer
  std::uint64_t received_ = 0;
  bool sending_ = false;  // a connection stood, and the request went out or began to
  bool answered_ = false;
  bool paused_ = false;
};

}  // namespace adapt::llm
