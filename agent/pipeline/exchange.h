// Patterns and their evidence, to and from folders that are shared with others.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "agent/config/config.h"

namespace adapt::pipeline {

struct Refused {
  std::string what;  // a file, or the id of a pattern
  std::string why;   // with the line where there is one
};

struct Exchanged {
  std::vector<std::string> added, updated, unchanged;  // ids
  std::vector<Refused> refused;
  std::vector<std::string> notes;               // what is worth a look
  std::map<std::string, std::size_t> evidence;  // id -> lines that were new
};

// Writes <to>/<id>.adapt and <to>/<id>.evidence.tsv, of the user's own patterns when `ids` is empty. A pattern that the
// folder has in another text of the same or a newer revision is refused; evidence is merged. Paths of models are cut to
// the names of their files: where they lay is nobody's business.
Result<Exchanged> export_patterns(const std::vector<std::string>& ids, const std::filesystem::path& to,
                                  const config::Config& config);

// Takes *.adapt and *.evidence.tsv of files and folders into the user's library. Refused is what does not load, whose
// samples come out differently, what an existing pattern makes superfluous, and another text under an id of the same or
// a newer revision. Nothing is written before every path was found.
Result<Exchanged> import_patterns(const std::vector<std::string>& paths, const config::Config& config);

}  // namespace adapt::pipeline
