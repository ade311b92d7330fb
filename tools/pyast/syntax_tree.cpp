#include "tools/pyast/syntax_tree.h"

#include <tree_sitter/api.h>

#include <algorithm>

#include "tools/pyast/document.h"
#include "tools/pyast/grammar.h"

namespace adapt::pyast {
namespace {

struct ParserDeleter {
  void operator()(TSParser* parser) const noexcept { ts_parser_delete(parser); }
};

// tree-sitter asks once per hundred parser operations. Honest files need under one operation a byte; error recovery
// can need far more, and this is where a hostile file stops. Counted, not timed, so that a result never depends on
// load.
struct StepBudget {
  std::uint64_t left;
  static bool spend(TSParseState* state) {
    auto& budget = *static_cast<StepBudget*>(state->payload);
    if (budget.left == 0) return true;
    --budget.left;
    return false;
  }
};

struct Text {
  std::string_view bytes;
  static const char* read(void* payload, std::uint32_t offset, TSPoint, std::uint32_t* size) {
    const std::string_view bytes = static_cast<const Text*>(payload)->bytes;
    const std::string_view rest = bytes.substr(std::min<std::size_t>(offset, bytes.size()));
    *size = static_cast<std::uint32_t>(rest.size());
    return rest.data();
  }
};

}  // namespace

void TreeDeleter::operator()(TSTree* tree) const noexcept { ts_tree_delete(tree); }

Result<TreePtr> parse_tree(std::string_view source) {
  if (source.size() > Document::kMaxBytes)
    return fail(ErrorKind::parse, "the source has {} bytes; at most {} are parsed", source.size(), Document::kMaxBytes);
  ADAPT_TRY(const TSLanguage* grammar, python_grammar());
  const std::unique_ptr<TSParser, ParserDeleter> parser(ts_parser_new());
  ADAPT_CHECK(ts_parser_set_language(parser.get(), grammar), "a checked grammar was refused");

  Text text{source};
  StepBudget budget{10'000 + source.size() / 10};
  const TSInput input{&text, &Text::read, TSInputEncodingUTF8, nullptr};
  TreePtr tree(ts_parser_parse_with_options(parser.get(), nullptr, input, {&budget, &StepBudget::spend}));
  if (!tree)
    return fail(ErrorKind::parse, "parsing {} bytes took too many steps; this is not an honest Python file",
                source.size());
  return tree;
}

}  // namespace adapt::pyast
