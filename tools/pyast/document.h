// An immutable Python source with its syntax tree. The tree-sitter tree is flattened into one array and freed, so a
// Document is plain data: cheap to keep, safe to read from many threads.
//
// All positions are byte offsets from the start of the source; line and column exist at the edges only (1-based line,
// 0-based column in bytes).
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/result.h"

namespace adapt::pyast {

struct Span {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;  // one past the last byte
  bool contains(Span other) const { return begin <= other.begin && other.end <= end; }
  bool operator==(const Span&) const = default;
};

struct Position {
  std::uint32_t line = 1;
  std::uint32_t column = 0;
};

class Document;

// How a Document keeps a node; indices point into its array, kNoNode where there is none.
inline constexpr std::uint32_t kNoNode = 0xffffffff;
struct FlatNode {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;
  std::uint32_t parent = kNoNode;
  std::uint32_t next_sibling = kNoNode;
  std::uint32_t first_child = kNoNode;
  std::uint16_t symbol = 0;
  std::uint16_t field = 0;
  std::uint8_t flags = 0;
};

// A view of one node; valid as long as its Document. Two words, pass by value. An empty node (a child that is not
// there) answers every question with nothing: kind "", no children, no parent.
class Node {
 public:
  Node() = default;
  explicit operator bool() const { return document_ != nullptr; }

  std::string_view kind() const;  // tree-sitter's node type: "call", "identifier", "("
  std::string_view text() const;
  Span span() const;
  Position start() const;
  bool is_named() const;
  bool is_error() const;                // ERROR or MISSING
  bool has_error() const;               // this node or one below it is ERROR or MISSING
  std::string_view field_name() const;  // the field this node fills in its parent, or ""

  Node parent() const;  // empty at the root
  Node first_child() const;
  Node next_sibling() const;
  std::vector<Node> children() const;
  std::vector<Node> named_children() const;  // without comments
  Node child_by_field(std::string_view field) const;
  std::uint64_t subtree_hash() const;  // equal for equal token sequences and kinds, comments and layout ignored

  const Document& document() const { return *document_; }
  std::uint32_t index() const { return index_; }
  std::uint32_t subtree_end() const;  // indices of this node and those below it: [index(), subtree_end())
  bool operator==(const Node&) const = default;

 private:
  friend class Document;
  Node(const Document* document, std::uint32_t index) : document_(document), index_(index) {}
  const FlatNode& flat() const;
  const Document* document_ = nullptr;
  std::uint32_t index_ = 0;
};

class Document {
 public:
  static constexpr std::size_t kMaxBytes = std::size_t{4} << 20U;
  // A node this deep has no children here: it is one leaf with the text of all that is below it, so that whoever walks
  // a Document recursively is safe on any file.
  static constexpr std::size_t kMaxDepth = 1000;

  // Never fails on bad Python: see error_count(). Fails on more than kMaxBytes, on a file that is made to keep the
  // parser busy, and on an ABI mismatch of the grammar (environment error naming both numbers).
  static Result<std::shared_ptr<const Document>> parse(std::string source);

  const std::string& source() const { return source_; }
  std::string_view text(Span span) const { return std::string_view(source_).substr(span.begin, span.end - span.begin); }
  Node root() const;
  Node at(std::uint32_t index) const;  // pre-order index
  std::uint32_t node_count() const { return static_cast<std::uint32_t>(nodes_.size()); }
  Node smallest_enclosing(Span span) const;
  // Pre-order, from `from` (default: root) down, that node included.
  std::vector<Node> nodes_of_kind(std::string_view kind, Node from = {}) const;
  std::uint32_t error_count() const;  // ERROR and MISSING nodes

  Position position(std::uint32_t offset) const;
  std::uint32_t line_start(std::uint32_t line) const;           // 1-based line -> byte offset of its first byte
  std::string_view line_text(std::uint32_t line) const;         // without the line end
  std::string_view indentation_at(std::uint32_t offset) const;  // leading blanks of the line that holds offset

 private:
  friend class Node;
  const std::vector<std::uint64_t>& hashes() const;
  std::string source_;
  std::vector<FlatNode> nodes_;  // in pre-order
  mutable std::once_flag hashed_;
  mutable std::vector<std::uint64_t> hashes_;  // few ask for them: made when the first one does
  std::vector<std::uint32_t> line_starts_;
};

}  // namespace adapt::pyast
