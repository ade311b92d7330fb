// Changes to source files as data: gathered, checked for conflicts, applied all or nothing, printed as a diff.
#pragma once

#include <compare>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tools/base/result.h"
#include "tools/pyast/document.h"

namespace adapt::edit {

// Replaces the bytes of `span` in `file` by `text`. An empty span is an insertion.
struct TextEdit {
  std::string file;  // workspace-relative path or module name: the caller's key
  pyast::Span span;
  std::string text;
  bool operator==(const TextEdit&) const = default;
};

// Full texts by file key.
using Sources = std::map<std::string, std::string>;

class EditSet {
 public:
  // Refuses an edit that overlaps one that is already there (names both places). The same edit twice is one edit.
  // Insertions at one point keep the order in which they were added.
  Result<void> add(TextEdit edit);
  Result<void> merge(const EditSet& other);

  bool empty() const { return edits_.empty(); }
  std::size_t size() const { return edits_.size(); }
  const std::vector<TextEdit>& edits() const { return edits_; }  // sorted by (file, begin)
  std::vector<std::string> files() const;

 private:
  std::vector<TextEdit> edits_;
};

// The new texts of the files that change. Errors, and changes nothing, when: a file is missing, a span is out of range
// or cuts a UTF-8 sequence, or a re-parse has more ERROR or MISSING nodes than before. Bytes outside the edits are
// untouched.
Result<Sources> apply(const EditSet& edits, const Sources& sources);

// The same, but nothing is parsed: for edits whose result was looked at already.
Result<Sources> splice(const EditSet& edits, const Sources& sources);

// Edits that turn apply()'s result back into `sources`.
EditSet inverse(const EditSet& edits, const Sources& sources);

// Edits at the granularity of hunks of lines that turn `before` into `after` (Myers).
EditSet difference(const Sources& before, const Sources& after);

// Unified diff, "a/<file>" and "b/<file>", three lines of context; "" when equal. patch(1) and git apply accept it.
std::string unified_diff(const Sources& before, const Sources& after);

}  // namespace adapt::edit
