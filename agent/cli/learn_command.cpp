#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "agent/cli/commands.h"
#include "agent/pipeline/learn.h"
#include "agent/pipeline/run.h"
#include "tools/base/file.h"
#include "tools/base/json.h"
#include "tools/base/text.h"

namespace adapt::cli {
namespace {

OrderedJson to_json(const pipeline::Learned& learned) {
  const patterns::mine::Replay& replay = learned.replay;
  return OrderedJson{{"id", learned.id},
                     {"rules", learned.rules},
                     {"replay", OrderedJson{{"files", replay.files},
                                            {"exact", replay.exact},
                                            {"edits", replay.edits},
                                            {"missing", replay.missing},
                                            {"wrong", replay.wrong},
                                            {"refused", replay.notes}}},
                     {"stored", OrderedJson{{"files", learned.stored},
                                            {"narrowed_by", learned.narrowed_by},
                                            {"spoils", learned.spoils},
                                            {"elsewhere", learned.elsewhere}}},
                     {"text", learned.text}};
}

// stderr: what the pattern does on its own examples.
void print_replay(const pipeline::Learned& learned) {
  const patterns::mine::Replay& replay = learned.replay;
  fmt::print(stderr, "{} rule{}; replayed: {} of {} edits, {} of {} files exactly, {} wrong\n", learned.rules,
             learned.rules == 1 ? "" : "s", replay.edits - std::min(replay.missing, replay.edits), replay.edits,
             replay.exact, replay.files, replay.wrong);
  for (const std::string& note : replay.notes) fmt::print(stderr, "  refused: {}\n", note);
  if (learned.stored == 0) return;
  fmt::print(stderr,
             "{} files of kept repairs: {} of this failure narrowed it, {} it would spoil, {} of other failures "
             "have places for it\n",
             learned.stored, learned.narrowed_by, learned.spoils, learned.elsewhere);
}

Result<bool> mine(Session& session, const MineArguments& arguments) {
  pipeline::MineRequest request;
  ADAPT_TRY(request.examples, pipeline::example_pairs(arguments.before, arguments.after));
  ADAPT_TRY(const patterns::Library library, pipeline::load_library(session.config));
  request.head.id = arguments.id.empty() ? "mined/candidate" : arguments.id;
  request.head.title = "Mined from " + arguments.before;
  if (!arguments.failure.empty()) request.head.when.push_back("failure.message  " + arguments.failure);
  request.failure = pipeline::failure_word(arguments.failure);
  ADAPT_TRY(const pipeline::Learned learned, pipeline::mine_pattern(request, library, session.config));
  if (session.json)
    fmt::print("{}\n", dump(Json(to_json(learned))));
  else
    fmt::print("{}", learned.text);
  if (!session.json) print_replay(learned);
  return learned.replay.wrong == 0;
}

Result<bool> learn(Session& session, const std::string& run) {
  ADAPT_TRY(const pipeline::RunFolder folder, pipeline::find_run(run, session.config));
  ADAPT_TRY(const patterns::Library library, pipeline::load_library(session.config));
  const auto mined = [&](const pipeline::Learned& learned) {
    if (!session.json) print_replay(learned);
  };
  ADAPT_TRY(const auto lesson, pipeline::learn_from_run(folder, library, session.config, mined));
  const auto& [learned, kept] = lesson;
  for (const std::string& old : kept.supersedes)
    fmt::print(stderr, "{} does all that {} does: agent patterns retire {} --reason ...\n", learned.id, old, old);
  if (session.json) {
    OrderedJson out = to_json(learned);
    out["file"] = kept.file.string();
    out["supersedes"] = kept.supersedes;
    fmt::print("{}\n", dump(Json(out)));
  } else {
    fmt::print("{}\n", kept.file.string());
  }
  return true;
}

}  // namespace

int patterns_mine_command(Session& session, const MineArguments& arguments) {
  const Result<bool> clean = mine(session, arguments);
  if (!clean) return report(clean.error());
  return *clean ? 0 : 1;
}

int patterns_learn_command(Session& session, const std::string& run) {
  const Result<bool> done = learn(session, run);
  return done ? 0 : report(done.error());
}

}  // namespace adapt::cli
