#include <fmt/format.h>

#include <cstdio>

#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/pipeline/exchange.h"
#include "tools/base/json.h"

namespace adapt::cli {
namespace {

using pipeline::Exchanged;

void print_json(const Exchanged& done) {
  OrderedJson refused = OrderedJson::array();
  for (const pipeline::Refused& one : done.refused)
    refused.push_back(OrderedJson{{"what", one.what}, {"why", one.why}});
  fmt::print("{}\n", dump_line(OrderedJson{{"added", done.added},
                                           {"updated", done.updated},
                                           {"unchanged", done.unchanged},
                                           {"refused", refused},
                                           {"evidence", done.evidence},
                                           {"notes", done.notes}}));
}

void print_text(const Exchanged& done) {
  const std::pair<const char*, const std::vector<std::string>*> lists[] = {
      {"added", &done.added}, {"updated", &done.updated}, {"unchanged", &done.unchanged}};
  for (const auto& [word, ids] : lists)
    for (const std::string& id : *ids) fmt::print("{:<10} {}\n", word, id);
  for (const auto& [id, lines] : done.evidence)
    fmt::print("evidence   {}: {} new line{}\n", id, lines, lines == 1 ? "" : "s");
  for (const std::string& note : done.notes) fmt::print(stderr, "note: {}\n", note);
  for (const pipeline::Refused& one : done.refused) fmt::print(stderr, "refused    {}: {}\n", one.what, one.why);
}

int ended(const Session& session, const Result<Exchanged>& done) {
  if (!done) return report(done.error());
  session.json ? print_json(*done) : print_text(*done);
  return done->refused.empty() ? 0 : exit_code(ErrorKind::parse);
}

}  // namespace

int patterns_export_command(Session& session, const std::vector<std::string>& ids, const std::string& to) {
  return ended(session, pipeline::export_patterns(ids, to, session.config));
}

int patterns_import_command(Session& session, const std::vector<std::string>& paths) {
  return ended(session, pipeline::import_patterns(paths, session.config));
}

}  // namespace adapt::cli
