#include "tools/pyast/document.h"

#include <tree_sitter/api.h>

#include <algorithm>

#include "tools/pyast/grammar.h"
#include "tools/pyast/syntax_tree.h"

namespace adapt::pyast {
namespace {

enum Flag : std::uint8_t { kNamed = 1, kBroken = 2 /* ERROR or MISSING */, kHasError = 4, kFolded = 8, kTrivia = 16 };

const TSLanguage* language() {
  const auto grammar = python_grammar();
  ADAPT_CHECK(grammar.has_value(), "a document exists without a grammar");
  return *grammar;
}

// Comments and line continuations may stand anywhere and mean nothing.
bool is_trivia(std::string_view kind) { return kind == "comment" || kind == "line_continuation"; }

// Nodes whose text is more than that of their children: the letters between escapes and between replacement fields.
bool has_text_of_its_own(std::string_view kind) { return kind == "string_content" || kind == "format_specifier"; }

std::uint8_t flags_of(TSNode node, bool folded) {
  const bool broken = ts_node_is_error(node) || ts_node_is_missing(node) || (folded && ts_node_has_error(node));
  return static_cast<std::uint8_t>((ts_node_is_named(node) ? kNamed : 0) | (broken ? kBroken : 0) |
                                   (ts_node_has_error(node) ? kHasError : 0) | (folded ? kFolded : 0) |
                                   (is_trivia(ts_node_type(node)) ? kTrivia : 0));
}

// FNV-1a over bytes, with a multiply-and-shift finish so that sums of hashes do not cancel.
class Hasher {
 public:
  void add(std::string_view bytes) {
    for (const char c : bytes) state_ = (state_ ^ static_cast<unsigned char>(c)) * kPrime;
    add(bytes.size());
  }
  void add(std::uint64_t number) {
    for (unsigned shift = 0; shift < 64; shift += 8) state_ = (state_ ^ ((number >> shift) & 0xffU)) * kPrime;
  }
  std::uint64_t value() const {
    const std::uint64_t mixed = (state_ ^ (state_ >> 32U)) * 0xd6e8feb86659fd93ULL;
    return mixed ^ (mixed >> 32U);
  }

 private:
  static constexpr std::uint64_t kPrime = 0x100000001b3ULL;
  std::uint64_t state_ = 0xcbf29ce484222325ULL;
};

}  // namespace

// Walks a tree once, in pre-order and without recursion, and writes the arrays of a Document.
class Flattener {
 public:
  Flattener(Document& out, TSTree* tree) : out_(out), cursor_(ts_tree_cursor_new(ts_tree_root_node(tree))) {}
  Flattener(const Flattener&) = delete;
  Flattener& operator=(const Flattener&) = delete;
  ~Flattener() { ts_tree_cursor_delete(&cursor_); }

  void run() {
    emit();
    while (next()) emit();
    // The tree's own root starts at the first token; a document's covers the file.
    out_.nodes_.front().begin = 0;
    out_.nodes_.front().end = static_cast<std::uint32_t>(out_.source_.size());
  }

 private:
  struct Open {
    std::uint32_t node;
    std::uint32_t last_child;
  };

  void emit() {
    const TSNode node = ts_tree_cursor_current_node(&cursor_);
    const auto index = static_cast<std::uint32_t>(out_.nodes_.size());
    std::uint32_t parent = kNoNode;
    if (!open_.empty()) {
      Open& above = open_.back();
      parent = above.node;
      (above.last_child == kNoNode ? out_.nodes_[parent].first_child : out_.nodes_[above.last_child].next_sibling) =
          index;
      above.last_child = index;
    }
    const bool folded = open_.size() >= Document::kMaxDepth && ts_node_child_count(node) > 0;
    out_.nodes_.push_back({ts_node_start_byte(node), ts_node_end_byte(node), parent, kNoNode, kNoNode,
                           ts_node_symbol(node), ts_tree_cursor_current_field_id(&cursor_), flags_of(node, folded)});
  }

  bool next() {
    const FlatNode& last = out_.nodes_.back();
    const auto index = static_cast<std::uint32_t>(out_.nodes_.size() - 1);
    if ((last.flags & kFolded) == 0 && ts_tree_cursor_goto_first_child(&cursor_)) {
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

  Document& out_;
  TSTreeCursor cursor_;
  std::vector<Open> open_;  // the nodes above the cursor
};

Result<std::shared_ptr<const Document>> Document::parse(std::string source) {
  ADAPT_TRY(const TreePtr tree, parse_tree(source));
  auto document = std::make_shared<Document>();
  document->source_ = std::move(source);
  Flattener(*document, tree.get()).run();
  document->hash_subtrees();
  document->line_starts_.push_back(0);
  for (std::size_t at = document->source_.find('\n'); at != std::string::npos;
       at = document->source_.find('\n', at + 1))
    document->line_starts_.push_back(static_cast<std::uint32_t>(at + 1));
  return document;
}

// Children follow their parent in pre-order, so going backwards every child is ready before its parent.
void Document::hash_subtrees() {
  hashes_.resize(nodes_.size());
  for (std::size_t i = nodes_.size(); i-- > 0;) {
    const FlatNode& node = nodes_[i];
    Hasher hash;
    hash.add(node.symbol);
    if (node.first_child == kNoNode || has_text_of_its_own(at(static_cast<std::uint32_t>(i)).kind())) {
      hash.add(text({node.begin, node.end}));
    } else {
      for (std::uint32_t child = node.first_child; child != kNoNode; child = nodes_[child].next_sibling)
        if ((nodes_[child].flags & kTrivia) == 0) hash.add(hashes_[child]);
    }
    hashes_[i] = hash.value();
  }
}

Node Document::root() const { return Node(this, 0); }

Node Document::at(std::uint32_t index) const {
  ADAPT_CHECK(index < nodes_.size(), "a node index is out of range");
  return Node(this, index);
}

Node Document::smallest_enclosing(Span span) const {
  std::uint32_t found = 0;
  for (std::uint32_t child = nodes_[0].first_child; child != kNoNode;) {
    const FlatNode& node = nodes_[child];
    if (Span{node.begin, node.end}.contains(span)) {
      found = child;
      child = node.first_child;
    } else {
      child = node.next_sibling;
    }
  }
  return Node(this, found);
}

std::vector<Node> Document::nodes_of_kind(std::string_view kind, Node from) const {
  if (!from) from = root();
  std::vector<Node> out;
  for (std::uint32_t i = from.index(); i < from.subtree_end(); ++i)
    if (Node(this, i).kind() == kind) out.push_back(Node(this, i));
  return out;
}

std::uint32_t Document::error_count() const {
  return static_cast<std::uint32_t>(
      std::count_if(nodes_.begin(), nodes_.end(), [](const FlatNode& node) { return (node.flags & kBroken) != 0; }));
}

Position Document::position(std::uint32_t offset) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), offset);
  return {static_cast<std::uint32_t>(after - line_starts_.begin()), offset - *(after - 1)};
}

std::uint32_t Document::line_start(std::uint32_t line) const {
  if (line == 0) return 0;
  return line <= line_starts_.size() ? line_starts_[line - 1] : static_cast<std::uint32_t>(source_.size());
}

std::string_view Document::line_text(std::uint32_t line) const {
  std::string_view text = this->text({line_start(line), line_start(line + 1)});
  if (!text.empty() && text.back() == '\n') text.remove_suffix(1);
  if (!text.empty() && text.back() == '\r') text.remove_suffix(1);
  return text;
}

std::string_view Document::indentation_at(std::uint32_t offset) const {
  const std::string_view line = line_text(position(offset).line);
  return line.substr(0, std::min(line.find_first_not_of(" \t\f"), line.size()));
}

const FlatNode& Node::flat() const {
  static const FlatNode nothing;
  return document_ == nullptr ? nothing : document_->nodes_[index_];
}

std::string_view Node::kind() const {
  return document_ == nullptr ? std::string_view() : ts_language_symbol_name(language(), flat().symbol);
}
std::string_view Node::text() const { return document_ == nullptr ? std::string_view() : document_->text(span()); }
Span Node::span() const { return {flat().begin, flat().end}; }
Position Node::start() const { return document_ == nullptr ? Position() : document_->position(flat().begin); }
bool Node::is_named() const { return (flat().flags & kNamed) != 0; }
bool Node::is_error() const { return (flat().flags & kBroken) != 0; }
bool Node::has_error() const { return (flat().flags & kHasError) != 0; }
std::uint64_t Node::subtree_hash() const { return document_ == nullptr ? 0 : document_->hashes_[index_]; }

std::string_view Node::field_name() const {
  const std::uint16_t field = flat().field;
  return field == 0 ? std::string_view() : ts_language_field_name_for_id(language(), field);
}

// The subtree ends where the next sibling of this node, or of one above it, begins.
std::uint32_t Node::subtree_end() const {
  if (document_ == nullptr) return 0;
  const std::vector<FlatNode>& nodes = document_->nodes_;
  std::uint32_t at = index_;
  while (at != kNoNode && nodes[at].next_sibling == kNoNode) at = nodes[at].parent;
  return at == kNoNode ? document_->node_count() : nodes[at].next_sibling;
}

Node Node::parent() const { return flat().parent == kNoNode ? Node() : Node(document_, flat().parent); }

std::vector<Node> Node::children() const {
  std::vector<Node> out;
  for (std::uint32_t child = flat().first_child; child != kNoNode; child = document_->nodes_[child].next_sibling)
    out.push_back(Node(document_, child));
  return out;
}

std::vector<Node> Node::named_children() const {
  std::vector<Node> out = children();
  std::erase_if(out, [](Node child) { return (child.flat().flags & (kNamed | kTrivia)) != kNamed; });
  return out;
}

Node Node::child_by_field(std::string_view field) const {
  for (const Node child : children())
    if (child.field_name() == field && (child.flat().flags & kTrivia) == 0) return child;
  return {};
}

}  // namespace adapt::pyast
