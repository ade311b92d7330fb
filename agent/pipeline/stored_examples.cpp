#include "agent/pipeline/stored_examples.h"

#include <algorithm>
#include <thread>

#include "agent/pipeline/learn.h"
#include "patterns/mine/write_pattern.h"
#include "patterns/search/search.h"
#include "tools/base/file.h"
#include "tools/base/hash.h"
#include "tools/base/text.h"

namespace adapt::pipeline {
namespace {

namespace fs = std::filesystem;
using patterns::mine::Example;
using patterns::mine::FilePair;

// <folder>/<failure>/before/<hash of both texts>/<file>, and the same below `after`.
constexpr std::string_view kBefore = "before", kAfter = "after";

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
    ADAPT_TRY(const search::Found found,
              search::search({root.string()}, rules, *pattern.isomorphisms, options, SystemClock(), CancelToken()));
    out.examples += found.file_count;
    for (const search::FoundIn& in : found.files) {
      ADAPT_TRY(FilePair pair, read_pair(root, in.path));
      ADAPT_TRY(const Example example, Example::parse(pair, *pattern.isomorphisms));
      ADAPT_TRY(const patterns::mine::Replay replay, patterns::mine::replay(pattern, std::span(&example, 1)));
      if (replay.wrong == 0) continue;
      if (known == failure)
        out.contradictions.push_back(std::move(pair));
      else
        ++out.elsewhere;
    }
  }
  return out;
}

}  // namespace adapt::pipeline
