// The user's library: what comes into it, and how. Its files change one at a time, whole, and one writer after another.
#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/config.h"
#include "patterns/library.h"
#include "patterns/subsumption.h"
#include "tools/base/unique_fd.h"

namespace adapt::pipeline {

using Patterns = std::vector<const patterns::Pattern*>;
Patterns all_of(const patterns::Library& library);

// Where a pattern of this id is or goes: <folder>/<family>/<name>.adapt, or where the user has put `known`.
std::filesystem::path own_file(const std::filesystem::path& folder, std::string_view id,
                               const patterns::Pattern* known);

// Makes the folder where it is missing, and keeps other writers out as long as it lives. Whoever decides by what the
// library holds takes the lock before reading it.
class OwnLibrary {
 public:
  static Result<OwnLibrary> open(const config::Config& config);

  // Whether the pattern's file is one of the user's.
  bool holds(const patterns::Pattern& pattern) const;
  std::filesystem::path file_of(std::string_view id, const patterns::Pattern* known = nullptr) const {
    return own_file(folder_, id, known);
  }
  // Over what was there; makes the folders.
  Result<void> write(const std::filesystem::path& file, std::string_view text) const;

 private:
  OwnLibrary(std::filesystem::path folder, UniqueFd lock) : folder_(std::move(folder)), lock_(std::move(lock)) {}

  std::filesystem::path folder_;
  UniqueFd lock_;
};

// "<family>/<name>" of lower-case letters, digits and '-', '_', '.'; anything else is a usage error.
Result<void> check_id(std::string_view id);

// Why the library needs no such pattern: another one makes the same edits, or stands for it on all samples and
// specimens. Nothing when it is new.
Result<std::optional<std::string>> why_superfluous(const patterns::Pattern& fresh, const Patterns& known,
                                                   std::span<const patterns::Specimen> specimens = {});

// Patterns of the user's library that `fresh` can stand for: proposed for retirement.
Result<std::vector<std::string>> superseded_by(const patterns::Pattern& fresh, const Patterns& known,
                                               const OwnLibrary& own);

// "x.adapt:12: sample 'a' does not change" for the first of its samples that fails, or "". How many there are is not
// asked.
Result<std::string> first_bad_sample(const patterns::Pattern& pattern);

bool is_below(const std::filesystem::path& file, const std::filesystem::path& folder);

// The text with another status in its head, and `note` as a line of [record].
std::string with_status(std::string_view text, std::string_view status, std::string_view note);

}  // namespace adapt::pipeline
