#include "tools/edit/edit_set.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace adapt::edit {
namespace {

using pyast::Document;
using pyast::Span;

bool is_insertion(Span span) { return span.begin == span.end; }

// Touching is allowed: an insertion may stand at either end of a replacement, two insertions at one point.
bool overlap(Span a, Span b) {
  if (is_insertion(a) || is_insertion(b)) return a.begin < b.end && b.begin < a.end && a != b;
  return a.begin < b.end && b.begin < a.end;
}

auto place(const TextEdit& edit) { return std::tie(edit.file, edit.span.begin, edit.span.end); }

std::size_t sequence_length(unsigned char lead) {
  if (lead >= 0xf0 && lead < 0xf8) return 4;
  if (lead >= 0xe0) return lead < 0xf0 ? 3 : 1;
  return lead >= 0xc0 ? 2 : 1;
}

// Whether a multi-byte character begins before `offset` and ends after it. Stray continuation bytes belong to nobody.
bool cuts_character(std::string_view text, std::size_t offset) {
  const auto is_continuation = [&](std::size_t i) { return (static_cast<unsigned char>(text[i]) & 0xc0U) == 0x80; };
  std::size_t lead = offset;
  while (lead < text.size() && lead > 0 && offset - lead < 3 && is_continuation(lead)) --lead;
  return lead < offset && !is_continuation(lead) &&
         sequence_length(static_cast<unsigned char>(text[lead])) > offset - lead;
}

Result<void> check_place(const TextEdit& edit, std::string_view source) {
  const auto [begin, end] = edit.span;
  if (begin > end || end > source.size())
    return fail(ErrorKind::parse, "an edit of {} covers bytes {} to {}, and the file has {}", edit.file, begin, end,
                source.size());
  for (const std::uint32_t offset : {begin, end})
    if (cuts_character(source, offset))
      return fail(ErrorKind::parse, "an edit of {} cuts a character at byte {}", edit.file, offset);
  return {};
}

std::uint32_t line_of_first_error(const Document& document) {
  for (std::uint32_t i = 0; i < document.node_count(); ++i)
    if (document.at(i).is_error()) return document.at(i).start().line;
  return 1;
}

Result<void> check_no_worse(const std::string& file, const std::string& before, const std::string& after) {
  const auto context = [&](const Error& error) { return fail(error, "while parsing " + file); };
  const auto old_tree = Document::parse(before);
  if (!old_tree) return context(old_tree.error());
  const auto new_tree = Document::parse(after);
  if (!new_tree) return context(new_tree.error());
  const std::uint32_t old_errors = (*old_tree)->error_count();
  const std::uint32_t new_errors = (*new_tree)->error_count();
  if (new_errors <= old_errors) return {};
  return fail(ErrorKind::parse,
              "{} would not parse after the edit: {} syntax errors in place of {}, the first at line {}", file,
              new_errors, old_errors, line_of_first_error(**new_tree));
}

// The edits of one file: `first` to `last`, in order and free of overlap.
using Iterator = std::vector<TextEdit>::const_iterator;

std::string rewritten(Iterator first, Iterator last, std::string_view source) {
  std::string out;
  std::size_t copied = 0;
  for (; first != last; ++first) {
    out += source.substr(copied, first->span.begin - copied);
    out += first->text;
    copied = first->span.end;
  }
  out += source.substr(copied);
  return out;
}

Iterator end_of_file(Iterator first, Iterator last) {
  return std::find_if(first, last, [&](const TextEdit& edit) { return edit.file != first->file; });
}

}  // namespace

Result<void> EditSet::add(TextEdit edit) {
  if (edit.span.begin > edit.span.end)
    return fail(ErrorKind::parse, "an edit of {} ends at byte {}, before it begins at {}", edit.file, edit.span.end,
                edit.span.begin);
  for (const TextEdit& other : edits_) {
    if (other == edit) return {};
    if (other.file == edit.file && overlap(other.span, edit.span))
      return fail(ErrorKind::parse, "two edits of {} overlap: bytes {} to {} and {} to {}", edit.file, other.span.begin,
                  other.span.end, edit.span.begin, edit.span.end);
  }
  const auto after = std::upper_bound(edits_.begin(), edits_.end(), edit,
                                      [](const TextEdit& a, const TextEdit& b) { return place(a) < place(b); });
  edits_.insert(after, std::move(edit));
  return {};
}

Result<void> EditSet::merge(const EditSet& other) {
  EditSet merged = *this;  // a refused merge changes nothing
  for (const TextEdit& edit : other.edits_) ADAPT_TRY_VOID(merged.add(edit));
  edits_ = std::move(merged.edits_);
  return {};
}

std::vector<std::string> EditSet::files() const {
  std::set<std::string> names;
  for (const TextEdit& edit : edits_) names.insert(edit.file);
  return {names.begin(), names.end()};
}

Result<Sources> apply(const EditSet& edits, const Sources& sources) {
  ADAPT_TRY(Sources changed, splice(edits, sources));
  for (const auto& [file, text] : changed) ADAPT_TRY_VOID(check_no_worse(file, sources.at(file), text));
  return changed;
}

Result<Sources> splice(const EditSet& edits, const Sources& sources) {
  Sources changed;
  const std::vector<TextEdit>& all = edits.edits();
  for (auto first = all.begin(); first != all.end();) {
    const auto last = end_of_file(first, all.end());
    const auto source = sources.find(first->file);
    if (source == sources.end())
      return fail(ErrorKind::parse, "an edit names {}, which is not among the sources", first->file);
    for (auto edit = first; edit != last; ++edit) ADAPT_TRY_VOID(check_place(*edit, source->second));
    std::string text = rewritten(first, last, source->second);
    if (text != source->second) changed.emplace(first->file, std::move(text));
    first = last;
  }
  return changed;
}

EditSet inverse(const EditSet& edits, const Sources& sources) {
  EditSet out;
  const std::vector<TextEdit>& all = edits.edits();
  std::vector<TextEdit> undo;
  std::int64_t shift = 0;  // of the file's bytes, by the edits so far
  for (const TextEdit& edit : all) {
    const auto source = sources.find(edit.file);
    ADAPT_CHECK(source != sources.end() && edit.span.end <= source->second.size(),
                "inverse() of edits that do not apply");
    const bool same_file = !undo.empty() && undo.back().file == edit.file;
    if (!same_file) shift = 0;
    const auto begin = static_cast<std::uint32_t>(edit.span.begin + shift);
    const auto end = static_cast<std::uint32_t>(begin + edit.text.size());
    const std::string old = source->second.substr(edit.span.begin, edit.span.end - edit.span.begin);
    shift += static_cast<std::int64_t>(edit.text.size()) - static_cast<std::int64_t>(old.size());
    // Edits that touch are undone as one: two equal deletions side by side would else become one insertion.
    if (same_file && undo.back().span.end == begin) {
      undo.back().span.end = end;
      undo.back().text += old;
    } else {
      undo.push_back({edit.file, {begin, end}, old});
    }
  }
  for (TextEdit& edit : undo) ADAPT_CHECK(out.add(std::move(edit)).has_value(), "inverse edits overlap");
  return out;
}

}  // namespace adapt::edit
