#include "agent/llm/http/curl_loop.h"

#include <pthread.h>

#include <algorithm>
#include <csignal>
#include <system_error>
#include <utility>

namespace adapt::llm {
namespace {

constexpr long kMaxStreamsPerConnection = 6;  // with HTTP/2 one that stalls can hold up its neighbours
constexpr long kKeptConnections = 128;
constexpr int kTokenPollMs = 20;  // a signal handler can set a token but not wake us
constexpr int kLongestWaitMs = 60'000;

bool set_up_libcurl() {
  static const bool done = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return done;
}

// OpenSSL writes to sockets without MSG_NOSIGNAL. Threads that libcurl starts from ours inherit the mask.
void block_sigpipe() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

End cancelled() { return {.kind = EndKind::cancelled, .detail = "cancelled"}; }

}  // namespace

Result<std::shared_ptr<CurlLoop>> CurlLoop::start(NetworkEnvironment environment) {
  if (!set_up_libcurl()) return fail(ErrorKind::environment, "libcurl cannot be set up");
  const curl_version_info_data* about = curl_version_info(CURLVERSION_NOW);
  if ((about->features & CURL_VERSION_SSL) == 0 || (about->features & CURL_VERSION_ASYNCHDNS) == 0)
    return fail(ErrorKind::environment, "libcurl {} was built without TLS or without look-ups in the background",
                about->version);
  MultiHandle multi(curl_multi_init());
  if (!multi) return fail(ErrorKind::environment, "libcurl cannot be set up: no memory");
  curl_multi_setopt(multi.get(), CURLMOPT_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
  curl_multi_setopt(multi.get(), CURLMOPT_MAXCONNECTS, kKeptConnections);

  std::shared_ptr<CurlLoop> loop(new CurlLoop(std::move(environment)));
  loop->wakeable_ = multi.get();
  try {
    loop->thread_ =
        std::thread([self = loop.get(), owned = std::move(multi)]() mutable { self->run(std::move(owned)); });
  } catch (const std::system_error& error) {
    return fail(ErrorKind::environment, "the thread for connections cannot be started: {}", error.what());
  }
  return loop;
}

void CurlLoop::add(HttpRequest request, std::shared_ptr<PieceQueue> queue) {
  {
    const std::lock_guard lock(mutex_);
    if (!stopping_) {
      arrivals_.push_back({std::move(request), std::move(queue)});
      if (wakeable_ != nullptr) curl_multi_wakeup(wakeable_);
      return;
    }
  }
  queue->put_end(cancelled());
}

void CurlLoop::wake() {
  const std::lock_guard lock(mutex_);
  if (wakeable_ != nullptr) curl_multi_wakeup(wakeable_);
}

void CurlLoop::stop() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    if (wakeable_ != nullptr) curl_multi_wakeup(wakeable_);
  }
  if (thread_.joinable()) thread_.join();
}

void CurlLoop::run(MultiHandle multi) {
  block_sigpipe();
  while (take_arrivals(multi.get())) {
    for (const auto& transfer : transfers_) transfer->resume(now_ms());
    int running = 0;
    curl_multi_perform(multi.get(), &running);
    reap(multi.get());
    judge_all(multi.get());
    curl_multi_poll(multi.get(), nullptr, 0, wait_ms(), nullptr);
  }
  while (!transfers_.empty()) {
    transfers_.back()->stop(cancelled());
    remove(multi.get(), *transfers_.back());
  }
}

bool CurlLoop::take_arrivals(CURLM* multi) {
  std::vector<Arrival> arrivals;
  bool stopping = false;
  {
    const std::lock_guard lock(mutex_);
    arrivals.swap(arrivals_);
    stopping = stopping_;
    if (stopping) wakeable_ = nullptr;
  }
  for (Arrival& arrival : arrivals) {
    if (stopping) {
      arrival.queue->put_end(cancelled());
    } else {
      begin(multi, std::move(arrival));
    }
  }
  return !stopping;
}

void CurlLoop::begin(CURLM* multi, Arrival arrival) {
  auto transfer = std::make_unique<Transfer>(std::move(arrival.request), std::move(arrival.queue), now_ms());
  if (!transfer->prepare(environment_)) return;
  if (curl_multi_add_handle(multi, transfer->handle()) != CURLM_OK) {
    transfer->stop({.kind = EndKind::connect, .detail = "libcurl takes no more connections"});
    return;
  }
  transfers_.push_back(std::move(transfer));
}

void CurlLoop::reap(CURLM* multi) {
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg != CURLMSG_DONE) continue;
    const CURLcode code = message->data.result;  // the message ends with the handle's removal
    Transfer& transfer = Transfer::of(message->easy_handle);
    transfer.finish(code);
    remove(multi, transfer);
  }
}

// After the bytes were taken: what arrived in time counts even when we come late.
void CurlLoop::judge_all(CURLM* multi) {
  const std::int64_t now = now_ms();
  for (std::size_t i = transfers_.size(); i-- > 0;) {  // from the back: `remove` fills the gap with the last
    Transfer& transfer = *transfers_[i];
    auto end = transfer.judge(now);
    if (!end) continue;
    transfer.stop(*std::move(end));
    remove(multi, transfer);
  }
}

// Closes the connection when the transfer was under way.
void CurlLoop::remove(CURLM* multi, Transfer& transfer) {
  curl_multi_remove_handle(multi, transfer.handle());
  const auto found = std::find_if(transfers_.begin(), transfers_.end(),
                                  [&](const auto& candidate) { return candidate.get() == &transfer; });
  std::swap(*found, transfers_.back());
  transfers_.pop_back();
}

int CurlLoop::wait_ms() const {
  std::int64_t wait = kLongestWaitMs;
  const std::int64_t now = now_ms();
  for (const auto& transfer : transfers_) {
    if (transfer->is_watched()) wait = std::min<std::int64_t>(wait, kTokenPollMs);
    if (const auto deadline = transfer->deadline()) wait = std::min(wait, std::max<std::int64_t>(0, *deadline - now));
  }
  return static_cast<int>(wait);
}

}  // namespace adapt::llm
