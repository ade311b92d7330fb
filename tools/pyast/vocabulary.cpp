#include "tools/pyast/vocabulary.h"

#include <tree_sitter/api.h>

#include <algorithm>
#include <set>

#include "tools/pyast/grammar.h"

namespace adapt::pyast {
namespace {

template <class Name>
std::vector<std::string> sorted(std::uint32_t count, Name name_of) {
  std::set<std::string> out;
  for (std::uint32_t i = 0; i < count; ++i)
    if (const char* name = name_of(static_cast<std::uint16_t>(i))) out.insert(name);
  return {out.begin(), out.end()};
}

}  // namespace

const std::vector<std::string>& node_kinds() {
  static const std::vector<std::string> kinds = [] {
    const auto grammar = python_grammar();
    if (!grammar) return std::vector<std::string>();
    auto out = sorted(ts_language_symbol_count(*grammar), [&](std::uint16_t id) {
      const bool is_seen = ts_language_symbol_type(*grammar, id) <= TSSymbolTypeAnonymous;
      return is_seen ? ts_language_symbol_name(*grammar, id) : nullptr;
    });
    out.insert(std::upper_bound(out.begin(), out.end(), "ERROR"), "ERROR");  // the core's own, for what is not Python
    return out;
  }();
  return kinds;
}

const std::vector<std::string>& field_names() {
  static const std::vector<std::string> fields = [] {
    const auto grammar = python_grammar();
    if (!grammar) return std::vector<std::string>();
    return sorted(ts_language_field_count(*grammar) + 1,  // numbered from 1
                  [&](std::uint16_t id) { return ts_language_field_name_for_id(*grammar, id); });
  }();
  return fields;
}

}  // namespace adapt::pyast
