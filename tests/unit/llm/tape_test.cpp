#include "agent/llm/tape.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <fstream>

#include "agent/llm/turn_record.h"
#include "rig.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

namespace fs = std::filesystem;

// Pieces as text that can be compared.
std::string shown(const Piece& piece) {
  if (const auto* head = std::get_if<Head>(&piece)) {
    std::string out = fmt::format("head {}", head->status);
    for (const auto& [name, value] : head->headers) out += fmt::format(" {}={}", name, value);
    return out;
  }
  if (const auto* bytes = std::get_if<Bytes>(&piece)) return "bytes " + bytes->data;
  const auto& end = std::get<End>(piece);
  return fmt::format("end {} {}", static_cast<int>(end.kind), end.detail);
}

std::vector<std::string> listen(Exchange& exchange) {
  std::vector<std::string> out;
  for (;;) {
    const Piece piece = exchange.next();
    out.push_back(shown(piece));
    if (std::holds_alternative<End>(piece)) return out;
  }
}
std::vector<std::string> ask(Transport& transport, const std::string& body, const std::string& path = "/chat") {
  return listen(*transport.send({.url = "http://h" + path, .path = path, .body = body}));
}

struct Tape {
  TempDir folder = TempDir::create("tape").value();
  fs::path path = folder.path() / "tape.jsonl";
  StandInClock clock;
  Redactor redactor;

  std::unique_ptr<TapeRecorder> record(Transport& inner) {
    auto recorder = TapeRecorder::open(path, inner, redactor, clock);
    if (!recorder) ADD_FAILURE() << recorder.error().message;
    return *std::move(recorder);
  }
  std::unique_ptr<TapePlayer> play() const {
    auto player = TapePlayer::open(path);
    if (!player) ADD_FAILURE() << player.error().message;
    return *std::move(player);
  }
  // Records one exchange for each body; its answer repeats the body.
  void record_echoes(const std::vector<std::string>& bodies) {
    StandInTransport echo([](const HttpRequest& request) {
      return std::vector<Piece>{Head{200, {}}, Bytes{"echo " + request.body}, End{}};
    });
    const auto recorder = record(echo);
    for (const std::string& body : bodies) ask(*recorder, body);
  }
  std::string text() const { return read_file(path).value(); }
  void write(const std::string& text) const { std::ofstream(path, std::ios::binary) << text; }
  std::string refused() const {
    const auto player = TapePlayer::open(path);
    return player ? "taken" : replace_all(player.error().message, path.string(), "TAPE");
  }
};

// conformance 85
TEST(Tape, PiecesPlayAsTheyCameToTheByte) {
  Tape tape;
  const std::vector<Piece> pieces = {
      Head{200, {{"content-type", "text/event-stream"}, {"request-id", "r-1"}, {"server", "secretive"}}},
      Bytes{"gr\xC3"},        // the first half of a character
      Bytes{"\xBC\xC3\x9F"},  // the other half, and a whole one
      Bytes{"\xF0\x9F"},
      Bytes{"\x98\x80"},
      Bytes{std::string("\0\x01\xFF\xFE", 4)},
      Bytes{"\xFF"},
      Bytes{"\xFF\xFF"},
      Bytes{""},
      Bytes{"plain \"quoted\" \\ \n"},
      End{EndKind::cut, "h: it broke"}};
  StandInTransport inner([&](const HttpRequest&) { return std::vector<Piece>(pieces); });
  const auto recorder = tape.record(inner);
  const std::vector<std::string> heard = ask(*recorder, R"({"a":1})");
  std::vector<std::string> expected = heard;
  expected[0] = "head 200 content-type=text/event-stream request-id=r-1";  // of the others nothing is kept
  EXPECT_EQ(ask(*tape.play(), R"({"a":1})"), expected);
}

// conformance 85
TEST(Tape, ATurnPlaysAsItWasWhateverItsPiecesWere) {
  const std::string stream = chat_stream("gr\xC3\xBC\xC3\x9F \xF0\x9F\x98\x80 \"quoted\"");
  for (const std::size_t size : {1U, 2U, 3U, 5U, 64U, 10'000U}) {
    Tape tape;
    int calls = 0;
    StandInTransport inner([&](const HttpRequest&) {
      if (calls++ == 0) return refusal(529, "busy", {{"retry-after", "7"}});
      std::vector<Piece> pieces = {Head{200, {{"content-type", "text/event-stream"}, {"x-request-id", "r"}}}};
      for (std::size_t at = 0; at < stream.size(); at += size) pieces.emplace_back(Bytes{stream.substr(at, size)});
      pieces.emplace_back(End{});
      return pieces;
    });
    std::string recorded;
    {
      const auto recorder = tape.record(inner);
      Rig rig(*recorder);
      recorded = dump(to_json(rig.ask("hi").value()));
    }
    const auto player = tape.play();
    EXPECT_EQ(player->exchanges(), 2U);
    Rig rig(*player);
    const auto played = rig.ask("hi");
    ASSERT_EQ(told(played).substr(0, 4), "turn") << size;
    EXPECT_EQ(dump(to_json(*played)), recorded) << size;
    EXPECT_EQ(player->played(), 2U);
  }
}

// The reader stops behind the event that ends a turn and never sees the end of the bytes.
TEST(Tape, AnExchangeThatIsNotReadToItsEndIsRecorded) {
  Tape tape;
  StandInTransport inner([](const HttpRequest&) {
    return std::vector<Piece>{Head{200, {}}, Bytes{"one"}, Bytes{"two"}, End{}};
  });
  {
    const auto recorder = tape.record(inner);
    const auto exchange = recorder->send({.path = "/x", .body = "{}"});
    exchange->next();
    exchange->next();
  }
  EXPECT_EQ(ask(*tape.play(), "{}", "/x"),
            (std::vector<std::string>{"head 200", "bytes one", "end 2 not read to its end"}));
}

// conformance 86
TEST(Tape, AChangedPromptEndsAsMissingAndNamesTheFirstDifference) {
  Tape tape;
  tape.record_echoes({R"({"model":"m","messages":[{"role":"user","content":"the quick brown fox"}],"n":1})"});
  const auto missing = [&](const std::string& body, const std::string& path = "/chat") {
    const auto player = tape.play();
    const std::vector<std::string> heard = ask(*player, body, path);
    EXPECT_EQ(player->played(), 0U);
    return heard.size() == 1 ? heard[0] : "answered";
  };
  EXPECT_EQ(
      missing(R"({"model":"m","messages":[{"role":"user","content":"the quick green fox"}],"n":1})"),
      "end 6 not in the recording; exchange 1: messages[0].content from byte 10: recorded \"the quick brown fox\", "
      "asked \"the quick green fox\"");
  EXPECT_EQ(missing(R"({"model":"m","messages":[],"n":1})"),
            "end 6 not in the recording; exchange 1: messages: recorded 1 entries, asked 0");
  EXPECT_EQ(missing(R"({"model":"m","messages":[{"role":"user","content":"the quick brown fox"}],"n":2})"),
            "end 6 not in the recording; exchange 1: n: recorded 1, asked 2");
  EXPECT_EQ(missing(R"({"model":"m","messages":[{"role":"user","content":"the quick brown fox"}]})"),
            "end 6 not in the recording; exchange 1: n: recorded 1, not asked");
  EXPECT_EQ(missing(R"({"model":"m","messages":[{"role":"user","content":"the quick brown fox"}],"n":1,"o":2})"),
            "end 6 not in the recording; exchange 1: o: asked 2, not recorded");
  EXPECT_EQ(missing("no JSON").substr(0, 53), "end 6 not in the recording; exchange 1: body: recorde");
  EXPECT_EQ(missing("{}", "/other"),
            "end 6 not in the recording; exchange 1: path from byte 1: recorded \"/chat\", asked \"/other\"");
}

TEST(Tape, ADifferenceInQuotedTextIsTheTextsAndNotItsMarks) {
  const auto quoted = [](const std::string& id, const std::string& text) {
    return Json{{"t", fmt::format("see\n<data source=m id={}>\n{}\n</data {}>\n", id, text, id)}};
  };
  EXPECT_EQ(first_difference(quoted("0123", "x = 1"), quoted("4567", "x = 2")),
            "t from byte 32: recorded \"see\\n<data source=m id=0123>\\nx = 1\\n</data 0123>\\n\", asked \"see\\n<data "
            "source=m id=4567>\\nx = 2\\n</data 4567>\\n\"");
}

TEST(Tape, ADifferenceIsOneLineOfWholeCharacters) {
  std::string a, b;
  for (int i = 0; i < 200; ++i) a += "\xF0\x9F\x98\x80";
  b = a;
  b[401] = '\x9E';
  const std::string told = first_difference(Json{{"t", a}}, Json{{"t", b}});
  EXPECT_TRUE(is_utf8(told)) << told;
  EXPECT_LT(told.size(), 500U);
}

// conformance 86: through the runner a miss is final
TEST(Tape, AMissEndsTheTurnAfterOneAttempt) {
  Tape tape;
  StandInTransport inner([](const HttpRequest&) { return good_turn(); });
  {
    const auto recorder = tape.record(inner);
    Rig rig(*recorder);
    ASSERT_EQ(told(rig.ask("hi")), "turn 'hello' after 1");
  }
  const auto player = tape.play();
  Rig rig(*player);
  const auto outcome = rig.ask("ho");
  EXPECT_EQ(told(outcome), "missing 0 after 1");
  EXPECT_TRUE(contains(error_in(outcome).message, "messages[0].content")) << error_in(outcome).message;
  EXPECT_EQ(rig.budget.spent().usage.total(), 0) << "a recording costs nothing";
}

TEST(Tape, WhatChangesFromRunToRunIsNoDifference) {
  Tape tape;
  tape.record_echoes({R"({"model":"m","user":"u1","metadata":{"run":1},"prompt_cache_key":"k1","z":1})"});
  EXPECT_EQ(ask(*tape.play(), R"({"z":1,"metadata":{"run":2},"prompt_cache_key":"k2","model":"m"})").size(), 3U);
}

TEST(Tape, EqualRequestsPlayInTheirOrderAndThenNoMore) {
  Tape tape;
  int calls = 0;
  StandInTransport counting([&](const HttpRequest&) {
    return std::vector<Piece>{Head{200, {}}, Bytes{std::to_string(++calls)}, End{}};
  });
  const auto recorder = tape.record(counting);
  for (const char* body : {"{}", "{\"b\":1}", "{}"}) ask(*recorder, body);
  const auto player = tape.play();
  EXPECT_EQ(ask(*player, "{}")[1], "bytes 1");
  EXPECT_EQ(ask(*player, "{}")[1], "bytes 3");
  EXPECT_EQ(ask(*player, "{}")[0].substr(0, 52), "end 6 not in the recording; exchange 2: b: recorded ");
  EXPECT_EQ(ask(*player, "{\"b\":1}")[1], "bytes 2");
  EXPECT_EQ(ask(*player, "{}")[0], "end 6 not in the recording; the recording has ended");
}

// conformance 89
TEST(Tape, AnotherVersionIsRefusedNamingBoth) {
  Tape tape;
  tape.write("{\"tape\":2,\"created_ms\":1}\n{\"key\":\"k\",\"request\":{},\"answer\":{}}\n");
  EXPECT_EQ(tape.refused(), "TAPE is a recording of version 2; this program plays version 1");
  StandInTransport inner([](const HttpRequest&) { return good_turn(); });
  const auto recorder = TapeRecorder::open(tape.path, inner, tape.redactor, tape.clock);
  ASSERT_FALSE(recorder.has_value()) << "two versions in one file";
  EXPECT_TRUE(contains(recorder.error().message, "version 2"));
}

// conformance 89
TEST(Tape, ATornLastLineIsForgivenAndATornOneBeforeIsNot) {
  Tape tape;
  tape.record_echoes({"{\"n\":1}", "{\"n\":2}"});
  const std::string whole = tape.text();
  const std::size_t second = whole.rfind('\n', whole.size() - 2) + 1;
  for (std::size_t size = second; size + 1 < whole.size(); ++size) {
    tape.write(whole.substr(0, size));
    ASSERT_EQ(tape.refused(), "taken") << size;
    ASSERT_EQ(tape.play()->exchanges(), 1U) << size;
  }
  tape.write(whole.substr(0, whole.size() - 1));  // only its end is missing
  EXPECT_EQ(tape.play()->exchanges(), 2U);
  tape.write(whole.substr(0, second - 10) + "\n" + whole.substr(second));
  EXPECT_EQ(tape.refused(), "TAPE:2: not JSON");
  tape.write(whole.substr(0, 10));
  EXPECT_EQ(tape.refused(), "TAPE:1: not JSON");
}

TEST(Tape, WhatIsNoTapeIsRefused) {
  Tape tape;
  const std::string header = "{\"tape\":1}\n";
  const auto refused = [&](const std::string& text) {
    tape.write(text);
    return tape.refused();
  };
  EXPECT_EQ(refused(""), "TAPE is empty");
  EXPECT_EQ(refused("\n"), "TAPE:1: not JSON");
  EXPECT_EQ(refused("[]\n"), "TAPE is a recording of version 0; this program plays version 1");
  EXPECT_EQ(refused(header + "3\n"), "TAPE:2 is not an object");
  EXPECT_EQ(refused(header + "{}\n"), "TAPE:2.key is missing");
  EXPECT_EQ(refused(header + "{\"key\":\"k\",\"request\":1,\"answer\":{}}\n"), "TAPE:2.request is not an object");
  EXPECT_EQ(refused(header + std::string(100'000, '[') + "\n"), "TAPE:2: not JSON");
  EXPECT_EQ(refused(header), "taken");
  fs::remove(tape.path);
  EXPECT_NE(tape.refused(), "taken");
}

// A run that was killed while it recorded, and goes on.
TEST(Tape, RecordingGoesOnBehindATornLine) {
  Tape tape;
  tape.record_echoes({"{\"n\":1}", "{\"n\":2}"});
  const std::string whole = tape.text();
  for (const std::size_t size :
       {whole.size() - 1, whole.size() - 30, whole.find('\n') + 5, std::size_t{5}, whole.size()}) {
    tape.write(whole.substr(0, size));
    tape.record_echoes({"{\"n\":3}"});
    const auto player = tape.play();
    EXPECT_EQ(ask(*player, "{\"n\":3}").size(), 3U) << size;
    EXPECT_EQ(player->exchanges(), size == whole.size() ? 3U : size > whole.size() - 40 ? 2U : 1U) << size;
  }
}

TEST(Tape, WhatAResumedRunAskedAgainPlaysAsItWasAnsweredThen) {
  Tape tape;
  const auto record = [&](const std::vector<std::string>& bodies, const std::string& said) {
    StandInTransport inner([&](const HttpRequest&) { return std::vector<Piece>{Head{200, {}}, Bytes{said}, End{}}; });
    const auto recorder = tape.record(inner);
    for (const std::string& body : bodies) ask(*recorder, body);
  };
  record({"{\"n\":1}", "{\"n\":2}", "{\"n\":2}"}, "before");
  record({}, "");
  record({"{\"n\":2}", "{\"n\":1}"}, "after");
  const auto player = tape.play();
  EXPECT_EQ(player->exchanges(), 3U);
  EXPECT_EQ(ask(*player, "{\"n\":1}")[1], "bytes before");
  EXPECT_EQ(ask(*player, "{\"n\":2}")[1], "bytes after");
  EXPECT_EQ(ask(*player, "{\"n\":1}")[1], "bytes after") << "what was not asked last keeps its answer";
}

TEST(Tape, ALongTornLineIsTakenOff) {
  Tape tape;
  tape.record_echoes({"{\"n\":1}"});
  const std::string whole = tape.text();
  tape.write(whole + "{\"key\":\"" + std::string(20'000, 'x'));
  tape.record_echoes({"{\"n\":2}"});
  EXPECT_EQ(tape.play()->exchanges(), 2U);
  EXPECT_EQ(tape.text().substr(0, whole.size()), whole);
}

TEST(Tape, ItIsForItsOwnerAlone) {
  Tape tape;
  const auto mode = [&] {
    struct stat status {};
    EXPECT_EQ(::stat(tape.path.c_str(), &status), 0);
    return status.st_mode & 0777U;
  };
  tape.record_echoes({"{}"});
  EXPECT_EQ(mode(), 0600U);
  ::chmod(tape.path.c_str(), 0644);
  tape.record_echoes({"{}"});
  EXPECT_EQ(mode(), 0600U) << "one that was there before";
}

TEST(Tape, WhatCannotBeOpenedSaysWhy) {
  StandInTransport inner([](const HttpRequest&) { return good_turn(); });
  const StandInClock clock;
  const Redactor redactor;
  const auto recorder = TapeRecorder::open("/nowhere/at/all/tape", inner, redactor, clock);
  ASSERT_FALSE(recorder.has_value());
  EXPECT_EQ(recorder.error().message, "cannot record to /nowhere/at/all/tape: No such file or directory");
}

// No file of this process grows beyond `bytes` until the end.
class FullDisk {
 public:
  explicit FullDisk(std::uintmax_t bytes) : before_(::signal(SIGXFSZ, SIG_IGN)) {
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const struct rlimit low { bytes, limit_.rlim_max };
    ::setrlimit(RLIMIT_FSIZE, &low);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    ::signal(SIGXFSZ, before_);
  }

 private:
  void (*before_)(int);
  struct rlimit limit_ {};
};

TEST(Tape, AFullDiskEndsTheExchangeAsCutAndLeavesTheTapeWhole) {
  Tape tape;
  StandInTransport inner([](const HttpRequest&) { return good_turn(); });
  const auto recorder = tape.record(inner);
  ask(*recorder, "{\"n\":1}");
  {
    const FullDisk full(fs::file_size(tape.path) + 50);
    EXPECT_EQ(ask(*recorder, "{\"n\":2}").back(), "end 2 cannot write the recording: File too large");
  }
  ask(*recorder, "{\"n\":3}");
  const auto player = tape.play();
  EXPECT_EQ(player->exchanges(), 2U);
  EXPECT_EQ(ask(*player, "{\"n\":3}").size(), 3U);
}

}  // namespace
}  // namespace adapt::llm
