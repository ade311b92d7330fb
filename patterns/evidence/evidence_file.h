// A file of evidence: a header and one line an attempt, only ever appended to, so that two copies merge as text.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "patterns/evidence/record.h"

namespace adapt::evidence {

struct Evidence {
  std::vector<Record> records;  // each identity once, in the order of the file
  std::size_t malformed = 0;    // lines that are no evidence
  std::string complaint;        // "x.evidence.tsv: 2 lines are left out; line 3: ...", or ""
};

// Never fails: what is not evidence is counted and left out. `name` is the file's, for the complaint.
Evidence parse_evidence(std::string_view text, std::string_view name);

// A file that is not there holds nothing. Of a very large one the newest part is read, and the complaint says so.
inline constexpr std::uint64_t kMaxEvidence = std::uint64_t{32} << 20U;  // bytes
Result<Evidence> read_evidence(const std::filesystem::path& file);

// Appends those whose identity the file does not hold yet, with one write, while no other process writes; makes the
// folder and the file where they are missing. Returns how many were new.
Result<std::size_t> append_evidence(const std::filesystem::path& file, std::span<const Record> records);

}  // namespace adapt::evidence
