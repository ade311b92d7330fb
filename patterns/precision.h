// How often the code that a pattern looks for is what fails: measured on models that were run, kept as data.
//
//   pattern<TAB>backend<TAB>sites<TAB>failed       precision.tsv, beside the patterns; `#` begins a comment line
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tools/base/result.h"

namespace adapt::patterns {

struct Precision {
  std::uint64_t sites = 0;   // places in models that were run on the backend
  std::uint64_t failed = 0;  // of those, where the model failed there
  double share() const { return sites == 0 ? 0 : static_cast<double>(failed) / static_cast<double>(sites); }
};

class PrecisionTable {
 public:
  // precision.tsv of each folder that has one; a later folder's row replaces an earlier one's.
  static Result<PrecisionTable> load(std::span<const std::filesystem::path> folders);

  // Nothing where nothing was measured.
  std::optional<Precision> of(std::string_view pattern, std::string_view backend) const;
  std::vector<std::string> backends() const;  // those with a row

  Result<void> add(std::string_view text, std::string_view file);

 private:
  std::map<std::pair<std::string, std::string>, Precision> rows_;  // pattern, backend
};

}  // namespace adapt::patterns
