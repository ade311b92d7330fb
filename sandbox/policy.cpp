#include "sandbox/policy.h"

#include <algorithm>

#include "tools/base/text.h"

namespace adapt::sandbox {
namespace {

struct Wall {
  const char* name;  // as in --optional
  const char* flag;
  Need Policy::*need;
};
constexpr Wall kWalls[] = {
    {"network", "--no-network", &Policy::network},
    {"processes", "--private-processes", &Policy::processes},
    {"filesystem", "--read-only", &Policy::filesystem},
};

struct LimitFlag {
  const char* flag;
  std::uint64_t Limits::*value;
};
constexpr LimitFlag kLimitFlags[] = {
    {"--memory", &Limits::memory_bytes},
    {"--cpu-seconds", &Limits::cpu_seconds},
    {"--file-bytes", &Limits::file_bytes},
    {"--processes", &Limits::processes},
};

struct PathFlag {
  const char* flag;
  std::vector<std::string> Policy::*paths;
};
constexpr PathFlag kPathFlags[] = {
    {"--writable", &Policy::writable},
    {"--hide", &Policy::hidden},
    {"--tmpfs", &Policy::empty_tmp},
    {"--device", &Policy::devices},
};

bool in_folder(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

}  // namespace

Policy model_policy(Need needed, std::vector<std::string> writable, const std::vector<std::string>& visible) {
  Policy policy{.network = needed, .processes = needed, .filesystem = needed, .writable = std::move(writable)};
  const auto in_tmp = [](const std::string& path) { return in_folder(path, "/tmp"); };
  if (std::none_of(visible.begin(), visible.end(), in_tmp) &&
      std::none_of(policy.writable.begin(), policy.writable.end(), in_tmp))
    policy.empty_tmp.emplace_back("/tmp");
  // Sockets of services (container engines, message buses) are files here; a read-only mount does not close them.
  if (std::none_of(visible.begin(), visible.end(), [](const std::string& path) { return in_folder(path, "/run"); }))
    policy.hidden.emplace_back("/run");
  return policy;
}

std::vector<std::string> jail_argv(const std::string& jail, const Policy& policy, const JailFds& fds,
                                   const std::vector<std::string>& argv) {
  std::vector<std::string> out{jail};
  const auto add = [&](std::string_view flag, std::string value) {
    out.emplace_back(flag);
    out.push_back(std::move(value));
  };
  std::vector<std::string> optional;
  for (const Wall& wall : kWalls) {
    if (policy.*wall.need == Need::off) continue;
    out.emplace_back(wall.flag);
    if (policy.*wall.need == Need::best_effort) optional.emplace_back(wall.name);
  }
  if (!optional.empty()) add("--optional", join(optional, ","));
  for (const LimitFlag& limit : kLimitFlags)
    if (policy.limits.*limit.value != 0) add(limit.flag, std::to_string(policy.limits.*limit.value));
  for (const PathFlag& flag : kPathFlags)
    for (const std::string& path : policy.*flag.paths) add(flag.flag, path);
  if (!policy.scratch.empty()) add("--scratch", policy.scratch);
  if (fds.report >= 0) add("--report", std::to_string(fds.report));
  if (fds.lifeline >= 0) add("--lifeline", std::to_string(fds.lifeline));
  for (const int fd : fds.keep) add("--keep", std::to_string(fd));
  out.emplace_back("--");
  out.insert(out.end(), argv.begin(), argv.end());
  return out;
}

std::string_view Confinement::tier() const {
  const int standing = (network == "isolated" ? 1 : 0) + (processes == "private" ? 1 : 0) +
                       (filesystem == "read-only" ? 1 : 0) + (capabilities == "none" ? 1 : 0);
  if (standing == 4 && no_new_privileges) return "full";
  return network == "isolated" || processes == "private" || filesystem == "read-only" ? "partial" : "limits";
}

Json Confinement::to_json() const {
  return {{"tier", tier()},           {"network", network},           {"processes", processes},
          {"filesystem", filesystem}, {"capabilities", capabilities}, {"no_new_privileges", no_new_privileges},
          {"refused", refused}};
}

Result<JailReport> read_jail_report(std::string_view text) {
  JailReport report;
  bool applied = false;
  for (const std::string_view line : split_lines(text)) {
    ADAPT_TRY(const Json message, parse_json(line));
    if (message.contains("error"))
      return fail(ErrorKind::sandbox, "{}", string_or(message, "error", "adapt-jail failed"));
    if (message.contains("pid")) report.pid = static_cast<int>(int_or(message, "pid", 0));
    if (!message.contains("applied")) continue;
    const Json& walls = message["applied"];
    applied = true;
    report.confinement = {.network = string_or(walls, "network", "open"),
                          .processes = string_or(walls, "processes", "shared"),
                          .filesystem = string_or(walls, "filesystem", "open"),
                          .capabilities = string_or(walls, "capabilities", "kept"),
                          .no_new_privileges = bool_or(walls, "no_new_privileges", false),
                          .refused = strings_or_empty(message, "refused")};
  }
  if (!applied || report.pid <= 0)
    return fail(ErrorKind::sandbox, "adapt-jail ended before it said what it applied; was it killed?");
  return report;
}

}  // namespace adapt::sandbox
