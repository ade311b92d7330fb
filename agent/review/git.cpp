#include "agent/review/git.h"

#include <unistd.h>

#include <array>

#include "sandbox/run_process.h"
#include "tools/base/text.h"

namespace adapt::review {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds kDeadline{120};
constexpr std::uint64_t kMaxOutput = std::uint64_t{32} << 20U;  // names of all files of a large repository

constexpr std::array<std::string_view, 3> kPassed = {"PATH", "HOME", "XDG_CONFIG_HOME"};
constexpr std::array<std::string_view, 6> kFixed = {"LC_ALL=C.UTF-8",       "GIT_TERMINAL_PROMPT=0",
                                                    "GIT_EDITOR=true",      "GIT_LFS_SKIP_SMUDGE=1",
                                                    "GIT_OPTIONAL_LOCKS=0", "GIT_ALLOW_PROTOCOL=none"};
// The user's hooks and keys are for what the user commits.
constexpr std::array<std::string_view, 6> kSettings = {"-c", "core.hooksPath=/dev/null", "-c", "commit.gpgSign=false",
                                                       "-c", "core.fsmonitor=false"};

std::string last_line(const std::string& text) {
  const std::vector<std::string_view> lines = split_lines(text);
  for (auto it = lines.rbegin(); it != lines.rend(); ++it)
    if (!trim(*it).empty()) return std::string(trim(*it)).substr(0, 300);
  return "it says nothing";
}

}  // namespace

Result<Git> Git::find(const Environment& environment, const CancelToken& cancel) {
  const auto path = environment.find("PATH");
  const std::string folders = path == environment.end() ? "/usr/bin:/bin" : path->second;
  for (const std::string_view folder : split(folders, ':')) {
    const fs::path program = fs::path(folder) / "git";
    if (!program.is_absolute() || ::access(program.c_str(), X_OK) != 0) continue;
    std::vector<std::string> variables(kFixed.begin(), kFixed.end());
    for (const std::string_view name : kPassed)
      if (const auto at = environment.find(std::string(name)); at != environment.end())
        variables.push_back(at->first + "=" + at->second);
    return Git(program.string(), std::move(variables), cancel);
  }
  return fail(ErrorKind::environment, "there is no git on PATH");
}

Result<std::string> Git::run(const fs::path& folder, const std::vector<std::string>& arguments) const {
  std::vector<std::string> argv{program_, "--no-pager"};
  argv.insert(argv.end(), kSettings.begin(), kSettings.end());
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  const sandbox::RunSpec spec{.spawn = {.argv = std::move(argv), .environment = environment_, .cwd = folder.string()},
                              .stdin_text = {},
                              .deadline = kDeadline,
                              .output_limit = kMaxOutput};
  ADAPT_TRY(const sandbox::RunOutput output, sandbox::run_process(spec, *cancel_));
  if (output.reason == sandbox::EndReason::cancelled) return fail(ErrorKind::interrupted, "interrupted");
  if (output.reason != sandbox::EndReason::exited || output.dropped_bytes > 0)
    return fail(ErrorKind::environment, "git {} meets its {}", arguments.front(),
                output.dropped_bytes > 0 ? "limit of output" : to_string(output.reason));
  if (!output.status.ok())
    return fail(ErrorKind::usage, "git {}: {}", arguments.front(), last_line(output.stderr_text));
  std::string text = output.stdout_text;
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

}  // namespace adapt::review
