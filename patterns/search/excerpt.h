// The part of a source that a search has to parse. Parsing costs a hundred times what looking at words costs, so
// statements of the module and members of its classes that hold no match are left out, but for the names they bind, and
// so are elements of long literals.
//
// What is found does not depend on what is left out: where something is not Python, the least part that can be told
// apart is lost, whatever else is parsed with it. Of a literal that is all of it that was to be parsed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "patterns/corpus.h"
#include "patterns/search/rules.h"

namespace adapt::search {

class Excerpt {
 public:
  // Of a file with this text, for matches that lie `within` a part of it. Fails where the parser gives up.
  static Result<Excerpt> of(const patterns::SourceFile& file, const RuleSet& rules,
                            const patterns::Isomorphisms& isomorphisms,
                            std::optional<pyast::Span> within = std::nullopt);

  // Null when no rule can match. Positions in it are its own.
  const patterns::Parsed* parsed() const { return parsed_.terms ? &parsed_ : nullptr; }

  // Where bytes of the excerpt stand in the file; nothing where they are not a piece of it.
  std::optional<pyast::Span> place(pyast::Span span) const;

  // The file cannot be told apart into statements, and its tree holds errors.
  bool is_whole_and_broken() const { return is_whole_and_broken_; }
  // Offsets in the file of parts that are not Python and were left out for it.
  const std::vector<std::uint32_t>& broken() const { return broken_; }
  std::size_t parsed_bytes() const { return parsed_bytes_; }

 private:
  friend class Cutter;
  struct Piece {  // bytes that stand together in the file, too
    std::uint32_t begin = 0, original = 0, length = 0;
  };
  Result<void> parse(const patterns::SourceFile& file, std::string text, const patterns::Isomorphisms& isomorphisms);

  patterns::Parsed parsed_;
  std::vector<Piece> pieces_;
  std::vector<std::uint32_t> broken_;
  bool is_whole_and_broken_ = false;
  std::size_t parsed_bytes_ = 0;
};

}  // namespace adapt::search
