#include "patterns/search/sites.h"

#include <algorithm>
#include <tuple>

#include "patterns/chain.h"
#include "patterns/scope.h"
#include "patterns/search/excerpt.h"

namespace adapt::search {
namespace {

using patterns::Edit;
using patterns::Match;
using patterns::Parsed;
using patterns::Pattern;
using patterns::SourceFile;

// Line and column of bytes in a text.
class Lines {
 public:
  explicit Lines(std::string_view text) : text_(text) {
    starts_.push_back(0);
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
      starts_.push_back(static_cast<std::uint32_t>(at + 1));
  }

  std::uint32_t line(std::uint32_t offset) const {  // from 1
    return static_cast<std::uint32_t>(std::upper_bound(starts_.begin(), starts_.end(), offset) - starts_.begin());
  }
  std::uint32_t column(std::uint32_t offset) const {  // from 1, in characters
    const std::string_view before = text_.substr(starts_[line(offset) - 1], offset - starts_[line(offset) - 1]);
    return 1 + static_cast<std::uint32_t>(std::count_if(before.begin(), before.end(), [](char c) {
             return (static_cast<unsigned char>(c) & 0xc0U) != 0x80;
           }));
  }
  std::string_view text_of(std::uint32_t line) const {
    const std::uint32_t begin = starts_[line - 1];
    const std::string_view rest = text_.substr(begin);
    std::string_view out = rest.substr(0, rest.find('\n'));
    if (out.ends_with('\r')) out.remove_suffix(1);
    return out;
  }
  Place place(pyast::Span span) const {
    return {line(span.begin), column(span.begin), line(span.end), column(span.end)};
  }

 private:
  std::string_view text_;
  std::vector<std::uint32_t> starts_;
};

std::string cut(std::string_view text) {
  if (text.size() <= Site::kMaxText) return std::string(text);
  std::size_t end = Site::kMaxText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) --end;  // not within a character
  return std::string(text.substr(0, end)) + "...";
}

// Whether every edit that is chained to this match has a place, where the pattern asks for all of them.
Result<bool> is_complete(const Pattern& pattern, const Edit& anchor, const Match& match, const Parsed& parsed,
                         const SourceFile& file) {
  for (const Edit& edit : pattern.edits) {
    // Other files are not at hand; whoever applies the pattern asks there.
    if (edit.after != anchor.id || edit.scope == patterns::ChainScope::package) continue;
    ADAPT_TRY(const auto found, patterns::find_matches(edit.before, edit.variables, *parsed.terms,
                                                       patterns::chained_options(edit, anchor, match)));
    bool any = false;
    for (const Match& next : found) {
      ADAPT_TRY(const bool holds, patterns::in_scope(edit, next, file, nullptr));
      if (!holds) continue;
      ADAPT_TRY(const bool rest, is_complete(pattern, edit, next, parsed, file));
      any = any || rest;
      if (any) break;
    }
    if (!any) return false;
  }
  return true;
}

class Finder {
 public:
  Finder(const SourceFile& file, const RuleSet& rules, const Excerpt& excerpt)
      : file_(file), rules_(rules), excerpt_(excerpt), lines_(file.text) {}

  SourceSites run() {
    for (std::size_t i = 0; i < rules_.rules().size(); ++i) {
      const Rule& rule = rules_.rules()[i];
      for (const Edit* edit : rule.edits) {
        const auto matches = matches_in(rule, *edit, *excerpt_.parsed(), file_);
        if (!matches) out_.notes.push_back(fmt::format("pattern {}: {}", rule.pattern->id, matches.error().message));
        if (matches)
          for (const Match& match : *matches) add(i, *edit, match);
      }
    }
    if (excerpt_.is_whole_and_broken())
      out_.notes.emplace_back("not Python throughout; searched as far as it parses");
    else if (!excerpt_.broken().empty())
      out_.notes.push_back(fmt::format("not Python throughout: {} of its statements not searched, the first at line {}",
                                       excerpt_.broken().size(), lines_.line(excerpt_.broken().front())));
    const auto order = [](const Site& site) {
      return std::tuple(site.span.begin, site.rule, site.span.end);  // alternatives of one rule may agree on a place
    };
    std::stable_sort(out_.sites.begin(), out_.sites.end(),
                     [&](const Site& a, const Site& b) { return order(a) < order(b); });
    out_.sites.erase(std::unique(out_.sites.begin(), out_.sites.end(),
                                 [&](const Site& a, const Site& b) { return order(a) == order(b); }),
                     out_.sites.end());
    return std::move(out_);
  }

 private:
  void add(std::size_t rule, const Edit& edit, const Match& match) {
    const auto span = excerpt_.place(match.span());
    if (!span) return;  // what stands for a definition that was left out
    Site site;
    site.rule = rule;
    site.edit = edit.id;
    site.span = *span;
    site.place = lines_.place(*span);
    site.text = cut(std::string_view(file_.text).substr(span->begin, span->end - span->begin));
    site.source_line = cut(lines_.text_of(site.place.line));
    const pyast::Node node = match.tree->at(match.roots.front()).node;
    site.function = pyast::NameTable::enclosing_qualname(node);
    if (const pyast::Node function = patterns::enclosing(node, "function_definition"))
      if (const auto around = excerpt_.place(function.span())) {
        site.function_line = lines_.line(around->begin);
        site.function_end_line = lines_.line(around->end);
      }
    site.variables = bindings(edit, match);
    out_.sites.push_back(std::move(site));
  }

  std::vector<Binding> bindings(const Edit& edit, const Match& match) const {
    std::vector<Binding> out;
    for (std::size_t i = 0; i < edit.variables.size(); ++i) {
      if (i >= match.captures.size() || !match.captures[i]) continue;  // only in the new code
      const patterns::Capture& capture = *match.captures[i];
      Binding& binding = out.emplace_back(Binding{edit.variables[i].name, std::nullopt});
      if (!capture.terms.empty())
        binding.span = excerpt_.place(
            {capture.tree->at(capture.terms.front()).span().begin, capture.tree->at(capture.terms.back()).span().end});
    }
    return out;
  }

  const SourceFile& file_;
  const RuleSet& rules_;
  const Excerpt& excerpt_;
  Lines lines_;
  SourceSites out_;
};

}  // namespace

Result<std::vector<Match>> matches_in(const Rule& rule, const Edit& edit, const Parsed& parsed,
                                      const SourceFile& file) {
  ADAPT_TRY(auto found, patterns::find_matches(edit.before, edit.variables, *parsed.terms, {}));
  std::vector<Match> out;
  for (Match& match : found) {
    ADAPT_TRY(bool holds, patterns::in_scope(edit, match, file, nullptr));
    if (holds && rule.pattern->require_all) {
      ADAPT_TRY(holds, is_complete(*rule.pattern, edit, match, parsed, file));
    }
    if (holds) out.push_back(std::move(match));
  }
  return out;
}

SourceSites find_sites(const SourceFile& file, const RuleSet& rules, const patterns::Isomorphisms& isomorphisms,
                       std::optional<pyast::Span> within) {
  const auto excerpt = Excerpt::of(file, rules, isomorphisms, within);
  SourceSites out;
  if (!excerpt) {
    out.notes.push_back(excerpt.error().message);
    return out;
  }
  if (excerpt->parsed() != nullptr) out = Finder(file, rules, *excerpt).run();
  if (within) std::erase_if(out.sites, [&](const Site& site) { return !within->contains(site.span); });
  out.parsed_bytes = excerpt->parsed_bytes();
  return out;
}

}  // namespace adapt::search
