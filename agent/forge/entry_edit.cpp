#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "agent/forge/config_file.h"
#include "agent/forge/entry_items.h"
#include "agent/forge/test_config.h"
#include "agent/forge/test_id.h"
#include "agent/forge/yaml_lines.h"
#include "tools/base/text.h"

namespace adapt::forge {
namespace {

struct Change {
  Range where;
  std::string text;
};

std::string apply(std::string_view text, std::vector<Change> changes) {
  // An insertion before what begins at the same place.
  std::ranges::stable_sort(changes, {},
                           [](const Change& change) { return std::pair(change.where.begin, change.where.end); });
  std::string out;
  std::size_t done = 0;
  for (const Change& change : changes) {
    out += text.substr(done, change.where.begin - done);
    out += change.text;
    done = change.where.end;
  }
  return out.append(text.substr(done));
}

// Text and what is to be done to it.
struct Editor {
  std::string_view text;
  std::string_view line_end;
  std::vector<Change> changes;

  void insert(std::size_t at, std::string lines) {
    const bool open_line = at > 0 && text[at - 1] != '\n';  // the last line of the file has no end
    changes.push_back({{at, at}, open_line ? std::string(line_end) + lines : std::move(lines)});
  }
};

const Piece* find(const std::vector<Piece>& pieces, std::string_view key) {
  const auto found = std::ranges::find(pieces, key, &Piece::key);
  return found == pieces.end() ? nullptr : &*found;
}

void replace_value(Editor& editor, const Piece& piece, const Item& item) {
  std::string lines;
  for (const Item& child : item.children) lines += render(child, piece.indent + kIndent, editor.line_end);
  if (!item.value.empty()) {
    editor.changes.push_back({piece.value, piece.value.empty() ? " " + item.value : item.value});
    if (!piece.children.empty()) editor.changes.push_back({piece.children, ""});
  } else {
    editor.changes.push_back({{piece.colon, piece.whole.end}, std::string(editor.line_end) + lines});
  }
}

const Item* find(const Item* parent, std::string_view key) {
  if (parent == nullptr) return nullptr;
  const auto found = std::ranges::find(parent->children, key, &Item::key);
  return found == parent->children.end() ? nullptr : &*found;
}

// Makes the children of `piece`, which say what `said` says as far as that could be read, say what `item` says.
void merge(Editor& editor, const Piece& piece, const Item& item, const Item* said) {
  const std::vector<Piece> old = pieces_of(editor.text, piece.children);
  if (item.children.empty() || old.empty()) return replace_value(editor, piece, item);
  const auto is_wanted = [&](const Piece& one) {
    return std::ranges::find(item.children, one.key, &Item::key) != item.children.end();
  };
  for (const Piece& one : old)
    if (!is_wanted(one)) editor.changes.push_back({one.whole, ""});
  std::size_t at = piece.children.begin;  // behind the children that come before
  for (const Item& child : item.children) {
    const Piece* there = find(old, child.key);
    if (there == nullptr) {
      editor.insert(at, render(child, old.front().indent, editor.line_end));
      continue;
    }
    const Item* old_child = find(said, child.key);
    if (old_child == nullptr || *old_child != child) merge(editor, *there, child, old_child);
    at = std::max(at, there->whole.end);
  }
}

void add_comment(Editor& editor, const Piece& piece, const Item& item) {
  std::string lines;
  for (const std::string& line : item.comment)
    if (!contains(part_of(editor.text, piece.whole), "# " + line))
      lines += fmt::format("{:{}}# {}{}", "", piece.indent + kIndent, line, editor.line_end);
  if (!lines.empty()) editor.insert(piece.children.begin, std::move(lines));
}

// How much two tests have in common: folders of the loader, then the loader, then the variant.
std::size_t kinship(const TestId& a, const TestId& b) {
  const auto left = split(a.loader, '/'), right = split(b.loader, '/');
  const auto [differs, unused] = std::ranges::mismatch(left, right);
  std::size_t out = static_cast<std::size_t>(differs - left.begin());
  if (a.loader == b.loader) out += a.variant == b.variant ? 2 : 1;
  return out;
}

const Piece* nearest(const std::vector<Piece>& pieces, const TestId& id) {
  const Piece* best = nullptr;
  std::size_t most = 1;
  for (const Piece& piece : pieces) {
    const auto other = parse_test_id(piece.key);
    const std::size_t common = other ? kinship(id, *other) : 0;
    if (common >= most) best = &piece, most = common;
  }
  return best == nullptr ? &pieces.back() : best;
}

// Whether blank lines keep `piece` apart from its neighbour, which is the next one, else the one before.
bool stands_apart(std::string_view text, const std::vector<Piece>& pieces, const Piece& piece) {
  const auto index = static_cast<std::size_t>(&piece - pieces.data());
  if (pieces.size() == 1) return true;
  const std::size_t left = index + 1 < pieces.size() ? index : index - 1;
  const std::string_view gap = part_of(text, {pieces[left].whole.end, pieces[left + 1].whole.begin});
  return std::ranges::any_of(split_lines(gap), [](std::string_view line) { return trim(line).empty(); });
}

void insert_entry(Editor& editor, const std::vector<Piece>& pieces, const TestId& id, const Item& item) {
  const Piece& neighbour = *nearest(pieces, id);
  std::string lines = render(item, neighbour.indent, editor.line_end);
  const bool apart = stands_apart(editor.text, pieces, neighbour);
  editor.insert(neighbour.whole.end, (apart ? std::string(editor.line_end) : "") + lines);
}

Result<void> check(const Settings& settings, std::string_view where) {
  if (settings.empty()) return fail(ErrorKind::usage, "{} says nothing", where);
  for (const Field& field : fields())
    if (const auto* number = std::get_if<MemberOf<std::optional<double>>>(&field.member))
      if (settings.*(*number) && !std::isfinite(*(settings.*(*number))))
        return fail(ErrorKind::usage, "{}: {} is not finite", where, field.name);
  for (const std::string& arch : settings.supported_archs)
    if (std::ranges::find(archs(), arch) == archs().end())
      return fail(ErrorKind::usage, "{}: unknown architecture '{}'{}", where, arch, did_you_mean(arch, arch_names()));
  if (settings.optimization_level.value_or(0) < 0 || settings.optimization_level.value_or(0) > 2)
    return fail(ErrorKind::usage, "{}: optimization_level is 0, 1 or 2", where);
  return {};
}

Result<TestId> check(const TestEntry& entry) {
  ADAPT_TRY(TestId id, parse_test_id(entry.id));
  if (to_string(id) != entry.id)
    return fail(ErrorKind::usage, "'{}' is not the id as a key, which is '{}'", entry.id, to_string(id));
  const std::string where = fmt::format("entry '{}'", entry.id);
  if (!entry.settings.empty() || entry.arch_overrides.empty()) ADAPT_TRY_VOID(check(entry.settings, where));
  for (const auto& [arch, settings] : entry.arch_overrides) {
    if (std::ranges::find(archs(), arch) == archs().end())
      return fail(ErrorKind::usage, "{}: unknown architecture '{}'{}", where, arch, did_you_mean(arch, arch_names()));
    ADAPT_TRY_VOID(check(settings, fmt::format("{}, {}", where, arch)));
  }
  return id;
}

// The edit goes by lines; the reader has the last word.
bool is_proved(const ConfigFile& before, const ConfigFile& after, const TestEntry& entry) {
  const auto others = [&](const ConfigFile& file) {
    std::vector<TestEntry> out;
    for (const PlacedEntry& placed : file.entries)
      if (placed.entry.id != entry.id) out.push_back(placed.entry);
    return out;
  };
  TestEntry wanted = entry;
  wanted.comment.clear();
  const PlacedEntry* placed = after.find(entry.id);
  return after.parsed && placed != nullptr && placed->whole && placed->own && placed->entry == wanted &&
         others(before) == others(after);
}

std::string_view line_end_of(std::string_view text) {
  const std::size_t newline = text.find('\n');
  return newline != std::string_view::npos && newline > 0 && text[newline - 1] == '\r' ? "\r\n" : "\n";
}

Result<std::string> edited(std::string_view text, const TestEntry& entry, const TestId& id, const PlacedEntry* said) {
  const Item item = item_of(entry);
  Editor editor{.text = text, .line_end = line_end_of(text), .changes = {}};
  const std::vector<Piece> top = pieces_of(text, {0, text.size()});
  const Piece* tests = find(top, kTestSection);
  if (tests == nullptr || tests->indent != 0) {
    editor.insert(text.size(),
                  fmt::format("{}:{}{}", kTestSection, editor.line_end, render(item, kIndent, editor.line_end)));
    return apply(text, std::move(editor.changes));
  }
  const std::vector<Piece> pieces = pieces_of(text, tests->children);
  const auto same = std::ranges::count(pieces, entry.id, &Piece::key);
  if (same > 1) return fail(ErrorKind::parse, "'{}' stands there {} times", entry.id, same);
  const Piece* there = find(pieces, entry.id);
  if (there != nullptr && said != nullptr) {
    const Item old = item_of(said->entry);
    add_comment(editor, *there, item);
    merge(editor, *there, item, &old);
  } else if (pieces.empty()) {
    replace_value(editor, *tests, {.key = std::string(kTestSection), .value = {}, .children = {item}});
  } else {
    insert_entry(editor, pieces, id, item);
  }
  return apply(text, std::move(editor.changes));
}

}  // namespace

Result<std::string> with_entry(std::string_view text, const TestEntry& entry) {
  ADAPT_TRY(const TestId id, check(entry));
  const ConfigFile before = read_config(text, "");
  if (!before.parsed)
    return fail(ErrorKind::parse, "line {}: {}", before.findings.back().place.line, before.findings.back().message);
  const PlacedEntry* said = before.find(entry.id);
  if (said != nullptr && !said->own)
    return fail(ErrorKind::parse, "line {}: '{}' shares lines with others by an anchor or alias; write it out first",
                said->place.line, entry.id);
  ADAPT_TRY(std::string after, edited(text, entry, id, said));
  const ConfigFile changed = read_config(after, "");
  // What was written is found again by its lines: the next edit of the entry would go astray otherwise.
  const auto again = edited(after, entry, id, changed.find(entry.id));
  if (!is_proved(before, changed, entry) || !again || *again != after)
    return fail(ErrorKind::parse, "the lines of '{}' cannot be told apart here; write the file with one key a line",
                entry.id);
  return after;
}

}  // namespace adapt::forge
