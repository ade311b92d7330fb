// Searches files and whole folders: what an index rules out is not even opened, the rest is parsed on several threads.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "patterns/search/sites.h"
#include "patterns/search/walk.h"
#include "tools/base/cancel.h"
#include "tools/base/clock.h"

namespace adapt::search {

struct FoundIn {
  std::string path;  // below the path that was asked for, spelled as it was
  SourceSites found;
};

struct Found {
  std::vector<FoundIn> files;               // those with sites or notes: in the order of the paths, then by name
  std::vector<Skipped> skipped;             // each file or folder once
  std::uint64_t file_count = 0, bytes = 0;  // all that was asked for
  std::uint64_t indexed_files = 0, indexed_bytes = 0;   // read anew for the index
  std::uint64_t candidate_files = 0, parsed_bytes = 0;  // past the index
};

struct Options {
  std::size_t threads = 1;
  std::filesystem::path cache_folder;  // empty: nothing is kept
  bool words_only = false;             // nothing is parsed: `files` are those with the words of a rule
  // Now and then, from the calling thread's or another: files done of all.
  std::function<void(std::size_t, std::size_t)> progress;
};

// The result depends on paths and rules alone, not on threads or on what is cached. A path that does not exist is a
// usage error; whatever cannot be read or parsed below one is in the result.
Result<Found> search(const std::vector<std::string>& paths, const RuleSet& rules,
                     const patterns::Isomorphisms& isomorphisms, const Options& options, const Clock& clock,
                     const CancelToken& cancel);

// The dotted name of a file, from the folders around it that are packages.
std::string module_of(const std::filesystem::path& file);

}  // namespace adapt::search
