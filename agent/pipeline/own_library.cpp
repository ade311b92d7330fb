#include "agent/pipeline/own_library.h"

#include <algorithm>

#include "agent/pipeline/run.h"
#include "patterns/samples.h"
#include "tools/base/file.h"
#include "tools/base/file_lock.h"
#include "tools/base/text.h"

namespace adapt::pipeline {
namespace {

namespace fs = std::filesystem;

bool is_id_part(std::string_view part) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  };
  return !part.empty() && part.size() <= 100 && part.front() != '.' && part.front() != '-' &&
         std::ranges::all_of(part, fits);
}

std::string key_of(std::string_view line) {
  return std::string(line.substr(0, std::min(line.find_first_of(" \t"), line.size())));
}

}  // namespace

Result<OwnLibrary> OwnLibrary::open(const config::Config& config) {
  ADAPT_TRY(const fs::path folder, own_patterns_folder(config));
  ADAPT_TRY_VOID(make_directories(folder));
  ADAPT_TRY(UniqueFd lock, open_locked(folder / ".lock"));
  return OwnLibrary(folder, std::move(lock));
}

bool OwnLibrary::holds(const patterns::Pattern& pattern) const { return is_below(pattern.file, folder_); }

fs::path own_file(const fs::path& folder, std::string_view id, const patterns::Pattern* known) {
  return known != nullptr && is_below(known->file, folder) ? known->file : folder / (std::string(id) + ".adapt");
}

Result<void> OwnLibrary::write(const fs::path& file, std::string_view text) const {
  ADAPT_TRY_VOID(make_directories(file.parent_path()));
  return write_file_atomic(file, text);
}

bool is_below(const fs::path& file, const fs::path& folder) {
  const fs::path relative = file.lexically_normal().lexically_relative(folder.lexically_normal());
  return !relative.empty() && *relative.begin() != "..";
}

Patterns all_of(const patterns::Library& library) {
  Patterns out;
  for (const std::string& id : library.ids()) out.push_back(library.find(id));
  return out;
}

Result<void> check_id(std::string_view id) {
  const std::vector<std::string_view> parts = split(id, '/');
  if (parts.size() != 2 || !std::ranges::all_of(parts, is_id_part))
    return fail(ErrorKind::usage,
                "'{}' cannot be the id of a pattern: <family>/<name> is, of letters, digits, '-', '_', '.'",
                id.substr(0, 200));
  return {};
}

Result<std::optional<std::string>> why_superfluous(const patterns::Pattern& fresh, const Patterns& known,
                                                   std::span<const patterns::Specimen> specimens) {
  const std::string form = patterns::normal_form(fresh);
  for (const patterns::Pattern* other : known) {
    if (other->id == fresh.id) continue;
    if (patterns::normal_form(*other) == form) {
      const char* advice = other->status == "retired"                   ? ", and was retired"
                           : !patterns::covers(other->when, fresh.when) ? "; widen its [when] with agent patterns edit"
                                                                        : "";
      return std::optional(fmt::format("{} makes the same edits{}", other->id, advice));
    }
    if (other->status == "retired" || other->status == "draft") continue;  // never tried: stands for nothing
    ADAPT_TRY(const bool subsumed, patterns::subsumes(*other, fresh, specimens));
    if (subsumed) return std::optional(fmt::format("{} does the same wherever this one was seen to work", other->id));
  }
  return std::optional<std::string>();
}

Result<std::vector<std::string>> superseded_by(const patterns::Pattern& fresh, const Patterns& known,
                                               const OwnLibrary& own) {
  std::vector<std::string> out;
  for (const patterns::Pattern* other : known) {
    if (other->id == fresh.id || other->status == "retired" || !own.holds(*other)) continue;
    ADAPT_TRY(const bool subsumed, patterns::subsumes(fresh, *other));
    if (subsumed) out.push_back(other->id);
  }
  return out;
}

Result<std::string> first_bad_sample(const patterns::Pattern& pattern) {
  ADAPT_TRY(const std::vector<patterns::SampleFailure> failures, patterns::check_samples(pattern));
  for (const patterns::SampleFailure& failure : failures)
    if (!failure.sample.empty())
      return fmt::format("{}:{}: sample '{}' {}", pattern.file.filename().string(), failure.line, failure.sample,
                         failure.why);
  return std::string();
}

std::string with_status(std::string_view text, std::string_view status, std::string_view note) {
  std::string out;
  bool in_head = true, done = false;
  const auto add = [&](std::string_view line) { out.append(line).append("\n"); };
  for (const std::string_view line : split_lines(text)) {
    if (line.starts_with('[')) in_head = false;
    if (!in_head && !done) add(fmt::format("status  {}", status));
    done = done || !in_head;
    if (in_head && key_of(trim(line)) == "status") {
      if (!done) add(fmt::format("status  {}", status));
      done = true;
    } else {
      add(line);
    }
  }
  // Samples end with the file: a section behind them is one of its own.
  add("");
  add("[record]");
  add(note);
  return out;
}

}  // namespace adapt::pipeline
