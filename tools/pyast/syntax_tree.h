// tree-sitter's tree with an owner, the one function that turns a source into a tree within bounds, and the one that
// flattens it. Inside tools/pyast only.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "tools/base/result.h"
#include "tools/pyast/document.h"

struct TSTree;

namespace adapt::pyast {

struct TreeDeleter {
  void operator()(TSTree* tree) const noexcept;
};
using TreePtr = std::unique_ptr<TSTree, TreeDeleter>;

// Any bytes have a tree (bad Python shows as ERROR and MISSING nodes). Fails on more than Document::kMaxBytes, on an
// ABI mismatch, and when the parser needs more steps than any honest file of that size.
Result<TreePtr> parse_tree(std::string_view source);

enum NodeFlag : std::uint8_t {
  named = 1,
  broken = 2,     // ERROR or MISSING
  has_error = 4,  // it or a node below it is broken
  folded = 8,     // at Document::kMaxDepth: its children are left out
  trivia = 16,    // a comment or a line continuation, which may stand anywhere
};

struct FlatTree {
  std::vector<FlatNode> nodes;        // in pre-order
  std::vector<const void*> tree_ids;  // TSNode::id of each
};

// Without recursion. Equal sources give equal arrays, so an index means the same node in every tree of one source.
FlatTree flatten(const TSTree& tree);

}  // namespace adapt::pyast
