// What labelled failures taught beyond the signatures: how much each word speaks for a category and for a status.
// tests/bench/triage_learning.py writes the table.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "agent/triage/tables.h"

namespace adapt::triage {

class Weights {
 public:
  // Rows: category or bringup, the word, the class, the weight. Of no rows: words say nothing.
  static Result<Weights> parse(std::string_view text, const Tables& tables);

  // Adds to each class what the words say; `categories` and `bringups` are as long as there are classes.
  void add(const std::vector<std::string>& words, std::vector<double>& categories, std::vector<double>& bringups) const;

 private:
  struct Share {
    std::size_t index = 0;
    double weight = 0;
  };
  struct Entry {
    std::vector<Share> categories, bringups;
  };
  std::unordered_map<std::string, Entry> entries_;
};

const Weights& built_in_weights();

}  // namespace adapt::triage
