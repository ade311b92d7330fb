#include "patterns/search/search.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <set>

#include "tools/base/file.h"
#include "tools/base/hash.h"
#include "tools/base/log.h"
#include "tools/base/parallel.h"

namespace adapt::search {
namespace fs = std::filesystem;
namespace {

using index::FileStamp;
using index::IndexedFile;
using index::WordIndex;

constexpr std::uint64_t kMaxBytes = pyast::Document::kMaxBytes;

std::string too_large(std::uint64_t bytes) {
  return fmt::format("{} bytes; at most {} are searched", bytes, kMaxBytes);
}

// One file on its way through the search.
struct Task {
  std::string path;      // as shown and opened
  std::string relative;  // to the folder of the index; "" outside of one
  FileStamp stamp;
  const IndexedFile* known = nullptr;
  std::optional<IndexedFile> read;  // anew
  std::string problem;              // why it was not searched
  bool candidate = true;
  SourceSites found;
};

class Searcher {
 public:
  Searcher(const RuleSet& rules, const patterns::Isomorphisms& isomorphisms, const Options& options, const Clock& clock,
           const CancelToken& cancel)
      : rules_(rules), isomorphisms_(isomorphisms), options_(options), clock_(clock), cancel_(cancel) {}

  Result<void> add_path(const std::string& path) {
    std::error_code code;
    const fs::path real = fs::canonical(path, code);
    if (code) return fail(ErrorKind::usage, "cannot search {}: {}", path, code.message());
    if (fs::is_directory(real, code)) {
      ADAPT_TRY_VOID(search_folder(path, real.string()));
    } else {
      ADAPT_TRY_VOID(search_file(path, real.string()));
    }
    if (cancel_.requested()) return fail(ErrorKind::interrupted, "interrupted");
    return {};
  }

  Found take() { return std::move(out_); }

 private:
  Result<void> search_file(const std::string& path, const std::string& real) {
    if (!seen_.insert(real).second) return {};
    std::vector<Task> tasks(1);
    tasks[0].path = path;
    auto stamp = stamp_of(path);
    if (!stamp) return fail(ErrorKind::usage, "{}", stamp.error().message);
    tasks[0].stamp = *stamp;
    run(tasks);
    finish(tasks);
    return {};
  }

  Result<void> search_folder(const std::string& path, const std::string& real) {
    std::string root = path;
    while (root.size() > 1 && root.ends_with('/')) root.pop_back();
    Listing listing = list_sources(root);
    out_.skipped.insert(out_.skipped.end(), listing.skipped.begin(), listing.skipped.end());
    const fs::path file = options_.cache_folder.empty() ? fs::path() : index::index_file(options_.cache_folder, real);
    const WordIndex known = file.empty() ? WordIndex() : WordIndex::load(file, real);
    std::vector<Task> tasks;
    for (ListedFile& listed : listing.files) {
      if (!seen_.insert(real + "/" + listed.path).second) continue;
      Task& task = tasks.emplace_back();
      task.path = (root == "/" ? root : root + "/") + listed.path;
      task.stamp = listed.stamp;
      task.known = known.current(listed.path, listed.stamp);
      task.relative = std::move(listed.path);
    }
    previous_ = &known;
    run(tasks);
    previous_ = nullptr;
    if (!file.empty() && !cancel_.requested()) keep(tasks, file, real);
    finish(tasks);
    return {};
  }

  void run(std::vector<Task>& tasks) {
    std::vector<index::WordCounter> counters(std::max<std::size_t>(options_.threads, 1));
    std::atomic<std::size_t> done = 0;
    for_each_parallel(tasks.size(), options_.threads, [&](std::size_t i, std::size_t worker) {
      if (cancel_.requested()) return;
      search_task(tasks[i], counters[worker]);
      if (const std::size_t count = ++done; options_.progress && count % 64 == 0)
        options_.progress(count, tasks.size());
    });
  }

  void search_task(Task& task, index::WordCounter& counter) {
    if (task.stamp.size > kMaxBytes) {
      task.problem = too_large(task.stamp.size);
      return;
    }
    if (task.known != nullptr && !rules_.may_match(task.known->words())) {
      task.candidate = false;
      return;
    }
    if (task.known != nullptr && options_.words_only) return;
    const std::int64_t read_ns = clock_.utc_ms() * 1'000'000;
    auto text = read_file(task.path, kMaxBytes);
    if (!text) {
      task.problem = text.error().message;
      return;
    }
    if (task.known == nullptr && !task.relative.empty()) {
      index_text(task, *text, read_ns, counter);
      task.candidate = rules_.may_match(task.read->words());
    } else if (task.known == nullptr && options_.words_only) {
      task.candidate = rules_.may_match(counter.words_of(*text));
    }
    if (!task.candidate || options_.words_only) return;
    const patterns::SourceFile file{module_of(task.path), task.path, std::move(*text), "model"};
    task.found = find_sites(file, rules_, isomorphisms_);
  }

  void index_text(Task& task, const std::string& text, std::int64_t read_ns, index::WordCounter& counter) {
    IndexedFile& entry = task.read.emplace();
    entry.path = task.relative;
    entry.stamp = task.stamp;
    entry.read_ns = read_ns;
    entry.content_hash = sha256_hex(text);
    const IndexedFile* old = previous_->find(task.relative);
    if (old != nullptr && old->content_hash == entry.content_hash) {  // touched, not changed
      entry.loaded = old->words();
      return;
    }
    const auto words = counter.words_of(text);
    entry.own.assign(words.begin(), words.end());
  }

  // Keeps what was read anew. That a cache cannot be written is no reason to fail.
  void keep(const std::vector<Task>& tasks, const fs::path& file, const std::string& real) {
    std::vector<const IndexedFile*> files;
    bool changed = false;
    for (const Task& task : tasks) {
      if (task.read) {
        // Written to while it was read: then it is not known what was read.
        const auto now = stamp_of(task.path);
        if (!now || *now != task.stamp) continue;
        changed = true;
        files.push_back(&*task.read);
      } else if (task.known != nullptr) {
        files.push_back(task.known);
      }
    }
    if (!changed) return;
    if (const auto saved = index::save(file, index::serialise(files, real)); !saved)
      log::debug("the word index is not kept: {}", saved.error().message);
  }

  void finish(std::vector<Task>& tasks) {
    for (Task& task : tasks) {
      ++out_.file_count;
      out_.bytes += task.stamp.size;
      if (task.read) {
        ++out_.indexed_files;
        out_.indexed_bytes += task.stamp.size;
      }
      if (!task.problem.empty()) {
        out_.skipped.push_back({task.path, std::move(task.problem)});
        continue;
      }
      out_.candidate_files += task.candidate ? 1 : 0;
      out_.parsed_bytes += task.found.parsed_bytes;
      if ((options_.words_only && task.candidate) || !task.found.sites.empty() || !task.found.notes.empty())
        out_.files.push_back({std::move(task.path), std::move(task.found)});
    }
  }

  const RuleSet& rules_;
  const patterns::Isomorphisms& isomorphisms_;
  const Options& options_;
  const Clock& clock_;
  const CancelToken& cancel_;
  const WordIndex* previous_ = nullptr;  // of the folder that is being searched
  std::set<std::string> seen_;           // real paths
  Found out_;
};

}  // namespace

Result<Found> search(const std::vector<std::string>& paths, const RuleSet& rules,
                     const patterns::Isomorphisms& isomorphisms, const Options& options, const Clock& clock,
                     const CancelToken& cancel) {
  std::error_code code;
  for (const std::string& path : paths)  // before anything is searched
    if (!fs::exists(path, code)) return fail(ErrorKind::usage, "there is no file or folder '{}'", path);
  Searcher searcher(rules, isomorphisms, options, clock, cancel);
  for (const std::string& path : paths) ADAPT_TRY_VOID(searcher.add_path(path));
  return searcher.take();
}

std::string module_of(const fs::path& file) {
  std::error_code code;
  std::string out = file.stem() == "__init__" ? "" : file.stem().string();
  for (fs::path folder = fs::absolute(file, code).lexically_normal().parent_path();
       folder.has_filename() && fs::exists(folder / "__init__.py", code); folder = folder.parent_path())
    out = folder.filename().string() + (out.empty() ? "" : "." + out);
  return out.empty() ? "__init__" : out;
}

}  // namespace adapt::search
