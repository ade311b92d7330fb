#include "patterns/library.h"

#include <algorithm>
#include <map>
#include <system_error>

#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMaxPatterns = 20'000;
constexpr std::string_view kExamples = "examples";  // repairs that are kept beside patterns: sources, and many

Result<std::vector<fs::path>> pattern_files(const fs::path& folder) {
  std::vector<fs::path> out;
  std::error_code error;
  for (fs::recursive_directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    if (at.depth() == 1 && at->path().parent_path().filename() == kExamples) at.disable_recursion_pending();
    if (at->path().extension() != ".adapt") continue;
    out.push_back(at->path());
    if (out.size() > kMaxPatterns)
      return fail(ErrorKind::usage, "{} holds more than {} patterns", folder.string(), kMaxPatterns);
  }
  if (error) return fail(ErrorKind::io, "cannot read the pattern folder {}: {}", folder.string(), error.message());
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

std::optional<fs::path> find_isomorphisms(std::span<const fs::path> folders) {
  for (const fs::path& folder : folders)
    for (const fs::path& candidate : {folder / "isomorphisms.txt", folder / ".." / "isomorphisms.txt"}) {
      std::error_code error;
      if (fs::is_regular_file(candidate, error)) return candidate.lexically_normal();
    }
  return std::nullopt;
}

Result<Library> Library::load(std::span<const fs::path> folders) {
  Library library;
  const auto table = find_isomorphisms(folders);
  if (!table) {
    std::vector<std::string> names;
    for (const fs::path& folder : folders) names.push_back(folder.string());
    return fail(ErrorKind::environment, "no isomorphisms.txt in or beside {}", join(names, ", "));
  }
  ADAPT_TRY(library.isomorphisms_, Isomorphisms::load(*table));
  std::map<std::string, std::unique_ptr<const Pattern>> by_id;
  std::vector<std::string> complaints;
  for (const fs::path& folder : folders) {
    std::map<std::string, fs::path> here;
    ADAPT_TRY(const auto files, pattern_files(folder));
    for (const fs::path& file : files) {
      auto pattern = load_pattern(file, library.isomorphisms_);
      if (!pattern) {
        complaints.push_back(pattern.error().message);
        continue;
      }
      const std::string id = pattern->id;
      if (const auto [first, fresh] = here.emplace(id, file); !fresh)
        complaints.push_back(fmt::format("{} and {} are both '{}'", first->second.string(), file.string(), id));
      by_id[id] = std::make_unique<const Pattern>(std::move(*pattern));
    }
    if (!complaints.empty() && &folder == &folders.front()) return fail(ErrorKind::parse, "{}", join(complaints, "\n"));
  }
  library.left_out_ = std::move(complaints);
  for (auto& [id, pattern] : by_id) library.patterns_.push_back(std::move(pattern));
  return library;
}

const Pattern* Library::find(std::string_view id) const {
  const auto found = std::find_if(patterns_.begin(), patterns_.end(), [&](const auto& p) { return p->id == id; });
  return found == patterns_.end() ? nullptr : found->get();
}

std::vector<std::string> Library::ids() const {
  std::vector<std::string> out;
  for (const auto& pattern : patterns_) out.push_back(pattern->id);
  return out;
}

std::vector<const Pattern*> Library::ranked(const Signature& signature) const {
  std::vector<const Pattern*> out;
  for (const auto& pattern : patterns_)
    if (pattern->status != "retired" && pattern->when.holds(signature)) out.push_back(pattern.get());
  std::stable_sort(out.begin(), out.end(), [](const Pattern* a, const Pattern* b) {
    if (a->when.keys != b->when.keys) return a->when.keys > b->when.keys;
    return a->risk < b->risk;
  });
  return out;
}

}  // namespace adapt::patterns
