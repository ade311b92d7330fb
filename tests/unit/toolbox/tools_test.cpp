// The tools that do not read or change sources.
#include <gtest/gtest.h>

#include "tests/unit/toolbox/stand_in_bench.h"

namespace adapt::toolbox {
namespace {

using client::FailureClass;
using client::Stage;

client::Failure failure_at(Stage stage, std::string fingerprint, std::string message = "it broke") {
  client::Failure out;
  out.stage = stage;
  out.failure_class = FailureClass::exception;
  out.fingerprint = std::move(fingerprint);
  out.message = std::move(message);
  return out;
}

Trial failed(client::Failure failure, Stage reached) {
  return {.failure = std::move(failure), .reached = reached, .seconds = 1.25};
}
Trial passed(Stage reached) { return {.failure = std::nullopt, .reached = reached, .seconds = 2}; }

TEST(InspectFailure, ShowsPlaceMessageAndFramesInnermostFirst) {
  StandInBench bench(
      {source_of("class A:\n    def f(self):\n        return torch.cumsum(x, 1)\n\ndef g():\n    A().f()\n")});
  bench.failure_.exception = "RuntimeError";
  bench.failure_.message =
      "no lowering\nYou can suppress this exception by setting:\n    torch._dynamo.config.suppress_errors = True\n";
  bench.failure_.file = "pkg/m.py";
  bench.failure_.line = 3;
  bench.failure_.function = "f";
  bench.failure_.source = "return torch.cumsum(x, 1)";
  bench.failure_.frames = {{.file = "pkg/m.py", .module = "pkg.m", .line = 6, .function = "g", .source = "A().f()"},
                           {.file = "lib/other.py", .line = 9, .function = "h", .source = "g()"}};
  bench.failure_.log = "\x1b[31mlog line\x1b[0m\n";
  Toolbox tools(bench, {});
  const Reply reply = tools.call("inspect_failure", R"({"log":true})").value();
  EXPECT_FALSE(reply.is_error);
  EXPECT_TRUE(says(reply.text, "The latest failure on stand-in:\nstage compile, class unsupported-op, fingerprint "));
  EXPECT_TRUE(
      says(reply.text, "\nop: aten.cumsum.default\nexception: RuntimeError\nno lowering\n[advice removed]\n</data "));
  EXPECT_TRUE(
      says(reply.text,
           "\npkg/m.py:3 in f (pkg.m:A.f)\n    return torch.cumsum(x, 1)\npkg/m.py:6 in g (pkg.m:g)\n    A().f()\n"
           "lib/other.py:9 in h (may not be changed)\n    g()\n</data "));
  EXPECT_TRUE(says(reply.text, "\nlog line\n</data "));
  EXPECT_FALSE(contains(tools.call("inspect_failure", "{}")->text, "log line"));
}

TEST(InspectFailure, TheLatestAndTheFirstAreKept) {
  Bed bed("x = 1\n");
  bed.bench.trials = {failed(failure_at(Stage::run, "second", "the second"), Stage::compile)};
  bed.call("reproduce", Json::object());
  EXPECT_TRUE(says(bed.call("inspect_failure", Json::object()).text, "the second"));
  EXPECT_TRUE(says(bed.call("inspect_failure", {{"which", "first"}}).text, "no lowering for aten.cumsum"));
}

TEST(InspectFailure, ALongMessageAndLogFitTheAnswer) {
  Bed bed("x = 1\n");
  bed.bench.trials = {failed(failure_at(Stage::run, "f", std::string(60000, 'm')), Stage::compile)};
  bed.bench.trials[0].failure->log = std::string(60000, 'l');
  bed.bench.trials[0].failure->frames.resize(40, {.file = std::string(2000, 'p'), .line = 1});
  bed.call("reproduce", Json::object());
  const Reply reply = bed.call("inspect_failure", {{"log", true}});
  EXPECT_TRUE(says(reply.text, "mmm\n[... "));
  EXPECT_TRUE(says(reply.text, "lll\n</data "));
}

TEST(Trials, EachToolRunsTheDraftAsFarAsItSays) {
  Bed bed("x = 1\n");
  bed.rewrite({{"symbol", "pkg.m"}, {"search", "1"}, {"replace", "2"}});
  bed.bench.trials = {passed(Stage::compile), passed(Stage::run), passed(Stage::compare)};
  for (const char* tool : {"compile", "reproduce", "run_compare"}) {
    const Reply reply = bed.call(tool, Json::object());
    EXPECT_FALSE(reply.is_error || reply.changed);
    EXPECT_TRUE(reply.trial.has_value());
  }
  const Draft draft = bed.tools.draft();
  EXPECT_EQ(draft.overlay, (edit::Sources{{"pkg.m", "x = 2\n"}}));
  EXPECT_EQ(bed.bench.runs, (std::vector<std::pair<Draft, Stage>>{
                                {draft, Stage::compile}, {draft, Stage::run}, {draft, Stage::compare}}));
}

TEST(Trials, SayWhatHasChangedSinceTheFailureBefore) {
  Bed bed("x = 1\n");  // fails in compile at first
  const std::tuple<const char*, Trial, const char*> steps[] = {
      {"compile", failed(failure_at(Stage::compile, "other"), Stage::lower), "another failure at the same stage"},
      {"compile", failed(failure_at(Stage::compile, "other"), Stage::lower), "same: this is the failure before"},
      {"reproduce", failed(failure_at(Stage::run, "third"), Stage::compile),
       "further: the failure before was at compile"},
      {"compile", passed(Stage::compile), "The failure before was at run, which was not asked for."},
      {"reproduce", failed(failure_at(Stage::capture, "fourth"), Stage::eager),
       "earlier: the failure before was at run"},
      {"run_compare", passed(Stage::compare), "further: the failure before was at capture"},
  };
  for (const auto& [tool, trial, says_so] : steps) {
    bed.bench.trials = {trial};
    const Reply reply = bed.call(tool, Json::object());
    EXPECT_TRUE(says(reply.text, says_so));
    EXPECT_EQ(reply.trial->failure, trial.failure);
    if (trial.failure) {
      EXPECT_TRUE(says(reply.text, fmt::format("Failed after passing {} on stand-in", to_string(trial.reached))));
      const bool known = says_so == std::string_view("same: this is the failure before");
      EXPECT_TRUE(says(reply.text, known ? "Word for word; inspect_failure shows it again." : "it broke\n</data "));
      EXPECT_EQ(contains(reply.text, "it broke"), !known);
    }
  }
}

TEST(Trials, SayThatADraftHadBeenTried) {
  Bed bed("x = 1\n");
  Trial trial = passed(Stage::compare);
  trial.repeated = true;
  bed.bench.trials = {trial};
  EXPECT_TRUE(says(bed.call("run_compare", Json::object()).text, "This draft had been tried before"));
}

TEST(Trials, TakeNoArguments) {
  Bed bed("x = 1\n");
  const Reply reply = bed.call("compile", {{"until", "run"}});
  EXPECT_TRUE(reply.is_error);
  EXPECT_TRUE(says(reply.text, "unknown field 'until'; this tool takes none"));
}

TEST(BisectLayers, NamesTheCulpritOrSaysThatThereIsNone) {
  Bed bed("x = 1\n");
  bed.bench.bisection = {std::nullopt, 7, {"one part was not followed"}};
  const Reply none = bed.call("bisect_layers", Json::object());
  EXPECT_TRUE(says(none.text, "Each of 7 parts passes stand-in when it is taken alone."));
  EXPECT_TRUE(says(none.text, "one part was not followed\n</data "));
  bed.bench.bisection.culprit = {"encoder.layer.0", "Layer", "pkg.m", failure_at(Stage::lower, "f", "bad op")};
  const Reply found = bed.call("bisect_layers", Json::object());
  EXPECT_TRUE(says(found.text, "path in the model: encoder.layer.0\nclass: pkg.m:Layer\n"));
  EXPECT_TRUE(says(found.text, "stage lower, class exception"));
  EXPECT_TRUE(says(found.text, "bad op\n</data "));
  EXPECT_EQ(bed.bench.bisected, (std::vector<Draft>{{}, {}}));
}

std::vector<client::Option> ladder() {
  return {{.id = "eager-attention", .scope = "config", .set = {{"attn", "eager"}}, .does = "plain attention"},
          {.id = "sdpa", .scope = "config", .set = {{"attn", "sdpa"}}, .does = "fused attention"},
          {.id = "static", .scope = "capture", .does = "fixes shapes", .concession = "one shape only", .cap = "L4"}};
}

TEST(SetOption, ListsSwitchesAndTakesBack) {
  Bed bed("x = 1\n");
  bed.bench.ladder = ladder();
  const Reply on = bed.call("set_option", {{"id", "static"}});
  EXPECT_TRUE(on.changed);
  EXPECT_TRUE(says(on.text,
                   "static is on now. static (capture): fixes shapes. It costs the claim: one shape only. The "
                   "claim is L4 at most."));
  EXPECT_FALSE(bed.call("set_option", {{"id", "static"}, {"on", true}}).changed);
  EXPECT_TRUE(bed.call("set_option", {{"id", "sdpa"}}).changed);
  EXPECT_EQ(bed.tools.draft().options, (std::vector<std::string>{"static", "sdpa"}));
  EXPECT_EQ(bed.call("set_option", {{"id", ""}}).text,
            "3 options of the backend:\n[off] eager-attention (config): plain attention.\n[on] sdpa (config): fused "
            "attention.\n[on] static (capture): fixes shapes. It costs the claim: one shape only. The claim is L4 at "
            "most.\n");
  EXPECT_TRUE(says(bed.call("set_option", {{"id", "eager-attention"}}).text,
                   "Other options that are on set the same to something else: sdpa (attn)."));
  EXPECT_TRUE(bed.call("set_option", {{"id", "static"}, {"on", false}}).changed);
  EXPECT_FALSE(bed.call("set_option", {{"id", "static"}, {"on", false}}).changed);
  EXPECT_EQ(bed.tools.draft().options, (std::vector<std::string>{"sdpa", "eager-attention"}));
}

TEST(SetOption, AnUnknownIdIsAnsweredWithTheNearest) {
  Bed bed("x = 1\n");
  bed.bench.ladder = ladder();
  const Reply reply = bed.call("set_option", {{"id", "statik"}});
  EXPECT_TRUE(reply.is_error);
  EXPECT_EQ(reply.text,
            "There is no option 'statik'; did you mean 'static'?; options are: eager-attention, sdpa, static\n");
}

TEST(QueryPatterns, CutsTextsAndHandsOnWhatIsAsked) {
  Bed bed("x = 1\n");
  EXPECT_TRUE(says(bed.call("query_patterns", Json::object()).text, "0 patterns of the library are near."));
  bed.bench.near = {{"op/cumsum", "Prefix sums", std::string(20000, 'p'), "no place matched"}, {"b", "B", "text", "x"}};
  const Reply reply = bed.call("query_patterns", {{"about", "prefix sum"}, {"limit", 2}});
  EXPECT_TRUE(
      says(reply.text, "2 patterns of the library are near, the nearest first:\n<data source=pattern:op/cumsum id="));
  EXPECT_TRUE(says(reply.text, "Prefix sums\nwhy it did not do: no place matched\n\nppp"));
  EXPECT_TRUE(says(reply.text, "bytes are left out"));
  EXPECT_TRUE(says(reply.text, "text\n</data "));
  EXPECT_EQ(bed.bench.queries, (std::vector<std::pair<std::string, std::size_t>>{{"", 3}, {"prefix sum", 2}}));
}

TEST(GiveUp, EndsWithAReason) {
  Bed bed("x = 1\n");
  const Reply reply = bed.call("give_up", {{"reason", "the compiler needs a lowering"}});
  EXPECT_TRUE(reply.gave_up);
  EXPECT_EQ(reply.text, "Given up: the compiler needs a lowering\n");
  for (const Json& none : {Json::object(), Json{{"reason", "  "}}}) {
    const Reply refused = bed.call("give_up", none);
    EXPECT_TRUE(refused.is_error);
    EXPECT_FALSE(refused.gave_up);
  }
}

// conformance 91
TEST(Toolbox, AnUnknownToolIsAnsweredWithTheNearest) {
  Bed bed("x = 1\n");
  const Reply reply = bed.call("rewrit", Json::object());
  EXPECT_TRUE(reply.is_error);
  EXPECT_TRUE(
      says(reply.text, "there is no tool 'rewrit'; did you mean 'rewrite'?; tools are: bisect_layers, compile"));
}

TEST(Toolbox, WhatStopsTheRunIsAnError) {
  for (const ErrorKind kind : {ErrorKind::interrupted, ErrorKind::io, ErrorKind::budget, ErrorKind::sandbox}) {
    Bed bed("x = 1\n");
    bed.bench.error = Error{kind, "stop"};
    for (const char* tool : {"compile", "reproduce", "run_compare", "bisect_layers", "query_patterns"}) {
      const auto reply = bed.tools.call(tool, "{}");
      ASSERT_FALSE(reply) << tool;
      EXPECT_EQ(reply.error().kind, kind);
    }
    ASSERT_FALSE(bed.tools.call("read_source", R"({"symbol":"pkg.m"})"));
  }
}

}  // namespace
}  // namespace adapt::toolbox
