// The overlay: full new texts of the modules that a patch touches, one file each, named by module. The worker's import
// hook takes these in place of the installed ones; the library itself is never edited.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/result.h"

namespace adapt::sandbox {

inline constexpr std::size_t kMaxSourceBytes = std::size_t{8} << 20U;  // of one module
inline constexpr std::size_t kMaxSources = 256;                        // modules in one overlay

// Dotted module name to its text.
using Sources = std::map<std::string, std::string>;

// "transformers.models.bert.modeling_bert": Python identifiers joined by dots, at most 200 bytes.
bool is_module_name(std::string_view name);

class Workspace {
 public:
  // The overlay lives in <root>/<its content hash>; `root` is created when it is missing.
  static Result<Workspace> open(const std::filesystem::path& root);

  // A folder with exactly these sources, written at once: no reader ever sees half of a set, and a folder whose worker
  // still runs is never changed. The same sources give the same folder.
  Result<std::filesystem::path> write(const Sources& sources) const;

  // Removes every overlay that was written.
  Result<void> reset() const;

  const std::filesystem::path& root() const { return root_; }

 private:
  explicit Workspace(std::filesystem::path root) : root_(std::move(root)) {}
  std::filesystem::path root_;
};

// SHA-256 over names and texts; the identity of an overlay.
std::string content_hash(const Sources& sources);

// What an overlay folder holds. An error when it holds anything but module files.
Result<Sources> read_overlay(const std::filesystem::path& folder);

// The modules of an overlay folder, sorted, without reading their texts.
Result<std::vector<std::string>> overlay_modules(const std::filesystem::path& folder);

}  // namespace adapt::sandbox
