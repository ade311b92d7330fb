#include "patterns/mine/replay.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "patterns/propose.h"
#include "tools/edit/edit_set.h"

namespace adapt::patterns::mine {
namespace {

// The text that the pattern makes of the one file of the corpus.
Result<std::string> applied(const Pattern& pattern, Corpus& corpus, ProposeOptions options) {
  options.ignore_frames = true;
  ADAPT_TRY(const auto proposal, propose(pattern, Signature{}, corpus, options));
  const SourceFile& file = corpus.file(0);
  if (!proposal) return file.text;
  // Whether the result is Python was asked of every site, or is of no interest.
  ADAPT_TRY(edit::Sources changed, edit::splice(proposal->edits, {{file.file, file.text}}));
  const auto text = changed.find(file.file);
  if (text == changed.end()) return file.text;
  return std::move(text->second);
}

// Whether to the byte nothing was done but what the author did: each run of lines that became others became theirs.
bool does_as_author(const FilePair& pair, const std::string& made) {
  const std::string& file = pair.before.file;
  const edit::Sources before{{file, pair.before.text}};
  const edit::EditSet own = edit::difference(before, {{file, made}});
  const edit::EditSet author = edit::difference(before, {{file, pair.after}});
  const auto is_theirs = [&](const edit::TextEdit& e) { return std::ranges::count(author.edits(), e) > 0; };
  return std::ranges::all_of(own.edits(), is_theirs);
}

// From this text to the author's.
Result<Example> rest_of(const FilePair& pair, std::string text, std::shared_ptr<const Parsed> after,
                        const Isomorphisms& isomorphisms) {
  FilePair rest{pair.before, pair.after};
  rest.before.text = std::move(text);
  ADAPT_TRY(Parsed parsed, parse_source(rest.before, isomorphisms));
  return Example::compare(std::move(rest), std::make_shared<const Parsed>(std::move(parsed)), std::move(after));
}

struct Left {
  std::size_t missing = 0, wrong = 0;
};

// What is left to do is missing at places that the author changed, and wrong elsewhere.
Left count_left(const Example& example, const Example& rest) {
  Left out;
  for (const TreeEdit& edit : rest.edits()) {
    const pyast::Span span = run_span(rest.after(), edit.after_parent, edit.after_first, edit.after_count);
    const bool known = std::any_of(example.edits().begin(), example.edits().end(), [&](const TreeEdit& own) {
      const pyast::Span place = run_span(example.after(), own.after_parent, own.after_first, own.after_count);
      return place.begin <= span.end && span.begin <= place.end;
    });
    ++(known ? out.missing : out.wrong);
  }
  return out;
}

}  // namespace

Result<Replay> replay(const Pattern& pattern, std::span<const Example> examples) {
  Replay out;
  for (const Example& example : examples) {
    std::vector<Refusal> refused;
    Corpus corpus(std::span(&example.files().before, 1), pattern.isomorphisms);
    ADAPT_TRY(std::string text, applied(pattern, corpus, {.refused = &refused}));
    for (const Refusal& refusal : refused)
      out.notes.push_back(fmt::format("{}:{}: {}", refusal.file, refusal.line, refusal.reason));
    ADAPT_TRY(const Example rest,
              rest_of(example.files(), std::move(text), example.shared_after(), *pattern.isomorphisms));
    const Left left = count_left(example, rest);
    const bool changes = !example.edits().empty();
    out.edits += example.edits().size();
    out.files += changes ? 1 : 0;
    out.exact += changes && rest.edits().empty() ? 1 : 0;
    out.missing += left.missing;
    out.wrong += left.wrong;
  }
  return out;
}

Result<Replay> replay_pairs(const Pattern& pattern, std::span<const FilePair> pairs) {
  ADAPT_TRY(const std::vector<Example> examples, Example::parse_all(pairs, *pattern.isomorphisms));
  return replay(pattern, examples);
}

Result<bool> spoils(const Pattern& pattern, const FilePair& pair) {
  Corpus corpus(std::span(&pair.before, 1), pattern.isomorphisms);
  // All that would be tried. To do less than the author did is no wrong change, so where it is all theirs, nobody need
  // look at which of it would be refused.
  ADAPT_TRY(const std::string tried, applied(pattern, corpus, {.examined = false}));
  if (does_as_author(pair, tried)) return false;
  ADAPT_TRY(Parsed parsed, parse_after(pair, *pattern.isomorphisms));
  const auto after = std::make_shared<const Parsed>(std::move(parsed));
  ADAPT_TRY(Example rest, rest_of(pair, tried, after, *pattern.isomorphisms));
  if (rest.edits().empty()) return false;
  ADAPT_TRY(std::string text, applied(pattern, corpus, {}));
  if (text != tried) {
    if (does_as_author(pair, text)) return false;
    ADAPT_TRY(rest, rest_of(pair, std::move(text), after, *pattern.isomorphisms));
  }
  ADAPT_TRY(auto before, corpus.shared(0));
  return count_left(Example::compare(pair, std::move(before), after), rest).wrong > 0;
}

}  // namespace adapt::patterns::mine
