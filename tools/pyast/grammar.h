// The grammar that was linked in, handed out only when this tree-sitter core can read it. Inside tools/pyast only.
#pragma once

#include <cstdint>
#include <string_view>

#include "tools/base/result.h"

struct TSLanguage;

namespace adapt::pyast {

// Generated grammars carry a format number (ABI); a core reads a closed range of them.
struct AbiRange {
  std::uint32_t oldest = 0;
  std::uint32_t newest = 0;
};

Result<void> check_abi(std::uint32_t grammar, AbiRange core);

// Checked once, at the first call. An environment error names both numbers.
Result<const TSLanguage*> python_grammar();

// The names of a kind of node and of a field, "" for field 0. Looked up once: the core measures a name each time.
std::string_view kind_name(std::uint16_t symbol);
std::string_view field_name(std::uint16_t field);

}  // namespace adapt::pyast
