#include "agent/pipeline/stored_examples.h"

#include <algorithm>
#include <optional>
#include <thread>

#include "agent/pipeline/learn.h"
#include "patterns/mine/replay.h"
#include "patterns/search/search.h"
#include "tools/base/file.h"
#include "tools/base/hash.h"
#include "tools/base/parallel.h"

namespace adapt::pipeline {
namespace {

namespace fs = std::filesystem;
using patterns::mine::FilePair;

// <folder>/<failure>/before/<hash of both texts>/<file>, and the same below `after`.
constexpr std::string_view kBefore = "before", kAfter = "after";

// Bytes. Of a longer file the part that can match is looked at first, of a shorter one that part is most of it.
constexpr std::size_t kLong = 16'384;

std::vector<std::string> failures_in(const fs::path& folder) {
  std::vector<std::string> out;
  std::error_code code;
  for (fs::directory_iterator at(folder, code), end; !code && at != end; at.increment(code))
    if (fs::is_directory(at->path() / kBefore, code)) out.push_back(at->path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

Result<FilePair> read_pair(const fs::path& before_root, const fs::path& file) {
  const fs::path inside = file.lexically_relative(before_root);
  const fs::path after = before_root.parent_path() / kAfter / inside;
  ADAPT_TRY(std::string old_text, read_file(file));
  ADAPT_TRY(std::string new_text, read_file(after));
  const std::string name = inside.lexically_relative(*inside.begin()).generic_string();
  return FilePair{{module_of(name), name, std::move(old_text), "model"}, std::move(new_text)};
}

// The repair, where the pattern changes what it left or changes it in another way.
Result<std::optional<FilePair>> spoilt_by(const patterns::Pattern& pattern, const search::RuleSet& rules,
                                          const fs::path& root, const fs::path& file) {
  ADAPT_TRY(FilePair pair, read_pair(root, file));
  if (pair.before.text.size() > kLong) {
    const search::SourceSites found = search::find_sites(pair.before, rules, *pattern.isomorphisms);
    if (found.sites.empty() && found.notes.empty()) return std::nullopt;
  }
  ADAPT_TRY(const bool spoilt, patterns::mine::spoils(pattern, pair));
  if (!spoilt) return std::nullopt;
  return pair;
}

}  // namespace

Result<StoredExamples> StoredExamples::open(const config::Config& config) {
  ADAPT_TRY(const fs::path data, config.data_folder());
  return StoredExamples(data / "patterns" / "examples", config.cache_folder());
}

Result<void> StoredExamples::keep(std::string_view failure, std::span<const FilePair> pairs) const {
  for (const FilePair& pair : pairs) {
    const std::string id = sha256_hex(pair.before.text + '\0' + pair.after).substr(0, 16);
    for (const auto& [side, text] : {std::pair(kBefore, &pair.before.text), std::pair(kAfter, &pair.after)}) {
      const fs::path file = folder_ / failure / side / id / pair.before.file;
      ADAPT_TRY_VOID(make_directories(file.parent_path()));
      ADAPT_TRY_VOID(write_file_atomic(file, *text));
    }
  }
  return {};
}

Result<StoredExamples::Checked> StoredExamples::check(const patterns::Pattern& pattern,
                                                      std::string_view failure) const {
  Checked out;
  const patterns::Pattern* const patterns[] = {&pattern};
  const search::RuleSet rules(patterns);
  search::Options options;
  options.threads = std::max(1U, std::thread::hardware_concurrency());
  options.cache_folder = cache_;
  for (const std::string& known : failures_in(folder_)) {
    const fs::path root = folder_ / known / kBefore;
    options.words_only = known == failure;  // those are parsed whole, below
    ADAPT_TRY(const search::Found found,
              search::search({root.string()}, rules, *pattern.isomorphisms, options, SystemClock(), CancelToken()));
    out.examples += found.file_count;
    if (known != failure) {
      out.elsewhere += found.files.size();
      continue;
    }
    std::vector<Result<std::optional<FilePair>>> spoilt(found.files.size());
    for_each_parallel(found.files.size(), options.threads, [&](std::size_t index, std::size_t) {
      spoilt[index] = spoilt_by(pattern, rules, root, found.files[index].path);
    });
    for (auto& result : spoilt) {
      ADAPT_TRY(std::optional<FilePair> pair, std::move(result));
      if (pair) out.contradictions.push_back(std::move(*pair));
    }
  }
  return out;
}

}  // namespace adapt::pipeline
