// Any bytes as a log. Whatever comes, the diagnosis does not depend on how the bytes were cut, and is JSON of bounded
// size.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/triage/triage.h"
#include "tests/fuzz/expect.h"

namespace {

using namespace adapt;

std::string told(std::string_view log, std::size_t piece) {
  triage::Triage triage;
  for (; !log.empty(); log.remove_prefix(std::min(piece, log.size()))) triage.feed(log.substr(0, piece));
  const triage::Diagnosis diagnosis = triage.finish();
  expect(diagnosis.confidence >= 0 && diagnosis.confidence <= 1, "a share");
  static_cast<void>(triage::to_text(diagnosis));
  return dump_line(triage::to_json(diagnosis));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view log(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = told(log, log.size() + 1);
  expect(whole == told(log, std::size_t{1} + data[0]), "the cuts matter");
  expect(parse_json(whole).has_value(), "no JSON");
  expect(whole.size() < 100'000, "too much is said");
  return 0;
}
