#include "agent/llm/http/curl_transport.h"

#include <utility>

#include "agent/llm/http/curl_loop.h"
#include "agent/llm/http/piece_queue.h"
#include "tools/base/clock.h"

namespace adapt::llm {
namespace {

// How long an answer that nobody reads any more may take to end: servers send their last bytes within a moment.
constexpr std::int64_t kDrainMs = 500;

class CurlExchange final : public Exchange {
 public:
  CurlExchange(std::shared_ptr<CurlLoop> loop, std::shared_ptr<PieceQueue> queue)
      : loop_(std::move(loop)), queue_(std::move(queue)) {}
  CurlExchange(const CurlExchange&) = delete;
  CurlExchange& operator=(const CurlExchange&) = delete;
  ~CurlExchange() override {
    queue_->abandon();
    loop_->wake();
  }

  Piece next() override {
    PieceQueue::Taken taken = queue_->take();
    if (taken.made_room) loop_->wake();
    return std::move(taken.piece);
  }

  void finish() override {
    queue_->finish(SystemClock().monotonic_ms() + kDrainMs);
    loop_->wake();
  }

 private:
  std::shared_ptr<CurlLoop> loop_;     // only to wake it; stopped when its transport ends
  std::shared_ptr<PieceQueue> queue_;  // shared with the transfer, either may end first
};

}  // namespace

Result<std::unique_ptr<CurlTransport>> CurlTransport::start(NetworkEnvironment environment) {
  ADAPT_TRY(auto loop, CurlLoop::start(std::move(environment)));
  return std::unique_ptr<CurlTransport>(new CurlTransport(std::move(loop)));
}

CurlTransport::CurlTransport(std::shared_ptr<CurlLoop> loop) : loop_(std::move(loop)) {}

CurlTransport::~CurlTransport() { loop_->stop(); }

std::unique_ptr<Exchange> CurlTransport::send(HttpRequest request) {
  auto queue = std::make_shared<PieceQueue>(request.cancel);
  loop_->add(std::move(request), queue);
  return std::make_unique<CurlExchange>(loop_, std::move(queue));
}

}  // namespace adapt::llm
