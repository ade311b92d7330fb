#include "tools/toolbox/symbols.h"

#include <fmt/format.h>

#include <cctype>
#include <map>

namespace adapt::toolbox {
namespace {

using pyast::Node;

bool is_definition(Node node) { return node.kind() == "function_definition" || node.kind() == "class_definition"; }

void number_twins(std::vector<Symbol>& symbols) {
  std::map<std::string, std::size_t> count, seen;
  for (const Symbol& symbol : symbols) ++count[symbol.plain];
  for (Symbol& symbol : symbols)
    if (count[symbol.plain] > 1) symbol.name = fmt::format("{}#{}", symbol.plain, ++seen[symbol.plain]);
}

}  // namespace

std::vector<Symbol> symbols_of(const pyast::Document& document) {
  struct Open {
    std::uint32_t end;
    std::string prefix;  // of names within
  };
  std::vector<Open> open;
  std::vector<Symbol> out;
  for (std::uint32_t i = 0; i < document.node_count(); ++i) {
    const Node node = document.at(i);
    if (!is_definition(node)) continue;
    while (!open.empty() && open.back().end <= i) open.pop_back();
    const std::string name = (open.empty() ? "" : open.back().prefix) + std::string(node.child_by_field("name").text());
    const Node parent = node.parent();
    out.push_back({name, name, node, parent.kind() == "decorated_definition" ? parent : node});
    open.push_back({node.subtree_end(), name + (out.back().is_class() ? "." : ".<locals>.")});
  }
  number_twins(out);
  return out;
}

const Symbol* innermost(const std::vector<Symbol>& symbols, pyast::Span span) {
  const Symbol* out = nullptr;
  for (const Symbol& symbol : symbols) {
    if (symbol.whole.span().begin > span.begin) break;
    if (symbol.whole.span().contains(span)) out = &symbol;
  }
  return out;
}

std::string heading_of(const Symbol& symbol) {
  const Node body = symbol.definition.child_by_field("body");
  const std::uint32_t begin = symbol.definition.span().begin;
  const std::uint32_t end = body ? body.span().begin : symbol.definition.span().end;
  std::string out;
  for (const char c : symbol.definition.document().text({begin, end})) {
    const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (blank && (out.empty() || out.back() == ' ')) continue;
    out += blank ? ' ' : c;
  }
  while (!out.empty() && (out.back() == ' ' || out.back() == ':')) out.pop_back();
  constexpr std::size_t kLongest = 200;
  return out.size() <= kLongest ? out : out.substr(0, kLongest) + " ...";
}

}  // namespace adapt::toolbox
