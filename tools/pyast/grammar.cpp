#include "tools/pyast/grammar.h"

#include <tree_sitter/api.h>

extern "C" const TSLanguage* tree_sitter_python(void);

namespace adapt::pyast {

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

}  // namespace adapt::pyast
