#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/forge/results.h"
#include "agent/forge/update.h"
#include "agent/forge/validate.h"
#include "tools/base/file.h"
#include "tools/base/json.h"
#include "tools/edit/edit_set.h"

namespace adapt::cli {
namespace {

struct Outcome {
  forge::UpdatePlan plan;
  std::string diff;
  std::vector<forge::Finding> findings;  // results that could not be read
  std::size_t results = 0, others = 0;
};

Result<Outcome> planned(const ConfigUpdateArguments& arguments) {
  ADAPT_TRY(const forge::ConfigPaths paths, forge::find_config(arguments.paths));
  std::map<std::string, std::string> files;
  for (const std::filesystem::path& path : paths.files) {
    if (path.filename() == forge::kPlaceholdersFile) continue;
    ADAPT_TRY(std::string text, read_file(path));
    files.emplace(path.generic_string(), std::move(text));
  }
  ADAPT_TRY(forge::Results results, forge::read_results(arguments.results));
  Outcome out{.plan = {},
              .diff = {},
              .findings = std::move(results.findings),
              .results = results.results.size(),
              .others = results.others};
  ADAPT_TRY(out.plan, forge::plan_update(files, results.results, arguments.arch));
  out.diff = edit::unified_diff(out.plan.before, out.plan.after);
  return out;
}

// Whoever edited a file meanwhile keeps what was written.
Result<void> write(const forge::UpdatePlan& plan) {
  for (const auto& [file, text] : plan.after) {
    ADAPT_TRY(const std::string now, read_file(file));
    if (now != plan.before.at(file))
      return fail(ErrorKind::io, "'{}' was changed by somebody else; run it again", file);
  }
  for (const auto& [file, text] : plan.after) ADAPT_TRY_VOID(write_file_atomic(file, text));
  return {};
}

void print_json(const Outcome& outcome, bool written) {
  OrderedJson changes = OrderedJson::array(), ignored = OrderedJson::array(), findings = OrderedJson::array();
  for (const forge::AppliedUpdate& change : outcome.plan.changes)
    changes.push_back({{"test", change.test}, {"file", change.file}, {"steps", change.steps}});
  for (const forge::Ignored& one : outcome.plan.ignored)
    ignored.push_back({{"test", one.test}, {"arch", one.arch}, {"why", one.why}, {"source", one.source}});
  for (const forge::Finding& finding : outcome.findings) findings.push_back(forge::to_json(finding));
  const OrderedJson out = {{"results", outcome.results},    {"other_tests", outcome.others},
                           {"changes", std::move(changes)}, {"ignored", std::move(ignored)},
                           {"advice", outcome.plan.advice}, {"not_read", std::move(findings)},
                           {"diff", outcome.diff},          {"written", written}};
  fmt::print("{}\n", dump_line(out));
}

void print_text(const Outcome& outcome, bool written) {
  fmt::print("{}", outcome.diff);
  for (const forge::Finding& finding : outcome.findings) fmt::print(stderr, "agent: not read: {}\n", to_text(finding));
  for (const forge::AppliedUpdate& change : outcome.plan.changes)
    for (const std::string& step : change.steps) fmt::print(stderr, "{}: {}\n", change.test, step);
  for (const forge::Ignored& one : outcome.plan.ignored)
    fmt::print(stderr, "left alone: {}{}: {}\n", one.test, one.arch.empty() ? "" : " on " + one.arch, one.why);
  for (const std::string& advice : outcome.plan.advice) fmt::print(stderr, "for a person to decide: {}\n", advice);
  fmt::print(stderr, "{} results, {} entries change{}\n", outcome.results, outcome.plan.changes.size(),
             outcome.plan.changes.empty() ? ""
             : written                    ? ", written"
                                          : "; --write changes the files");
}

}  // namespace

int config_update_command(Session& session, const ConfigUpdateArguments& arguments) {
  const auto outcome = planned(arguments);
  if (!outcome) return report(outcome.error());
  if (arguments.write)
    if (const auto written = write(outcome->plan); !written) return report(written.error());
  if (session.json)
    print_json(*outcome, arguments.write);
  else
    print_text(*outcome, arguments.write);
  return 0;
}

}  // namespace adapt::cli
