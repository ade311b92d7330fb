// For tests that count processes: finds them by a word in their command line (forks keep it).
#pragma once

#include <dirent.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <thread>
#include <vector>

namespace adapt::tests {

inline std::vector<int> processes_with(const std::string& word) {
  std::vector<int> out;
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", code)) {
    const std::string name = entry.path().filename().string();
    if (name.find_first_not_of("0123456789") != std::string::npos) continue;
    std::ifstream file(entry.path() / "cmdline", std::ios::binary);
    const std::string line((std::istreambuf_iterator<char>(file)), {});  // empty for a zombie
    if (line.find(word) != std::string::npos) out.push_back(std::stoi(name));
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
