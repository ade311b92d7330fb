#include "harness/client/messages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "harness/client/outcome.h"
#include "harness/client/reply_reader.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::client {
namespace {

namespace fs = std::filesystem;

struct Line {
  std::string from;
  Json message;
};

std::vector<Line> read_transcript(const fs::path& path) {
  std::vector<Line> out;
  const auto text = read_file(path);
  EXPECT_TRUE(text) << path;
  for (const std::string_view line : split_lines(*text)) {
    const auto value = parse_json(line);
    EXPECT_TRUE(value) << path;
    out.push_back({(*value)["from"].get<std::string>(), (*value)["message"]});
  }
  return out;
}

// Decodes, encodes and compares; the error's text, or what was lost.
template <class T>
std::string round_trip(const Json& value) {
  const auto decoded = decode<T>(value);
  if (!decoded) return decoded.error().message;
  const Json again = encode(*decoded);
  return again == value ? "" : "changed to " + dump(again);
}

using Check = std::function<std::string(const Json&)>;
template <class Request>
std::pair<std::string, std::pair<Check, Check>> method() {
  return {std::string(Request::kMethod), {round_trip<Request>, round_trip<typename ReplyOf<Request>::type>}};
}
const std::map<std::string, std::pair<Check, Check>> kMethods = {
    method<ProbeRequest>(), method<ModelsRequest>(),  method<DescribeRequest>(), method<ReferenceRequest>(),
    method<BuildRequest>(), method<ExecuteRequest>(), method<EagerRequest>(),    method<PackageRequest>(),
    method<CheckRequest>(), method<FactsRequest>(),   method<StubsRequest>(),    method<BisectRequest>()};

TEST(Messages, GoldenTranscriptsRoundTripWithoutLoss) {
  std::set<std::string> seen;
  for (const auto& entry : fs::directory_iterator(std::string(ADAPT_SOURCE_DIR) + "/harness/golden")) {
    if (entry.path().extension() != ".jsonl") continue;
    std::string current;
    for (const Line& line : read_transcript(entry.path())) {
      const Json& message = line.message;
      if (message.contains("protocol")) {
        EXPECT_EQ(round_trip<Greeting>(message), "") << entry.path();
      } else if (line.from == "engine" && message["method"] != "fork") {
        current = message["method"];
        Json params = message["params"];
        for (const char* added : {"stage_seconds", "threads"}) params.erase(added);  // by the call, to every request
        ASSERT_TRUE(kMethods.contains(current)) << current;
        EXPECT_EQ(kMethods.at(current).first(params), "") << entry.path();
      } else if (line.from == "worker" && message.contains("result")) {
        EXPECT_EQ(kMethods.at(current).second(message["result"]), "") << entry.path();
        seen.insert(current);
      }
    }
  }
  EXPECT_EQ(seen.size(), kMethods.size()) << "a method has no transcript";
}

TEST(Messages, GoldenWorkersAreAcceptedLineByLine) {
  for (const auto& entry : fs::directory_iterator(std::string(ADAPT_SOURCE_DIR) + "/harness/golden")) {
    if (entry.path().extension() != ".jsonl" || entry.path().stem() == "host") continue;
    ReplyReader reader(1);
    for (const Line& line : read_transcript(entry.path()))
      if (line.from == "worker") reader.feed(dump(line.message) + "\n");
    reader.finish();
    EXPECT_FALSE(reader.violation()) << entry.path() << ": " << *reader.violation();
    EXPECT_TRUE(reader.replied()) << entry.path();
  }
}

Json good_failure() {
  return encode(Failure{.stage = Stage::lower,
                        .failure_class = FailureClass::unsupported_op,
                        .exception = "E",
                        .message = "m",
                        .fingerprint = "f",
                        .op = "aten.unfold"});
}

struct Bad {
  const char* name;
  std::function<void(Json&)> spoil;
  const char* message;
};

TEST(Messages, MalformedFailuresAreNamedByPath) {
  const Bad cases[] = {
      {"stage", [](Json& j) { j["stage"] = "victory"; }, "reply.stage is not a stage"},
      {"class", [](Json& j) { j["class"] = "fine"; }, "reply.class is not a class of failure"},
      {"missing", [](Json& j) { j.erase("message"); }, "reply.message is missing"},
      {"null", [](Json& j) { j["fingerprint"] = nullptr; }, "reply.fingerprint is missing"},
      {"type", [](Json& j) { j["line"] = "12"; }, "reply.line is not an integer"},
      {"float line", [](Json& j) { j["line"] = 1.5; }, "reply.line is not an integer"},
      {"large", [](Json& j) { j["line"] = UINT64_MAX; }, "reply.line is too large"},
      {"long text", [](Json& j) { j["log"] = std::string(kMaxText + 1, 'x'); }, "reply.log is too long"},
      {"frames",
       [](Json& j) {
         j["frames"] = {{{"file", "f"}, {"line", 1}, {"function", 2}, {"source", ""}}};
       },
       "reply.frames[0].function is not a string"},
      {"list", [](Json& j) { j["frames"] = Json::object(); }, "reply.frames is not a list"},
      {"not an object", [](Json& j) { j = 3; }, "reply is not an object"},
  };
  for (const Bad& c : cases) {
    Json value = good_failure();
    ASSERT_TRUE(decode<Failure>(value));
    c.spoil(value);
    const auto decoded = decode<Failure>(value);
    ASSERT_FALSE(decoded) << c.name;
    EXPECT_EQ(decoded.error().message, c.message) << c.name;
    EXPECT_EQ(decoded.error().kind, ErrorKind::parse) << c.name;
  }
}

TEST(Messages, ListsAreBounded) {
  Json names = Json::array();
  for (std::size_t i = 0; i <= kMaxList; ++i) names.push_back("x");
  const auto decoded = decode<ModelsReply>({{"names", names}, {"total", 1}});
  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().message, "reply.names is too long");
}

TEST(Messages, OkAndFailureMustAgree) {
  EXPECT_FALSE(decode<ExecuteReply>({{"ok", true}, {"failure", good_failure()}}));
  EXPECT_FALSE(decode<ExecuteReply>({{"ok", false}, {"failure", nullptr}}));
  EXPECT_TRUE(decode<ExecuteReply>({{"ok", true}, {"failure", nullptr}}));
  const auto unweighed = decode<EagerReply>({{"ok", true}});
  ASSERT_FALSE(unweighed);
  EXPECT_EQ(unweighed.error().message, "reply.weights is missing");
}

BisectReply bisected() {
  return {.ok = true,
          .culprit = Culprit{.module = "encoder.layer.0",
                             .class_name = "Layer",
                             .source = "lib.modeling",
                             .failure = *decode<Failure>(good_failure())},
          .tried = 3,
          .notes = {"11 more like encoder.layer.1, which passed: not tried again"}};
}

TEST(Messages, ABisectionWithAndWithoutACulpritIsReadAsItWasWritten) {
  BisectReply reply = bisected();
  EXPECT_EQ(decode<BisectReply>(encode(reply)), reply);
  reply.culprit.reset();
  EXPECT_EQ(encode(reply)["culprit"], nullptr);
  EXPECT_EQ(decode<BisectReply>(encode(reply)), reply);
  reply.ok = false;
  reply.failure = *decode<Failure>(good_failure());
  EXPECT_EQ(decode<BisectReply>(encode(reply)), reply);
}

TEST(Messages, MalformedBisectionsAreNamedByPath) {
  const Bad cases[] = {
      {"no path", [](Json& j) { j["culprit"].erase("module"); }, "reply.culprit.module is missing"},
      {"no failure", [](Json& j) { j["culprit"]["failure"] = nullptr; }, "reply.culprit.failure is missing"},
      {"its stage", [](Json& j) { j["culprit"]["failure"]["stage"] = "end"; },
       "reply.culprit.failure.stage is not a stage"},
      {"a list", [](Json& j) { j["culprit"] = Json::array(); }, "reply.culprit is not an object"},
      {"no count", [](Json& j) { j.erase("tried"); }, "reply.tried is missing"},
      {"half a part", [](Json& j) { j["tried"] = 1.5; }, "reply.tried is not an integer"},
      {"two failures",
       [](Json& j) {
         j["ok"] = false;
         j["failure"] = good_failure();
       },
       "reply.culprit is named for a model that fails by itself"},
  };
  for (const Bad& c : cases) {
    Json value = encode(bisected());
    c.spoil(value);
    const auto decoded = decode<BisectReply>(value);
    ASSERT_FALSE(decoded) << c.name;
    EXPECT_EQ(decoded.error().message, c.message) << c.name;
  }
}

TEST(Messages, UnknownFieldsAreIgnored) {
  EXPECT_EQ(decode<Draw>({{"seed", 3}, {"variant", "base"}, {"colour", "blue"}}), (Draw{.seed = 3, .variant = "base"}));
}

TEST(Messages, NonFiniteNumbersTravelAsTheirNames) {
  ExecuteReply reply{.ok = true, .seconds = -INFINITY};
  EXPECT_EQ(encode(reply)["seconds"], "-inf");
  EXPECT_EQ(decode<ExecuteReply>(encode(reply)), reply);
  reply.seconds = NAN;
  EXPECT_TRUE(std::isnan(decode<ExecuteReply>(encode(reply))->seconds));
}

TEST(Messages, EveryStageAndClassHasItsWord) {
  for (const Stage stage : kStages) EXPECT_EQ(parse_stage(to_string(stage)), stage);
  for (int i = 0; i <= static_cast<int>(FailureClass::other); ++i) {
    const auto failure_class = static_cast<FailureClass>(i);
    EXPECT_EQ(parse_failure_class(to_string(failure_class)), failure_class);
  }
  EXPECT_FALSE(parse_stage(""));
  EXPECT_FALSE(parse_failure_class("missing_package"));
}

TEST(Outcome, JournalRoundTripsBothKinds) {
  const CallOutcome good{.result = Json{{"n", 1}},
                         .last_stage = "run",
                         .notes = {"a"},
                         .stdout_text = "o",
                         .wall_seconds = 1.5,
                         .peak_rss = 77,
                         .strays = 2,
                         .exit_note = "signal 11"};
  EXPECT_EQ(CallOutcome::from_json(good.to_json()), good);
  CallOutcome bad;
  bad.process_failure = process_failure({.last_stage = "compile", .status = sandbox::ExitStatus{true, SIGSEGV}});
  EXPECT_EQ(CallOutcome::from_json(bad.to_json()), bad);
  EXPECT_FALSE(CallOutcome::from_json(Json{{"last_stage", ""}, {"wall_seconds", 1}}));
}

struct EndCase {
  const char* name;
  EndFacts facts;
  FailureClass expected;
  const char* fingerprint;
};

TEST(Outcome, EndsOfAProcessAreToldApart) {
  const sandbox::ExitStatus killed{true, SIGKILL};
  const sandbox::ExitStatus aborted{true, SIGABRT};
  const EndCase cases[] = {
      {"killed below the limit",
       {.status = killed, .peak_rss = 10, .memory_limit = 1000},
       FailureClass::crash,
       "resolve|crash||signal 9 (Killed)"},
      {"killed near the limit",
       {.last_stage = "run", .status = killed, .peak_rss = 950, .memory_limit = 1000},
       FailureClass::out_of_memory,
       "run|out-of-memory||signal # (Killed)"},
      {"killed by the kernel for memory",
       {.status = killed, .kernel_killed = true},
       FailureClass::out_of_memory,
       "resolve|out-of-memory||signal # (Killed)"},
      {"bad_alloc",
       {.status = aborted, .stderr_text = "what(): std::bad_alloc\n"},
       FailureClass::out_of_memory,
       "resolve|out-of-memory||signal # (Aborted)"},
      {"abort",
       {.status = aborted, .stderr_text = "assertion\n"},
       FailureClass::crash,
       "resolve|crash||signal 6 (Aborted)"},
      {"exit 3", {.status = sandbox::ExitStatus{false, 3}}, FailureClass::exit, "resolve|exit||exit code #"},
      {"processor time",
       {.status = sandbox::ExitStatus{true, SIGXCPU}},
       FailureClass::hang,
       "resolve|hang||signal # (CPU time limit exceeded)"},
  };
  for (const EndCase& c : cases) {
    const Failure failure = process_failure(c.facts);
    EXPECT_EQ(failure.failure_class, c.expected) << c.name;
    EXPECT_EQ(failure.fingerprint, c.fingerprint) << c.name;
  }
}

TEST(LineReader, CutsLinesWhereverTheBytesBreak) {
  LineReader reader;
  EXPECT_EQ(reader.feed("a"), std::vector<std::string>{});
  EXPECT_EQ(reader.feed("b\n\nc"), (std::vector<std::string>{"ab", ""}));
  EXPECT_EQ(reader.rest(), "c");
  EXPECT_TRUE(reader.feed(std::string(kMaxLine, 'x')).empty());
  EXPECT_TRUE(reader.too_long());
}

TEST(LineReader, TheLongestLineIsAllowed) {
  LineReader reader;
  EXPECT_EQ(reader.feed(std::string(kMaxLine - 1, 'x') + "\n").size(), 1U);
  EXPECT_FALSE(reader.too_long());
}

}  // namespace
}  // namespace adapt::client
