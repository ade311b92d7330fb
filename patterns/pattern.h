// A pattern: one proven repair as data. Written as a .adapt file (docs/PATTERNS.md), immutable once loaded.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "patterns/carrier.h"
#include "patterns/check.h"
#include "patterns/match.h"
#include "patterns/relation.h"
#include "patterns/signature.h"
#include "patterns/template.h"
#include "patterns/version.h"

namespace adapt::patterns {

enum class Risk : std::uint8_t {
  exact,     // same bits
  rounding,  // same function, other rounding
  guarded,   // same function under an assumption that a guard checks
  semantic,  // may differ; a person decides
};
std::string_view to_string(Risk risk);

enum class FrameRule : std::uint8_t { in_match, same_function, same_file, any };

// When it is worth trying. A key without alternatives always holds.
struct When {
  std::vector<Regex> backend, stage, failure_class, op, message, file;
  std::vector<Requirement> needs;    // packages that the environment must have
  FrameRule frame = FrameRule::any;  // the widest one given
  std::size_t keys = 0;              // how many were given: more is more specific

  bool holds(const Signature& signature) const;
  // Whether a failure on this backend can be meant; nothing else is asked.
  bool can_hold_on(std::string_view backend_name) const;
};

// One "@..." line of an edit.
struct ScopeLine {
  enum class What : std::uint8_t {
    in_def,
    in_class,
    in_module,   // name matches `regex`
    in_frame,    // in a function of the failure's frames
    in_traced,   // in code that `forward` runs
    in_kind,     // inside one of these kinds of code
    contains,    // `where` holds code like `code`
    used_after,  // `variable` is read in the function behind the match
  };
  enum class Where : std::uint8_t { match, function, class_, file };
  What what = What::in_def;
  Where where = Where::match;
  bool negated = false;
  Regex regex;
  std::vector<std::string> kinds;
  Compiled code;
  int variable = -1;
};

enum class ChainScope : std::uint8_t { function, class_, file, package };

// One change group of an edit: which terms of the pattern go (or next to which term), and the text that comes.
struct Hunk {
  enum class How : std::uint8_t { replace, insert_before, insert_after };
  How how = How::replace;
  std::vector<int> terms;  // pattern terms, in order; one for insertions
  Template text;
};

struct Edit {
  std::string id;
  std::uint32_t line = 0;  // in the pattern file
  std::string after;       // the edit it depends on, or ""
  ChainScope scope = ChainScope::function;
  std::map<std::string, std::string> binds;  // this edit's variable -> the other's
  bool drop_comments = false;
  std::vector<Variable> variables;
  std::set<int> computed;          // variables that the new code computes
  std::vector<std::string> fresh;  // names of ours, renamed where they clash
  std::vector<ScopeLine> scope_lines;
  std::vector<Relation> relations;
  Compiled before;
  std::optional<Compiled> new_code;  // the new code, where it can be looked for: see settled.h
  std::set<std::string> old_words;   // identifiers that the old code holds: the new code may use them too
  std::vector<Hunk> hunks;           // in text order
};

struct Helper {
  std::string name;
  Template text;  // a def at module level, no holes
};

struct Sample {
  std::string name;
  std::uint32_t line = 0;
  bool changes = false;
  std::string module;  // "sample" unless given
  Facts facts;         // what a run is taken to have told, on any line
  std::string before, after;
};

struct Pattern {
  std::string id;
  int revision = 1;
  std::string title, status, why;
  Risk risk = Risk::semantic;
  std::vector<std::string> assumptions;
  bool require_all = false;  // every chained edit must find a place, or none is applied
  When when;
  std::vector<Edit> edits;
  std::map<std::string, std::string> ensure;  // name -> import statement
  std::vector<Helper> helpers;
  std::vector<Sample> samples;
  std::vector<Check> checks;
  Carrier carrier;
  std::map<std::string, std::string> notes;  // [origin], [record] as written
  std::filesystem::path file;
  std::string text;  // the whole file
  std::shared_ptr<const Isomorphisms> isomorphisms;
};

// `file` names the place in complaints: "cumsum.adapt:12: unknown section '[eddit]'; did you mean 'edit'?"
Result<Pattern> parse_pattern(std::string_view text, const std::filesystem::path& file,
                              std::shared_ptr<const Isomorphisms> isomorphisms);
Result<Pattern> load_pattern(const std::filesystem::path& file, std::shared_ptr<const Isomorphisms> isomorphisms);

}  // namespace adapt::patterns
