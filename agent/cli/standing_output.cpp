#include "agent/cli/standing_output.h"

#include "tools/base/text.h"

namespace adapt::cli {
namespace {

std::string counted(std::size_t count, std::string_view one, std::string_view many) {
  return fmt::format("{} {}", count, count == 1 ? one : many);
}

OrderedJson backend_json(const evidence::Validity& validity) {
  OrderedJson out{{"from", validity.from}, {"last", validity.last}, {"until", nullptr}};
  if (!validity.until.empty()) out["until"] = validity.until;
  return out;
}

}  // namespace

OrderedJson pattern_json(const patterns::Pattern& pattern, const evidence::Standing& standing) {
  OrderedJson backends = OrderedJson::object(), counter_examples = OrderedJson::array();
  for (const auto& [name, validity] : standing.backends) backends[name] = backend_json(validity);
  for (const evidence::Record& record : standing.counter_examples)
    counter_examples.push_back(OrderedJson{{"time", record.time},
                                           {"model", record.model},
                                           {"backend", record.backend},
                                           {"version", record.version},
                                           {"outcome", to_string(record.outcome)},
                                           {"before", record.before},
                                           {"after", record.after},
                                           {"run", record.run}});
  OrderedJson out{{"id", pattern.id},
                  {"revision", pattern.revision},
                  {"title", pattern.title},
                  {"status", to_string(standing.status)},
                  {"status_in_file", pattern.status},
                  {"because", nullptr},
                  {"risk", patterns::to_string(pattern.risk)},
                  {"assumptions", pattern.assumptions},
                  {"file", pattern.file.string()},
                  {"attempts", standing.votes},
                  {"passes", standing.passes},
                  {"advanced", standing.advanced},
                  {"models", standing.models},
                  {"reviewers", standing.reviewers},
                  {"backends", backends},
                  {"counter_examples", counter_examples},
                  {"retire_because", nullptr}};
  if (!standing.because.empty()) out["because"] = standing.because;
  if (standing.retirement_proposed()) out["retire_because"] = standing.why_retire();
  return out;
}

std::vector<std::string> standing_lines(const patterns::Pattern& pattern, const evidence::Standing& standing) {
  std::vector<std::string> out;
  if (standing.votes == 0 && standing.reviewers.empty()) return out;
  std::string summary =
      fmt::format("evidence  {} on {} in {}", counted(standing.passes, "pass", "passes"),
                  counted(standing.models, "model", "models"), counted(standing.votes, "attempt", "attempts"));
  if (standing.advanced > 0)
    summary += fmt::format("; {} got on to another failure", counted(standing.advanced, "attempt", "attempts"));
  out.push_back(std::move(summary));
  if (!standing.because.empty())
    out.push_back(fmt::format("status    {} here, {} in its file: {}", to_string(standing.status), pattern.status,
                              standing.because));
  if (!standing.reviewers.empty()) out.push_back("reviewed  by " + join(standing.reviewers, ", "));
  for (const auto& [name, validity] : standing.backends) {
    std::string line = fmt::format("works     on {} {}", name, validity.from);
    if (validity.last != validity.from) line += " to " + validity.last;
    if (!validity.until.empty())
      line += fmt::format("; since {} {} works without it", validity.until, validity.works_without_it);
    out.push_back(std::move(line));
  }
  for (const evidence::Record& record : standing.counter_examples)
    out.push_back(fmt::format("counter   {} on {} {}: {} after {}", record.model, record.backend, record.version,
                              to_string(record.outcome), record.before));
  if (standing.retirement_proposed()) out.push_back("retire?   " + standing.why_retire());
  return out;
}

}  // namespace adapt::cli
