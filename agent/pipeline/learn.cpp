#include "agent/pipeline/learn.h"

#include <algorithm>

#include "agent/domain/outcome.h"
#include "agent/emit/repair_files.h"
#include "agent/pipeline/evidence.h"
#include "agent/pipeline/own_library.h"
#include "agent/pipeline/run.h"
#include "agent/pipeline/run_record.h"
#include "agent/pipeline/stored_examples.h"
#include "harness/client/vocabulary.h"
#include "tools/base/file.h"
#include "tools/base/hash.h"
#include "tools/base/json.h"
#include "tools/base/log.h"
#include "tools/base/text.h"

namespace adapt::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxRounds = 3;          // of mining, each with what contradicted the one before
constexpr std::size_t kMaxContradictions = 8;  // kept repairs that are taken as further examples

// A word that stands in regular expressions for itself.
std::string literal(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("\\^$.|?*+()[]{}").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// The part of a message that another model would see too: up to the first number, path or quoted name.
std::string common_part(std::string_view message) {
  const std::string_view line = message.substr(0, message.find('\n'));
  const std::size_t end = std::min({line.find_first_of("0123456789'\"`/<["), line.size(), std::size_t{80}});
  return std::string(trim(line.substr(0, end)));
}

// [when] lines for a failure as result.json tells it.
Result<std::vector<std::string>> when_of(const Json& failure, const std::string& backend) {
  ADAPT_TRY(const std::string stage, read_string(failure, "stage", "failure"));
  ADAPT_TRY(const std::string kind, read_string(failure, "class", "failure"));
  std::vector<std::string> out;
  // What capture cannot take, no backend can; later stages differ from one to the next.
  const auto parsed = client::parse_stage(stage);
  if (parsed && *parsed > client::Stage::capture) out.push_back("backend          " + backend);
  out.push_back("failure.class    " + kind);
  const std::string op = string_or(failure, "op", "");
  if (!op.empty()) {
    out.push_back("failure.op       " + literal(op));
  } else if (const std::string part = common_part(string_or(failure, "message", "")); part.size() >= 8) {
    out.push_back("failure.message  " + literal(part));
  }
  out.push_back("failure.frame    in-match | same-function | same-file");
  return out;
}

// A file, or all *.py files below a folder, by their path in it.
Result<std::map<std::string, fs::path>> sources_of(const std::string& path) {
  std::error_code code;
  if (fs::is_regular_file(path, code))
    return std::map<std::string, fs::path>{{fs::path(path).filename().string(), path}};
  if (!fs::is_directory(path, code)) return fail(ErrorKind::usage, "no such file or folder: {}", path);
  std::map<std::string, fs::path> out;
  for (fs::recursive_directory_iterator at(path, code), end; !code && at != end; at.increment(code))
    if (at->path().extension() == ".py") out[fs::relative(at->path(), path, code).string()] = at->path();
  if (out.empty()) return fail(ErrorKind::usage, "{} holds no Python file", path);
  return out;
}

}  // namespace

std::string failure_word(std::string_view text) {
  std::string out;
  for (const char c : text)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0)
      out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    else if (!out.empty() && out.back() != '-')
      out += '-';
  while (out.ends_with('-')) out.pop_back();
  return out.substr(0, 40);
}

std::string module_of(const std::string& file) {
  std::string out = fs::path(file).replace_extension().string();
  std::replace(out.begin(), out.end(), '/', '.');
  return out;
}

Result<std::vector<patterns::mine::FilePair>> example_pairs(const std::string& before, const std::string& after) {
  ADAPT_TRY(const auto old_files, sources_of(before));
  ADAPT_TRY(const auto new_files, sources_of(after));
  std::vector<patterns::mine::FilePair> out;
  for (const auto& [name, file] : old_files) {
    auto other = new_files.find(name);
    if (other == new_files.end() && old_files.size() == 1 && new_files.size() == 1) other = new_files.begin();
    if (other == new_files.end()) continue;
    ADAPT_TRY(std::string old_text, read_file(file));
    ADAPT_TRY(std::string new_text, read_file(other->second));
    out.push_back({{module_of(name), name, std::move(old_text), "model"}, std::move(new_text)});
  }
  if (out.empty()) return fail(ErrorKind::usage, "no file of {} is in {} too", before, after);
  return out;
}

Result<Learned> mine_pattern(const MineRequest& request, const patterns::Library& library,
                             const config::Config& config) {
  ADAPT_TRY(const auto background,
            patterns::mine::Background::load(config.share_folder() / "patterns" / "background.tsv"));
  ADAPT_TRY(const StoredExamples stored, StoredExamples::open(config));
  std::vector<patterns::mine::FilePair> pairs = request.examples;
  Learned out;
  for (std::size_t round = 0; round < kMaxRounds; ++round) {
    ADAPT_TRY(static_cast<patterns::mine::MinedPattern&>(out),
              patterns::mine::mine_pattern(pairs, request.head, background, library.isomorphisms()));
    ADAPT_TRY(const patterns::Pattern pattern,
              patterns::parse_pattern(out.text, request.head.id + ".adapt", library.isomorphisms()));
    ADAPT_TRY(StoredExamples::Checked checked, stored.check(pattern, request.failure));
    out.stored = checked.examples;
    out.elsewhere = checked.elsewhere;
    out.spoils = checked.contradictions.size();
    if (round > 0) {
      ADAPT_TRY(out.replay, patterns::mine::replay_pairs(pattern, request.examples));
    }
    if (checked.contradictions.empty()) break;
    for (patterns::mine::FilePair& pair : checked.contradictions) {
      if (pairs.size() >= request.examples.size() + kMaxContradictions) break;
      pair.before.text = pair.after;  // what that repair left is to stay; its own edits are none of ours
      pairs.push_back(std::move(pair));
    }
    out.narrowed_by = pairs.size() - request.examples.size();
  }
  return out;
}

Result<MineRequest> lesson_of(const RunFolder& folder) {
  ADAPT_TRY(const std::string text, read_file(folder.out() / "result.json"));
  ADAPT_TRY(const Json result, parse_json(text));
  ADAPT_TRY(const std::string outcome, read_string(result, "outcome", "result"));
  if (outcome != domain::to_string(domain::Outcome::adapted))
    return fail(ErrorKind::usage, "run {} ended '{}'; only a verified repair can be learned", folder.id(), outcome);
  ADAPT_TRY(const std::string backend, read_string(result, "backend", "result"));
  ADAPT_TRY(std::string model, read_string(result, "model", "result"));
  if (model.starts_with('/'))
    model = fs::path(model).filename().string();  // patterns are shared: no paths of one machine
  MineRequest out;
  std::string all;
  const auto repairs = result.find("repairs");
  std::set<std::string> files;
  for (const Json& repair : repairs == result.end() ? Json::array() : *repairs)
    for (const Json& site : repair.value("sites", Json::array())) {
      ADAPT_TRY(const std::string file, read_string(site, "file", "site"));
      if (!files.insert(file).second) continue;
      ADAPT_TRY(const std::string before, read_file(emit::kept_source(folder.out(), "before", file)));
      ADAPT_TRY(const std::string after, read_file(emit::kept_source(folder.out(), "after", file)));
      all += after;
      out.examples.push_back({{module_of(file), file, before, "model"}, after});
    }
  if (out.examples.empty())
    return fail(ErrorKind::usage, "run {} changed no source: its repair is made of options alone", folder.id());
  ADAPT_TRY(const Json failure, repaired_failure(folder, result));
  ADAPT_TRY(out.head.when, when_of(failure, backend));
  const std::string what = string_or(failure, "op", string_or(failure, "class", "failure"));
  out.failure = failure_word(what);
  out.head.id = fmt::format("learned/{}-{}", out.failure, sha256_hex(all).substr(0, 8));
  out.head.title = fmt::format("Learned from a repair of {} on {}", what, backend);
  out.head.why = {fmt::format("{} failed at {} and passed with this change, verified on held-out inputs.", model,
                              string_or(failure, "stage", "a stage"))};
  out.head.status = "trial";
  out.head.origin = {"run " + folder.id(), "model " + model, "backend " + backend};
  return out;
}

Result<Kept> keep_pattern(const Learned& learned, const std::vector<patterns::mine::FilePair>& examples,
                          const config::Config& config) {
  ADAPT_TRY(const OwnLibrary own, OwnLibrary::open(config));
  // Anew, now that nobody else writes; what is left out was said when it was read first.
  ADAPT_TRY(const patterns::Library library, patterns::Library::load(pattern_folders(config)));
  const patterns::Pattern* known = library.find(learned.id);
  Kept out{own.file_of(learned.id, known), {}};
  if (known != nullptr) {
    if (known->text == learned.text) return out;
    return fail(ErrorKind::usage, "{} is there already, and says something else: {}", learned.id, known->file.string());
  }
  ADAPT_TRY(const patterns::Pattern fresh, patterns::parse_pattern(learned.text, out.file, library.isomorphisms()));
  std::vector<patterns::Specimen> specimens;
  for (const patterns::mine::FilePair& pair : examples) specimens.push_back({pair.before.module, pair.before.text});
  ADAPT_TRY(const std::optional<std::string> why, why_superfluous(fresh, all_of(library), specimens));
  if (why) return fail(ErrorKind::usage, "nothing new to keep: {}", *why);
  ADAPT_TRY(out.supersedes, superseded_by(fresh, all_of(library), own));
  ADAPT_TRY_VOID(own.write(out.file, learned.text));
  return out;
}

Result<void> keep_examples(const MineRequest& request, const config::Config& config) {
  ADAPT_TRY(const StoredExamples stored, StoredExamples::open(config));
  return stored.keep(request.failure, request.examples);
}

Result<void> keep_origin(const Learned& learned, const RunFolder& folder, const config::Config& config) {
  ADAPT_TRY(evidence::Record record, evidence_of_run(folder));
  record.pattern = learned.id;
  record.who = "learn";
  ADAPT_TRY(const fs::path own, evidence_folder(config));
  ADAPT_TRY_VOID(evidence::append_evidence(evidence::evidence_file(own, learned.id), std::span(&record, 1)));
  return {};
}

Result<Lesson> learn_from_run(const RunFolder& folder, const patterns::Library& library, const config::Config& config,
                              const std::function<void(const Learned&)>& mined) {
  ADAPT_TRY(const MineRequest request, lesson_of(folder));
  ADAPT_TRY(Learned learned, mine_pattern(request, library, config));
  if (mined) mined(learned);
  if (learned.spoils > 0)
    return fail(ErrorKind::usage, "the pattern would spoil {} kept repair{} of this failure; nothing was learned",
                learned.spoils, learned.spoils == 1 ? "" : "s");
  if (learned.replay.wrong > 0 || learned.replay.missing > 0)
    return fail(ErrorKind::usage,
                "the pattern does not give the repair back; nothing was learned (agent patterns mine shows it)");
  ADAPT_TRY(Kept kept, keep_pattern(learned, request.examples, config));
  if (const auto stored = keep_examples(request, config); !stored)
    log::warning("the repair is not kept as an example: {}", stored.error().message);
  if (const auto noted = keep_origin(learned, folder, config); !noted)
    log::warning("the run is not kept as evidence: {}", noted.error().message);
  return Lesson{std::move(learned), std::move(kept)};
}

}  // namespace adapt::pipeline
