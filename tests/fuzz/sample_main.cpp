// Usage: <target>_sample <folder of seeds> <count> [first]. The seeds, then that many inputs made of them, the same in
// every run: what `make test` can afford of fuzzing. An input that ends the process is named, kept, and made again by
// giving its number as the first.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kMostBytes = 4096;
constexpr char kKept[] = "fuzz_sample.found";
constexpr std::string_view kEnds = " ends it; kept as fuzz_sample.found\n";

std::string input;         // the one that is tried, for the handler
std::uint64_t number = 0;  // of it

// Only what a signal handler may call.
void keep_input(int signal) {
  char text[128] = "input ";
  char* end = std::to_chars(text + 6, text + 26, number).ptr;
  end = std::ranges::copy(kEnds, end).out;
  if (const int file = open(kKept, O_WRONLY | O_CREAT | O_TRUNC, 0644); file >= 0) {
    [[maybe_unused]] const auto written = write(file, input.data(), input.size());
    close(file);
  }
  [[maybe_unused]] const auto told = write(2, text, static_cast<std::size_t>(end - text));
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

using Random = std::mt19937_64;

std::size_t below(Random& random, std::size_t bound) { return bound == 0 ? 0 : random() % bound; }

void mutate(std::string& text, const std::string& other, Random& random) {
  const std::size_t at = below(random, text.size() + 1);
  const std::size_t length = std::min(below(random, 32) + 1, text.size() - at);
  const std::size_t from = below(random, other.size() + 1);
  switch (below(random, 6)) {
    case 0: text.insert(at, 1, static_cast<char>(random())); break;
    case 1: text.erase(at, length); break;
    case 2:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(random, 8)));
      break;
    case 3: text.insert(at, other, from, below(random, 64)); break;
    case 4: text.insert(at, text.substr(at, length)); break;
    default: text.replace(at, length, other, from, length);
  }
}

void run_one(std::string text) {
  input = std::move(text);
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

std::vector<std::string> seeds_of(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::ranges::sort(paths);
  std::vector<std::string> out;
  for (const auto& path : paths)
    if (auto text = adapt::read_file(path)) out.push_back(text->substr(0, kMostBytes));
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3 || argc > 4) return std::fprintf(stderr, "usage: %s <folder of seeds> <count> [first]\n", argv[0]), 2;
  const std::vector<std::string> seeds = seeds_of(argv[1]);
  if (seeds.empty()) return std::fprintf(stderr, "%s: no seeds\n", argv[1]), 2;
  for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTERM}) std::signal(signal, keep_input);

  for (const std::string& seed : seeds) run_one(seed);
  const std::uint64_t count = std::stoull(argv[2]);
  const std::uint64_t first = argc == 4 ? std::stoull(argv[3]) : 0;
  for (number = first; number < first + count; ++number) {
    Random random(number);
    std::string text = seeds[below(random, seeds.size())];
    for (std::size_t step = below(random, 6) + 1; step > 0; --step)
      mutate(text, seeds[below(random, seeds.size())], random);
    run_one(text.substr(0, kMostBytes));
  }
  std::printf("%zu seeds and %llu inputs made of them, nothing found\n", seeds.size(),
              static_cast<unsigned long long>(count));
}
