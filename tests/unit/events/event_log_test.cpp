#include "agent/events/event_log.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <cmath>
#include <csignal>
#include <limits>

#include "tests/unit/events/stand_ins.h"
#include "tools/base/file.h"
#include "tools/base/hash.h"
#include "tools/base/text.h"

namespace adapt::events {
namespace {
namespace fs = std::filesystem;

class EventLogTest : public testing::Test {
 protected:
  fs::path path() const { return folder_.path() / "events.jsonl"; }
  std::string text() const { return read_file(path()).value(); }
  void put(std::string_view bytes) const { ASSERT_TRUE(write_file_atomic(path(), bytes).has_value()); }
  EventLog open() const { return EventLog::open(path(), clock_).value(); }
  std::string complaint() const {
    const Result<EventLog> log = EventLog::open(path(), clock_);
    if (log) return "";
    EXPECT_EQ(log.error().kind, ErrorKind::store);
    return replace_all(log.error().message, path().string(), "LOG");
  }
  // Three events: what the text of the file is after 0, 1, 2, 3 of them.
  std::vector<std::string> write_three() const {
    std::vector<std::string> stages = {""};
    EventLog log = open();
    const Json payloads[] = {{{"model", "m"}}, {{"text", "line\nend \xc3\xa9 {\"}"}}, Json::array({1, 2.5, nullptr})};
    for (const Json& payload : payloads) {
      EXPECT_TRUE(log.append("note", payload).has_value());
      stages.push_back(text());
    }
    return stages;
  }

  TempDir folder_ = quick_folder("events");
  StillClock clock_;
};

TEST_F(EventLogTest, ALineIsTheDocumentedObject) {
  EXPECT_TRUE(open().append("note", {{"b", 1}, {"a", "x"}}).has_value());
  const std::string zeros(64, '0');
  const std::string body = R"({"data":{"a":"x","b":1},"prev":")" + zeros + R"(","seq":1,"t":1000,"type":"note"})";
  const std::string hash = sha256_hex(zeros + body);
  EXPECT_EQ(text(), R"({"data":{"a":"x","b":1},"hash":")" + hash + R"(","prev":")" + zeros +
                        R"(","seq":1,"t":1000,"type":"note"})" + "\n");
}

TEST_F(EventLogTest, AReopenedLogGoesOnWithTheChain) {
  write_three();
  clock_.now = 2000;
  EXPECT_EQ(open().append("end", {}).value().seq, 4);
  const std::vector<Event> events = read_log(path()).value();
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[1].data, (Json{{"text", "line\nend \xc3\xa9 {\"}"}}));
  EXPECT_EQ(events[3].t, 2000);
  EXPECT_EQ(open().events().back().hash, events.back().hash);
}

TEST_F(EventLogTest, AnEventThatMayBeOnDiskLateIsInTheChainAtOnce) {
  EventLog log = open();
  ASSERT_TRUE(log.append("note", {{"n", 1}}, Durable::with_next).has_value());
  EXPECT_EQ(read_log(path()).value().size(), 1U);
  ASSERT_TRUE(log.append("note", {{"n", 2}}).has_value());
  EXPECT_EQ(read_log(path()).value().back().data, Json({{"n", 2}}));
}

TEST_F(EventLogTest, CutAtEveryByteKeepsEveryCompleteEventAndTheTail) {
  const std::vector<std::string> stages = write_three();
  const std::string whole = stages.back();
  for (std::size_t cut = 0; cut <= whole.size(); ++cut) {
    put(whole.substr(0, cut));
    const Result<EventLog> log = EventLog::open(path(), clock_);
    ASSERT_TRUE(log.has_value()) << "cut at " << cut << ": " << log.error().message;
    // An event is complete when only its line end is missing.
    const auto complete = static_cast<std::size_t>(std::ranges::count_if(
        stages, [&](const std::string& stage) { return !stage.empty() && cut + 1 >= stage.size(); }));
    ASSERT_EQ(log->events().size(), complete) << "cut at " << cut;
    EXPECT_EQ(text(), stages[complete]) << "cut at " << cut;
    const bool is_torn = cut > stages[complete].size();
    ASSERT_EQ(log->torn_tail().has_value(), is_torn) << "cut at " << cut;
    if (is_torn) {
      EXPECT_EQ(read_file(*log->torn_tail()).value(),
                whole.substr(stages[complete].size(), cut - stages[complete].size()));
    }
  }
}

TEST_F(EventLogTest, CutAndContinuedAtEveryByteStaysAValidChain) {
  const std::string whole = write_three().back();
  for (std::size_t cut = 0; cut <= whole.size(); cut += 7) {
    put(whole.substr(0, cut));
    const std::size_t before = open().events().size();
    ASSERT_TRUE(open().append("resumed", {{"cut", cut}}).has_value());
    EXPECT_EQ(read_log(path()).value().size(), before + 1);
  }
}

TEST_F(EventLogTest, AChangedByteAnywhereIsNeverTakenForAnEvent) {
  const std::string whole = write_three().back();
  const std::vector<Event> honest = read_log(path()).value();
  for (std::size_t at = 0; at < whole.size(); ++at) {
    std::string changed = whole;
    changed[at] = changed[at] == '1' ? '2' : '1';
    put(changed);
    const Result<std::vector<Event>> events = read_log(path());
    if (!events) continue;  // refused: good
    // Else it looked like a cut at the end of the file: what is left is a prefix of the truth.
    ASSERT_LT(events->size(), honest.size()) << "byte " << at;
    for (std::size_t i = 0; i < events->size(); ++i) EXPECT_EQ((*events)[i].hash, honest[i].hash);
  }
}

TEST_F(EventLogTest, DamageInTheMiddleIsRefusedWithItsLine) {
  const std::vector<std::string> stages = write_three();
  const std::string first = stages[1];
  const std::string second = stages[2].substr(stages[1].size());
  const std::string third = stages[3].substr(stages[2].size());
  const struct {
    const char* name;
    std::string text;
    const char* message;
  } cases[] = {
      {"garbage line", first + "garbage\n" + third, "LOG: line 2 is damaged: it is not JSON"},
      {"empty line", first + "\n" + second + third, "LOG: line 2 is damaged: it is not JSON"},
      {"line left out", first + third, "LOG: line 2 is damaged: its seq is not 2"},
      {"lines swapped", second + first, "LOG: line 1 is damaged: its seq is not 1"},
      {"value changed", replace_all(stages[3], R"("model":"m")", R"("model":"n")"),
       "LOG: line 1 is damaged: its hash does not fit its content"},
      {"last value changed", replace_all(stages[3], "[1,2.5,null]", "[1,2.6,null]"),
       "LOG: line 3 is damaged: its hash does not fit its content"},
      {"space added", replace_all(stages[3], R"({"data")", R"({ "data")"),
       "LOG: line 1 is damaged: it is not written as events are"},
      {"other JSON", first + "{}\n", "LOG: line 2 is damaged: it is not an event"},
  };
  for (const auto& c : cases) {
    put(c.text);
    EXPECT_EQ(complaint(), c.message) << c.name;
    EXPECT_EQ(text(), c.text) << c.name << ": a refused log stays as it is";
  }
}

TEST_F(EventLogTest, OneWriterAtATime) {
  {
    const EventLog holder = open();
    EXPECT_EQ(complaint(), "LOG is in use: another process is working on this run");
    EXPECT_TRUE(read_log(path()).has_value()) << "readers need no lock";
  }
  EXPECT_EQ(complaint(), "");
}

TEST_F(EventLogTest, WhatJsonCannotHoldIsTheSameNowAndWhenReadAgain) {
  EventLog log = open();
  const Event event = log.append("odd", {{"nan", std::nan("")}, {"bytes", "\xff\xfe"}, {"big", 1e300}}).value();
  EXPECT_EQ(event.data, read_log(path()).value().front().data);
  EXPECT_TRUE(event.data["nan"].is_null());
}

TEST_F(EventLogTest, AnEventThatIsTooLargeIsRefused) {
  EventLog log = open();
  EXPECT_FALSE(log.append("huge", std::string(kMaxEventBytes, 'x')).has_value());
  EXPECT_TRUE(log.append("small", {}).has_value());
}

// The kernel's limit on file sizes stands for a full disk: a write stops half way in the same manner.
TEST_F(EventLogTest, AFullDiskIsAStoreErrorAndTheLogStaysValid) {
  EventLog log = open();
  ASSERT_TRUE(log.append("note", {{"n", 1}}).has_value());
  const std::string before = text();

  rlimit old{};
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &old), 0);
  const auto old_handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small{before.size() + 100, old.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &small), 0);
  const Result<Event> refused = log.append("note", {{"text", std::string(1000, 'x')}});
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &old), 0);
  std::signal(SIGXFSZ, old_handler);

  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::store);
  EXPECT_EQ(refused.error().message, "cannot write " + path().string() + ": File too large");
  EXPECT_EQ(text(), before);
  EXPECT_EQ(log.append("note", {{"n", 2}}).value().seq, 2);  // room again: it goes on
  EXPECT_EQ(read_log(path()).value().size(), 2U);
}

TEST_F(EventLogTest, AMissingFolderIsAStoreError) {
  const Result<EventLog> log = EventLog::open(folder_.path() / "none/events.jsonl", clock_);
  ASSERT_FALSE(log.has_value());
  EXPECT_EQ(log.error().kind, ErrorKind::store);
}

}  // namespace
}  // namespace adapt::events
