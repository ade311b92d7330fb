// How long it takes to try every pattern of a folder on every Python file of another.
//   bench_patterns PATTERN-FOLDER SOURCE-FOLDER
// Prints one line a measure: name, value, unit; seconds are processor time.
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <vector>

#include "patterns/library.h"
#include "tools/base/file.h"

namespace {

namespace fs = std::filesystem;
// Processor time: the figures mean the same on a busy machine.
double now() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

std::vector<adapt::patterns::SourceFile> sources_of(const fs::path& folder) {
  std::vector<adapt::patterns::SourceFile> out;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() != ".py") continue;
    if (auto text = adapt::read_file(entry.path())) {
      const std::string file = fs::relative(entry.path(), folder).string();
      out.push_back({file, file, std::move(*text), "model"});
    }
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: bench_patterns PATTERN-FOLDER SOURCE-FOLDER\n");
    return 2;
  }
  const fs::path folder = argv[1];
  const auto library = adapt::patterns::Library::load(std::span(&folder, 1));
  if (!library) {
    fmt::print(stderr, "{}\n", library.error().message);
    return 1;
  }
  const auto files = sources_of(argv[2]);
  double bytes = 0;
  for (const auto& file : files) bytes += static_cast<double>(file.text.size());

  auto begin = now();
  adapt::patterns::Corpus corpus(files, library->isomorphisms());
  fmt::print("patterns.index {:.3f} s\npatterns.index_rate {:.1f} MB/s\n", now() - begin,
             bytes / 1e6 / (now() - begin));
  for (const char* round : {"cold", "warm"}) {
    begin = now();
    std::size_t sites = 0;
    for (const std::string& id : library->ids()) {
      const auto one = now();
      const auto proposal = adapt::patterns::propose(*library->find(id), {}, corpus, {.ignore_frames = true});
      const std::size_t found = proposal && *proposal ? (*proposal)->sites.size() : 0;
      const std::size_t refused = proposal && *proposal ? (*proposal)->refused.size() : 0;
      if (!proposal) fmt::print("# {}: {}\n", id, proposal.error().message);
      fmt::print("# {} {}: {:.3f} s, {} sites, {} refused\n", round, id, now() - one, found, refused);
      sites += found;
    }
    fmt::print("patterns.{} {:.3f} s\npatterns.sites {} count\n", round, now() - begin, sites);
  }
  fmt::print("patterns.library {} count\npatterns.files {} count\npatterns.bytes {:.1f} MB\n", library->size(),
             files.size(), bytes / 1e6);
  return 0;
}
