// The one error type of the engine: what failed, said for a person, and a kind that maps to an exit code.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace adapt {

// Kinds are told apart by what a caller or user can do about them.
enum class ErrorKind : std::uint8_t {
  usage,        // the user typed something that cannot be meant
  environment,  // Python, a package, a backend or a tool is missing or too old
  llm,          // the language-model service
  budget,       // a limit that the user set is used up
  store,        // the run folder or the database
  sandbox,      // confinement could not be set up as required
  parse,        // text from outside is malformed
  io,           // a file or pipe operation failed
  interrupted,  // the user asked to stop
  bug,          // an invariant of ours does not hold
};

std::string_view to_string(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::bug;
  std::string message;  // lower-case phrase that names the thing and the value, with the hint when there is one

  // "while loading pattern x: <message>"
  Error with_context(std::string_view context) const;
};

}  // namespace adapt
