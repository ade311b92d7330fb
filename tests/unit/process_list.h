// For tests that count processes: finds them by a word in their command line (forks keep it).
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <iterator>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "tools/base/unique_fd.h"

namespace adapt::tests {

// A process may end between any two steps here: one that cannot be read counts as gone.
inline std::string command_line(const std::string& pid) {
  const UniqueFd fd(::open(("/proc/" + pid + "/cmdline").c_str(), O_RDONLY | O_CLOEXEC));
  std::array<char, 4096> buffer;  // NOLINT: filled by read
  const ssize_t got = fd ? ::read(fd.get(), buffer.data(), buffer.size()) : -1;
  return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();  // empty for a zombie
}

inline std::vector<int> processes_with(const std::string& word) {
  std::vector<int> out;
  std::error_code code;
  for (std::filesystem::directory_iterator it("/proc", code), end; !code && it != end; it.increment(code)) {
    const std::string name = it->path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    if (command_line(name).find(word) != std::string::npos) out.push_back(std::stoi(name));
  }
  return out;
}

inline bool wait_for_count(const std::string& word, bool (*enough)(std::size_t, std::size_t), std::size_t wanted) {
  for (int i = 0; i < 500; ++i) {
    if (enough(processes_with(word).size(), wanted)) return true;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return false;
}

inline bool wait_until_gone(const std::string& word) {
  return wait_for_count(
      word, [](std::size_t n, std::size_t) { return n == 0; }, 0);
}

inline bool wait_until_at_least(const std::string& word, std::size_t wanted) {
  return wait_for_count(
      word, [](std::size_t n, std::size_t least) { return n >= least; }, wanted);
}

inline std::size_t open_descriptors() {
  return static_cast<std::size_t>(
      std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator()));
}

}  // namespace adapt::tests
