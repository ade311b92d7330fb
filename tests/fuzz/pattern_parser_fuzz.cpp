// Any bytes as a pattern file, as a pattern that is typed in, and as evidence: read or refused, never worse.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "patterns/evidence/evidence_file.h"
#include "patterns/samples.h"
#include "patterns/search/rules.h"
#include "tests/fuzz/shipped_table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto& table = adapt::fuzz::shipped_table();
  const auto pattern = adapt::patterns::parse_pattern(text, "fuzz.adapt", table);
  if (pattern) static_cast<void>(adapt::patterns::check_samples(*pattern));
  static_cast<void>(adapt::search::pattern_of_code(text, table));
  static_cast<void>(adapt::patterns::Isomorphisms::parse(text, "fuzz.txt"));
  static_cast<void>(adapt::evidence::parse_evidence(text, "fuzz.evidence.tsv"));
  return 0;
}
