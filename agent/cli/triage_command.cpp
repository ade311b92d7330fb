#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <optional>
#include <thread>
#include <vector>

#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/triage/log_file.h"
#include "tools/base/parallel.h"

namespace adapt::cli {
namespace {

namespace fs = std::filesystem;
using triage::Diagnosis;

constexpr int kNoVerdict = 8;
constexpr std::size_t kMostThreads = 8;

int show(const Session& session, const std::string& name, const Diagnosis& diagnosis) {
  if (session.json) {
    OrderedJson out = {{"log", name}};
    out.update(triage::to_json(diagnosis));
    fmt::print("{}\n", dump_line(out));
  } else {
    fmt::print("{}", triage::to_text(diagnosis));
  }
  return diagnosis.category.empty() && diagnosis.bringup == triage::Bringup::unknown ? kNoVerdict : 0;
}

// What a row and the counts call it.
std::string kind_of(const Diagnosis& diagnosis) {
  return diagnosis.category.empty() ? std::string(to_string(diagnosis.bringup)) : diagnosis.category;
}

std::string row_of(const std::string& name, const Diagnosis& diagnosis) {
  std::string what = diagnosis.op;
  if (!diagnosis.evidence.empty()) {
    const std::string_view text = diagnosis.evidence.front().text;
    what += fmt::format("{}{}: {}", what.empty() ? "" : "  ", diagnosis.evidence.front().line, text.substr(0, 80));
  }
  return fmt::format("{:<24} {:<26} {}  {}\n", kind_of(diagnosis), to_string(diagnosis.bringup), name, what);
}

void show_row(const Session& session, const std::string& name, const std::optional<Result<Diagnosis>>& result) {
  if (session.json) {
    OrderedJson out = {{"log", name}};
    if (*result)
      out.update(triage::to_json(**result));
    else
      out["skipped"] = result->error().message;
    return fmt::print("{}\n", dump_line(out));
  }
  if (*result) return fmt::print("{}", row_of(name, **result));
  fmt::print("{:<24} {:<26} {}\n", "-", "-", result->error().message);
}

int show_folder(Session& session, const std::string& folder) {
  const triage::Listing listing = triage::list_logs(folder);
  if (listing.files.empty() && listing.problems.empty())
    return report(Error{ErrorKind::usage, folder + ": holds no file"});
  std::vector<std::optional<Result<Diagnosis>>> results(listing.files.size());
  const std::size_t threads = std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
  for_each_parallel(results.size(), threads, [&](std::size_t index, std::size_t) {
    results[index] = triage::diagnose_file(listing.files[index], false, session.cancel);
  });
  if (session.cancel.requested()) return report(Error{ErrorKind::interrupted, folder + ": stopped"});
  std::map<std::string, std::size_t> counts;
  for (std::size_t i = 0; i < results.size(); ++i) {
    show_row(session, listing.files[i].native(), results[i]);
    ++counts[*results[i] ? kind_of(**results[i]) : "not read"];
  }
  for (const std::string& problem : listing.problems) fmt::print(stderr, "agent: {}\n", problem);
  if (session.json) {
    fmt::print("{}\n", dump_line(OrderedJson{{"logs", results.size()}, {"counts", counts}}));
  } else {
    fmt::print("\n{} files\n", results.size());
    for (const auto& [kind, count] : counts) fmt::print("{:>6}  {}\n", count, kind);
  }
  const bool all_unread = counts.size() == 1 && counts.contains("not read");
  return all_unread || listing.files.empty() ? exit_code(ErrorKind::io) : 0;
}

}  // namespace

int triage_command(Session& session, const std::string& log) {
  std::error_code unknown;
  if (log != "-" && fs::is_directory(log, unknown)) return show_folder(session, log);
  const auto diagnosis = log == "-" ? triage::diagnose_stream(0, "standard input", session.cancel)
                                    : triage::diagnose_file(log, true, session.cancel);
  return diagnosis ? show(session, log, *diagnosis) : report(diagnosis.error());
}

}  // namespace adapt::cli
