// A source and edits of it. Whatever is applied can be taken back, leaves the bytes outside of the edits alone, and is
// told whole by its difference.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "tests/fuzz/expect.h"
#include "tools/edit/edit_set.h"

namespace {

using namespace adapt;

// Five bytes an edit (begin, length, length of its text), then a zero byte, then text for the edits, then the source.
struct Input {
  std::string_view bytes;
  std::uint32_t byte() {
    if (bytes.empty()) return 0;
    const auto out = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    return out;
  }
};

// The source with the edits spliced in, the slow and plain way.
std::string spliced(const std::string& source, const edit::EditSet& edits) {
  std::string out;
  std::uint32_t at = 0;
  for (const edit::TextEdit& change : edits.edits()) {
    out.append(source, at, change.span.begin - at).append(change.text);
    at = change.span.end;
  }
  return out.append(source, at);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Input input{{reinterpret_cast<const char*>(data), size}};
  edit::EditSet edits;
  const std::uint32_t count = input.byte() % 8;
  std::size_t sum = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::uint32_t begin = input.byte() * 4 + input.byte() % 4;
    const std::uint32_t end = begin + input.byte();
    std::string text(input.bytes.substr(0, input.byte() % 16));
    input.bytes.remove_prefix(std::min(text.size(), input.bytes.size()));
    const bool taken = edits.add({"m.py", {begin, end}, std::move(text)}).has_value();
    sum += taken ? 1 : 0;
  }
  expect(edits.size() <= sum, "more edits than were added");
  const edit::Sources before = {{"m.py", std::string(input.bytes)}};
  const auto after = edit::apply(edits, before);
  if (!after) return 0;
  const std::string& text = after->empty() ? before.at("m.py") : after->at("m.py");
  expect(text == spliced(before.at("m.py"), edits), "bytes outside of the edits have changed");
  const edit::Sources now = {{"m.py", text}};
  const auto back = edit::apply(edit::inverse(edits, before), now);
  // Taking back may bring errors back, which apply() refuses; then there is nothing to compare.
  if (back) expect((back->empty() ? text : back->at("m.py")) == before.at("m.py"), "the inverse does not take back");
  const edit::EditSet difference = edit::difference(before, now);
  expect(spliced(before.at("m.py"), difference) == text, "the difference does not lead to the result");
  static_cast<void>(edit::unified_diff(before, now));
  return 0;
}
