// conformance 87: keys are planted wherever a server or a request can hold one; none may be found on the tape.
#include "agent/llm/tape.h"
#include "rig.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

// One that is known by its value, and one that is known by its looks.
const std::string kKnown = "canary-known-0123456789";
const std::string kShaped = "sk-ant-api03-CANARY0123456789abcdef";

std::string taped(const HttpRequest& request, const std::vector<Piece>& pieces) {
  const TempDir folder = TempDir::create("tape").value();
  const auto path = folder.path() / "tape";
  StandInTransport inner([&](const HttpRequest&) { return pieces; });
  const StandInClock clock;
  const Redactor redactor({kKnown});
  {
    const auto recorder = TapeRecorder::open(path, inner, redactor, clock).value();
    const auto exchange = recorder->send(request);
    while (!std::holds_alternative<End>(exchange->next())) {
    }
  }
  EXPECT_TRUE(TapePlayer::open(path).has_value()) << "what is left cannot be read";
  return read_file(path).value();
}

void expect_clean(const std::string& tape) {
  for (const std::string& secret : {kKnown, kShaped}) {
    EXPECT_FALSE(contains(tape, secret)) << tape;
    EXPECT_FALSE(contains(tape, secret.substr(8))) << tape;
  }
  EXPECT_TRUE(contains(tape, "[redacted]")) << "nothing was planted: " << tape;
}

const HttpRequest kPlain{.url = "http://h/x", .path = "/x", .body = "{}"};

TEST(TapeSecrets, OfTheRequest) {
  for (const std::string& secret : {kKnown, kShaped}) {
    HttpRequest request{.url = "http://h/x?key=" + secret,
                        .path = "/x?key=" + secret,
                        .headers = {{"authorization", "Bearer " + secret},
                                    {"x-api-key", secret},
                                    {"openai-beta", secret},
                                    {"content-type", "application/json"}},
                        .body = dump(Json{{"messages", {{{"content", "look: " + secret}}}}, {secret, 1}})};
    expect_clean(taped(request, good_turn()));
    request.body = "no JSON " + secret;
    expect_clean(taped(request, good_turn()));
  }
}

TEST(TapeSecrets, OfTheAnswersHeaders) {
  for (const std::string& secret : {kKnown, kShaped})
    expect_clean(
        taped(kPlain, {Head{200, {{"x-request-id", secret}, {"set-cookie", "session=" + secret}, {"x-secret", secret}}},
                       Bytes{"x"}, End{}}));
}

TEST(TapeSecrets, OfTheAnswersText) {
  for (const std::string& secret : {kKnown, kShaped}) {
    expect_clean(taped(kPlain, good_turn("it is " + secret + ".")));
    expect_clean(taped(kPlain, good_turn("a line\n" + secret + "\nanother")));
    expect_clean(taped(kPlain, refusal(401, R"({"error":{"message":"Incorrect key )" + secret + "\"}}")));
    expect_clean(taped(kPlain, {End{EndKind::cut, "h: broke at " + secret}}));
  }
}

TEST(TapeSecrets, SplitOverPieces) {
  for (const std::string& secret : {kKnown, kShaped})
    for (std::size_t at = 1; at < secret.size(); ++at) {
      const std::string tape = taped(kPlain, {Head{200, {}}, Bytes{"gr\xC3"}, Bytes{"\xBC: " + secret.substr(0, at)},
                                              Bytes{secret.substr(at) + " and more"}, End{}});
      for (const std::string& part : {secret, secret.substr(0, at), secret.substr(at)})
        EXPECT_FALSE(part.size() > 8 && contains(tape, part)) << at << tape;
      EXPECT_TRUE(contains(tape, "[redacted] and more"));
    }
  std::vector<Piece> bytes = {Head{200, {}}};
  for (const char c : kKnown) bytes.emplace_back(Bytes{std::string(1, c)});
  bytes.emplace_back(End{});
  expect_clean(taped(kPlain, bytes));
}

TEST(TapeSecrets, InPiecesThatAreNoText) {
  const std::string tape = taped(kPlain, {Head{200, {}}, Bytes{"\xFF\xFE" + kKnown + "\xFF"}, End{}});
  EXPECT_FALSE(contains(tape, kKnown));
  // "canary-known" as base64, at its three places.
  for (const char* encoded : {"Y2FuYXJ5LWtub3du", "NhbmFyeS1rbm93b", "jYW5hcnkta25vd2"})
    EXPECT_FALSE(contains(tape, encoded)) << tape;
}

TEST(TapeSecrets, InTheDifferenceThatAMissTells) {
  const TempDir folder = TempDir::create("tape").value();
  const auto path = folder.path() / "tape";
  StandInTransport inner([](const HttpRequest&) { return good_turn(); });
  const StandInClock clock;
  const Redactor redactor({kKnown});
  {
    const auto recorder = TapeRecorder::open(path, inner, redactor, clock).value();
    Rig rig(*recorder);
    ASSERT_EQ(told(rig.ask("say " + kShaped)), "turn 'hello' after 1");
  }
  const auto player = TapePlayer::open(path).value();
  Rig rig(*player, {.secrets = {kKnown}});
  const auto outcome = rig.ask("say nothing " + kShaped);
  EXPECT_EQ(told(outcome), "missing 0 after 1");
  EXPECT_FALSE(contains(error_in(outcome).message, "CANARY")) << error_in(outcome).message;
}

}  // namespace
}  // namespace adapt::llm
