// A run that stands in for the real one: it holds sources, checks what it is asked, and answers what it was told to.
#pragma once

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/patterns/pattern_text.h"
#include "tools/base/json.h"
#include "tools/toolbox/toolbox.h"

namespace adapt::toolbox {

class StandInBench : public Bench {
 public:
  explicit StandInBench(std::vector<Source> sources = {}) : sources_(std::move(sources)) {
    failure_.stage = client::Stage::compile;
    failure_.failure_class = client::FailureClass::unsupported_op;
    failure_.message = "no lowering for aten.cumsum";
    failure_.fingerprint = "compile|unsupported-op|aten.cumsum|no lowering";
    failure_.op = "aten.cumsum.default";
  }

  std::string backend() const override { return "stand-in"; }
  const client::Failure& failure() const override { return failure_; }
  Result<std::vector<Source>> sources() override {
    EXPECT_EQ(times_asked_for_sources_++, 0) << "sources do not change and are asked for once";
    if (error) return tl::unexpected<Error>(*error);
    return sources_;
  }
  const std::vector<client::Option>& options() const override { return ladder; }
  std::shared_ptr<const patterns::Isomorphisms> isomorphisms() const override { return patterns::shipped_table(); }

  // Answers in the order in which they were put; a run that was not expected fails the test.
  Result<Trial> run(const Draft& draft, client::Stage until) override {
    if (error) return tl::unexpected<Error>(*error);
    runs.emplace_back(draft, until);
    if (trials.empty()) {
      ADD_FAILURE() << "a run that was not expected, up to " << client::to_string(until);
      return Trial{};
    }
    Trial out = trials.front();
    trials.pop_front();
    return out;
  }
  Result<Bisection> bisect(const Draft& draft) override {
    if (error) return tl::unexpected<Error>(*error);
    bisected.push_back(draft);
    return bisection;
  }
  Result<std::vector<NearMiss>> patterns(const std::string& about, std::size_t limit) override {
    if (error) return tl::unexpected<Error>(*error);
    queries.emplace_back(about, limit);
    EXPECT_LE(near.size(), limit);
    return near;
  }

  client::Failure failure_;
  std::vector<client::Option> ladder;
  std::deque<Trial> trials;
  std::vector<std::pair<Draft, client::Stage>> runs;
  Bisection bisection;
  std::vector<Draft> bisected;
  std::vector<NearMiss> near;
  std::vector<std::pair<std::string, std::size_t>> queries;
  std::optional<Error> error;

 private:
  std::vector<Source> sources_;
  int times_asked_for_sources_ = 0;
};

inline Source source_of(std::string text, std::string module = "pkg.m", std::string file = "pkg/m.py") {
  return {std::move(module), std::move(file), std::move(text), "model"};
}

// Tools over a few sources.
struct Bed {
  explicit Bed(std::string text) : Bed(std::vector<Source>{source_of(std::move(text))}) {}
  explicit Bed(std::vector<Source> sources) : bench(sources), tools(bench, {}), unmodified(std::move(sources)) {}

  Reply call(std::string_view tool, const Json& arguments) {
    auto reply = tools.call(tool, dump(arguments));
    if (!reply) ADD_FAILURE() << tool << ": " << reply.error().message;
    if (!reply) return {};
    EXPECT_LE(reply->text.size(), kMaxReply);
    return *reply;
  }

  // The text after a rewrite that must be done.
  std::string rewrite(const Json& arguments) {
    const Reply reply = call("rewrite", arguments);
    EXPECT_FALSE(reply.is_error) << reply.text;
    EXPECT_TRUE(reply.changed) << reply.text;
    return text();
  }
  // The answer to one that must be refused, and change nothing.
  std::string refused(const Json& arguments) {
    const Draft before = tools.draft();
    const Reply reply = call("rewrite", arguments);
    EXPECT_TRUE(reply.is_error) << reply.text;
    EXPECT_FALSE(reply.changed);
    EXPECT_EQ(tools.draft(), before);
    return reply.text;
  }
  // The answer to one whose result is there already.
  std::string in_place(const Json& arguments) {
    const Draft before = tools.draft();
    const Reply reply = call("rewrite", arguments);
    EXPECT_FALSE(reply.is_error) << reply.text;
    EXPECT_FALSE(reply.changed);
    EXPECT_TRUE(reply.text.starts_with("Already in place")) << reply.text;
    EXPECT_EQ(tools.draft(), before);
    return reply.text;
  }

  std::string text(std::size_t source = 0) const {
    const auto changed = tools.draft().overlay.find(unmodified[source].module);
    return changed == tools.draft().overlay.end() ? unmodified[source].text : changed->second;
  }

  // The address of the n-th row that find_nodes answers, with `more` fields.
  Json address(const Json& wanted, std::size_t n = 1, const Json& more = Json::object()) {
    const Reply reply = call("find_nodes", wanted);
    EXPECT_FALSE(reply.is_error) << reply.text;
    std::vector<std::string_view> rows;
    bool in_data = false;
    for (const std::string_view line : split_lines(reply.text)) {
      if (in_data && !line.starts_with("|") && !line.starts_with("</data")) rows.push_back(line);
      in_data = (in_data || line.starts_with("<data")) && !line.starts_with("</data");
    }
    if (rows.size() < n) {
      ADD_FAILURE() << "no row " << n << " in: " << reply.text;
      return Json::object();
    }
    const std::vector<std::string_view> words = split(rows[n - 1], ' ');
    Json out = {{"symbol", words.at(0)},
                {"kind", words.at(1)},
                {"occurrence", std::stoi(std::string(words.at(2)))},
                {"fingerprint", words.at(3)}};
    out.update(more);
    return out;
  }

  StandInBench bench;
  Toolbox tools;
  std::vector<Source> unmodified;
};

inline testing::AssertionResult says(const std::string& text, std::string_view part) {
  if (contains(text, part)) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "'" << part << "' is not in:\n" << text;
}

}  // namespace adapt::toolbox
