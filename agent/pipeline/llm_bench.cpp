#include "agent/pipeline/llm_bench.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "agent/domain/backend_names.h"
#include "tools/base/file.h"
#include "tools/base/text.h"
#include "tools/toolbox/toolbox.h"

namespace adapt::pipeline {
namespace {

// Words by which patterns and failures are alike: identifiers of three letters or more, in lower case.
std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> out;
  std::string word;
  const auto end = [&] {
    if (word.size() >= 3) out.insert(word);
    word.clear();
  };
  for (const char c : text) {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      word += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else
      end();
  }
  end();
  return out;
}

std::size_t common(const std::set<std::string>& a, const std::set<std::string>& b) {
  return static_cast<std::size_t>(std::ranges::count_if(a, [&](const std::string& word) { return b.contains(word); }));
}

std::string words_about(const client::Failure& failure) {
  return fmt::format("{} {} {}", failure.op.value_or(""), failure.message.substr(0, 400), failure.source.value_or(""));
}

// What a pattern is about and what it changes; its checks, samples and helpers would drown that.
std::string heart_of(const std::string& pattern) {
  constexpr std::size_t kMost = 2500;
  std::size_t end = pattern.size();
  for (const std::string_view section : {"\n[check", "\n[sample", "\n[helper"})
    end = std::min(end, pattern.find(section) == std::string::npos ? end : pattern.find(section) + 1);
  return end <= kMost ? pattern.substr(0, end) : pattern.substr(0, pattern.rfind('\n', kMost) + 1) + "...\n";
}

client::Stage before(client::Stage stage) {
  return stage == client::Stage::resolve ? stage : static_cast<client::Stage>(static_cast<int>(stage) - 1);
}

}  // namespace

RunBench::RunBench(BenchStart start, std::string backend, const Baseline& baseline, Attempts& attempts,
                   SourceTexts& texts, const RunFolder& folder, Services& services)
    : start_(std::move(start)),
      backend_(std::move(backend)),
      baseline_(baseline),
      attempts_(attempts),
      texts_(texts),
      folder_(folder),
      services_(services) {
  ADAPT_CHECK(start_.evaluation.failure.has_value(), "a language model is asked about a failure");
  failure_ = shown(*start_.evaluation.failure);
  // What a pattern set on the model's configuration can be taken back like any option.
  for (const client::Option& option : start_.candidate.options)
    if (std::ranges::find(start_.options, option.id, &client::Option::id) == start_.options.end())
      start_.options.push_back(option);
}

Result<std::vector<toolbox::Source>> RunBench::sources() {
  ADAPT_TRY(const std::vector<patterns::SourceFile> files, texts_.current(start_.evaluation, {}));
  std::vector<toolbox::Source> out;
  for (const patterns::SourceFile& file : files) {
    const auto ref = std::ranges::find(start_.evaluation.sources, file.module, &client::SourceRef::module);
    out.push_back({file.module, file.file, file.text, ref == start_.evaluation.sources.end() ? "model" : ref->role});
  }
  return out;
}

std::shared_ptr<const patterns::Isomorphisms> RunBench::isomorphisms() const {
  return services_.library.isomorphisms();
}

toolbox::Draft RunBench::start_draft() const {
  toolbox::Draft draft{.overlay = start_.candidate.overlay, .options = {}};
  for (const client::Option& option : start_.candidate.options) draft.options.push_back(option.id);
  return draft;
}

domain::Candidate RunBench::plain_candidate(const toolbox::Draft& draft) const {
  domain::Candidate out;
  for (const auto& [module, text] : draft.overlay) {
    const auto original = texts_.originals().find(module);
    if (original == texts_.originals().end() || original->second != text) out.overlay[module] = text;
  }
  for (const std::string& id : draft.options)
    if (const auto option = std::ranges::find(start_.options, id, &client::Option::id); option != start_.options.end())
      out.options.push_back(*option);
  return out;
}

Result<domain::Candidate> RunBench::candidate_of(const toolbox::Draft& draft) {
  domain::Candidate out = plain_candidate(draft);
  const auto is_on = [&](const std::string& id) {
    return std::ranges::find(out.options, id, &client::Option::id) != out.options.end();
  };
  const auto is_listed = [&](const std::string& id) {
    return std::ranges::find(out.repairs, id, &domain::Repair::id) != out.repairs.end();
  };
  for (const domain::Repair& repair : start_.candidate.repairs)
    if (!repair.sites.empty() || is_on(repair.id)) out.repairs.push_back(repair);
  for (const client::Option& option : out.options) {
    if (is_listed(option.id)) continue;
    domain::Repair repair{domain::RepairKind::option, option.id, option.does, {}, {}};
    if (option.concession) repair.concessions.push_back(*option.concession);
    out.repairs.push_back(std::move(repair));
  }
  if (out.overlay == start_.candidate.overlay) return out;
  domain::Repair repair{domain::RepairKind::llm, start_.author, "source rewritten by a language model", {}, {}};
  for (const toolbox::Toolbox::Site& site : toolbox::Toolbox(*this, draft).sites())
    repair.sites.push_back({site.module, site.file, site.line, site.function});
  out.repairs.push_back(std::move(repair));
  return out;
}

// Folders of this run and of this machine: they say nothing, and would make every run ask something else.
std::string RunBench::without_paths(std::string text) const {
  text = replace_all(std::move(text), folder_.root().string(), "<run>");
  if (const auto python = services_.config.python(domain::environment_of(backend())))
    text = replace_all(std::move(text), python->parent_path().parent_path().string(), "<python>");
  const std::filesystem::path model = baseline_.model.name;  // a class, a file or a folder
  if (model.is_absolute()) text = replace_all(std::move(text), model.parent_path().string() + "/", "");
  return text;
}

client::Failure RunBench::shown(client::Failure failure) const {
  failure.message = without_paths(std::move(failure.message));
  failure.log = without_paths(std::move(failure.log));
  for (client::Frame& frame : failure.frames) frame.file = without_paths(std::move(frame.file));
  return failure;
}

Result<toolbox::Trial> RunBench::run(const toolbox::Draft& draft, client::Stage until) {
  const domain::Candidate candidate = plain_candidate(draft);
  toolbox::Trial trial;
  trial.repeated = attempts_.is_known(candidate);
  const std::string description = "draft of " + start_.author;
  ADAPT_TRY(const Evaluation evaluation, until <= client::Stage::compile ? attempts_.build(candidate, description)
                                                                         : attempts_.evaluate(candidate, description));
  trial.number = evaluation.number;
  trial.seconds = evaluation.seconds;
  trial.reached = until;
  if (evaluation.failure && evaluation.failure->stage <= until) {
    trial.failure = shown(*evaluation.failure);
    trial.reached = before(evaluation.failure->stage);
  }
  return trial;
}

Result<toolbox::Bisection> RunBench::bisect(const toolbox::Draft& draft) {
  const domain::Candidate candidate = plain_candidate(draft);
  constexpr std::int64_t kMostParts = 48;
  constexpr double kMostSeconds = 120;
  ADAPT_TRY(const std::optional<std::string> overlay, overlay_folder(folder_, candidate));
  const std::filesystem::path out = folder_.root() / "attempts" / ("bisect-" + candidate.digest().substr(0, 12));
  ADAPT_TRY_VOID(make_directories(out));
  ADAPT_TRY(const Answer<client::BisectReply> answer,
            services_.harness.bisect({.model = baseline_.model,
                                      .backend = backend_,
                                      .overlay = overlay,
                                      .options = chosen(candidate),
                                      .inputs = baseline_.reference.draws.front().inputs,
                                      .out = out.string(),
                                      .limit = kMostParts,
                                      .seconds = kMostSeconds}));
  toolbox::Bisection found;
  if (answer.failure) {
    found.notes.push_back("the bisection did not end: " + shown(*answer.failure).message);
    return found;
  }
  found.tried = answer.reply->tried;
  for (const std::string& note : answer.reply->notes) found.notes.push_back(without_paths(note));
  if (const auto& culprit = answer.reply->culprit)
    found.culprit = {culprit->module, culprit->class_name, culprit->source, shown(culprit->failure)};
  return found;
}

Result<std::vector<toolbox::NearMiss>> RunBench::patterns(const std::string& about, std::size_t limit) {
  const std::set<std::string> wanted = words_of(about.empty() ? words_about(failure_) : about);
  const patterns::Signature signature = signature_of(*start_.evaluation.failure, backend_);
  struct Row {
    const patterns::Pattern* pattern;
    std::size_t score;
    bool answers;
  };
  std::vector<Row> rows;
  for (const std::string& id : services_.library.ids()) {
    const patterns::Pattern* pattern = services_.library.find(id);
    const bool answers = pattern->when.holds(signature);
    const std::size_t score = 3 * common(wanted, words_of(id + " " + pattern->title)) +
                              common(wanted, words_of(pattern->text)) + (answers ? 2 : 0);
    if (score > 2) rows.push_back({pattern, score, answers});
  }
  std::ranges::stable_sort(rows, [](const Row& a, const Row& b) { return a.score > b.score; });
  std::vector<toolbox::NearMiss> out;
  for (const Row& row : rows) {
    if (out.size() == limit) break;
    const std::string name = "pattern:" + row.pattern->id;
    const auto tried = std::ranges::find_if(start_.tried, [&](const Tried& t) { return t.id == name; });
    std::string missing = row.answers ? "it answers such a failure and has no place in this source"
                                      : "its condition asks for another failure";
    if (tried != start_.tried.end()) missing = "it was tried and ended: " + tried->ended;
    out.push_back({row.pattern->id, row.pattern->title, heart_of(row.pattern->text), std::move(missing)});
  }
  return out;
}

}  // namespace adapt::pipeline
