// Any bytes as a test configuration. Whatever comes is read in bounds, and an entry that is put into it is there
// afterwards, with everything else as before.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "agent/forge/config_file.h"
#include "tests/fuzz/expect.h"

namespace {

using namespace adapt::forge;
using adapt::expect;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const ConfigFile before = read_config(text, "test_config_x.yaml");
  expect(before.parsed || !before.findings.empty(), "refused without a reason");
  TestEntry entry{.id = "a/pytorch-b-single_device-inference",
                  .settings = {.status = Status::unspecified, .reason = "it's \"so\""}};
  entry.arch_overrides["n150"].required_pcc = 0.5;
  const auto changed = with_entry(text, entry);
  if (!changed) return 0;
  const ConfigFile after = read_config(*changed, "test_config_x.yaml");
  expect(after.parsed && after.find(entry.id) != nullptr && after.find(entry.id)->entry == entry,
         "the entry is not there");
  for (const PlacedEntry& placed : before.entries)
    if (placed.entry.id != entry.id)
      expect(after.find(placed.entry.id) != nullptr &&
                 after.find(placed.entry.id)->entry == before.find(placed.entry.id)->entry,
             "another entry changed");
  const auto again = with_entry(*changed, entry);
  expect(again && *again == *changed, "twice is not once");
  return 0;
}
