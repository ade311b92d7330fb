// Secrets out of text, before it is written anywhere or sent to anybody.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/base/json.h"

namespace adapt::llm {

// Replaces each secret with "[redacted]": first the known values, in every spelling in which they may turn up (as they
// are, JSON-escaped, percent-encoded, both base64s at each of their three alignments), then whatever looks like a key
// (prefixes of well-known services, bearer tokens, JSON web tokens, PEM blocks), then values of key-like fields that
// are too random to be words.
class Redactor {
 public:
  // Values shorter than kMinSecret are left out: they would take ordinary words away.
  static constexpr std::size_t kMinSecret = 8;
  explicit Redactor(const std::vector<std::string>& known = {});

  std::string text(std::string_view text) const;
  std::string known(std::string_view text) const;  // the known values only: nothing that is code is taken for a key
  Json json(Json value) const;                     // every string in it, keys included

  // Whether a known secret, in any of its spellings, is in `text`.
  bool finds_known(std::string_view text) const;

 private:
  std::vector<std::string> spellings_;  // longest first
};

}  // namespace adapt::llm
