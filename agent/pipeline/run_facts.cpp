#include "agent/pipeline/run_facts.h"

#include "agent/pipeline/attempts.h"
#include "tools/base/log.h"

namespace adapt::pipeline {
namespace {

// The first as the failure saw it; the others tell a size that is always the same from one that the inputs have.
const std::vector<client::Draw> kDraws = {{1, "base"}, {1, "shorter"}, {1, "batch1"}};

}  // namespace

patterns::Fact to_fact(const client::Fact& told) {
  using Kind = patterns::Fact::Kind;
  patterns::Fact fact;
  fact.kind = told.kind == "tensor" ? Kind::tensor : told.kind == "number" ? Kind::number : Kind::other;
  fact.dtypes = told.dtypes;
  if (told.ranks.size() == 1) fact.rank = told.ranks.front();
  for (const auto& shape : told.shapes) {
    fact.shapes.emplace_back();
    if (shape) fact.shapes.back().emplace(shape->begin(), shape->end());
  }
  fact.is_static = told.is_static;
  fact.parameter = told.parameter;
  fact.aliased = told.aliased;
  fact.gradient = told.gradient;
  return fact;
}

Result<patterns::FactsByFile> RunFacts::facts(const domain::Candidate& candidate,
                                              std::span<const patterns::SourceFile> sources,
                                              const patterns::LinesByFile& lines) {
  client::FactsRequest request{.model = baseline_.model, .options = chosen(candidate), .draws = kDraws};
  ADAPT_TRY(request.overlay, overlay_folder(folder_, candidate));
  std::map<std::string, std::string> file_of;  // by module
  for (const patterns::SourceFile& source : sources) {
    const auto wanted = lines.find(source.file);
    if (wanted == lines.end() || wanted->second.empty()) continue;
    request.places.push_back({source.module, {wanted->second.begin(), wanted->second.end()}});
    file_of[source.module] = source.file;
  }
  patterns::FactsByFile out;
  if (request.places.empty()) return out;
  services_.progress.candidate("what variables hold");
  ADAPT_TRY(const Answer<client::FactsReply> answer, services_.harness.facts(request));
  if (answer.failure || !answer.reply) {
    log::debug("no facts about variables: {}", answer.failure ? answer.failure->message : "no reply");
    return out;
  }
  for (const std::string& note : answer.reply->notes) log::debug("facts about variables: {}", note);
  for (const client::Fact& told : answer.reply->facts)
    if (const auto file = file_of.find(told.module); file != file_of.end() && told.line > 0)
      out[file->second].add(static_cast<std::uint32_t>(told.line), told.name, to_fact(told));
  return out;
}

}  // namespace adapt::pipeline
