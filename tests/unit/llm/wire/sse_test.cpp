#include "agent/llm/wire/sse.h"

#include <gtest/gtest.h>

#include <vector>

namespace adapt::llm {
namespace {

// "name|data" of each event, `size` bytes at a time.
std::vector<std::string> decoded(std::string_view bytes, std::size_t size = std::string_view::npos) {
  std::vector<std::string> out;
  SseDecoder decoder;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(size, bytes.size())))
    EXPECT_TRUE(decoder.feed(bytes.substr(0, size), [&](const SseEvent& e) { out.push_back(e.name + "|" + e.data); }));
  return out;
}

using Events = std::vector<std::string>;

// conformance 1, 2
TEST(SseDecoder, EveryLineEndAndEveryCutGivesTheSameEvents) {
  const Events expected = {"|a", "x|b"};
  for (const std::string_view bytes : {"data: a\n\nevent: x\ndata: b\n\n", "data:a\r\n\r\nevent:x\r\ndata: b\r\n\r\n",
                                       "data: a\r\revent: x\rdata:b\r\r", "data: a\r\n\revent: x\ndata: b\n\r\n",
                                       "\xef\xbb\xbf"
                                       "data: a\n\nevent: x\r\ndata: b\r\r"})
    for (const std::size_t size : {1U, 2U, 3U, 1000U}) EXPECT_EQ(decoded(bytes, size), expected) << bytes;
}

// conformance 2
TEST(SseDecoder, OnlyOneBlankAfterTheColonIsTakenOff) {
  EXPECT_EQ(decoded("data:  a \n\n"), Events({"| a "}));
  EXPECT_EQ(decoded("data\n\ndata:\n\n"), Events({"|", "|"}));
}

// conformance 3
TEST(SseDecoder, LinesOfDataAreJoinedAndTheRestIsIgnored) {
  EXPECT_EQ(decoded(": hello\nid: 7\nretry: 10\nother: x\ndata: a\n: between\ndata: b\ndata:\n\n"),
            Events({"|a\nb\n"}));
  EXPECT_EQ(decoded("event: nothing\n\n: only a comment\n\n"), Events());
}

// conformance 7 (the bytes of it)
TEST(SseDecoder, CountsHeartbeats) {
  SseDecoder decoder;
  EXPECT_TRUE(decoder.feed(":\n\n: ping\r\n", [](const SseEvent&) { FAIL(); }));
  EXPECT_EQ(decoder.comments(), 2U);
  EXPECT_FALSE(decoder.has_rest());
}

// conformance 4
TEST(SseDecoder, CharactersAndEscapesSurviveACutInsideOfThem) {
  const std::string bytes = "data: {\"a\":\"\xf0\x9f\x98\x80 \\uD83D\\uDE00\"}\n\n";
  for (std::size_t size = 1; size < 12; ++size) EXPECT_EQ(decoded(bytes, size), decoded(bytes));
  EXPECT_EQ(decoded(bytes), Events({"|{\"a\":\"\xf0\x9f\x98\x80 \\uD83D\\uDE00\"}"}));
}

// conformance 5
TEST(SseDecoder, ALargeEventIsTakenAndATooLargeOneRefused) {
  std::size_t size = 0;
  SseDecoder decoder;
  const auto count = [&](const SseEvent& event) { size = event.data.size(); };
  const std::string eight(std::size_t{8} << 20U, 'x');
  ASSERT_TRUE(decoder.feed("data: " + eight + "\n\n", count));
  EXPECT_EQ(size, eight.size());

  SseDecoder small(100);
  const auto refused = small.feed("data: " + std::string(200, 'x'), count);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::llm);
  EXPECT_EQ(refused.error().message, "an event of the answer is larger than 100 bytes");

  SseDecoder of_lines(100);
  Result<void> fed;
  for (int i = 0; i < 50 && fed; ++i) fed = of_lines.feed("data: 0123456789\n", count);
  EXPECT_FALSE(fed);
}

// conformance 6
TEST(SseDecoder, AnEventThatNoBlankLineEndedIsKeptBack) {
  SseDecoder decoder;
  EXPECT_TRUE(decoder.feed("data: a\n", [](const SseEvent&) { FAIL(); }));
  EXPECT_TRUE(decoder.has_rest());
}

}  // namespace
}  // namespace adapt::llm
