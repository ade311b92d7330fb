#include <gtest/gtest.h>

#include "agent/triage/diagnosis.h"

namespace adapt::triage {
namespace {

Diagnosis example() {
  Diagnosis d;
  d.stage = client::Stage::run;
  d.bringup = Bringup::failed_runtime;
  d.category = "OOM_L1";
  d.says = "full";
  d.component = "tt-metal";
  d.op = "ttnn.conv2d";
  d.evidence = {{7, 120, "Out of Memory", "an allocation failed"}, {9, 200, "words", ""}};
  d.memory = Memory{.buffer = "L1", .requested = 3 << 20U, .banks = 64};
  d.place = Place{"m.py", 4};
  d.repairs = {{"OPT_LEVEL_0", "lower it"}, {"ROUND", "by parts", {"special/a", "special/b"}}};
  d.confidence = 0.98765;
  d.runner_up = "OOM_DRAM";
  d.runner_up_confidence = 0.01;
  d.lines = 10;
  d.bytes = 300;
  return d;
}

TEST(Report, JsonHasEveryFieldAlways) {
  EXPECT_EQ(
      dump_line(to_json(example())),
      R"({"stage":"run","bringup_status":"FAILED_RUNTIME","category":"OOM_L1","component":"tt-metal","op":"ttnn.conv2d",)"
      R"("says":"full","evidence":[{"line":7,"offset":120,"text":"Out of Memory","says":"an allocation failed"},)"
      R"({"line":9,"offset":200,"text":"words","says":null}],"memory":{"buffer":"L1","requested_bytes":3145728,"banks":64},)"
      R"("loc":null,"place":{"file":"m.py","line":4},"repairs":[{"id":"OPT_LEVEL_0","what":"lower it","patterns":[]},)"
      R"({"id":"ROUND","what":"by parts","patterns":["special/a","special/b"]}],)"
      R"("confidence":0.988,"runner_up":{"category":"OOM_DRAM","confidence":0.01},"lines":10,"bytes":300})");
  EXPECT_EQ(
      dump_line(to_json(Diagnosis{})),
      R"({"stage":null,"bringup_status":"UNKNOWN","category":null,"component":null,"op":null,"says":null,"evidence":[],)"
      R"("memory":null,"loc":null,"place":null,"repairs":[],"confidence":0.0,"runner_up":null,"lines":0,"bytes":0})");
}

TEST(Report, PeopleGetAFewLines) {
  EXPECT_EQ(to_text(example()),
            "OOM_L1  full\n"
            "  status     FAILED_RUNTIME, stage run, in tt-metal\n"
            "  op         ttnn.conv2d\n"
            "  line 7     Out of Memory\n"
            "  line 9     words\n"
            "  memory     L1: asked 3.0 MiB, banks 64\n"
            "  place      m.py:4\n"
            "  try        OPT_LEVEL_0: lower it\n"
            "  try        ROUND: by parts\n"
            "             agent patterns show special/a\n"
            "             agent patterns show special/b\n"
            "  certainty  0.99; next OOM_DRAM 0.01\n");
  EXPECT_EQ(to_text(Diagnosis{}), "UNKNOWN  nothing in the log says what went wrong\n");
}

TEST(Report, BytesThatAreNoTextStillMakeJson) {
  Diagnosis d = example();
  d.evidence = {{1, 0, "bad \xff\xfe bytes", ""}};
  EXPECT_TRUE(parse_json(dump_line(to_json(d))).has_value());
}

}  // namespace
}  // namespace adapt::triage
