// All patterns of some folders, and which of them answer a failure.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "patterns/pattern.h"
#include "patterns/propose.h"
#include "patterns/samples.h"

namespace adapt::patterns {

class Library {
 public:
  // All *.adapt files below the folders, but for kept repairs (examples/*/); a later folder's pattern replaces an
  // earlier one of the same id. The table of isomorphisms is isomorphisms.txt in or beside the first folder that has
  // one. Every complaint of every file of the first folder is in the error; files of later folders are left out with
  // theirs: see left_out().
  static Result<Library> load(std::span<const std::filesystem::path> folders);

  const Pattern* find(std::string_view id) const;
  std::vector<std::string> ids() const;
  // Those whose [when] holds: the more specific first, then the lower risk, then by id.
  std::vector<const Pattern*> ranked(const Signature& signature) const;

  const std::vector<std::string>& left_out() const { return left_out_; }

  std::size_t size() const { return patterns_.size(); }
  const std::shared_ptr<const Isomorphisms>& isomorphisms() const { return isomorphisms_; }

 private:
  std::vector<std::unique_ptr<const Pattern>> patterns_;  // sorted by id; on the heap, so that pointers stay good
  std::vector<std::string> left_out_;
  std::shared_ptr<const Isomorphisms> isomorphisms_;
};

// isomorphisms.txt in or beside one of the folders.
std::optional<std::filesystem::path> find_isomorphisms(std::span<const std::filesystem::path> folders);

}  // namespace adapt::patterns
