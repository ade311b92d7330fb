// What is said about one log.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/triage/details.h"
#include "agent/triage/tables.h"
#include "tools/base/json.h"

namespace adapt::triage {

struct Evidence {
  std::uint64_t line = 0, offset = 0;  // from 1; bytes, of the line's begin
  std::string text{};                  // without escapes, cut
  std::string says{};                  // empty: no signature, the words alone
  bool operator==(const Evidence&) const = default;
};

struct Advice {
  std::string id{}, what{};
  std::vector<std::string> patterns{};  // of the library, that do it
  bool operator==(const Advice&) const = default;
};

struct Diagnosis {
  std::optional<client::Stage> stage{};  // none: passed, or not known
  Bringup bringup = Bringup::unknown;
  std::string category{}, says{}, component{}, op{};  // empty: none
  std::vector<Evidence> evidence{};                   // the strongest first
  std::optional<Memory> memory{};
  std::string loc{};
  std::optional<Place> place{};
  std::vector<Advice> repairs{};
  double confidence = 0;    // share of the category among all, in [0, 1]
  std::string runner_up{};  // the category that came second, if any came near
  double runner_up_confidence = 0;
  std::uint64_t lines = 0, bytes = 0;
};

OrderedJson to_json(const Diagnosis& diagnosis);
std::string to_text(const Diagnosis& diagnosis);  // lines for people

}  // namespace adapt::triage
