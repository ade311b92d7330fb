#include "agent/llm/wire/text_protocol.h"

#include "tests/unit/llm/wire/answers.h"
#include "tools/base/text.h"

namespace adapt::llm {
namespace {

const std::vector<ToolSpec>& tools() {
  static const std::vector<ToolSpec> all = {
      {"edit", "Replaces lines.", *parse_json(R"({"type":"object","required":["path","text"],"properties":{
        "path":{"type":"string","description":"file in the model"},"first":{"type":"integer"},"end":{"type":"integer"},
        "text":{"type":"string"},"all":{"type":"boolean"},"rate":{"type":"number"},"names":{"type":"array","items":{"type":"string"}},
        "options":{"type":"object"},"maybe":{"type":["integer","null"]},"mode":{"enum":["a","b"]}}})")},
      {"list", "Lists files.", *parse_json(R"({"type":"object","properties":{}})")}};
  return all;
}

std::string read(std::string_view text, bool cut = false) { return shown(calls_in_text(text, tools(), cut)); }

TEST(TextCalls, ReadsFieldsOnALineAndInBlocks) {
  EXPECT_EQ(read("I mend it.\n\n::tool edit\n::path src/m.py\n::first 12\n::text\n    return {\"a\": 1}\n\n    # "
                 "\"x\"\n::all true\n::end\nThen we see.\n"),
            "text I mend it.\n"
            R"(call  edit {"path":"src/m.py","first":12,"text":"    return {\"a\": 1}\n\n    # \"x\"","all":true})"
            "\ntext Then we see.\n");
}

TEST(TextCalls, ValuesHaveTheTypesOfTheSchema) {
  EXPECT_EQ(
      read("::tool edit\n::path 12\n::first 12\n::rate 1.5\n::all false\n::names [\"a\", \"b\"]\n::options {\"k\": "
           "[1]}\n::maybe null\n::mode a\n::other 5\n::end"),
      R"(call  edit {"path":"12","first":12,"rate":1.5,"all":false,"names":["a","b"],"options":{"k":[1]},"maybe":null,"mode":"a","other":"5"})"
      "\n");
  // What does not fit stays a string: whoever checks the arguments can say so.
  EXPECT_EQ(read("::tool edit\n::first twelve\n::all maybe\n::options [1]\n::end"),
            R"(call  edit {"first":"twelve","all":"maybe","options":"[1]"})"
            "\n");
}

TEST(TextCalls, AnArrayMayBeRepeatedItemByItem) {
  EXPECT_EQ(read("::tool edit\n::names a\n::names b c\n::names [\"d\"]\n::end"),
            R"(call  edit {"names":["a","b c","d"]})"
            "\n");
}

TEST(TextCalls, LinesOfCodeThatLookLikeMarksAreEscapedOrTaken) {
  EXPECT_EQ(read("::tool edit\n::text\n:::end\n::::x\n::std::move(x);\n:: \n::\n:a\n::end"),
            R"(call  edit {"text":"::end\n:::x\n::std::move(x);\n:: \n::\n:a"})"
            "\n");
}

TEST(TextCalls, SeveralCallsAndNoFields) {
  EXPECT_EQ(read("::tool list\n::end\n::tool list\n::tool edit\n::path a\n::end\n"),
            "call  list {}\ncall  list {}\ncall  edit {\"path\":\"a\"}\n");
}

TEST(TextCalls, BlanksAtLineEndsAndCarriageReturnsDoNotMatter) {
  EXPECT_EQ(read("::tool  edit  \r\n::path  a.py \t\r\n::text   \r\nx  \r\n::end  \r\n"),
            R"(call  edit {"path":"a.py","text":"x  "})"
            "\n");
}

TEST(TextCalls, AFenceAroundTheWholeCallIsTakenOff) {
  const char* expected = "text So:\ncall  edit {\"path\":\"a\",\"text\":\"x = 1\"}\n";
  EXPECT_EQ(read("So:\n```\n::tool edit\n::path a\n::text\nx = 1\n::end\n```\n"), expected);
  EXPECT_EQ(read("So:\n```text\n\n::tool edit\n::path a\n::text\nx = 1\n::end\n\n```"), expected);
  EXPECT_EQ(read("So:\n```\n::tool edit\n::path a\n::text\nx = 1\n```\n"), expected);  // and no `::end`
}

TEST(TextCalls, AFenceInAValueBelongsToTheValue) {
  EXPECT_EQ(read("::tool edit\n::text\n```py\nx\n```\n::end"), R"(call  edit {"text":"```py\nx\n```"})"
                                                               "\n");
}

TEST(TextCalls, ACallInsideOfOtherFencedTextIsText) {
  const std::string text = "```\nYou would write:\n::tool list\n::end\n```\nas I said";
  EXPECT_EQ(read(text), "text " + text + "\n");
  EXPECT_EQ(read("```py\nx\n```\n::tool list\n::end"), "text ```py\nx\n```\ncall  list {}\n");
}

TEST(TextCalls, AMissingEndIsForgivenUnlessTheAnswerWasCut) {
  EXPECT_EQ(read("::tool edit\n::text\nx\n"), "call  edit {\"text\":\"x\"}\n");
  EXPECT_EQ(read("a\n::tool list\n::end\n::tool edit\n::text\nx", true), "text a\ncall  list {}\n");
}

TEST(TextCalls, AFieldMayBeCalledEnd) {
  EXPECT_EQ(read("::tool edit\n::end 20\n::end\nafter"), "call  edit {\"end\":20}\ntext after\n");
  EXPECT_EQ(read("::tool list\n::end of it\nafter"), "call  list {}\ntext after\n");
}

TEST(TextCalls, OneJsonObjectIsAcceptedInPlaceOfFields) {
  EXPECT_EQ(read("::tool edit\n{\"path\": \"a\",\n \"first\": 3}\n::end"), R"(call  edit {"path":"a","first":3})"
                                                                           "\n");
}

TEST(TextCalls, WhatMakesNoSenseIsACallWhoseArgumentsAreNoJson) {
  for (const std::string_view lines :
       {"path: a\n", "::path a\nsome more\n", "::first 1\n::first 2\n", "{\"path\": \"a\"}\n::first 1\n", "[1]\n"}) {
    const auto parts = calls_in_text(fmt::format("::tool edit\n{}::end", lines), tools(), false);
    ASSERT_EQ(parts.size(), 1U) << lines;
    const auto& call = std::get<ToolCall>(parts[0]);
    EXPECT_EQ(call.name, "edit");
    EXPECT_EQ(call.arguments, lines);
    EXPECT_FALSE(parse_json(call.arguments) && parse_json(call.arguments)->is_object());
  }
}

TEST(TextCalls, WithoutANameItIsText) {
  EXPECT_EQ(read("::tool\n::path a\n::end"), "text ::tool\n::path a\n::end\n");
  EXPECT_EQ(read("::tool::x\n:::tool edit\n"), "text ::tool::x\n:::tool edit\n");
  EXPECT_EQ(read(""), "");
}

TEST(TextCalls, AnUnknownToolIsACallOfIt) {
  EXPECT_EQ(read("::tool run\n::cmd ls\n::end"), "call  run {\"cmd\":\"ls\"}\n");
}

TEST(AsText, DescribesToolsAndTurnsCallsAndResultsIntoText) {
  Request request;
  request.system = "You repair models.";
  request.tools = tools();
  request.wish = ToolWish::required;
  request.parallel_calls = false;
  AssistantTurn turn;
  turn.parts = {Text{"I mend it."}, ToolCall{"c1", "edit", R"({"path":"a.py","text":"x\n::y","first":3})"},
                ToolCall{"c2", "list", "no json"}};
  turn.raw = {{"role", "assistant"}};
  request.messages = {UserText{"Mend."}, turn,
                      ToolResults{{{"c1", "edit", "::end\nok"}, {"c2", "list", "no such", true}}}};
  const Request text = as_text(request);
  EXPECT_EQ(complaint_about(text), "");
  EXPECT_TRUE(text.tools.empty());
  EXPECT_EQ(text.wish, ToolWish::optional);
  EXPECT_EQ(std::get<AssistantTurn>(text.messages[1]).text(),
            "I mend it.\n::tool edit\n::path a.py\n::text\nx\n:::y\n::first 3\n::end\n::tool list\n::end\n");
  EXPECT_TRUE(std::get<AssistantTurn>(text.messages[1]).raw.is_null());
  EXPECT_EQ(std::get<UserText>(text.messages[2]).text,
            "::result edit\n:::end\nok\n::end\n::error list\nno such\n::end\n");
  EXPECT_TRUE(text.system.starts_with("You repair models.\n\n# Tools\n"));
  EXPECT_TRUE(contains(text.system, "Make at most one call"));
  EXPECT_TRUE(contains(text.system,
                       "\n## edit\n\nReplaces lines.\n::all (optional, boolean)\n::end (optional, integer)\n::first "
                       "(optional, integer)\n"));
  EXPECT_TRUE(contains(text.system, "::mode (optional, one of [\"a\",\"b\"])\n"));
  EXPECT_TRUE(contains(text.system, "::path (string): file in the model\n"));
}

TEST(AsText, ALongerConversationKeepsTheMessagesOfTheShorterOne) {
  Request request = asked_with_calls();
  const Request shorter = as_text(request);
  request.messages.emplace_back(AssistantTurn{});
  request.messages.emplace_back(UserText{"more"});
  const Request longer = as_text(request);
  const Profile profile = profile_named("tt");
  std::string begin = dialect(profile.dialect).encode(shorter, {profile, "m", "k"}).body;
  begin.resize(begin.size() - 2);
  EXPECT_TRUE(dialect(profile.dialect).encode(longer, {profile, "m", "k"}).body.starts_with(begin));
}

// Whatever arguments a call has, its text is read back as the same arguments.
TEST(AsText, WhatIsWrittenIsReadBack) {
  for (const std::string_view arguments :
       {R"({})", R"({"path":"","text":"\n"})", R"({"text":"a\n"})", R"({"text":" lead"})", R"({"text":"trail "})",
        R"({"text":"::end"})", R"({"text":"::a\n:::b\n\n::"})", R"({"text":"```\n::tool list\n::end\n```"})",
        R"({"end":3,"first":-1,"rate":0.5,"all":true})", R"({"tool":"x"})", R"({"odd name":"x"})",
        R"({"text":"a\r\nb"})", R"({"names":["a","b\nc"],"options":{"a":{"b":[]}}})",
        R"({"text":"{\"a\": 1}","path":"[1]"})"}) {
    Request request;
    AssistantTurn turn;
    turn.parts = {ToolCall{"c", "edit", std::string(arguments)}};
    request.tools = tools();
    request.messages = {UserText{"u"}, turn, ToolResults{{{"c", "edit", "ok"}}}};
    const std::string text = std::get<AssistantTurn>(as_text(request).messages[1]).text();
    EXPECT_EQ(read(text), fmt::format("call  edit {}\n", arguments)) << text;
  }
}

TEST(WithTextCalls, GivesTheTurnItsCallsAndItsStop) {
  const Profile profile = profile_named("tt");
  const auto turn = [&](std::string_view text, Stop stop) {
    Turn out;
    out.message.parts = {Text{std::string(text)}};
    out.message.raw = {{"role", "assistant"}};
    out.stop = stop;
    return with_text_calls(out, tools(), profile);
  };
  const Turn called = turn("a\n::tool list\n::end\n::tool list\n::end", Stop::end);
  EXPECT_EQ(shown(called.message.parts), "text a\ncall text_call_0 list {}\ncall text_call_1 list {}\n");
  EXPECT_EQ(called.stop, Stop::tool);
  EXPECT_TRUE(called.message.raw.is_null());
  const Turn capped = turn("a\n::tool list\n::end\n::tool ed", Stop::length);
  EXPECT_EQ(shown(Answer(capped)), "text a\nstop length ()\nnote 1 calls dropped: length\n");
  EXPECT_EQ(turn("::tool list\n::end", Stop::refusal).stop, Stop::refusal);
  EXPECT_FALSE(turn("only text", Stop::end).message.raw.is_null());
}

}  // namespace
}  // namespace adapt::llm
