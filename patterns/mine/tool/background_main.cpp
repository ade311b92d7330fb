// Builds the background table: how many files of some installed libraries hold each feature of code.
//
//   adapt-background <isomorphisms.txt> <least share of files> <folder>... > background.tsv
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>

#include "patterns/mine/background.h"
#include "tools/base/file.h"

namespace fs = std::filesystem;
using namespace adapt;
using namespace adapt::patterns;

int main(int argc, char** argv) {
  if (argc < 4) return fmt::print(stderr, "usage: adapt-background ISOMORPHISMS LEAST_SHARE FOLDER...\n"), 2;
  const auto isomorphisms = Isomorphisms::load(argv[1]);
  if (!isomorphisms) return fmt::print(stderr, "{}\n", isomorphisms.error().message), 2;
  std::map<std::uint64_t, std::uint32_t> files;
  std::uint32_t total = 0;
  for (int i = 3; i < argc; ++i) {
    std::error_code code;
    for (fs::recursive_directory_iterator at(argv[i], code), end; !code && at != end; at.increment(code)) {
      if (at->path().extension() != ".py") continue;
      auto text = read_file(at->path());
      if (!text) continue;
      const auto parsed = parse_source({"m", at->path().string(), std::move(*text), "model"}, **isomorphisms);
      if (!parsed) continue;
      ++total;
      for (const std::uint64_t feature : mine::features_of(*parsed->terms)) ++files[feature];
    }
  }
  const auto least = static_cast<std::uint32_t>(std::atof(argv[2]) * total);
  fmt::print("# How many files of widely used Python libraries hold a feature of code (patterns/mine/background.h).\n");
  fmt::print("# Made by adapt-background; features in fewer than {} of the files are rare, and left out.\n", argv[2]);
  fmt::print("files\t{}\n", total);
  for (const auto& [feature, count] : files)
    if (count >= least) fmt::print("{}\t{:x}\n", count, feature);
  return 0;
}
