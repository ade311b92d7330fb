#include "agent/llm/http/head_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace adapt::llm {
namespace {

using State = HeadReader::State;

// The states after each line, as letters: r, C, d, O.
std::string states(HeadReader& reader, const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += "rCdO"[static_cast<int>(reader.take(line + "\r\n"))];
  return out;
}

TEST(HeadReader, GivesStatusAndHeadersWithNamesInLowerCase) {
  HeadReader reader;
  EXPECT_EQ(states(reader, {"HTTP/1.1 429 Too Many", "Retry-After:  7 ", "X-Two: a:b", "X-None:", ""}), "rrrrC");
  EXPECT_EQ(reader.head().status, 429);
  EXPECT_EQ(reader.head().headers, (Headers{{"retry-after", "7"}, {"x-two", "a:b"}, {"x-none", ""}}));
}

TEST(HeadReader, ReadsAStatusWithoutWords) {
  HeadReader reader;
  EXPECT_EQ(states(reader, {"HTTP/2 204 ", ""}), "rC");
  EXPECT_EQ(reader.head().status, 204);
}

TEST(HeadReader, PassesInterimAnswersOverAndForgetsTheirHeaders) {
  HeadReader reader;
  EXPECT_EQ(states(reader, {"HTTP/1.1 100 Continue", "", "HTTP/1.1 103 Early Hints", "link: x", "", "HTTP/1.1 200 OK",
                            "a: 1", ""}),
            "rrrrrrrC");
  EXPECT_EQ(reader.head().headers, (Headers{{"a", "1"}}));
}

TEST(HeadReader, IgnoresTrailers) {
  HeadReader reader;
  EXPECT_EQ(states(reader, {"HTTP/1.1 200 OK", "a: 1", "", "b: 2", ""}), "rrCdd");
  EXPECT_EQ(reader.head().headers, (Headers{{"a", "1"}}));
}

TEST(HeadReader, JoinsFoldedLinesAndSkipsLinesWithoutAName) {
  HeadReader reader;
  EXPECT_EQ(states(reader, {"HTTP/1.1 200 OK", "a: one", "\ttwo", "nonsense", ""}), "rrrrC");
  EXPECT_EQ(reader.head().headers, (Headers{{"a", "one two"}}));
}

TEST(HeadReader, RefusesHeadsBeyondMeasureAlsoWhenEachIsInterim) {
  HeadReader reader;
  const std::string line = "a: " + std::string(1000, 'x') + "\r\n";
  State last = State::reading;
  for (int i = 0; i < 100; ++i) {
    reader.take("HTTP/1.1 103 Early Hints\r\n");
    last = reader.take(line);
    reader.take("\r\n");
  }
  EXPECT_EQ(last, State::reading);
  for (int i = 0; i < 40; ++i) last = reader.take(line);
  EXPECT_EQ(last, State::oversized);
}

}  // namespace
}  // namespace adapt::llm
