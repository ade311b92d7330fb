#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "agent/cli/commands.h"
#include "agent/cli/standing_output.h"
#include "agent/pipeline/evidence.h"
#include "agent/pipeline/own_library.h"
#include "agent/pipeline/run.h"
#include "tools/base/json.h"
#include "tools/base/text.h"

namespace adapt::cli {
namespace {

using evidence::Standing;
using patterns::Pattern;

Standing standing_of(const Pattern& pattern, const evidence::Book& book) {
  return evidence::standing_of(pattern.status, pattern.revision, book.of(pattern.id));
}

Result<void> list_patterns(Session& session) {
  ADAPT_TRY(const patterns::Library library, pipeline::load_library(session.config));
  ADAPT_TRY(const evidence::Book book, pipeline::load_book(library, session.config));
  std::size_t proposals = 0;
  for (const Pattern* pattern : pipeline::all_of(library)) {
    const Standing standing = standing_of(*pattern, book);
    proposals += standing.retirement_proposed() ? 1 : 0;
    if (session.json)
      fmt::print("{}\n", dump_line(pattern_json(*pattern, standing)));
    else
      fmt::print("{:<40} {:<8} {:<9} {:>6}  {}{}\n", pattern->id, to_string(standing.status),
                 patterns::to_string(pattern->risk), standing.passes == 0 ? "" : fmt::format("{}x", standing.passes),
                 pattern->title, standing.retirement_proposed() ? " (retire?)" : "");
  }
  if (proposals > 0 && !session.json)
    fmt::print(stderr, "{} proposed for retirement: agent patterns proposals says why\n", proposals);
  return {};
}

Result<void> show_pattern(Session& session, const std::string& id) {
  ADAPT_TRY(const patterns::Library library, pipeline::load_library(session.config));
  const Pattern* pattern = library.find(id);
  if (pattern == nullptr) return fail(ErrorKind::usage, "unknown pattern '{}'{}", id, did_you_mean(id, library.ids()));
  ADAPT_TRY(const evidence::Book book, pipeline::load_book(library, session.config));
  const Standing standing = standing_of(*pattern, book);
  if (session.json) {
    OrderedJson out = pattern_json(*pattern, standing);
    out["text"] = pattern->text;
    fmt::print("{}\n", dump_line(out));
    return {};
  }
  // What is printed on stdout is the pattern, for `show x > x.adapt`; what is known of it is for whoever reads.
  fmt::print("{}", pattern->text);
  std::fflush(stdout);
  for (const std::string& line : standing_lines(*pattern, standing)) fmt::print(stderr, "{}\n", line);
  return {};
}

struct Proposed {
  std::string pattern, why;
};

// What the evidence, or a newer pattern, makes superfluous. Nothing is retired by itself.
Result<std::vector<Proposed>> proposals(Session& session) {
  ADAPT_TRY(const patterns::Library library, pipeline::load_library(session.config));
  ADAPT_TRY(const evidence::Book book, pipeline::load_book(library, session.config));
  ADAPT_TRY(const std::filesystem::path own, pipeline::own_patterns_folder(session.config));
  std::vector<Proposed> out;
  const pipeline::Patterns all = pipeline::all_of(library);
  for (const Pattern* pattern : all) {
    const Standing standing = standing_of(*pattern, book);
    if (standing.retirement_proposed()) {
      out.push_back({pattern->id, standing.why_retire()});
      continue;
    }
    if (!pipeline::is_below(pattern->file, own) || standing.status == evidence::Status::retired) continue;
    ADAPT_TRY(const auto superfluous, pipeline::why_superfluous(*pattern, all));
    if (superfluous) out.push_back({pattern->id, *superfluous});
  }
  return out;
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

int patterns_proposals_command(Session& session) {
  const Result<std::vector<Proposed>> found = proposals(session);
  if (!found) return report(found.error());
  for (const Proposed& proposed : *found) {
    if (session.json)
      fmt::print("{}\n", dump_line(OrderedJson{{"pattern", proposed.pattern}, {"why", proposed.why}}));
    else
      fmt::print("{}: {}\n  agent patterns retire {} --reason \"...\"\n", proposed.pattern, proposed.why,
                 proposed.pattern);
  }
  if (found->empty() && !session.json) fmt::print(stderr, "nothing is proposed for retirement\n");
  return 0;
}

}  // namespace adapt::cli
