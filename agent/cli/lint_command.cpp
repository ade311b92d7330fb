#include <fmt/format.h>

#include <algorithm>

#include "agent/cli/commands.h"
#include "agent/cli/search_output.h"
#include "agent/pipeline/run.h"
#include "tools/base/text.h"

namespace adapt::cli {
namespace {

Result<std::size_t> lint(Session& session, const LintArguments& arguments) {
  ADAPT_TRY(const patterns::Library library, pipeline::load_library(session.config));
  ADAPT_TRY(const patterns::PrecisionTable table,
            patterns::PrecisionTable::load(pipeline::pattern_folders(session.config)));
  const std::vector<std::string> measured = table.backends();
  if (!arguments.all_rules && std::ranges::find(measured, arguments.backend) == measured.end())
    return fail(ErrorKind::usage, "no rule was measured on backend '{}'{}; measured: {}; --all-rules uses all",
                arguments.backend, did_you_mean(arguments.backend, measured),
                measured.empty() ? "none" : join(measured, ", "));
  SearchJob job;
  job.isomorphisms = library.isomorphisms();
  job.paths = arguments.paths;
  job.format = arguments.sarif ? SearchFormat::sarif : session.json ? SearchFormat::json : SearchFormat::text;
  job.level = "warning";
  std::size_t silent = 0;
  for (const std::string& id : library.ids()) {
    const patterns::Pattern* pattern = library.find(id);
    if (pattern->status == "retired" || !pattern->when.can_hold_on(arguments.backend)) continue;
    const auto precision = table.of(id, arguments.backend);
    const bool trusted = precision && precision->share() >= session.config.share("lint.confidence");
    if (!trusted && !arguments.all_rules) {
      ++silent;
      continue;
    }
    job.patterns.push_back(pattern);
    job.precision.push_back(precision);
  }
  if (silent > 0 && !session.quiet)
    fmt::print(stderr, "{} of {} rules are silent: measured below --confidence on {}, or not at all\n", silent,
               silent + job.patterns.size(), arguments.backend);
  return run_search(session, job);
}

}  // namespace

int lint_command(Session& session, const LintArguments& arguments) {
  const auto found = lint(session, arguments);
  if (!found) return report(found.error());
  return *found == 0 ? 0 : 1;
}

}  // namespace adapt::cli
