#include <fmt/format.h>

#include <cstdio>

#include "agent/cli/commands.h"
#include "agent/pipeline/run.h"
#include "tools/base/json.h"
#include "tools/base/text.h"

namespace adapt::cli {
namespace {

OrderedJson pattern_json(const patterns::Pattern& pattern) {
  return OrderedJson{{"id", pattern.id},
                     {"revision", pattern.revision},
                     {"title", pattern.title},
                     {"status", pattern.status},
                     {"risk", patterns::to_string(pattern.risk)},
                     {"assumptions", pattern.assumptions},
                     {"file", pattern.file.string()}};
}

Result<void> list_patterns(Session& session) {
  ADAPT_TRY(const patterns::Library library, pipeline::load_library(session.config));
  for (const std::string& id : library.ids()) {
    const patterns::Pattern& pattern = *library.find(id);
    if (session.json)
      fmt::print("{}\n", pattern_json(pattern).dump());
    else
      fmt::print("{:<36} {:<9} {}\n", id, patterns::to_string(pattern.risk), pattern.title);
  }
  return {};
}

Result<void> show_pattern(Session& session, const std::string& id) {
  ADAPT_TRY(const patterns::Library library, pipeline::load_library(session.config));
  const patterns::Pattern* pattern = library.find(id);
  if (pattern == nullptr) return fail(ErrorKind::usage, "unknown pattern '{}'{}", id, did_you_mean(id, library.ids()));
  if (!session.json) {
    fmt::print("{}", pattern->text);
    return {};
  }
  OrderedJson out = pattern_json(*pattern);
  out["text"] = pattern->text;
  fmt::print("{}\n", out.dump());
  return {};
}

}  // namespace

int patterns_list_command(Session& session) {
  const Result<void> done = list_patterns(session);
  return done ? 0 : report(done.error());
}

int patterns_show_command(Session& session, const std::string& id) {
  const Result<void> done = show_pattern(session, id);
  return done ? 0 : report(done.error());
}

}  // namespace adapt::cli
