#include "agent/pipeline/own_library.h"

#include <gtest/gtest.h>

#include "tests/unit/patterns/pattern_text.h"
#include "tools/base/text.h"

namespace adapt::pipeline {
namespace {

patterns::Pattern loaded(const std::string& text) {
  auto pattern = patterns::parse_pattern(text, "case.adapt", patterns::shipped_table());
  if (!pattern) ADD_FAILURE() << pattern.error().message << "\n" << text;
  return std::move(*pattern);
}

std::string text_of(const std::string& id, const std::string& head = "status trial\n", const std::string& when = "") {
  return fmt::format(
      "pattern {} r1\ntitle A\n{}risk exact\n[when]\n{}\n[edit a]\n- f($X)\n+ g($X)\n\n"
      "[sample change one]\n--- before\nfrom m import f, g\nf(a)\n--- after\nfrom m import f, g\ng(a)\n",
      id, head, when);
}

TEST(PatternId, IsAFamilyAndAName) {
  for (const char* id : {"scan/count", "a/b", "My_Family/x-1.2"}) EXPECT_TRUE(check_id(id)) << id;
  for (const char* id : {"", "scan", "a/b/c", "../x", "a/..", "/a", "a/", "a/.b", "a/-b", "a b/c", "a/b\n", "a/b\\c"})
    EXPECT_FALSE(check_id(id)) << id;
}

TEST(WithStatus, ChangesTheHeadAndNotesWhy) {
  for (const char* head : {"status trial\n", "", "  status\ttrusted\n", "status trial\r\n"}) {
    const patterns::Pattern pattern = loaded(with_status(text_of("a/b", head), "retired", "retired 2026 [edit x] so"));
    EXPECT_EQ(pattern.status, "retired") << head;
    EXPECT_EQ(pattern.notes.at("record"), "retired 2026 [edit x] so\n");
    EXPECT_EQ(pattern.samples.at(0).after, "from m import f, g\ng(a)\n");
  }
}

TEST(WithStatus, LeavesSamplesThatSpeakOfAStatusAlone) {
  const std::string text = replace_all(text_of("a/b"), "f(a)\n", "status = 1\nf(a)\n");
  EXPECT_TRUE(contains(with_status(text, "retired", "x"), "status = 1\nf(a)\n"));
}

TEST(Superfluous, IsWhatAnotherPatternDoesAlready) {
  const patterns::Pattern known = loaded(text_of("old/one"));
  const Patterns library = {&known};
  const patterns::Pattern same = loaded(replace_all(text_of("new/one"), "$X", "$Other"));
  EXPECT_EQ(why_superfluous(same, library).value(), "old/one makes the same edits");
  const patterns::Pattern narrower = loaded(replace_all(text_of("new/one"), "f($X)\n+ g($X)", "f(a)\n+ g(a)"));
  EXPECT_EQ(why_superfluous(narrower, library).value(), "old/one does the same wherever this one was seen to work");
  const patterns::Pattern other = loaded(replace_all(text_of("new/one"), "g(", "h("));
  EXPECT_EQ(why_superfluous(other, library).value(), std::nullopt);
  EXPECT_EQ(why_superfluous(known, library).value(), std::nullopt) << "none makes itself superfluous";
}

TEST(Superfluous, SaysHowTheExistingOneWouldAnswerTheFailureToo) {
  const patterns::Pattern known = loaded(text_of("old/one", "status trial\n", "backend iree"));
  const patterns::Pattern fresh = loaded(text_of("new/one", "status trial\n", "backend openvino"));
  EXPECT_TRUE(contains(why_superfluous(fresh, {&known}).value().value_or(""), "widen its [when]"));
}

TEST(Superfluous, WhatIsNeverTriedStandsForNothing) {
  for (const char* status : {"status retired\n", "status draft\n"}) {
    const patterns::Pattern known = loaded(text_of("old/one", status));
    const patterns::Pattern narrower = loaded(replace_all(text_of("new/one"), "f($X)\n+ g($X)", "f(a)\n+ g(a)"));
    EXPECT_EQ(why_superfluous(narrower, {&known}).value(), std::nullopt) << status;
  }
}

}  // namespace
}  // namespace adapt::pipeline
