#include "tools/pyast/grammar.h"

#include <tree_sitter/api.h>

#include <vector>

extern "C" const TSLanguage* tree_sitter_python(void);

namespace adapt::pyast {
namespace {

struct Names {
  std::vector<std::string_view> kinds, fields;
};

const Names& names() {
  static const Names known = [] {
    const auto grammar = python_grammar();
    ADAPT_CHECK(grammar.has_value(), "a document exists without a grammar");
    Names out;
    for (std::uint32_t symbol = 0; symbol < ts_language_symbol_count(*grammar); ++symbol)
      out.kinds.emplace_back(ts_language_symbol_name(*grammar, static_cast<TSSymbol>(symbol)));
    out.fields.emplace_back();
    for (std::uint32_t field = 1; field <= ts_language_field_count(*grammar); ++field)
      out.fields.emplace_back(ts_language_field_name_for_id(*grammar, static_cast<TSFieldId>(field)));
    return out;
  }();
  return known;
}

}  // namespace

Result<void> check_abi(std::uint32_t grammar, AbiRange core) {
  if (core.oldest <= grammar && grammar <= core.newest) return {};
  return fail(ErrorKind::environment,
              "the Python grammar has ABI {} and this tree-sitter core reads ABI {} to {}; build both from the pinned "
              "archives (cmake/fetch_deps.sh)",
              grammar, core.oldest, core.newest);
}

Result<const TSLanguage*> python_grammar() {
  static const Result<const TSLanguage*> checked = []() -> Result<const TSLanguage*> {
    const TSLanguage* grammar = tree_sitter_python();
    ADAPT_TRY_VOID(check_abi(ts_language_abi_version(grammar),
                             {TREE_SITTER_MIN_COMPATIBLE_LANGUAGE_VERSION, TREE_SITTER_LANGUAGE_VERSION}));
    return grammar;
  }();
  return checked;
}

std::string_view kind_name(std::uint16_t symbol) {
  const auto& kinds = names().kinds;
  return symbol < kinds.size() ? kinds[symbol] : "ERROR";  // the core's own, of no grammar
}

std::string_view field_name(std::uint16_t field) { return names().fields[field]; }

}  // namespace adapt::pyast
