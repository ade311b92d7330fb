// Unified diffs as diff(1), git and people write them: read and applied to texts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/result.h"

namespace adapt::edit {

struct PatchHunk {
  std::uint32_t old_line = 0;         // 1-based, as the diff says; where it really fits may differ
  std::uint32_t patch_line = 0;       // of its "@@" line, for complaints
  std::vector<std::string> lines;     // each with its sign: ' ', '-' or '+'
  bool ends_without_newline = false;  // the new text's last line has no line end
};

struct FilePatch {
  std::string file;  // of the new side, without "b/"
  std::vector<PatchHunk> hunks;
};

// Files that are created, deleted or renamed are refused: a repair changes sources.
Result<std::vector<FilePatch>> parse_patch(std::string_view text);

// The text with all hunks applied. Lines of context must be there as written, at or near the place the diff says.
Result<std::string> apply_patch(const FilePatch& patch, std::string_view text);

}  // namespace adapt::edit
