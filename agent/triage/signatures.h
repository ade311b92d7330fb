// Which signatures of the table a line carries.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "agent/triage/matcher.h"
#include "agent/triage/tables.h"

namespace adapt::triage {

struct Match {
  std::size_t signature = 0;         // its row
  std::uint32_t begin = 0, end = 0;  // of the text that decided, in bytes of the line
  bool operator==(const Match&) const = default;
};

// The patterns of a table, made ready once; any number of finders may read it at a time.
class SignatureIndex {
 public:
  explicit SignatureIndex(const Tables& tables);  // keeps no reference to it

 private:
  friend class SignatureFinder;
  // A text of a pattern; in a group each follows the one before it.
  struct Part {
    std::uint32_t needle = 0;
    bool is_whole = false;  // a word, or several
  };
  using Group = std::vector<Part>;

  std::vector<std::vector<Group>> patterns_;       // by row; all groups have to be there
  std::vector<std::vector<std::uint32_t>> keyed_;  // rows by the needle whose absence excludes them
  std::vector<std::size_t> lengths_;               // of needles
  std::optional<Matcher> matcher_;                 // always, once made
};

const SignatureIndex& built_in_index();

class SignatureFinder {
 public:
  explicit SignatureFinder(const SignatureIndex& index);  // outlives it

  // In the order of the table, each at most once.
  void find(std::string_view line, std::vector<Match>& out);

 private:
  bool place_group(std::string_view line, const SignatureIndex::Group& group, Match& match) const;

  const SignatureIndex& index_;
  std::vector<Matcher::Hit> hits_;
  std::vector<std::vector<std::uint32_t>> found_;  // ends on the present line by needle
};

}  // namespace adapt::triage
