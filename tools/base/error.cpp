#include "tools/base/error.h"

namespace adapt {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::usage: return "usage";
    case ErrorKind::environment: return "environment";
    case ErrorKind::llm: return "llm";
    case ErrorKind::budget: return "budget";
    case ErrorKind::store: return "store";
    case ErrorKind::sandbox: return "sandbox";
    case ErrorKind::parse: return "parse";
    case ErrorKind::io: return "io";
    case ErrorKind::interrupted: return "interrupted";
    case ErrorKind::bug: return "bug";
  }
  return "bug";
}

Error Error::with_context(std::string_view context) const { return Error{kind, std::string(context) + ": " + message}; }

}  // namespace adapt
