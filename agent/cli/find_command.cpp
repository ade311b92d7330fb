#include <fmt/format.h>

#include "agent/cli/commands.h"
#include "agent/cli/search_output.h"
#include "agent/pipeline/run.h"
#include "tools/base/text.h"

namespace adapt::cli {
namespace {

// What stands where the pattern and the paths are typed, told apart.
struct Asked {
  std::string pattern;  // empty: all, or typed-in code
  std::vector<std::string> paths;
};

Result<Asked> read_arguments(const FindArguments& arguments) {
  Asked out{"", arguments.words};
  if (arguments.all && !arguments.code.empty())
    return fail(ErrorKind::usage, "--all and --code cannot be meant together");
  if (!arguments.all && arguments.code.empty()) {
    if (out.paths.empty()) return fail(ErrorKind::usage, "name a pattern, or give --all or --code");
    out.pattern = out.paths.front();
    out.paths.erase(out.paths.begin());
  }
  if (out.paths.empty()) return fail(ErrorKind::usage, "name a file or folder to search");
  return out;
}

Result<std::size_t> find(Session& session, const FindArguments& arguments) {
  ADAPT_TRY(Asked asked, read_arguments(arguments));
  SearchJob job;
  job.paths = std::move(asked.paths);
  job.format = arguments.sarif ? SearchFormat::sarif : session.json ? SearchFormat::json : SearchFormat::text;
  if (!arguments.code.empty()) {
    ADAPT_TRY(job.isomorphisms, pipeline::load_isomorphisms(session.config));
    auto made = search::pattern_of_code(arguments.code, job.isomorphisms);
    if (!made) return fail(ErrorKind::usage, "--code '{}': {}", arguments.code, made.error().message);
    job.patterns = {made->get()};
    return run_search(session, job);
  }
  ADAPT_TRY(const patterns::Library library, pipeline::load_library(session.config));
  job.isomorphisms = library.isomorphisms();
  for (const std::string& id : library.ids())
    if (arguments.all || id == asked.pattern) job.patterns.push_back(library.find(id));
  if (job.patterns.empty())
    return fail(ErrorKind::usage, "unknown pattern '{}'{}", asked.pattern, did_you_mean(asked.pattern, library.ids()));
  return run_search(session, job);
}

}  // namespace

int patterns_find_command(Session& session, const FindArguments& arguments) {
  const auto found = find(session, arguments);
  return found ? 0 : report(found.error());
}

}  // namespace adapt::cli
