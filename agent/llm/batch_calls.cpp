#include "agent/llm/batch_calls.h"

#include "agent/llm/echo.h"
#include "agent/llm/exchange_error.h"
#include "agent/llm/retry.h"

namespace adapt::llm {
namespace {

constexpr std::size_t kMaxErrorBody = std::size_t{256} << 10U;
constexpr std::size_t kMaxBody = std::size_t{16} << 20U;         // of a status or a list
constexpr std::uint64_t kMaxDownload = std::uint64_t{4} << 30U;  // of all answers; they are never held at once

// A call that was made in vain, for sure: a server that answers 408, 409, 425 or anything from 500 on may have acted.
bool is_refusal(int status) { return status >= 400 && status < 500 && status != 408 && status != 409 && status != 425; }

}  // namespace

struct BatchCalls::Heard {
  Reply reply;
  std::uint64_t received = 0;
};

HttpRequest BatchCalls::http_request(const BatchCall& call) const {
  HttpRequest http{.method = call.method, .url = endpoint_.base_url + call.path, .path = call.path};
  http.headers = headers_of(endpoint_, key_);
  for (auto& [name, value] : http.headers)
    if (name == "content-type") value = call.content_type;
  if (call.body.empty()) std::erase_if(http.headers, [](const auto& entry) { return entry.first == "content-type"; });
  http.body = call.body;
  http.clocks = clocks_.attempt;
  http.stream = false;
  http.max_bytes = kMaxDownload;
  http.cancel = &line_.cancel;
  return http;
}

Result<BatchCalls::Heard> BatchCalls::once(const BatchCall& call, const Listener* listener) {
  Heard heard;
  const std::unique_ptr<Exchange> exchange = line_.transport.send(http_request(call));
  const auto broke = [&](const End& end) {
    heard.reply.error = error_of(end);
    heard.reply.is_unclear = !is_before_sending(end);
    return heard;
  };
  Piece first = exchange->next();
  const auto* const head = std::get_if<Head>(&first);
  if (head == nullptr) {
    const auto* const end = std::get_if<End>(&first);
    return broke(end != nullptr ? *end : End{EndKind::cut, "no head"});
  }
  const bool is_success = head->status >= 200 && head->status < 300;
  const std::size_t limit = is_success ? kMaxBody : kMaxErrorBody;
  const bool is_heard = is_success && listener != nullptr;
  if (is_heard) listener->begin();
  std::string body;
  for (;;) {
    Piece piece = exchange->next();
    if (const auto* end = std::get_if<End>(&piece)) {
      if (end->kind != EndKind::complete && (is_success || end->kind == EndKind::cancelled)) return broke(*end);
      break;
    }
    const auto* const bytes = std::get_if<Bytes>(&piece);
    if (bytes == nullptr) continue;
    heard.received += bytes->data.size();
    if (is_heard) {
      ADAPT_TRY_VOID(listener->take(bytes->data));
    } else if (body.size() + bytes->data.size() > limit) {
      if (is_success) return broke({EndKind::oversized, fmt::format("an answer of more than {} bytes", limit)});
      break;  // enough to tell what went wrong
    } else {
      body += bytes->data;
    }
  }
  if (!is_success) {
    CallError error = classify(head->status, head->headers, body);
    if (!error.wait_ms) error.wait_ms = wait_of(head->headers, line_.clock.utc_ms());
    heard.reply.is_unclear = !is_refusal(head->status);
    heard.reply.error = std::move(error);
  } else if (is_heard) {
    ADAPT_TRY(const bool is_whole, listener->end());
    if (!is_whole) return broke({EndKind::cut, "the answers end in the middle of a line"});
  }
  heard.reply.body = std::move(body);
  return heard;
}

Result<void> BatchCalls::read_key() {
  if (key_.empty()) {
    ADAPT_TRY(key_, key_source_());
  }
  return {};
}

Result<Reply> BatchCalls::ask(const BatchCall& call, Repeat repeat, const Listener* listener) {
  ADAPT_TRY_VOID(read_key());
  const std::int64_t deadline = line_.clock.monotonic_ms() + clocks_.call_ms;
  Retries retries(rng_);
  for (;;) {
    ADAPT_TRY(Heard heard, once(call, listener));
    if (!heard.reply.error) return std::move(heard.reply);
    CallError& error = *heard.reply.error;
    take_out(error, line_.redactor);
    if (error.kind == CallErrorKind::cancelled) return fail(ErrorKind::interrupted, "interrupted");
    if (repeat == Repeat::when_refused && heard.reply.is_unclear) return std::move(heard.reply);
    const auto decision = retries.after(error, heard.received, deadline - line_.clock.monotonic_ms());
    if (const auto* end = std::get_if<GiveUp>(&decision)) {
      error = end->error;
      return std::move(heard.reply);
    }
    if (!line_.pause.sleep(std::get<TryAgain>(decision).wait_ms)) return fail(ErrorKind::interrupted, "interrupted");
    if (error.kind == CallErrorKind::auth) {
      ADAPT_TRY(key_, key_source_());
    }
  }
}

}  // namespace adapt::llm
