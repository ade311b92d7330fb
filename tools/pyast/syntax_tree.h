// tree-sitter's parser and tree with owners, and the one function that turns a source into a tree within bounds.
// Inside tools/pyast .cpp files only: this header shows tree-sitter types.
#pragma once

#include <memory>
#include <string_view>

#include "tools/base/result.h"

struct TSTree;

namespace adapt::pyast {

struct TreeDeleter {
  void operator()(TSTree* tree) const noexcept;
};
using TreePtr = std::unique_ptr<TSTree, TreeDeleter>;

// Any bytes have a tree (bad Python shows as ERROR and MISSING nodes). Fails on more than Document::kMaxBytes, on an
// ABI mismatch, and when the parser needs more steps than any honest file of that size.
Result<TreePtr> parse_tree(std::string_view source);

}  // namespace adapt::pyast
