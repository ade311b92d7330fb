// Where the files of a patch lie in a repository, and what of a run goes on a branch beside them.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/base/result.h"

namespace adapt::review {

// "transformers/models/x.py" of a patch is "src/transformers/models/x.py": strip 0, prefix "src".
struct PatchPlace {
  std::size_t strip = 0;  // leading folders of the patch's paths that the repository does not have
  std::string prefix;     // folder of the repository that they are relative to; "" for its root
  bool operator==(const PatchPlace&) const = default;
};

// One place for all files: the longest end of each path that names exactly one tracked file. An error names the file
// that is nowhere, or in several places.
Result<PatchPlace> find_place(const std::vector<std::string>& patched, const std::vector<std::string>& tracked);

// A file of the run's out/tests that is small enough for a repository.
struct TestFiles {
  std::vector<std::filesystem::path> files;
  std::vector<std::string> left_out;  // names
};
TestFiles test_files(const std::filesystem::path& tests);

}  // namespace adapt::review
