// The places in one source where rules match.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "patterns/corpus.h"
#include "patterns/search/rules.h"
#include "patterns/signature.h"

namespace adapt::search {

// Lines and columns count from 1, columns in characters; `span` is in bytes.
struct Place {
  std::uint32_t line = 1, column = 1, end_line = 1, end_column = 1;
};

// What a metavariable stands for at a site; no span where a sequence is empty.
struct Binding {
  std::string name;
  std::optional<pyast::Span> span;
};

struct Site {
  std::size_t rule = 0;  // index into the rule set
  std::string edit;
  pyast::Span span;
  Place place;
  std::vector<Binding> variables;  // the named ones, as the pattern declares them
  std::string text;                // of the match, cut at kMaxText
  std::string source_line;         // the line it begins in, cut at kMaxText
  std::string function;            // qualified name of the function around it, or ""
  std::uint32_t function_line = 0, function_end_line = 0;

  static constexpr std::size_t kMaxText = 2000;  // bytes
};

struct SourceSites {
  std::vector<Site> sites;         // in source order, then in order of the rules
  std::vector<std::string> notes;  // what was not searched, and why
  std::size_t parsed_bytes = 0;
};

// Places where [when] would have to be asked are sites: [when] is about a failure, and there is none. For the same
// reason frame conditions hold. With `within`, those that lie in that part of the file.
SourceSites find_sites(const patterns::SourceFile& file, const RuleSet& rules,
                       const patterns::Isomorphisms& isomorphisms, std::optional<pyast::Span> within = std::nullopt);

// Matches of one rule's edit that its scope lines and required edits let stand; for whoever has a parsed source.
Result<std::vector<patterns::Match>> matches_in(const Rule& rule, const patterns::Edit& edit,
                                                const patterns::Parsed& parsed, const patterns::SourceFile& file);

}  // namespace adapt::search
