// What a run of the model told about variables of one source, by line: answers that its code does not give.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "patterns/term.h"

namespace adapt::patterns {

using Shape = std::vector<std::optional<std::int64_t>>;  // nothing: a size that is not known

// Of a variable or an attribute chain, over all draws. Nothing in a field: the run did not show it.
struct Fact {
  enum class Kind : std::uint8_t { tensor, number, other };
  Kind kind = Kind::tensor;
  std::vector<std::string> dtypes{};           // as torch or Python spells them; several were seen, or one
  std::optional<std::int64_t> rank{};          // where there was one only
  std::vector<std::optional<Shape>> shapes{};  // by draw, where that draw had one only
  std::optional<bool> is_static{};             // one shape whatever the size of the inputs
  std::optional<bool> parameter{};             // the model owns it: a parameter, a buffer, or a view of one
  std::optional<bool> aliased{};               // something else reaches the same memory
  std::optional<bool> gradient{};              // a gradient flows through it where gradients are on
};

class Facts {
 public:
  static constexpr std::uint32_t kAnyLine = 0;

  // `name` is a variable or dotted attributes of one. `line` counts from 1.
  void add(std::uint32_t line, std::string name, Fact fact);
  // Of a term that is a variable or an attribute chain; null where nothing was told.
  const Fact* of(const TermTree& tree, TermId term) const;
  std::size_t draws() const { return draws_; }

 private:
  std::map<std::pair<std::uint32_t, std::string>, Fact> facts_;
  std::size_t draws_ = 0;
};

using FactsByFile = std::map<std::string, Facts>;
using LinesByFile = std::map<std::string, std::set<std::uint32_t>>;

// Whom constraints ask while one file is matched. With `asked`, matching is a survey: what is not known holds, and its
// line is noted, so that a run can be asked for it.
struct Oracle {
  const Facts* facts = nullptr;
  std::set<std::uint32_t>* asked = nullptr;

  // Notes that nothing is known of the term; true in a survey.
  bool unknown(const TermTree& tree, TermId term) const;
};

}  // namespace adapt::patterns
