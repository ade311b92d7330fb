// What a child may do, as a value; how adapt-jail is told; and what adapt-jail says it really applied.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/json.h"
#include "tools/base/result.h"

namespace adapt::sandbox {

// How much a wall matters. Nothing silently runs without a wall that is required.
enum class Need : std::uint8_t { off, best_effort, required };

struct Limits {
  std::uint64_t memory_bytes = 0;  // private writable memory of each process (RLIMIT_DATA); 0: no limit
  std::uint64_t cpu_seconds = 0;   // of each process; 0: no limit
  std::uint64_t file_bytes = 0;    // largest file that may be written; 0: no limit
  std::uint64_t processes = 0;     // of the user; the kernel does not count it for root; 0: no limit
};

// Later walls (Landlock, a system-call filter, an unprivileged user for root) get their fields here.
struct Policy {
  Need network = Need::best_effort;      // only a loopback device of its own
  Need processes = Need::best_effort;    // sees, signals and outlives no process but its own
  Need filesystem = Need::best_effort;   // everything read-only but `writable`; a /dev of harmless nodes and `devices`
  std::vector<std::string> writable{};   // folders that exist
  std::vector<std::string> hidden{};     // folders shown empty, files shown empty; ones that do not exist are skipped
  std::vector<std::string> empty_tmp{};  // folders replaced by private writable memory, e.g. /tmp
  std::vector<std::string> devices{};    // accelerator nodes, e.g. /dev/tenstorrent/0
  Limits limits{};
  std::string scratch{};  // working folder, writable too; empty: ours
};

// The policy for processes that run models: all walls wanted, `needed` says whether they are required. `visible` are
// paths that the child reads or writes; when none lies in /tmp, it gets a /tmp of its own.
Policy model_policy(Need needed, std::vector<std::string> writable, const std::vector<std::string>& visible);

struct JailFds {
  int report = -1;          // written and closed by adapt-jail
  int lifeline = -1;        // read end of a pipe; its end of file kills everything inside
  std::vector<int> keep{};  // handed on to the program, beside 0, 1 and 2
};

// adapt-jail's command line for running `argv` under `policy`. Descriptor numbers are those in adapt-jail.
std::vector<std::string> jail_argv(const std::string& jail, const Policy& policy, const JailFds& fds,
                                   const std::vector<std::string>& argv);

// Which walls stood, as adapt-jail reported them; kept in every record.
struct Confinement {
  std::string network = "open";       // "isolated" | "open"
  std::string processes = "shared";   // "private" | "shared"
  std::string filesystem = "open";    // "read-only" | "open"
  std::string capabilities = "kept";  // "none" | "kept"
  bool no_new_privileges = false;
  std::vector<std::string> refused{};  // "network: unshare: Operation not permitted"

  // "full": all walls stand; "partial": some; "limits": resource limits only.
  std::string_view tier() const;
  Json to_json() const;
  bool operator==(const Confinement&) const = default;
};

struct JailReport {
  int pid = 0;  // of the confined program, in the caller's numbering
  Confinement confinement;
};

// The report's text, complete. An error of kind `sandbox` when a required wall or the program's start failed.
Result<JailReport> read_jail_report(std::string_view text);

}  // namespace adapt::sandbox
