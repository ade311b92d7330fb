// What was changed to make a model pass, and what it costs the claim.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/domain/outcome.h"
#include "harness/client/messages.h"
#include "tools/edit/edit_set.h"

namespace adapt::domain {

enum class RepairKind : std::uint8_t { option, pattern, llm, patch };
std::string_view to_string(RepairKind kind);
std::optional<RepairKind> parse_repair_kind(std::string_view text);

struct RepairSite {
  std::string module;  // dotted
  std::string file;    // as the diff names it
  std::int64_t line = 0;
  std::string function;
  bool operator==(const RepairSite&) const = default;
};

struct Repair {
  RepairKind kind = RepairKind::option;
  std::string id;
  std::string does;               // one line for a reader
  std::vector<RepairSite> sites;  // empty for an option
  std::vector<std::string> concessions;
  bool operator==(const Repair&) const = default;
};

// A set of options and source texts that may make the model pass. Values: copying one is how the search branches.
struct Candidate {
  std::vector<client::Option> options;
  edit::Sources overlay;  // dotted module -> full text that takes the place of the installed one
  std::vector<Repair> repairs;

  bool is_unmodified() const { return options.empty() && overlay.empty(); }
  std::string digest() const;  // equal candidates have equal digests, whatever found them
};

}  // namespace adapt::domain
