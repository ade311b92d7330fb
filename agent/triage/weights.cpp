#include "agent/triage/weights.h"

#include <charconv>
#include <cmath>

#include "triage_tables.h"

namespace adapt::triage {

Result<Weights> Weights::parse(std::string_view text, const Tables& tables) {
  Weights out;
  ADAPT_TRY(const auto rows, read_cells(text, 4, "weights"));
  for (const auto& row : rows) {
    Share share;
    const auto [end, code] = std::from_chars(row[3].data(), row[3].data() + row[3].size(), share.weight);
    if (code != std::errc() || end != row[3].data() + row[3].size() || !std::isfinite(share.weight))
      return fail(ErrorKind::parse, "weight of '{}': '{}' is not a number", row[1], row[3]);
    const bool of_category = row[0] == "category";
    const auto category = tables.category(row[2]);
    const auto bringup = parse_bringup(row[2]);
    if (of_category ? !category.has_value() : row[0] != "bringup" || !bringup)
      return fail(ErrorKind::parse, "weight of '{}': unknown class '{}' of '{}'", row[1], row[2], row[0]);
    share.index = of_category ? *category : static_cast<std::size_t>(*bringup);
    Entry& entry = out.entries_[std::string(row[1])];
    (of_category ? entry.categories : entry.bringups).push_back(share);
  }
  return out;
}

void Weights::add(const std::vector<std::string>& words, std::vector<double>& categories,
                  std::vector<double>& bringups) const {
  for (const std::string& word : words) {
    const auto found = entries_.find(word);
    if (found == entries_.end()) continue;
    for (const Share& share : found->second.categories) categories[share.index] += share.weight;
    for (const Share& share : found->second.bringups) bringups[share.index] += share.weight;
  }
}

const Weights& built_in_weights() {
  static const Weights weights = [] {
    auto parsed = Weights::parse(data::k_weights, built_in_tables());
    ADAPT_CHECK(parsed.has_value(), parsed ? "" : parsed.error().message.c_str());
    return std::move(*parsed);
  }();
  return weights;
}

}  // namespace adapt::triage
