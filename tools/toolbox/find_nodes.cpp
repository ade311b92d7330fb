#include <algorithm>

#include "patterns/search/sites.h"
#include "tools/base/text.h"
#include "tools/pyast/vocabulary.h"
#include "tools/toolbox/address.h"
#include "tools/toolbox/tools.h"

namespace adapt::toolbox {
namespace {

using pyast::Node;

constexpr std::size_t kShownText = 700;

struct Found {
  std::vector<std::pair<std::shared_ptr<const Module>, Node>> nodes;
  std::vector<std::string> notes;
};

// The targets to look in: what is named, or every module.
Result<std::vector<Target>> places_to_look(Session& session, const std::optional<std::string>& symbol) {
  if (symbol && !trim(*symbol).empty()) return find_targets(session, *symbol);
  std::vector<Target> out;
  ADAPT_TRY(const std::vector<Source>* sources, session.sources());
  for (const Source& source : *sources) {
    const auto module = session.module(source);
    if (!module && !is_unreadable(module.error())) return tl::unexpected<Error>(module.error());
    if (module) out.push_back({*module, nullptr});
  }
  return out;
}

Result<Found> by_kind(const std::vector<Target>& targets, const std::string& kind) {
  const std::vector<std::string>& kinds = pyast::node_kinds();
  if (!std::binary_search(kinds.begin(), kinds.end(), kind))
    return fail(ErrorKind::usage, "arguments.kind: there is no kind of node '{}'{}", kind, did_you_mean(kind, kinds));
  Found out;
  for (const Target& target : targets)
    for (const Node node : nodes_of(target, kind)) out.nodes.emplace_back(target.module, node);
  return out;
}

// A match is one node, or the first and following statements of a block: each of them is a row.
void add_nodes(Found& found, const Target& target, pyast::Span span) {
  if (!target.node().span().contains(span)) return;
  const Node around = target.module->document->smallest_enclosing(span);
  if (around.span() == span && around.parent()) {
    found.nodes.emplace_back(target.module, around);
    return;
  }
  for (const Node child : around.named_children())
    if (span.contains(child.span())) found.nodes.emplace_back(target.module, child);
}

Result<Found> by_code(Session& session, const std::vector<Target>& targets, const std::string& code) {
  const auto isomorphisms = session.bench().isomorphisms();
  auto pattern = search::pattern_of_code(code, isomorphisms);
  if (!pattern) return fail(ErrorKind::usage, "arguments.code: {}", pattern.error().message);
  const patterns::Pattern* only = pattern->get();
  const search::RuleSet rules(std::span(&only, 1));
  Found out;
  for (const Target& target : targets) {
    const Source& source = target.module->source;
    const search::SourceSites sites = search::find_sites(
        {source.module, source.file, target.module->text(), source.role}, rules, *isomorphisms, target.node().span());
    for (const std::string& note : sites.notes)
      if (std::ranges::find(out.notes, note) == out.notes.end()) out.notes.push_back(note);
    for (const search::Site& site : sites.sites) add_nodes(out, target, site.span);
  }
  return out;
}

}  // namespace

Result<Reply> find_nodes(Session& session, const FindNodes& arguments) {
  if (arguments.code.has_value() == arguments.kind.has_value())
    return fail(ErrorKind::usage, "arguments: give either code or kind");
  ADAPT_TRY(const std::vector<Target> targets, places_to_look(session, arguments.symbol));
  ADAPT_TRY(const Found found,
            arguments.kind ? by_kind(targets, *arguments.kind) : by_code(session, targets, *arguments.code));
  Answer answer;
  const std::size_t total = found.nodes.size();
  const std::size_t count = std::min(total, static_cast<std::size_t>(arguments.limit));
  std::string rows;
  std::size_t written = 0;
  for (; written < count && rows.size() < kMaxReply * 3 / 4; ++written)
    rows += row_of(found.nodes[written].first, found.nodes[written].second, kShownText);
  answer.say("{} node{} found{}.", total, total == 1 ? "" : "s",
             written < total ? fmt::format(", the first {} shown", written) : "");
  if (total > 0) answer.line("Symbol, kind, occurrence, fingerprint, line:").data("nodes", rows);
  for (const std::string& note : found.notes) answer.say("note: {}", note);
  return std::move(answer).reply();
}

}  // namespace adapt::toolbox
