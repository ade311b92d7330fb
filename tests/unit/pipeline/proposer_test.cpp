#include "agent/pipeline/proposer.h"

#include <gtest/gtest.h>

#include "tests/unit/events/stand_ins.h"
#include "tests/unit/patterns/evidence/records.h"
#include "tests/unit/pipeline/stand_ins.h"
#include "tools/base/file.h"
#include "tools/base/hash.h"

namespace adapt::pipeline {
namespace {

client::Failure unsupported() {
  client::Failure failure = failure_at(client::Stage::lower, "f");
  failure.failure_class = client::FailureClass::unsupported_op;
  failure.op = "aten.cumsum";
  failure.message = "no lowering";
  failure.log = "tail of the log";
  return failure;
}

TEST(Fits, asks_every_condition_that_is_given) {
  EXPECT_TRUE(fits({}, unsupported()).holds);
  EXPECT_FALSE(fits({}, unsupported()).specific);
  EXPECT_TRUE(fits({{"lower", "run"}, {"unsupported-op", "unsupported_op"}, {}, {}}, unsupported()).holds);
  EXPECT_FALSE(fits({{"run"}, {}, {}, {}}, unsupported()).holds);
  EXPECT_FALSE(fits({{}, {"crash"}, {}, {}}, unsupported()).holds);
  EXPECT_TRUE(fits({{}, {}, "cumsum", {}}, unsupported()).holds);
  EXPECT_TRUE(fits({{}, {}, "cumsum", {}}, unsupported()).specific);
  EXPECT_FALSE(fits({{}, {}, "cumprod", {}}, unsupported()).holds);
  EXPECT_TRUE(fits({{}, {}, {}, "of the log"}, unsupported()).holds);
  EXPECT_FALSE(fits({{}, {}, {}, "("}, unsupported()).holds);  // not a regular expression
}

TEST(Ladder, offers_what_answers_the_failure_and_costs_nothing_first) {
  client::Option general = option_named("general"), costly = option_named("costly"), other = option_named("other"),
                 specific = option_named("specific"), specific_costly = option_named("specific-costly");
  costly.concession = "half precision";
  specific.when.op = "cumsum";
  specific_costly.when.op = "cumsum";
  specific_costly.cap = "L3";
  other.when.stage = {"capture"};
  const patterns::Library library;
  SourceTexts texts;
  LadderProposer proposer("backend", {costly, general, other, specific_costly, specific}, library, texts);
  Evaluation evaluation;
  evaluation.failure = unsupported();
  const auto proposals = proposer.propose({}, evaluation);
  ASSERT_TRUE(proposals) << proposals.error().message;
  std::vector<std::string> ids;
  for (const Proposal& proposal : *proposals) ids.push_back(proposal.id);
  EXPECT_EQ(ids,
            (std::vector<std::string>{"option:specific", "option:specific-costly", "option:general", "option:costly"}));
  EXPECT_EQ(proposals->back().candidate.repairs.at(0).concessions, std::vector<std::string>{"half precision"});
  const auto next = proposer.propose(proposals->front().candidate, evaluation);
  ASSERT_TRUE(next);
  EXPECT_EQ(next->size(), 3U);  // what is set already is not offered again
}

std::string pattern_text(const std::string& name, const std::string& risk, const std::string& edit) {
  return fmt::format("pattern own/{} r1\ntitle A\nstatus trial\nrisk {}\n[edit a]\n{}\n", name, risk, edit);
}

// A model of one file, and a library of three patterns that all find a place in it; one of them is guarded.
struct Shelf {
  TempDir folder = quick_folder("adapt-shelf-");
  StillClock clock{};
  patterns::Library library;
  Evaluation evaluation;

  Shelf() {
    const std::string source = "import torch\n\n\ndef forward(x):\n    return torch.tanh(torch.cumsum(x, 1))\n";
    const std::filesystem::path file = folder.path() / "m.py", own = folder.path() / "own";
    EXPECT_TRUE(write_file_atomic(file, source));
    EXPECT_TRUE(make_directories(own));
    for (const auto& [name, risk, edit] : std::vector<std::tuple<const char*, const char*, const char*>>{
             {"a", "exact", "- torch.tanh($X)\n+ torch.sinh($X)"},
             {"b", "exact", "- torch.cumsum($X, $D)\n+ torch.cumprod($X, $D)"},
             {"c", "guarded\nassume it holds", "- torch.tanh($X)\n+ torch.cosh($X)"}})
      EXPECT_TRUE(write_file_atomic(own / (std::string(name) + ".adapt"), pattern_text(name, risk, edit)));
    std::filesystem::copy_file(std::filesystem::path(ADAPT_SOURCE_DIR) / "patterns" / "isomorphisms.txt",
                               own / "isomorphisms.txt");
    library = patterns::Library::load(std::span(&own, 1)).value();
    evaluation.failure = unsupported();
    evaluation.failure->file = "m.py";
    evaluation.sources = {{"m", "m.py", file.string(), sha256_hex(source), "model"}};
  }

  std::vector<std::string> proposed(const std::vector<evidence::Record>& records) {
    const evidence::Book book(records);
    const TempDir runs = quick_folder("adapt-journal-");
    auto journal = events::Journal::open(runs.path(), clock);
    EXPECT_TRUE(journal);
    PatternOrder order(book, *journal, {.backend = "iree", .version = "3.1", .seed = 1});
    SourceTexts texts;
    client::Option option = option_named("specific");
    option.when.op = "cumsum";
    LadderProposer proposer("iree", {option}, library, texts, {.order = &order});
    const auto proposals = proposer.propose({}, evaluation);
    if (!proposals) ADD_FAILURE() << proposals.error().message;
    std::vector<std::string> out;
    for (const Proposal& proposal : *proposals) out.push_back(proposal.id);
    return out;
  }
};

TEST(Ladder, OrdersPatternsOfOneCostByTheirEvidence) {
  using evidence::times;
  Shelf shelf;
  const std::vector<std::string> plain = {"option:specific", "pattern:own/a", "pattern:own/b", "pattern:own/c"};
  EXPECT_EQ(shelf.proposed({}), plain);
  EXPECT_EQ(shelf.proposed(times(5, {.pattern = "own/b"})),
            (std::vector<std::string>{"option:specific", "pattern:own/b", "pattern:own/a", "pattern:own/c"}));
  EXPECT_EQ(shelf.proposed(times(5, {.pattern = "own/a"})), plain);
  EXPECT_EQ(shelf.proposed(times(5, {.pattern = "own/c"})), plain) << "what costs the claim something stays behind";
}

// Answers with what the test writes down, and keeps what it was asked.
class StandInFacts final : public FactSource {
 public:
  patterns::FactsByFile answer;
  std::vector<patterns::LinesByFile> asked;

  Result<patterns::FactsByFile> facts(const domain::Candidate&, std::span<const patterns::SourceFile>,
                                      const patterns::LinesByFile& lines) override {
    asked.push_back(lines);
    return answer;
  }
};

constexpr std::string_view kSource =
    "import torch\n\n\ndef f(x, m):\n    if m.any():\n        x[m] = 0\n    return x\n";

// The proposals of a library of one pattern for kSource.
std::vector<std::string> proposed(std::string_view vars, const Surroundings& surroundings) {
  auto folder = TempDir::create("adapt-proposer");
  EXPECT_TRUE(folder);
  const std::filesystem::path file = folder->path() / "m.py";
  EXPECT_TRUE(write_file_atomic(folder->path() / "isomorphisms.txt", "[imports]\nimport torch\n"));
  EXPECT_TRUE(
      write_file_atomic(folder->path() / "p.adapt",
                        fmt::format("pattern t/p r1\ntitle T\nrisk exact\n[vars]\n{}\n[edit e]\n- if $M.any():\n"
                                    "-     $X[$M] = $V\n+ $X[$M] = $V\n",
                                    vars)));
  EXPECT_TRUE(write_file_atomic(file, kSource));
  const std::filesystem::path root = folder->path();
  const auto library = patterns::Library::load(std::span(&root, 1));
  EXPECT_TRUE(library) << library.error().message;
  SourceTexts texts;
  LadderProposer proposer("backend", {}, *library, texts, surroundings);
  Evaluation evaluation;
  evaluation.failure = unsupported();
  evaluation.sources = {{"m", "m.py", file.string(), sha256_hex(kSource), "model"}};
  const auto proposals = proposer.propose({}, evaluation);
  EXPECT_TRUE(proposals) << proposals.error().message;
  std::vector<std::string> ids;
  for (const Proposal& proposal : *proposals) ids.push_back(proposal.id);
  return ids;
}

patterns::FactsByFile mask_of(const char* dtype) {
  patterns::Fact fact;
  fact.dtypes = {dtype};
  patterns::FactsByFile facts;
  for (const std::uint32_t line : {5U, 6U}) facts["m.py"].add(line, "m", fact);
  return facts;
}

TEST(Ladder, asks_a_run_only_where_the_answer_decides) {
  StandInFacts facts;
  EXPECT_EQ(proposed("M: name", {.facts = &facts}), std::vector<std::string>{"pattern:t/p"});
  EXPECT_EQ(proposed("M: name known dtype=bool\nX: name in {y}", {.facts = &facts}), std::vector<std::string>{});
  EXPECT_EQ(facts.asked.size(), 0U);
  facts.answer = mask_of("bool");
  EXPECT_EQ(proposed("M: name known dtype=bool", {.facts = &facts}), std::vector<std::string>{"pattern:t/p"});
  ASSERT_EQ(facts.asked.size(), 1U);
  EXPECT_TRUE(facts.asked.front().at("m.py").contains(5));
  facts.answer = mask_of("int64");
  EXPECT_EQ(proposed("M: name dtype=bool", {.facts = &facts}), std::vector<std::string>{});
  EXPECT_EQ(proposed("M: name dtype=bool", {}), std::vector<std::string>{"pattern:t/p"}) << "nobody can be asked";
}

}  // namespace
}  // namespace adapt::pipeline
