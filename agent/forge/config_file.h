// One file of tt-xla's test configuration as entries with places, and what is wrong with it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/forge/finding.h"
#include "agent/forge/test_config.h"

namespace adapt::forge {

struct PlacedEntry {
  TestEntry entry;    // as far as it could be read: what is wrong in it has a finding, and is left out
  Place place{};      // of its key
  bool whole = true;  // everything in it was read
  bool own = true;    // no anchor, alias or merge: its lines say all that it says, and nothing else
};

struct Placeholder {
  std::string name;
  Place place{};
};

struct ConfigFile {
  std::string path;
  std::vector<PlacedEntry> entries{};  // in order, of duplicates all
  std::vector<Placeholder> placeholders{};
  std::vector<Finding> findings{};
  bool parsed = true;

  const PlacedEntry* find(std::string_view id) const;  // the last, as PyYAML has it
};

// The path says which kind of file it is, and appears in findings.
ConfigFile read_config(std::string_view text, std::string path);

}  // namespace adapt::forge
