// The I/O thread: one multi handle, and the mailbox through which other threads reach it.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "agent/llm/http/curl_handles.h"
#include "agent/llm/http/network_environment.h"
#include "agent/llm/http/transfer.h"
#include "tools/base/result.h"

namespace adapt::llm {

class CurlLoop {
 public:
  static Result<std::shared_ptr<CurlLoop>> start(NetworkEnvironment environment);
  ~CurlLoop() { stop(); }

  // From any thread, and after `stop` too: a request then ends as cancelled.
  void add(HttpRequest request, std::shared_ptr<PieceQueue> queue);
  void wake();
  // Ends all that is under way as cancelled and waits for the thread; by one thread only.
  void stop();

 private:
  struct Arrival {
    HttpRequest request;
    std::shared_ptr<PieceQueue> queue;
  };
  explicit CurlLoop(NetworkEnvironment environment) : environment_(std::move(environment)) {}

  // All below runs on the I/O thread.
  void run(MultiHandle multi);
  bool take_arrivals(CURLM* multi);  // false: it is time to stop
  void begin(CURLM* multi, Arrival arrival);
  void reap(CURLM* multi);
  void judge_all(CURLM* multi);
  void remove(CURLM* multi, Transfer& transfer);
  int wait_ms() const;

  const NetworkEnvironment environment_;
  std::vector<std::unique_ptr<Transfer>> transfers_;  // of the I/O thread alone

  std::mutex mutex_;  // of what follows
  std::vector<Arrival> arrivals_;
  CURLM* wakeable_ = nullptr;  // while the thread runs
  bool stopping_ = false;

  std::thread thread_;
};

}  // namespace adapt::llm
