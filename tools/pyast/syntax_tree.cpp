#include "tools/pyast/syntax_tree.h"

#include <tree_sitter/api.h>

#include <algorithm>

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

std::uint8_t flags_of(TSNode node, bool folded) {
  const std::string_view kind = kind_name(ts_node_symbol(node));
  const bool broken = ts_node_is_error(node) || ts_node_is_missing(node) || (folded && ts_node_has_error(node));
  const bool trivia = kind == "comment" || kind == "line_continuation";
  return static_cast<std::uint8_t>((ts_node_is_named(node) ? NodeFlag::named : 0) | (broken ? NodeFlag::broken : 0) |
                                   (ts_node_has_error(node) ? NodeFlag::has_error : 0) |
                                   (folded ? NodeFlag::folded : 0) | (trivia ? NodeFlag::trivia : 0));
}

class Flattener {
 public:
  explicit Flattener(const TSTree& tree) : cursor_(ts_tree_cursor_new(ts_tree_root_node(&tree))) {
    const std::uint32_t count = ts_node_descendant_count(ts_tree_root_node(&tree));
    out_.nodes.reserve(count);
    out_.tree_ids.reserve(count);
  }
  Flattener(const Flattener&) = delete;
  Flattener& operator=(const Flattener&) = delete;
  ~Flattener() { ts_tree_cursor_delete(&cursor_); }

  FlatTree run() {
    do emit();
    while (next());
    return std::move(out_);
  }

 private:
  struct Open {
    std::uint32_t node;
    std::uint32_t last_child;
  };

  void emit() {
    const TSNode node = ts_tree_cursor_current_node(&cursor_);
    const auto index = static_cast<std::uint32_t>(out_.nodes.size());
    std::uint32_t parent = kNoNode;
    if (!open_.empty()) {
      Open& above = open_.back();
      parent = above.node;
      (above.last_child == kNoNode ? out_.nodes[parent].first_child : out_.nodes[above.last_child].next_sibling) =
          index;
      above.last_child = index;
    }
    const bool folded = open_.size() >= Document::kMaxDepth && ts_node_child_count(node) > 0;
    out_.nodes.push_back({ts_node_start_byte(node), ts_node_end_byte(node), parent, kNoNode, kNoNode,
                          ts_node_symbol(node), ts_tree_cursor_current_field_id(&cursor_), flags_of(node, folded)});
    out_.tree_ids.push_back(node.id);
  }

  bool next() {
    const auto index = static_cast<std::uint32_t>(out_.nodes.size() - 1);
    if ((out_.nodes.back().flags & NodeFlag::folded) == 0 && ts_tree_cursor_goto_first_child(&cursor_)) {
      open_.push_back({index, kNoNode});
      return true;
    }
    while (!open_.empty()) {
      if (ts_tree_cursor_goto_next_sibling(&cursor_)) return true;
      ts_tree_cursor_goto_parent(&cursor_);
      open_.pop_back();
    }
    return false;
  }

  FlatTree out_;
  TSTreeCursor cursor_;
  std::vector<Open> open_;  // the nodes above the cursor
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

FlatTree flatten(const TSTree& tree) { return Flattener(tree).run(); }

}  // namespace adapt::pyast
