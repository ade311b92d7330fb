// The second form: text that stands once.
#include <algorithm>

#include "tools/base/text.h"
#include "tools/edit/indent.h"
#include "tools/toolbox/address.h"
#include "tools/toolbox/answer.h"
#include "tools/toolbox/change.h"
#include "tools/toolbox/similarity.h"

namespace adapt::toolbox {
namespace {

using pyast::Span;

std::string with_line_ends(std::string_view text, std::string_view line_end) {
  std::string out = replace_all(std::string(text), "\r\n", "\n");
  return line_end == "\n" ? out : replace_all(std::move(out), "\n", line_end);
}

std::vector<std::size_t> places_of(std::string_view part, std::string_view text) {
  std::vector<std::size_t> out;
  for (std::size_t at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) out.push_back(at);
  return out;
}

// Where whole lines read as `search` but for one more indentation of all of them.
struct Shifted {
  Span span;  // within the text, from behind the indentation of the first line
  std::string_view indentation;
};
std::vector<Shifted> shifted_places(std::string_view search, std::string_view text) {
  const std::vector<std::string_view> wanted = split_lines(search);
  const std::vector<std::string_view> lines = split_lines(text);
  std::vector<Shifted> out;
  for (std::size_t i = 0; i + wanted.size() <= lines.size(); ++i) {
    if (!lines[i].ends_with(wanted[0]) || trim(wanted[0]).empty()) continue;
    const std::string_view more = lines[i].substr(0, lines[i].size() - wanted[0].size());
    if (more.empty() || !trim(more).empty()) continue;
    const bool all = std::equal(wanted.begin(), wanted.end(), lines.begin() + static_cast<std::ptrdiff_t>(i),
                                [&](std::string_view want, std::string_view line) {
                                  if (trim(want).empty()) return trim(line).empty();
                                  return line.starts_with(more) && line.substr(more.size()) == want;
                                });
    if (!all) continue;
    const std::string_view last = lines[i + wanted.size() - 1];
    out.push_back({{static_cast<std::uint32_t>(lines[i].data() + more.size() - text.data()),
                    static_cast<std::uint32_t>(last.data() + last.size() - text.data())},
                   more});
  }
  return out;
}

// Of whole lines: a search may hold the end of the last one.
Span scope_of(const Target& target) {
  const pyast::Document& document = *target.module->document;
  const Span lines = target.lines();
  return {lines.begin, document.line_start(document.position(lines.end).line + 1)};
}

std::string_view text_of(const Target& target) { return target.module->document->text(scope_of(target)); }

std::string windows_like(const Target& target, std::string_view search) {
  constexpr std::size_t kShown = 3;
  const Span scope = scope_of(target);
  const pyast::Document& document = *target.module->document;
  const std::vector<std::string_view> wanted = split_lines(search);
  // The line that says most decides; the others are shown around it.
  const auto longest = std::max_element(wanted.begin(), wanted.end(), [](std::string_view a, std::string_view b) {
    return trim(a).size() < trim(b).size();
  });
  const std::vector<std::string_view> lines = split_lines(document.text(scope));
  const auto first_line = document.position(scope.begin).line;
  const auto lead = static_cast<std::size_t>(longest - wanted.begin());
  std::string out;
  for (const std::size_t i : most_alike(*longest, lines, kShown)) {
    const std::size_t begin = i - std::min(i, std::min<std::size_t>(lead, 5));
    const std::size_t end = std::min({lines.size(), begin + wanted.size(), begin + 12});
    for (std::size_t k = begin; k < end; ++k) out += fmt::format("{:>5} | {:.300}\n", first_line + k, lines[k]);
    out += "\n";
  }
  return out;
}

tl::unexpected<Error> not_unique(const Target& target, const std::vector<std::uint32_t>& offsets) {
  const pyast::Document& document = *target.module->document;
  Answer answer;
  answer.say("Refused: search stands {} times in {}; take in more of what is around it. Nothing was changed.",
             offsets.size(), target.name());
  std::string rows;
  for (std::size_t i = 0; i < offsets.size() && i < 10; ++i) {
    const Symbol* home = innermost(target.module->symbols, {offsets[i], offsets[i]});
    const std::uint32_t line = document.position(offsets[i]).line;
    rows += fmt::format("{} line {}\n| {:.300}\n", Target{target.module, home}.name(), line, document.line_text(line));
  }
  return std::move(answer.data("places", rows)).complaint();
}

// As it is compared with a text of another indentation.
std::string at_margin(std::string_view text) {
  std::string out;
  for (const std::string_view line : split_lines(text)) {
    if (!out.empty()) out += '\n';
    out += trim(line);
  }
  return out;
}

// Whether this was asked for before and done: an earlier text held the search, and less of what comes in its place.
Result<bool> made_before(Session& session, const Target& target, const Rewrite& asked) {
  const std::string search = at_margin(*asked.search), text = at_margin(*asked.replace);
  const auto count = [&](const Target& place) { return places_of(text, at_margin(text_of(place))).size(); };
  const std::size_t now = text.empty() ? 0 : count(target);
  for (std::string& earlier_text : session.earlier_texts(target.module->source)) {
    if (earlier_text == target.module->text()) continue;
    ADAPT_TRY(const auto earlier, session.module_with(target.module->source, std::move(earlier_text)));
    const auto then = same_in(earlier, target);
    if (!then || !contains(at_margin(text_of(*then)), search)) continue;
    if (text.empty() || now > count(*then)) return true;
  }
  return false;
}

}  // namespace

Result<Change> change_of_text(Session& session, const Target& target, const Rewrite& asked) {
  const Module& module = *target.module;
  const std::string search = with_line_ends(*asked.search, module.line_end());
  const std::string text = with_line_ends(*asked.replace, module.line_end());
  if (trim(search).empty()) return fail(ErrorKind::usage, "arguments.search is empty");
  const Span scope = scope_of(target);
  const std::vector<std::size_t> places = places_of(search, text_of(target));
  if (places.size() == 1) {
    const auto begin = static_cast<std::uint32_t>(scope.begin + places.front());
    const Span span{begin, static_cast<std::uint32_t>(begin + search.size())};
    if (search == text) return already_in_place("search and replace are the same.");
    // The search may be what is left of itself within the replacement (`x` in `f(x)`).
    const std::size_t within = text.find(search);
    const bool grown = within != std::string::npos && within <= span.begin &&
                       std::string_view(module.text()).substr(span.begin - within, text.size()) == text;
    if (grown) {
      ADAPT_TRY(const bool made, made_before(session, target, asked));
      if (made) return already_in_place("search stands within this text already.");
    }
    return Change{span, text};
  }
  std::vector<std::uint32_t> offsets;
  for (const std::size_t at : places) offsets.push_back(static_cast<std::uint32_t>(scope.begin + at));
  if (places.empty()) {
    // Blank lines around it are no part of what is looked for.
    const std::string block = replace_all(*asked.search, "\r\n", "\n");
    const std::vector<Shifted> shifted =
        shifted_places(std::string_view(block).substr(0, block.find_last_not_of('\n') + 1), text_of(target));
    if (shifted.size() == 1) {
      const Span span{scope.begin + shifted[0].span.begin, scope.begin + shifted[0].span.end};
      std::string moved = replace_all(*asked.replace, "\r\n", "\n");
      while (moved.ends_with('\n')) moved.pop_back();
      std::string placed =
          edit::indent_block(moved, std::string(shifted[0].indentation) + moved.substr(0, leading_blanks(moved)));
      placed.erase(0, std::min(shifted[0].indentation.size(), placed.size()));
      return Change{span, with_line_ends(placed, module.line_end()), "search was found with another indentation."};
    }
    for (const Shifted& place : shifted) offsets.push_back(scope.begin + place.span.begin);
  }
  if (!offsets.empty()) return not_unique(target, offsets);
  ADAPT_TRY(const bool made, made_before(session, target, asked));
  if (made) return already_in_place("The text was changed so before.");
  Answer answer;
  answer.say("Refused: search does not stand in {}. Nothing was changed. Nearest lines:", target.name());
  return std::move(answer.data(module.source.file, windows_like(target, *asked.search))).complaint();
}

}  // namespace adapt::toolbox
