#include "patterns/edit_body.h"

#include <algorithm>
#include <optional>

#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

struct Group {       // consecutive '-' and '+' lines
  pyast::Span gone;  // bytes in the old text; empty for pure insertions
  std::vector<std::string> added;
};

struct Sides {
  std::string before, after;
  std::vector<Group> groups;
  bool has_context = false;
};

Sides split_sides(const std::vector<BodyLine>& lines) {
  Sides out;
  bool open = false;
  for (const BodyLine& line : lines) {
    if (line.marker == '@') continue;
    const auto offset = static_cast<std::uint32_t>(out.before.size());
    if (line.marker == ' ') {
      out.has_context = out.has_context || !trim(line.text).empty();
      open = open && trim(line.text).empty();  // a blank line does not end a group
    } else if (!open) {
      out.groups.push_back({{offset, offset}, {}});
      open = true;
    }
    if (line.marker != '+') out.before += line.text + "\n";
    if (line.marker != '-') out.after += line.text + "\n";
    if (line.marker == '-') out.groups.back().gone.end = static_cast<std::uint32_t>(out.before.size());
    if (line.marker == '+') out.groups.back().added.push_back(line.text);
  }
  return out;
}

std::size_t indentation_of(std::string_view line) { return std::min(line.find_first_not_of(' '), line.size()); }

// Joined, with the common indentation removed.
std::string dedent(const std::vector<std::string>& lines) {
  std::size_t common = std::string::npos;
  for (const std::string& line : lines)
    if (!trim(line).empty()) common = std::min(common, indentation_of(line));
  std::string out;
  for (const std::string& line : lines) {
    if (!out.empty()) out += '\n';
    if (!trim(line).empty()) out += line.substr(common);
  }
  return out;
}

// Whole lines of code: what a change group may take out or stand beside.
bool is_block_item(const PatternTerm& term) {
  return term.kind.ends_with("_statement") || term.kind.ends_with("_definition") || term.kind == "decorator" ||
         term.kind.ends_with("_clause");
}

void collect(const PatternTerm& term, std::vector<const PatternTerm*>& out) {
  if (is_block_item(term)) out.push_back(&term);
  for (const PatternTerm& child : term.children) {
    collect(child, out);
    if (term.role == PatternTerm::Role::any_of) break;  // the other spellings have no place in the text
  }
}

class Hunks {
 public:
  Hunks(const Edit& edit, std::string_view text) : text_(text) {
    for (const PatternTerm& root : edit.before.roots) collect(root, items_);
  }

  // The terms that make up exactly these lines, or nothing when they cut through a term.
  std::vector<int> terms_in(pyast::Span lines) const {
    std::vector<const PatternTerm*> taken;
    for (const PatternTerm* item : items_) {
      if (!lines.contains(item->span)) continue;
      if (!taken.empty() && taken.back()->span.contains(item->span)) continue;  // inside one that is taken
      taken.push_back(item);
    }
    if (taken.empty()) return {};
    std::uint32_t at = lines.begin;
    for (const PatternTerm* item : taken) {
      if (!blank(at, item->span.begin)) return {};
      at = item->span.end;
    }
    if (!blank(at, lines.end)) return {};
    std::vector<int> ids;
    for (const PatternTerm* item : taken) ids.push_back(item->id);
    return ids;
  }

  const PatternTerm* before(std::uint32_t place, std::size_t column) const {
    const PatternTerm* best = nullptr;
    for (const PatternTerm* item : items_)
      if (item->span.end <= place && column_of(*item) == column && blank(item->span.end, place) &&
          (best == nullptr || item->span.begin < best->span.begin))
        best = item;
    return best;
  }

  const PatternTerm* behind(std::uint32_t place, std::size_t column) const {
    for (const PatternTerm* item : items_)  // pre-order: the outermost comes first
      if (item->span.begin >= place && column_of(*item) == column && blank(place, item->span.begin)) return item;
    return nullptr;
  }

 private:
  bool blank(std::uint32_t begin, std::uint32_t end) const {
    return begin <= end && trim(text_.substr(begin, end - begin)).empty();
  }
  std::size_t column_of(const PatternTerm& item) const {
    const std::size_t begin = item.span.begin == 0 ? 0 : text_.rfind('\n', item.span.begin - 1) + 1;
    return item.span.begin - begin;
  }

  std::string_view text_;
  std::vector<const PatternTerm*> items_;
};

// One hunk a change group; nothing when a group is not made of whole statements.
Result<std::optional<std::vector<Hunk>>> hunks_of(Edit& edit, const Sides& sides, std::string_view encoded_before,
                                                  const std::vector<std::uint32_t>& shift,
                                                  const Isomorphisms& isomorphisms) {
  const Hunks finder(edit, encoded_before);
  std::vector<Hunk> out;
  for (const Group& group : sides.groups) {
    Hunk hunk;
    const pyast::Span gone{shift[group.gone.begin], shift[group.gone.end]};
    const std::string added = dedent(group.added);
    if (gone.begin < gone.end) {
      hunk.terms = finder.terms_in(gone);
      if (hunk.terms.empty()) return std::nullopt;
    } else {
      const auto first =
          std::find_if(group.added.begin(), group.added.end(), [](const auto& l) { return !trim(l).empty(); });
      const std::size_t column = first == group.added.end() ? 0 : indentation_of(*first);
      const PatternTerm* previous = finder.before(gone.begin, column);
      const PatternTerm* next = finder.behind(gone.begin, column);
      if (added.starts_with('@') && next != nullptr && previous != nullptr && previous->kind != "decorator")
        previous = nullptr;
      if (previous == nullptr && next == nullptr) return std::nullopt;
      hunk.how = previous != nullptr ? Hunk::How::insert_after : Hunk::How::insert_before;
      hunk.terms = {previous != nullptr ? previous->id : next->id};
    }
    auto made =
        make_template(added.starts_with('@') ? added + "\ndef _(): pass" : added, edit.variables, isomorphisms, false);
    if (!made) return std::nullopt;  // for example an `else:` without its `if`: replace the whole
    if (added.starts_with('@')) {
      ADAPT_TRY(const Encoded encoded, encode(added, edit.variables));
      made->code.encoded.text = encoded.text;
    }
    hunk.text = std::move(*made);
    out.push_back(std::move(hunk));
  }
  return out;
}

// Offsets in the written text to offsets in the encoded text, for line starts (metavariables change the length of a
// line).
std::vector<std::uint32_t> line_shift(std::string_view written, std::string_view encoded) {
  std::vector<std::uint32_t> out(written.size() + 1, 0);
  std::size_t at = 0;
  for (std::size_t i = 0; i <= written.size(); ++i) {
    if (i > 0 && written[i - 1] == '\n') at = encoded.find('\n', at) + 1;
    out[i] = static_cast<std::uint32_t>(at);
  }
  return out;
}

Result<void> check_bound(Edit& edit) {
  std::vector<bool> bound(edit.variables.size(), false);
  const auto visit = [&](const auto& self, const PatternTerm& term) -> void {
    if (term.variable >= 0) bound[static_cast<std::size_t>(term.variable)] = true;
    for (const PatternTerm& child : term.children) self(self, child);
  };
  for (const PatternTerm& root : edit.before.roots) visit(visit, root);
  for (std::size_t i = 0; i < bound.size(); ++i) {
    const Variable& variable = edit.variables[i];
    if (!variable.computed) continue;
    if (bound[i]) return fail(ErrorKind::parse, "${} is computed, so it cannot stand in the old code", variable.name);
    const auto has = [&](const std::string& name) {
      for (std::size_t k = 0; k < bound.size(); ++k)
        if (edit.variables[k].name == name && !edit.variables[k].computed) return bound[k] || edit.binds.contains(name);
      return false;
    };
    bound[i] = std::all_of(variable.computed->of.begin(), variable.computed->of.end(), has);
  }
  for (const Hunk& hunk : edit.hunks)
    for (const Template::Hole& hole : hunk.text.holes) {
      const std::string& name = edit.variables[static_cast<std::size_t>(hole.variable)].name;
      if (edit.variables[static_cast<std::size_t>(hole.variable)].computed) edit.computed.insert(hole.variable);
      if (!bound[static_cast<std::size_t>(hole.variable)] && !edit.binds.contains(name))
        return fail(ErrorKind::parse, "${} is used in the new code but nothing in the old code binds it", name);
    }
  return {};
}

// The new code as something to look for; nothing where it is too little to be recognised, such as a deletion.
std::optional<Compiled> compile_new_code(const Edit& edit, const std::string& text, const Isomorphisms& isomorphisms) {
  std::vector<Variable> variables = edit.variables;
  const auto code = parse_code(text, variables, isomorphisms);
  if (!code || variables.size() != edit.variables.size()) return std::nullopt;
  for (const Hunk& hunk : edit.hunks)
    for (const Template::Hole& hole : hunk.text.holes) {
      // A computed word or string says what stands there; a computed expression may have been any.
      const Variable& variable = variables[static_cast<std::size_t>(hole.variable)];
      if (variable.computed && variable.kind != VariableKind::expr) return std::nullopt;
    }
  auto compiled = compile(*code, variables, isomorphisms, !edit.before.is_expression);
  if (!compiled || compiled->is_expression != edit.before.is_expression) return std::nullopt;
  return std::move(*compiled);
}

}  // namespace

Result<void> compile_body(Edit& edit, const std::vector<BodyLine>& lines, const Isomorphisms& isomorphisms) {
  const Sides sides = split_sides(lines);
  if (sides.groups.empty()) return fail(ErrorKind::parse, "the edit changes nothing: it has no '-' or '+' line");
  if (trim(sides.before).empty())
    return fail(ErrorKind::parse, "the edit has nothing to look for: it has no '-' or context line");

  std::string added;
  for (const Group& group : sides.groups) {
    if (!added.empty() && !group.added.empty()) added += '\n';
    added += dedent(group.added);
  }
  ADAPT_TRY(const Code before, parse_code(sides.before, edit.variables, isomorphisms));
  const bool maybe_expression = !sides.has_context && sides.groups.size() == 1 && !trim(added).empty();
  bool as_statements = !maybe_expression;
  if (maybe_expression) {  // `- expression` and `+ expression`
    ADAPT_TRY(const Code after, parse_code(added, edit.variables, isomorphisms));
    const auto roots = after.terms->children(after.terms->root());
    const bool lone = roots.size() == 1 && after.terms->at(roots[0]).kind == "expression_statement" &&
                      after.terms->at(roots[0]).count == 1 &&
                      is_expression(after.terms->at(after.terms->children(roots[0]).front()));
    as_statements = !lone;
  }
  for (const BodyLine& line : lines) {
    if (line.marker != '@') continue;
    const std::string_view text = trim(line.text);
    if (text.starts_with("fresh ")) {
      for (const std::string_view name : split(text.substr(6), ' '))
        if (!trim(name).empty()) edit.fresh.emplace_back(trim(name));
    } else if (text.starts_with("where ")) {
      const std::string_view rest = trim(text.substr(6));
      if (is_relation(rest)) {
        auto relation = parse_relation(rest, edit.variables);
        if (!relation) return fail(ErrorKind::parse, "line {}: {}", line.line, relation.error().message);
        edit.relations.push_back(*relation);
        continue;
      }
      const std::size_t end = rest.find(' ');
      const std::string_view name = rest.substr(rest.starts_with('$') ? 1 : 0, end - (rest.starts_with('$') ? 1 : 0));
      const auto variable =
          std::find_if(edit.variables.begin(), edit.variables.end(), [&](const Variable& v) { return v.name == name; });
      if (end == std::string_view::npos || variable == edit.variables.end())
        return fail(ErrorKind::parse, "line {}: expected '@where VARIABLE CONSTRAINT', got '@{}'", line.line, text);
      auto constraints = parse_constraints(rest.substr(end));
      if (!constraints) return fail(ErrorKind::parse, "line {}: {}", line.line, constraints.error().message);
      variable->constraints.insert(variable->constraints.end(), constraints->begin(), constraints->end());
    } else {
      auto scope = parse_scope_line(text, edit.variables, isomorphisms);
      if (!scope) return fail(ErrorKind::parse, "line {}: {}", line.line, scope.error().message);
      edit.scope_lines.push_back(std::move(*scope));
    }
  }
  for (const TermId id : before.terms->of_kind("identifier")) edit.old_words.emplace(before.terms->at(id).text);
  ADAPT_TRY(edit.before, compile(before, edit.variables, isomorphisms, as_statements));
  if (sides.has_context) {
    ADAPT_TRY(auto hunks,
              hunks_of(edit, sides, before.encoded.text, line_shift(sides.before, before.encoded.text), isomorphisms));
    if (hunks) edit.hunks = std::move(*hunks);
  }
  if (edit.hunks.empty()) {
    Hunk whole;
    for (const PatternTerm& root : edit.before.roots) whole.terms.push_back(root.id);
    if (sides.has_context) {
      added = sides.after;
      while (added.ends_with('\n')) added.pop_back();
    }
    ADAPT_TRY(whole.text, make_template(added, edit.variables, isomorphisms, edit.before.is_expression));
    edit.hunks.push_back(std::move(whole));
  }
  edit.new_code = compile_new_code(edit, sides.has_context ? sides.after : added, isomorphisms);
  return check_bound(edit);
}

}  // namespace adapt::patterns
