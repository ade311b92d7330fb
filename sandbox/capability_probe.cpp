#include "sandbox/capability_probe.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>

#include "sandbox/run_process.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace adapt::sandbox {
namespace {

// `attack` succeeds (exit code 0) where nothing is enforced; DIR is a folder of ours, PID a process of ours, NETWORK
// the name of our network namespace.
struct Row {
  const char* name;
  const char* attack;
  const char* says;
};
constexpr Row kRows[] = {
    {"network", "test \"$(readlink /proc/self/ns/net)\" = NETWORK", "use the machine's network devices"},
    {"filesystem", "echo x > DIR/outside", "write a file outside the writable folders"},
    {"processes", "kill -0 PID", "signal a process outside"},
    {"capabilities",
     "while read -r k v; do test \"$k\" = NoNewPrivs: && test \"$v\" = 0 && exit 0; done < /proc/self/status; exit 1",
     "gain privileges by running a program"},
    {"file-size",
     "set -e; i=0; while test $i -lt 40; do echo 0123456789012345678901234567890123456789012345678901234567890123; "
     "i=$((i+1)); done > WRITABLE/big",
     "write past the file-size limit"},
};

struct Attempt {
  bool succeeded = false;
  std::string said;
  std::string report;
};

Result<Attempt> attempt(std::vector<std::string> argv, std::vector<FdMapping> fds, const CancelToken& cancel) {
  RunSpec spec;
  spec.spawn.argv = std::move(argv);
  spec.spawn.environment = {"PATH=/usr/bin:/bin", "LC_ALL=C"};
  spec.spawn.fds = std::move(fds);
  spec.deadline = std::chrono::seconds(10);
  ADAPT_TRY(const RunOutput output, run_process(spec, cancel));
  if (output.reason == EndReason::cancelled) return fail(ErrorKind::interrupted, "stopped while probing the sandbox");
  return Attempt{.succeeded = output.status.ok(), .said = std::string(trim(output.stderr_text)), .report = {}};
}

Result<Attempt> attempt_in_jail(const std::string& jail, const Policy& policy, const std::vector<std::string>& argv,
                                const CancelToken& cancel) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return fail(ErrorKind::environment, "cannot make a pipe");
  const UniqueFd read_end(ends[0]);
  UniqueFd write_end(ends[1]);
  ADAPT_TRY(Attempt out, attempt(jail_argv(jail, policy, {.report = 3}, argv), {{write_end.get(), 3}}, cancel));
  write_end.reset();
  std::array<char, 8192> buffer{};  // a report has three short lines
  const ssize_t got = ::read(read_end.get(), buffer.data(), buffer.size());
  if (got > 0) out.report.assign(buffer.data(), static_cast<std::size_t>(got));
  return out;
}

}  // namespace

Json CapabilityReport::to_json() const {
  Json out = {{"confinement", confinement.to_json()}, {"rows", Json::array()}};
  for (const Capability& row : rows)
    out["rows"].push_back({{"name", row.name}, {"enforced", row.enforced}, {"evidence", row.evidence}});
  return out;
}

Result<CapabilityReport> probe_capabilities(const std::filesystem::path& jail, const CancelToken& cancel) {
  ADAPT_TRY(const TempDir folder, TempDir::create("adapt-probe-"));
  const std::string outside = (folder.path() / "outside").string();
  const std::string writable = (folder.path() / "writable").string();
  for (const std::string& path : {outside, writable}) ADAPT_TRY_VOID(make_directories(path));
  Policy policy = model_policy(Need::best_effort, {writable}, {folder.path().string()});
  policy.limits.file_bytes = 1024;

  std::error_code code;
  const std::filesystem::path network = std::filesystem::read_symlink("/proc/self/ns/net", code);

  CapabilityReport out;
  for (const Row& row : kRows) {
    std::string script = replace_all(row.attack, "DIR", outside);
    script = replace_all(replace_all(script, "WRITABLE", writable), "PID", std::to_string(::getpid()));
    script = replace_all(script, "NETWORK", "'" + network.string() + "'");
    const std::vector<std::string> argv{"/bin/sh", "-c", script};
    // An attack that fails without walls proves nothing about the walls.
    ADAPT_TRY(const Attempt control, attempt(argv, {}, cancel));
    ADAPT_TRY(const Attempt inside, attempt_in_jail(jail.string(), policy, argv, cancel));
    auto report = read_jail_report(inside.report);
    if (!report) return fail(ErrorKind::sandbox, "adapt-jail: {} {}", report.error().message, inside.said);
    out.confinement = report->confinement;
    out.rows.push_back(
        {.name = row.name,
         .enforced = control.succeeded && !inside.succeeded,
         .evidence =
             fmt::format("{}: {} outside, {} inside{}", row.says, control.succeeded ? "works" : "fails",
                         inside.succeeded ? "works" : "fails", inside.said.empty() ? "" : " (" + inside.said + ")")});
  }
  return out;
}

}  // namespace adapt::sandbox
