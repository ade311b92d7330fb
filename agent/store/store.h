// The index over run folders: <data folder>/index.sqlite. The only code that names a table. Everything in it but the
// evidence about patterns of removed runs can be made again from the run folders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/store/database.h"
#include "tools/base/result.h"

namespace adapt::store {

struct Run {
  std::string id;
  std::string model;
  std::string backend;
  std::optional<std::string> outcome;  // none: it has not ended
  std::optional<std::string> level;
  std::int64_t started_ms = 0;  // since 1970, UTC
  std::int64_t wall_ms = 0;
  std::string folder;                 // relative to the data folder: "runs/<id>"
  std::optional<std::string> result;  // JSON text; not filled by list_runs
  bool operator==(const Run&) const = default;
};

struct Attempt {
  std::int64_t number = 0;
  std::string origin;  // "option", "pattern", "llm", "patch"
  std::optional<std::string> patch_sha256;
  std::string outcome;
  bool operator==(const Attempt&) const = default;
};

struct Verification {
  std::int64_t attempt = 0;
  std::string rung;
  std::string verdict;
  std::optional<std::string> metrics;  // JSON text
  bool operator==(const Verification&) const = default;
};

struct PatternUse {
  std::int64_t attempt = 0;
  std::string pattern;
  bool verified = false;
  bool operator==(const PatternUse&) const = default;
};

// All that the index knows of one run.
struct RunRecord {
  Run run;
  std::vector<Attempt> attempts;
  std::vector<Verification> verifications;
  std::vector<PatternUse> patterns;
  bool operator==(const RunRecord&) const = default;
};

struct PatternEvidence {
  std::string pattern;
  std::string backend;
  std::int64_t tried = 0;
  std::int64_t verified = 0;
  bool operator==(const PatternEvidence&) const = default;
};

// What a run folder says of its run; the index itself does not know what is in one.
using ReadRunFolder = std::function<Result<RunRecord>(const std::filesystem::path& run_folder)>;

struct Rebuilt {
  std::int64_t runs = 0;
  std::vector<std::string> unreadable;             // "<folder>: <why>"
  std::optional<std::filesystem::path> set_aside;  // where a damaged index went
};

class Store {
 public:
  // Creates or migrates as needed. Cheap: reads no run folder and checks no row.
  static Result<Store> open(const std::filesystem::path& data_folder);

  // Makes the index say what the folders below <data folder>/runs say. A damaged index is set aside first.
  static Result<Rebuilt> rebuild(const std::filesystem::path& data_folder, const ReadRunFolder& read);

  // Takes the place of whatever the index held of this run.
  Result<void> put(const RunRecord& record);

  // Newest first, each as it is found, until `visit` returns false or `limit` are done; 0 is no limit.
  Result<void> list_runs(std::int64_t limit, const std::function<bool(const Run&)>& visit) const;

  // By id or by a beginning of it that only one run has; else a usage error.
  Result<RunRecord> find_run(std::string_view id_or_beginning) const;

  // By pattern, then backend.
  Result<std::vector<PatternEvidence>> pattern_evidence() const;

 private:
  explicit Store(Database database) : database_(std::move(database)) {}

  Result<void> put_rows(const RunRecord& record);
  Result<void> put_folders(const std::filesystem::path& parent, const ReadRunFolder& read, Rebuilt& out);
  Database database_;
};

}  // namespace adapt::store
