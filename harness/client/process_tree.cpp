#include "harness/client/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/text.h"
#include "tools/base/unique_fd.h"

namespace adapt::client {
namespace {

struct Row {
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
};

std::string read_proc(const std::string& path) {
  const UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 16384> buffer;  // NOLINT: filled by read
  const ssize_t got = fd ? ::read(fd.get(), buffer.data(), buffer.size()) : -1;
  return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
}

template <class Number>
Number number(std::string_view text) {
  Number value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// "Name:   123 kB" in a /proc file of such lines; bytes.
std::uint64_t kilobytes(std::string_view text, std::string_view name) {
  for (const std::string_view line : split_lines(text))
    if (line.starts_with(name) && line.size() > name.size() && line[name.size()] == ':')
      return 1024 * number<std::uint64_t>(trim(line.substr(name.size() + 1)));
  return 0;
}

std::optional<Row> read_stat(const std::string& pid) {
  const std::string text = read_proc("/proc/" + pid + "/stat");
  // The name, in parentheses, may hold anything: fields are counted from its last parenthesis.
  const std::size_t end = text.rfind(')');
  if (end == std::string::npos || end + 2 >= text.size()) return std::nullopt;
  const std::vector<std::string_view> fields = split(std::string_view(text).substr(end + 2), ' ');
  if (fields.size() < 4) return std::nullopt;
  return Row{number<pid_t>(fields[1]), number<pid_t>(fields[2]), number<pid_t>(fields[3])};
}

struct DirCloser {
  void operator()(DIR* dir) const noexcept { ::closedir(dir); }
};

std::map<pid_t, Row> all_processes() {
  std::map<pid_t, Row> out;
  const std::unique_ptr<DIR, DirCloser> dir(::opendir("/proc"));
  while (const dirent* entry = dir ? ::readdir(dir.get()) : nullptr) {
    const std::string name = entry->d_name;
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (const auto row = read_stat(name)) out[number<pid_t>(name)] = *row;
  }
  return out;
}

bool belongs(pid_t pid, const std::map<pid_t, Row>& all, const TreeQuery& query) {
  const Row& own = all.at(pid);
  if (pid == query.worker || own.session == query.worker || own.group == query.worker) return true;
  // Up the chain of parents; its length bounds loops made of a table read while it changed.
  for (std::size_t steps = 0; steps <= all.size(); ++steps) {
    const auto row = all.find(pid);
    if (row == all.end() || query.other_workers.contains(pid)) return false;
    if (pid == query.worker) return true;
    if (row->second.parent == query.host) return !query.other_workers.contains(row->second.session);
    pid = row->second.parent;
  }
  return false;
}

std::vector<pid_t> members(const TreeQuery& query) {
  const std::map<pid_t, Row> all = all_processes();
  std::vector<pid_t> out;
  for (const auto& [pid, row] : all)
    if (pid != query.host && belongs(pid, all, query)) out.push_back(pid);
  return out;
}

}  // namespace

TreeUsage measure_tree(const TreeQuery& query) {
  TreeUsage usage;
  for (const pid_t pid : members(query)) {
    const std::string status = read_proc("/proc/" + std::to_string(pid) + "/status");
    usage.memory_bytes += kilobytes(status, "RssAnon") + kilobytes(status, "RssShmem");
    usage.processes += 1;
  }
  return usage;
}

std::optional<std::uint64_t> proportional_memory(const TreeQuery& query) {
  std::uint64_t sum = 0;
  for (const pid_t pid : members(query)) {
    const std::string rollup = read_proc("/proc/" + std::to_string(pid) + "/smaps_rollup");
    if (rollup.empty()) continue;
    sum += kilobytes(rollup, "Pss_Anon") + kilobytes(rollup, "Pss_Shmem");
  }
  return sum == 0 ? std::nullopt : std::optional(sum);
}

std::uint64_t kernel_oom_kills() {
  const std::string text = read_proc("/proc/vmstat");
  for (const std::string_view line : split_lines(text))
    if (line.starts_with("oom_kill ")) return number<std::uint64_t>(line.substr(9));
  return 0;
}

}  // namespace adapt::client
