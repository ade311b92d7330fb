// All of tt-xla's test configuration at once: each file by itself, the files against each other, and the entries
// against the loaders of tt-forge-models.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "agent/forge/config_file.h"
#include "agent/forge/discovery.h"
#include "agent/forge/finding.h"
#include "tools/base/json.h"
#include "tools/base/result.h"

namespace adapt::forge {

// The files of a configuration, and what belongs to them.
struct ConfigPaths {
  std::filesystem::path root;                // findings name files from here; may be empty
  std::vector<std::filesystem::path> files;  // in the order in which tt-xla merges them
  std::filesystem::path filechecks;          // folder of FileCheck patterns; empty: not looked for
  std::filesystem::path models;              // the checkout of tt-forge-models inside; empty where there is none
};

// Of a checkout of tt-xla, its folder test_config, one framework's folder, or files.
Result<ConfigPaths> find_config(const std::vector<std::string>& paths);

struct Validation {
  std::vector<ConfigFile> files;
  std::vector<Finding> findings;  // of all files, by file and place
  std::size_t entries = 0, placeholders = 0;
  // Against the loaders; nothing where none were given.
  std::optional<std::size_t> loaders{}, unread_loaders{}, tests{}, unlisted{};

  std::size_t count(Severity severity) const;
};

// `models` may be null.
Validation validate(const ConfigPaths& paths, const Catalogue* models);

OrderedJson to_json(const Finding& finding);
OrderedJson to_json(const Validation& validation);
// Findings down to warnings, or to notes, a line each; then the counts.
std::string to_text(const Validation& validation, bool notes);

}  // namespace adapt::forge
