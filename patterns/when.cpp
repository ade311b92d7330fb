// Whether a failure is one that a pattern answers.
#include <algorithm>

#include "patterns/pattern.h"

namespace adapt::patterns {
namespace {

bool one_matches(const std::vector<Regex>& alternatives, std::string_view value) {
  return alternatives.empty() ||
         std::any_of(alternatives.begin(), alternatives.end(), [&](const Regex& r) { return r.matches_all(value); });
}

bool one_found(const std::vector<Regex>& alternatives, std::string_view value) {
  return alternatives.empty() ||
         std::any_of(alternatives.begin(), alternatives.end(), [&](const Regex& r) { return r.found_in(value); });
}

bool file_found(const std::vector<Regex>& alternatives, const Signature& signature) {
  if (one_found(alternatives, signature.file)) return true;
  return std::any_of(signature.frames.begin(), signature.frames.end(),
                     [&](const Frame& frame) { return one_found(alternatives, frame.file); });
}

// A message is cut at Regex::kMaxInput; what a backend says last is often what matters.
bool message_found(const std::vector<Regex>& alternatives, std::string_view message) {
  if (one_found(alternatives, message)) return true;
  return message.size() > Regex::kMaxInput &&
         one_found(alternatives, message.substr(message.size() - Regex::kMaxInput));
}

}  // namespace

bool When::can_hold_on(std::string_view backend_name) const { return one_matches(backend, backend_name); }

bool When::holds(const Signature& signature) const {
  return one_matches(backend, signature.backend) && one_matches(stage, signature.stage) &&
         one_matches(failure_class, signature.failure_class) && one_found(op, signature.op) &&
         message_found(message, signature.message) && file_found(file, signature) && are_met(needs, signature.packages);
}

}  // namespace adapt::patterns
