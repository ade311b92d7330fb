#include "agent/llm/exchange_error.h"

namespace adapt::llm {

CallError error_of(const End& end) {
  CallError error;
  error.message = end.detail;
  switch (end.kind) {
    case EndKind::connect:
      error.kind = CallErrorKind::connect;
      error.scope = ErrorScope::endpoint;
      break;
    case EndKind::timed_out:
      // Of all clocks, only this one runs out before anything was sent.
      error.kind = end.detail.starts_with("connect:") ? CallErrorKind::connect : CallErrorKind::silent;
      if (error.kind == CallErrorKind::connect) error.scope = ErrorScope::endpoint;
      break;
    case EndKind::cancelled: error.kind = CallErrorKind::cancelled; break;
    case EndKind::oversized: error.kind = CallErrorKind::oversized; break;
    case EndKind::missing: error.kind = CallErrorKind::missing; break;
    case EndKind::complete:
    case EndKind::cut: error.kind = CallErrorKind::cut; break;
  }
  return error;
}

bool is_before_sending(const End& end) {
  const CallErrorKind kind = error_of(end).kind;
  return kind == CallErrorKind::connect || kind == CallErrorKind::missing;
}

}  // namespace adapt::llm
