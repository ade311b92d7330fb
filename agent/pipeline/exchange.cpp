#include "agent/pipeline/exchange.h"

#include <algorithm>
#include <memory>
#include <set>

#include "agent/pipeline/evidence.h"
#include "agent/pipeline/own_library.h"
#include "agent/pipeline/run.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::pipeline {
namespace {

namespace fs = std::filesystem;
using evidence::Record;

constexpr std::string_view kPattern = ".adapt", kEvidence = ".evidence.tsv";
constexpr std::size_t kMaxFiles = 20'000;

bool ends_with(const fs::path& file, std::string_view ending) { return file.filename().string().ends_with(ending); }

// Files to take in: those named, the evidence that lies beside them, and all below folders.
Result<std::set<fs::path>> files_of(const std::vector<std::string>& paths) {
  std::set<fs::path> out;
  std::error_code code;
  for (const std::string& path : paths) {
    if (fs::is_regular_file(path, code)) {
      if (!ends_with(path, kPattern) && !ends_with(path, kEvidence))
        return fail(ErrorKind::usage, "{} is neither a pattern (*.adapt) nor evidence (*.evidence.tsv)", path);
      out.insert(path);
      const fs::path twin = fs::path(path).replace_extension(kEvidence);
      if (ends_with(path, kPattern) && fs::is_regular_file(twin, code)) out.insert(twin);
      continue;
    }
    if (!fs::is_directory(path, code)) return fail(ErrorKind::usage, "no such file or folder: {}", path);
    for (fs::recursive_directory_iterator at(path, code), end; !code && at != end; at.increment(code)) {
      if (ends_with(at->path(), kPattern) || ends_with(at->path(), kEvidence)) out.insert(at->path());
      if (out.size() > kMaxFiles) return fail(ErrorKind::usage, "{} holds more than {} files", path, kMaxFiles);
    }
    if (code) return fail(ErrorKind::io, "cannot read the folder {}: {}", path, code.message());
  }
  if (out.empty()) return fail(ErrorKind::usage, "there is no *.adapt and no *.evidence.tsv in {}", join(paths, ", "));
  return out;
}

class Import {
 public:
  Import(const OwnLibrary& own, const patterns::Library& library, fs::path evidence)
      : own_(own), library_(library), evidence_(std::move(evidence)), known_(all_of(library)) {}

  Result<Exchanged> run(const std::set<fs::path>& files) {
    for (const fs::path& file : files)
      if (ends_with(file, kPattern)) ADAPT_TRY_VOID(take_pattern(file));
    for (const fs::path& file : files)
      if (ends_with(file, kEvidence)) ADAPT_TRY_VOID(take_evidence(file));
    return std::move(out_);
  }

 private:
  Result<void> refuse(const fs::path& file, std::string why) {
    out_.refused.push_back({file.string(), std::move(why)});
    return {};
  }

  const patterns::Pattern* find(std::string_view id) const {
    const auto found =
        std::ranges::find(known_, id, [](const patterns::Pattern* p) -> std::string_view { return p->id; });
    return found == known_.end() ? nullptr : *found;
  }

  Result<void> take_pattern(const fs::path& file) {
    Result<patterns::Pattern> loaded = patterns::load_pattern(file, library_.isomorphisms());
    if (!loaded) return refuse(file, loaded.error().message);
    const patterns::Pattern* known = find(loaded->id);
    if (known != nullptr && known->text == loaded->text) {
      out_.unchanged.push_back(loaded->id);
      return {};
    }
    ADAPT_TRY(const std::string why, why_refused(*loaded, known));
    if (!why.empty()) {
      refused_.insert(loaded->id);
      return refuse(file, why);
    }
    ADAPT_TRY(const auto supersedes, superseded_by(*loaded, known_, own_));
    for (const std::string& old : supersedes)
      out_.notes.push_back(
          fmt::format("{} does all that {} does: agent patterns retire {} --reason ...", loaded->id, old, old));
    ADAPT_TRY_VOID(own_.write(own_.file_of(loaded->id, known), loaded->text));
    (known == nullptr ? out_.added : out_.updated).push_back(loaded->id);
    taken_.push_back(std::make_unique<const patterns::Pattern>(std::move(*loaded)));
    std::erase(known_, known);
    known_.push_back(taken_.back().get());
    return {};
  }

  // "" when the pattern may come in.
  Result<std::string> why_refused(const patterns::Pattern& fresh, const patterns::Pattern* known) const {
    if (const auto fits = check_id(fresh.id); !fits) return fits.error().message;
    if (known != nullptr && fresh.revision <= known->revision)
      return fmt::format("{} is there already as r{} with another text; r{} would replace it", fresh.id,
                         known->revision, known->revision + 1);
    ADAPT_TRY(const std::string sample, first_bad_sample(fresh));
    if (!sample.empty()) return sample;
    ADAPT_TRY(const std::optional<std::string> superfluous, why_superfluous(fresh, known_));
    return superfluous.value_or("");
  }

  Result<void> take_evidence(const fs::path& file) {
    const Result<evidence::Evidence> read = evidence::read_evidence(file);
    if (!read) return refuse(file, read.error().message);
    if (!read->complaint.empty()) ADAPT_TRY_VOID(refuse(file, read->complaint));
    std::map<std::string, std::vector<Record>> by_pattern;
    for (const Record& record : read->records) by_pattern[record.pattern].push_back(record);
    std::vector<std::string> ids;
    for (const patterns::Pattern* pattern : known_) ids.push_back(pattern->id);
    for (const auto& [id, records] : by_pattern) {
      if (find(id) == nullptr) {
        if (!refused_.contains(id))  // else it was said already
          ADAPT_TRY_VOID(refuse(file, fmt::format("unknown pattern '{}'{}", id, did_you_mean(id, ids))));
        continue;
      }
      ADAPT_TRY(const std::size_t added, evidence::append_evidence(evidence::evidence_file(evidence_, id), records));
      if (added > 0) out_.evidence[id] += added;
    }
    return {};
  }

  const OwnLibrary& own_;
  const patterns::Library& library_;
  fs::path evidence_;
  Patterns known_;  // what is in the library by now
  std::vector<std::unique_ptr<const patterns::Pattern>> taken_;
  std::set<std::string> refused_;
  Exchanged out_;
};

// Which of the report's lists the pattern belongs to; nothing when it may not be written over what is there.
Result<std::vector<std::string>*> place_in(Exchanged& out, const patterns::Pattern& pattern, const fs::path& file) {
  std::error_code code;
  if (!fs::exists(file, code)) return &out.added;
  ADAPT_TRY(const std::string there, read_file(file));
  if (there == pattern.text) return &out.unchanged;
  const auto old = patterns::parse_pattern(there, file, pattern.isomorphisms);
  return old && old->revision < pattern.revision ? &out.updated : nullptr;
}

Result<void> export_one(const patterns::Pattern& pattern, std::span<const Record> records, const fs::path& to,
                        Exchanged& out) {
  const fs::path file = to / (pattern.id + std::string(kPattern));
  ADAPT_TRY(std::vector<std::string>* const list, place_in(out, pattern, file));
  if (list == nullptr) {
    out.refused.push_back(
        {pattern.id, fmt::format("{} holds another text of r{} or newer", file.string(), pattern.revision)});
    return {};
  }
  if (list != &out.unchanged) {
    ADAPT_TRY_VOID(make_directories(file.parent_path()));
    ADAPT_TRY_VOID(write_file_atomic(file, pattern.text));
  }
  list->push_back(pattern.id);
  std::vector<Record> shared(records.begin(), records.end());
  for (Record& record : shared)
    if (record.model.starts_with('/')) record.model = fs::path(record.model).filename().string();
  ADAPT_TRY(const std::size_t lines, evidence::append_evidence(evidence::evidence_file(to, pattern.id), shared));
  if (lines > 0) out.evidence[pattern.id] = lines;
  return {};
}

}  // namespace

Result<Exchanged> export_patterns(const std::vector<std::string>& ids, const fs::path& to,
                                  const config::Config& config) {
  ADAPT_TRY(const patterns::Library library, load_library(config));
  ADAPT_TRY(const evidence::Book book, load_book(library, config));
  ADAPT_TRY(const fs::path own, own_patterns_folder(config));
  Patterns chosen;
  for (const std::string& id : ids) {
    const patterns::Pattern* pattern = library.find(id);
    if (pattern == nullptr)
      return fail(ErrorKind::usage, "unknown pattern '{}'{}", id, did_you_mean(id, library.ids()));
    chosen.push_back(pattern);
  }
  for (const patterns::Pattern* pattern : all_of(library))
    if (ids.empty() && is_below(pattern->file, own)) chosen.push_back(pattern);
  if (chosen.empty()) return fail(ErrorKind::usage, "your library is empty: name the patterns to export");
  ADAPT_TRY_VOID(make_directories(to));
  Exchanged out;
  for (const patterns::Pattern* pattern : chosen) ADAPT_TRY_VOID(export_one(*pattern, book.of(pattern->id), to, out));
  return out;
}

Result<Exchanged> import_patterns(const std::vector<std::string>& paths, const config::Config& config) {
  ADAPT_TRY(const std::set<fs::path> files, files_of(paths));
  ADAPT_TRY(const OwnLibrary own, OwnLibrary::open(config));
  ADAPT_TRY(const patterns::Library library, load_library(config));
  ADAPT_TRY(const fs::path folder, evidence_folder(config));
  return Import(own, library, folder).run(files);
}

}  // namespace adapt::pipeline
