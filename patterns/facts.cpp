#include "patterns/facts.h"

#include <algorithm>

namespace adapt::patterns {
namespace {

// "self.cache"; nothing for anything but names and attributes of them.
std::optional<std::string> dotted(const TermTree& tree, TermId id) {
  const Term& term = tree.at(id);
  if (term.kind == "identifier") return std::string(term.node.text());
  if (term.kind != "attribute" || term.count < 2) return std::nullopt;
  auto owner = dotted(tree, tree.children(id).front());
  if (owner) owner->append(".").append(tree.at(tree.children(id).back()).node.text());
  return owner;
}

}  // namespace

void Facts::add(std::uint32_t line, std::string name, Fact fact) {
  draws_ = std::max(draws_, fact.shapes.size());
  facts_.insert_or_assign({line, std::move(name)}, std::move(fact));
}

const Fact* Facts::of(const TermTree& tree, TermId term) const {
  const auto name = dotted(tree, term);
  if (!name) return nullptr;
  for (const std::uint32_t line : {tree.document().position(tree.at(term).span().begin).line, kAnyLine})
    if (const auto found = facts_.find({line, *name}); found != facts_.end()) return &found->second;
  return nullptr;
}

bool Oracle::unknown(const TermTree& tree, TermId term) const {
  if (asked != nullptr) asked->insert(tree.document().position(tree.at(term).span().begin).line);
  return asked != nullptr;
}

}  // namespace adapt::patterns
