// adapt-jail's command line. What is asked for is required, unless it is named in --optional.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "tools/base/result.h"

namespace adapt::jail {

struct Options {
  std::uint64_t memory_bytes =
      0;  // RLIMIT_DATA, not RLIMIT_AS: torch and device runtimes reserve far more than they use
  std::uint64_t address_bytes = 0;
  std::uint64_t cpu_seconds = 0;
  std::uint64_t file_bytes = 0;
  std::uint64_t processes = 0;
  bool no_network = false;
  bool private_processes = false;
  bool read_only = false;
  std::set<std::string> optional;  // network, processes, filesystem
  std::vector<std::string> writable;
  std::vector<std::string> hidden;
  std::vector<std::string> tmpfs;
  std::vector<std::string> devices;
  std::string scratch;
  int report_fd = -1;
  int lifeline_fd = -1;
  std::vector<int> keep_fds;
  bool help = false;
  std::vector<std::string> argv;
};

Result<Options> parse_options(const std::vector<std::string>& arguments);
std::string help_text();

}  // namespace adapt::jail
