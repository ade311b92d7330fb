// The Python files below a folder, in an order that depends on their names only.
#pragma once

#include <string>
#include <vector>

#include "patterns/index/word_index.h"

namespace adapt::search {

struct ListedFile {
  std::string path;  // relative to the folder
  index::FileStamp stamp;
};

struct Skipped {
  std::string path;
  std::string reason;
};

struct Listing {
  std::vector<ListedFile> files;  // by path
  std::vector<Skipped> skipped;
};

inline constexpr std::size_t kMaxFiles = 1'000'000;

// *.py files that are regular or symbolic links to such. Hidden folders and files and __pycache__ are left out, each
// folder is entered once however it is linked, and a file that is linked is listed once, where it really lies if that
// is below the folder too. What cannot be read is in `skipped`.
Listing list_sources(const std::string& folder);

// Of a path that is followed to its end.
Result<index::FileStamp> stamp_of(const std::string& path);

}  // namespace adapt::search
