#include "agent/llm/turn_runner.h"

#include <algorithm>

#include "agent/llm/echo.h"
#include "agent/llm/exchange_error.h"
#include "agent/llm/retry.h"
#include "agent/llm/wire/text_protocol.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

constexpr std::size_t kMaxErrorBody = std::size_t{256} << 10U;
constexpr std::size_t kMaxAnswer = std::size_t{64} << 20U;  // bytes of a body, with all that wraps what is said

CallError plain_error(CallErrorKind kind, std::string message, int status = 0) {
  CallError error;
  error.kind = kind;
  error.status = status;
  error.message = std::move(message);
  return error;
}

bool is_success(int status) { return status >= 200 && status < 300; }

enum class BodyKind : std::uint8_t { undecided, events, whole, other };

// By what is in it: servers label streams as JSON and pages of proxies as anything.
BodyKind kind_of(std::string_view body) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (kByteOrderMark.starts_with(body)) return BodyKind::undecided;
  if (body.starts_with(kByteOrderMark)) body.remove_prefix(kByteOrderMark.size());
  body = body.substr(std::min(body.size(), body.find_first_not_of(" \t\r\n")));
  if (body.empty()) return BodyKind::undecided;
  if (body.front() == '{' || body.front() == '[') return BodyKind::whole;
  for (const std::string_view word : {"data:", "event:", "id:", "retry:", ":"}) {
    if (body.starts_with(word)) return BodyKind::events;
    if (word.starts_with(body)) return BodyKind::undecided;
  }
  return BodyKind::other;
}

std::string too_long(std::size_t limit) { return fmt::format("an answer of more than {} bytes", limit); }

// The rest of an answer that is not streamed, up to `limit` bytes.
End collect(Exchange& exchange, std::string& body, std::size_t limit) {
  for (;;) {
    Piece piece = exchange.next();
    if (const auto* end = std::get_if<End>(&piece)) return *end;
    if (const auto* bytes = std::get_if<Bytes>(&piece)) body += bytes->data;
    if (body.size() > limit) return {EndKind::oversized, too_long(limit)};
  }
}

}  // namespace

struct TurnRunner::Attempt {
  Answer answer = CallError{};
  Usage used;                  // of a call that failed: a guess
  std::uint64_t received = 0;  // bytes of the body
  bool was_answered = false;   // with a success, or for all we know: it may be billed
  std::int64_t took_ms = 0;
};

TurnRunner::TurnRunner(Endpoint endpoint, KeySource key, Line line, TurnClocks clocks, std::uint64_t seed)
    : endpoint_(std::move(endpoint)), key_source_(std::move(key)), line_(line), clocks_(clocks), rng_(seed) {}

std::string TurnRunner::body_of(const Request& request) const {
  const Target target{endpoint_.profile, endpoint_.model, endpoint_.account};
  return dialect(endpoint_.profile.dialect).encode(prepared(request, endpoint_.profile), target).body;
}

std::int64_t TurnRunner::tokens_of(std::string_view body) const {
  return static_cast<std::int64_t>(static_cast<double>(estimate_tokens(body)) * tokens_a_guess_) + 1;
}

std::int64_t TurnRunner::estimate(const Request& request) const { return tokens_of(body_of(request)); }

HttpRequest TurnRunner::http_request(const Encoded& encoded, const std::string& key) const {
  const Profile& profile = endpoint_.profile;
  HttpRequest http{.url = endpoint_.base_url + encoded.path, .path = encoded.path};
  http.headers = headers_of(endpoint_, key);
  http.body = encoded.body;
  http.clocks = clocks_.attempt;
  http.clocks.first_byte = std::max(http.clocks.first_byte, profile.first_byte_ms);
  http.clocks.idle = std::max(http.clocks.idle, 3 * profile.heartbeat_ms);
  http.stream = profile.stream;
  http.cancel = &line_.cancel;
  return http;
}

Answer TurnRunner::read(Exchange& exchange, Attempt& attempt, const Target& target) {
  const Dialect& wire = dialect(endpoint_.profile.dialect);
  Piece first = exchange.next();
  const auto* head = std::get_if<Head>(&first);
  if (head == nullptr) {
    const auto* end = std::get_if<End>(&first);
    CallError error = error_of(end != nullptr ? *end : End{EndKind::cut, "no head"});
    // The request may have arrived: only a connection that never was cannot have cost anything.
    attempt.was_answered = error.kind != CallErrorKind::connect && error.kind != CallErrorKind::missing;
    return error;
  }
  line_.gate.learn(head->headers);
  std::string body;
  if (!is_success(head->status)) {
    const End end = collect(exchange, body, kMaxErrorBody);
    if (end.kind == EndKind::cancelled) return error_of(end);
    CallError error = classify(head->status, head->headers, body);
    if (!error.wait_ms) error.wait_ms = wait_of(head->headers, line_.clock.utc_ms());
    return error;
  }
  attempt.was_answered = true;

  BodyKind kind = BodyKind::undecided;
  SseDecoder decoder;
  const std::unique_ptr<Reducer> reducer = wire.reducer(target);
  std::size_t progress = 0;
  std::int64_t progress_ms = line_.clock.monotonic_ms();
  const auto on_event = [&](const SseEvent& event) {
    if (reducer->is_done()) return;
    reducer->take(event);
    if (on_progress) on_progress();
  };
  while (!reducer->is_done()) {
    Piece piece = exchange.next();
    if (const auto* end = std::get_if<End>(&piece)) {
      if (end->kind != EndKind::complete && end->kind != EndKind::cut) return error_of(*end);
      if (kind == BodyKind::events)
        return reducer->end(end->kind == EndKind::complete ? Ending::complete : Ending::cut);
      if (end->kind == EndKind::cut) return error_of(*end);
      return plain_error(CallErrorKind::server, body.empty() ? "an empty answer" : "an answer that is no JSON",
                         head->status);
    }
    const auto* bytes = std::get_if<Bytes>(&piece);
    if (bytes == nullptr) continue;
    attempt.received += bytes->data.size();
    if (attempt.received > kMaxAnswer) return plain_error(CallErrorKind::oversized, too_long(kMaxAnswer));
    std::string_view fresh = bytes->data;
    if (kind == BodyKind::undecided) {
      if (trim(body).empty()) body.clear();  // blanks may come for as long as a server thinks
      body += bytes->data;
      fresh = body;
      kind = kind_of(body);
    }
    if (kind == BodyKind::whole) {
      const End end = collect(exchange, body, kMaxAnswer);
      attempt.received = body.size();
      return end.kind == EndKind::complete ? wire.whole(body, target) : Answer(error_of(end));
    }
    if (kind == BodyKind::other) {
      static_cast<void>(collect(exchange, body, kMaxErrorBody));
      return plain_error(CallErrorKind::server, "an answer that is neither JSON nor events", head->status);
    }
    if (kind == BodyKind::events)
      if (const Result<void> fed = decoder.feed(fresh, on_event); !fed)
        return plain_error(CallErrorKind::oversized, fed.error().message);
    const std::int64_t now = line_.clock.monotonic_ms();
    if (reducer->progress() != progress) {
      progress = reducer->progress();
      progress_ms = now;
    } else if (now - progress_ms > clocks_.semantic_ms) {
      return plain_error(CallErrorKind::silent,
                         fmt::format("heartbeats and nothing else for {} s", clocks_.semantic_ms / 1000));
    }
  }
  exchange.finish();
  return reducer->end(Ending::complete);
}

TurnRunner::Attempt TurnRunner::attempt(const HttpRequest& http, const Target& target, std::int64_t most_output) {
  Attempt out;
  const std::int64_t start = line_.clock.monotonic_ms();
  {
    const std::unique_ptr<Exchange> exchange = line_.transport.send(http);
    out.answer = read(*exchange, out, target);
  }
  out.took_ms = line_.clock.monotonic_ms() - start;
  if (auto* turn = std::get_if<Turn>(&out.answer); turn != nullptr && turn->stop == Stop::server_error) {
    const Usage used = turn->usage;
    out.answer = plain_error(CallErrorKind::server, "the server gave up: " + turn->native_stop, 200);
    out.used = used;
  } else if (turn == nullptr && out.was_answered) {
    // Most bytes of a stream are wrapping, and no server generates more than it was asked for.
    const auto guess = static_cast<std::int64_t>(static_cast<double>(out.received) / 3.5) + 1;
    out.used = {.fresh = target.input_tokens, .output = std::min(guess, most_output), .estimated = true};
  }
  std::visit([&](auto& answer) { take_out(answer, line_.redactor); }, out.answer);
  return out;
}

Result<TurnOutcome> TurnRunner::run(const Request& request) {
  if (key_.empty()) {
    ADAPT_TRY(key_, key_source_());
  }
  const std::int64_t deadline = line_.clock.monotonic_ms() + clocks_.turn_ms;
  const Dialect& wire = dialect(endpoint_.profile.dialect);
  const Request asked = prepared(request, endpoint_.profile);
  std::vector<FailedAttempt> failed;
  Retries retries(rng_);
  for (;;) {
    Target target{endpoint_.profile, endpoint_.model, endpoint_.account};
    const Encoded encoded = wire.encode(asked, target);
    if (line_.redactor.finds_known(encoded.body))
      return fail(ErrorKind::bug, "a secret was about to be sent to {}", endpoint_.text);
    const std::int64_t tokens = tokens_of(encoded.body);
    target.input_tokens = tokens;
    if (!line_.gate.enter(tokens, deadline, line_.pause)) {
      if (line_.cancel.requested()) return fail(ErrorKind::interrupted, "interrupted");
      return TurnOutcome(Failed{plain_error(CallErrorKind::silent, "no place for a call before the deadline"), failed});
    }
    const Result<Reservation> reservation = line_.ledger.reserve(endpoint_.model, tokens, asked.max_output_tokens);
    if (!reservation) {
      line_.gate.leave(CallErrorKind::cancelled, std::nullopt);
      return tl::unexpected<Error>(reservation.error());
    }
    Attempt tried = attempt(http_request(encoded, key_), target, asked.max_output_tokens);
    auto* turn = std::get_if<Turn>(&tried.answer);
    if (turn != nullptr) {
      line_.gate.leave(std::nullopt, std::nullopt);
      if (!turn->usage.estimated && turn->usage.input() > 0)
        tokens_a_guess_ = std::clamp(
            static_cast<double>(turn->usage.input()) / static_cast<double>(estimate_tokens(encoded.body)), 0.25, 4.0);
      if (endpoint_.profile.tools == ToolStyle::text)
        *turn = with_text_calls(std::move(*turn), request.tools, endpoint_.profile);
      Settlement settlement =
          line_.ledger.settlement_of(*reservation, endpoint_.model, turn->usage, std::string(to_string(turn->stop)));
      return TurnOutcome(Done{std::move(*turn), std::move(settlement), std::move(failed), tried.took_ms});
    }
    const CallError error = std::get<CallError>(tried.answer);
    line_.gate.leave(error.kind, error.wait_ms);
    ADAPT_TRY_VOID(
        line_.ledger.settle_waste(*reservation, endpoint_.model, tried.used, std::string(to_string(error.kind))));
    if (error.kind == CallErrorKind::cancelled) return fail(ErrorKind::interrupted, "interrupted");
    const auto decision = retries.after(error, tried.received, deadline - line_.clock.monotonic_ms());
    failed.push_back({error, 0, tried.took_ms});
    if (error.kind == CallErrorKind::connect && !waits_for_connection)
      return TurnOutcome(Failed{error, std::move(failed)});
    if (const auto* end = std::get_if<GiveUp>(&decision)) return TurnOutcome(Failed{end->error, std::move(failed)});
    failed.back().waited_ms = std::get<TryAgain>(decision).wait_ms;
    if (!line_.pause.sleep(failed.back().waited_ms)) return fail(ErrorKind::interrupted, "interrupted");
    if (error.kind == CallErrorKind::auth) {
      ADAPT_TRY(key_, key_source_());
    }
  }
}

}  // namespace adapt::llm
