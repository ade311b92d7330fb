#include "agent/cli/search_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <mutex>
#include <thread>

#include "agent/cli/version.h"
#include "agent/emit/sarif.h"
#include "tools/base/json.h"

namespace adapt::cli {
namespace {

using patterns::Pattern;
using search::Found;
using search::FoundIn;
using search::Site;

// One line on a terminal, from the second second on.
class Counter {
 public:
  Counter(const Clock& clock, bool quiet)
      : clock_(clock), wanted_(!quiet && ::isatty(::fileno(stderr)) == 1), start_ms_(clock.monotonic_ms()) {}
  ~Counter() {
    if (drawn_) fmt::print(stderr, "\r\x1b[K");
  }
  Counter(const Counter&) = delete;
  Counter& operator=(const Counter&) = delete;

  void operator()(std::size_t done, std::size_t all) {
    const std::lock_guard lock(mutex_);
    const std::int64_t now = clock_.monotonic_ms();
    if (!wanted_ || now - start_ms_ < 1000 || now - last_ms_ < 100) return;
    last_ms_ = now;
    drawn_ = true;
    fmt::print(stderr, "\r\x1b[K{} of {} files", done, all);
    std::fflush(stderr);
  }

 private:
  const Clock& clock_;
  bool wanted_;
  std::int64_t start_ms_, last_ms_ = 0;
  bool drawn_ = false;
  std::mutex mutex_;  // called from every thread of the search
};

std::size_t count_sites(const Found& found) {
  std::size_t out = 0;
  for (const FoundIn& file : found.files) out += file.found.sites.size();
  return out;
}

std::optional<patterns::Precision> precision_of(const SearchJob& job, std::size_t rule) {
  return rule < job.precision.size() ? job.precision[rule] : std::nullopt;
}

std::string title_of(const SearchJob& job, std::size_t rule) {
  const Pattern& pattern = *job.patterns[rule];
  std::string out = pattern.title == pattern.id || pattern.id == "code"
                        ? pattern.title
                        : fmt::format("{}: {}", pattern.id, pattern.title);
  if (const auto precision = precision_of(job, rule))
    out += fmt::format(" (failed at {} of {} known places)", precision->failed, precision->sites);
  return out;
}

void print_text(const SearchJob& job, const Found& found) {
  for (const FoundIn& file : found.files)
    for (const Site& site : file.found.sites)
      fmt::print("{}:{}:{}: {}\n{}\n", file.path, site.place.line, site.place.column, title_of(job, site.rule),
                 site.source_line);
}

void print_json(const SearchJob& job, const Found& found) {
  for (const FoundIn& file : found.files) {
    for (const Site& site : file.found.sites) {
      OrderedJson line{{"pattern", job.patterns[site.rule]->id},
                       {"edit", site.edit},
                       {"file", file.path},
                       {"line", site.place.line},
                       {"column", site.place.column},
                       {"end_line", site.place.end_line},
                       {"end_column", site.place.end_column},
                       {"begin", site.span.begin},
                       {"end", site.span.end},
                       {"text", site.text},
                       {"function", nullptr}};
      if (!site.function.empty())
        line["function"] =
            OrderedJson{{"name", site.function}, {"line", site.function_line}, {"end_line", site.function_end_line}};
      if (const auto precision = precision_of(job, site.rule)) {
        line["sites"] = precision->sites;
        line["failed"] = precision->failed;
      }
      fmt::print("{}\n", dump_line(line));
    }
    for (const std::string& note : file.found.notes)
      fmt::print("{}\n", dump_line(OrderedJson{{"file", file.path}, {"note", note}}));
  }
  for (const search::Skipped& skipped : found.skipped)
    fmt::print("{}\n", dump_line(OrderedJson{{"file", skipped.path}, {"skipped", skipped.reason}}));
}

void print_sarif(const SearchJob& job, const Found& found) {
  emit::SarifLog log;
  log.version = kVersion;
  log.level = job.level;
  for (std::size_t i = 0; i < job.patterns.size(); ++i) {
    const auto precision = precision_of(job, i);
    log.rules.push_back({job.patterns[i]->id, job.patterns[i]->title, job.patterns[i]->why,
                         precision ? std::optional(precision->share()) : std::nullopt});
  }
  for (const FoundIn& file : found.files) {
    for (const Site& site : file.found.sites)
      log.results.push_back({site.rule, title_of(job, site.rule), file.path, site.place.line, site.place.column,
                             site.place.end_line, site.place.end_column, site.span.begin,
                             site.span.end - site.span.begin});
    for (const std::string& note : file.found.notes) log.notices.push_back({file.path, note});
  }
  for (const search::Skipped& skipped : found.skipped)
    log.notices.push_back({skipped.path, "skipped: " + skipped.reason});
  fmt::print("{}\n", dump_pretty(emit::sarif_json(log)));
}

std::string counted(std::size_t count, std::string_view one) {
  return fmt::format("{} {}{}", count, one, count == 1 ? "" : "s");
}

void print_summary(const SearchJob& job, const Found& found) {
  std::size_t with_sites = 0;
  for (const FoundIn& file : found.files) with_sites += file.found.sites.empty() ? 0 : 1;
  if (job.format == SearchFormat::text) {
    for (const FoundIn& file : found.files)
      for (const std::string& note : file.found.notes) fmt::print(stderr, "{}: {}\n", file.path, note);
    for (const search::Skipped& skipped : found.skipped)
      fmt::print(stderr, "{}: skipped: {}\n", skipped.path, skipped.reason);
  }
  fmt::print(stderr, "{} of {} in {}; {} ({:.1f} MB) searched, {} opened ({:.1f} MB parsed), {} skipped\n",
             counted(count_sites(found), "site"), counted(job.patterns.size(), "pattern"), counted(with_sites, "file"),
             counted(found.file_count, "file"), static_cast<double>(found.bytes) / 1e6,
             std::max(found.candidate_files, found.indexed_files), static_cast<double>(found.parsed_bytes) / 1e6,
             found.skipped.size());
}

}  // namespace

Result<std::size_t> run_search(Session& session, const SearchJob& job) {
  const search::RuleSet rules(job.patterns);
  Counter counter(session.clock, session.quiet);
  search::Options options;
  const auto threads = static_cast<std::size_t>(session.config.integer("search.threads"));
  options.threads = threads != 0 ? threads : std::max(1U, std::thread::hardware_concurrency());
  options.cache_folder = session.config.cache_folder();
  options.progress = [&](std::size_t done, std::size_t all) { counter(done, all); };
  ADAPT_TRY(const Found found,
            search::search(job.paths, rules, *job.isomorphisms, options, session.clock, session.cancel));
  switch (job.format) {
    case SearchFormat::text: print_text(job, found); break;
    case SearchFormat::json: print_json(job, found); break;
    case SearchFormat::sarif: print_sarif(job, found); break;
  }
  if (!session.quiet) print_summary(job, found);
  return count_sites(found);
}

}  // namespace adapt::cli
