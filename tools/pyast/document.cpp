#include "tools/pyast/document.h"

#include <algorithm>

#include "tools/pyast/grammar.h"
#include "tools/pyast/syntax_tree.h"

namespace adapt::pyast {
namespace {

// Nodes whose text is more than that of their children: the letters between escapes and between replacement fields.
bool has_text_of_its_own(std::string_view kind) { return kind == "string_content" || kind == "format_specifier"; }

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

Result<std::shared_ptr<const Document>> Document::parse(std::string source) {
  ADAPT_TRY(const TreePtr tree, parse_tree(source));
  auto document = std::make_shared<Document>();
  document->source_ = std::move(source);
  document->nodes_ = flatten(*tree).nodes;
  // The tree's own root starts at the first token; a document's covers the file.
  document->nodes_.front().begin = 0;
  document->nodes_.front().end = static_cast<std::uint32_t>(document->source_.size());
  document->line_starts_.push_back(0);
  for (std::size_t at = document->source_.find('\n'); at != std::string::npos;
       at = document->source_.find('\n', at + 1))
    document->line_starts_.push_back(static_cast<std::uint32_t>(at + 1));
  return document;
}

// Children follow their parent in pre-order, so going backwards every child is ready before its parent.
const std::vector<std::uint64_t>& Document::hashes() const {
  std::call_once(hashed_, [this] {
    hashes_.resize(nodes_.size());
    for (std::size_t i = nodes_.size(); i-- > 0;) {
      const FlatNode& node = nodes_[i];
      Hasher hash;
      hash.add(node.symbol);
      if (node.first_child == kNoNode || has_text_of_its_own(at(static_cast<std::uint32_t>(i)).kind())) {
        hash.add(text({node.begin, node.end}));
      } else {
        for (std::uint32_t child = node.first_child; child != kNoNode; child = nodes_[child].next_sibling)
          if ((nodes_[child].flags & NodeFlag::trivia) == 0) hash.add(hashes_[child]);
      }
      hashes_[i] = hash.value();
    }
  });
  return hashes_;
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
  return static_cast<std::uint32_t>(std::count_if(
      nodes_.begin(), nodes_.end(), [](const FlatNode& node) { return (node.flags & NodeFlag::broken) != 0; }));
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

std::string_view Node::kind() const { return document_ == nullptr ? std::string_view() : kind_name(flat().symbol); }
std::string_view Node::text() const { return document_ == nullptr ? std::string_view() : document_->text(span()); }
Span Node::span() const { return {flat().begin, flat().end}; }
Position Node::start() const { return document_ == nullptr ? Position() : document_->position(flat().begin); }
bool Node::is_named() const { return (flat().flags & NodeFlag::named) != 0; }
bool Node::is_error() const { return (flat().flags & NodeFlag::broken) != 0; }
bool Node::has_error() const { return (flat().flags & NodeFlag::has_error) != 0; }
std::uint64_t Node::subtree_hash() const { return document_ == nullptr ? 0 : document_->hashes()[index_]; }

std::string_view Node::field_name() const { return pyast::field_name(flat().field); }

// The subtree ends where the next sibling of this node, or of one above it, begins.
std::uint32_t Node::subtree_end() const {
  if (document_ == nullptr) return 0;
  const std::vector<FlatNode>& nodes = document_->nodes_;
  std::uint32_t at = index_;
  while (at != kNoNode && nodes[at].next_sibling == kNoNode) at = nodes[at].parent;
  return at == kNoNode ? document_->node_count() : nodes[at].next_sibling;
}

Node Node::parent() const { return flat().parent == kNoNode ? Node() : Node(document_, flat().parent); }

Node Node::first_child() const { return flat().first_child == kNoNode ? Node() : Node(document_, flat().first_child); }

Node Node::next_sibling() const {
  return flat().next_sibling == kNoNode ? Node() : Node(document_, flat().next_sibling);
}

std::vector<Node> Node::children() const {
  std::vector<Node> out;
  for (Node child = first_child(); child; child = child.next_sibling()) out.push_back(child);
  return out;
}

std::vector<Node> Node::named_children() const {
  std::vector<Node> out;
  for (Node child = first_child(); child; child = child.next_sibling())
    if ((child.flat().flags & (NodeFlag::named | NodeFlag::trivia)) == NodeFlag::named) out.push_back(child);
  return out;
}

Node Node::child_by_field(std::string_view field) const {
  for (Node child = first_child(); child; child = child.next_sibling())
    if (child.field_name() == field && (child.flat().flags & NodeFlag::trivia) == 0) return child;
  return {};
}

}  // namespace adapt::pyast
