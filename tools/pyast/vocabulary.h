// The words that trees are described with: kinds of nodes, and fields that children fill.
#pragma once

#include <string>
#include <vector>

namespace adapt::pyast {

// Sorted, each once; read from the grammar that was linked in.
const std::vector<std::string>& node_kinds();
const std::vector<std::string>& field_names();

}  // namespace adapt::pyast
