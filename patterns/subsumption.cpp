#include "patterns/subsumption.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "patterns/samples.h"
#include "patterns/sections.h"
#include "tools/base/text.h"
#include "tools/pyast/document.h"

namespace adapt::patterns {
namespace {

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// Names of the pattern's own, each replaced by the number of its first appearance.
class Renaming {
 public:
  explicit Renaming(const Pattern& pattern) {
    for (const Edit& edit : pattern.edits) {
      own_.insert(edit.fresh.begin(), edit.fresh.end());
      for (const Variable& variable : edit.variables) variables_.insert(variable.name);
    }
    for (const Helper& helper : pattern.helpers) own_.insert(helper.name);
  }

  // `line` with variables, fresh names and helpers renamed, and runs of blanks behind the indentation taken out where
  // they part no words. Where `bare`, variables stand without their '$'.
  std::string normal(std::string_view line, bool bare = false) {
    std::string out;
    for (std::size_t at = 0; at < line.size();) {
      if (line[at] == ' ' || line[at] == '\t') {
        std::size_t end = at;
        while (end < line.size() && (line[end] == ' ' || line[end] == '\t')) ++end;
        const bool leads = trim(out).empty();
        const bool parts = end < line.size() && !out.empty() && is_word(out.back()) && is_word(line[end]);
        if (leads)
          out.append(line.substr(at, end - at));
        else if (parts)
          out += ' ';
        at = end;
        continue;
      }
      std::size_t end = at;
      while (end < line.size() && is_word(line[end])) ++end;
      if (end == at) {
        out += line[at++];
        continue;
      }
      const std::string word(line.substr(at, end - at));
      const bool variable = out.ends_with('$') || (bare && variables_.contains(word));
      out += variable ? number(word, "v") : own_.contains(word) ? number(word, "n") : word;
      at = end;
    }
    return out;
  }

  // Empty when the edits do not use it.
  std::string variable(const std::string& name) const {
    const auto found = numbers_.find("v " + name);
    return found == numbers_.end() ? "" : found->second;
  }

 private:
  std::string number(const std::string& name, const char* sort) {
    if (name == "_") return name;
    const std::string next = fmt::format("{}{}", sort, numbers_.size());
    return numbers_.emplace(fmt::format("{} {}", sort, name), next).first->second;
  }

  std::set<std::string> own_, variables_;
  std::map<std::string, std::string> numbers_;
};

std::string_view without_comment(std::string_view line) {
  return trim(line).starts_with('#') ? std::string_view() : line;
}

// Meta characters that are escaped stand for themselves; nothing when any is not.
std::optional<std::string> plain_word(std::string_view expression) {
  std::string out;
  for (std::size_t at = 0; at < expression.size(); ++at) {
    char c = expression[at];
    if (c == '\\') {
      if (++at == expression.size() || std::isalnum(static_cast<unsigned char>(expression[at])) != 0)
        return std::nullopt;  // \d, \w, \b
      c = expression[at];
    } else if (std::string_view("^$.|?*+()[]{}").find(c) != std::string_view::npos) {
      return std::nullopt;
    }
    out += c;
  }
  return out;
}

bool covers(const std::vector<Regex>& wide, const std::vector<Regex>& narrow, bool whole) {
  if (wide.empty()) return true;
  const auto answered = [&](const Regex& asked) {
    const std::optional<std::string> word = plain_word(asked.text());
    return std::ranges::any_of(wide, [&](const Regex& regex) {
      if (regex.text() == asked.text()) return true;
      return word && (whole ? regex.matches_all(*word) : regex.found_in(*word));
    });
  };
  return !narrow.empty() && std::ranges::all_of(narrow, answered);
}

// What stands for a variable in the plainest code that it accepts.
std::string stand_in(const Variable& variable, std::size_t number) {
  switch (variable.kind) {
    case VariableKind::integer: return std::to_string(1000 + number);
    case VariableKind::string: return fmt::format("\"any_{}\"", number);
    case VariableKind::stmt:
    case VariableKind::stmts: return fmt::format("any_{}()", number);
    case VariableKind::op:
      for (const Constraint& constraint : variable.constraints)
        if (!constraint.values.empty()) return constraint.values.front();
      break;
    default: break;
  }
  return fmt::format("any_{}", number);
}

std::string filled(std::string_view code, const std::vector<Variable>& variables) {
  std::string out;
  for (std::size_t at = 0; at < code.size();) {
    if (code[at] != '$') {
      out += code[at++];
      continue;
    }
    while (at < code.size() && code[at] == '$') ++at;
    const std::size_t begin = at;
    while (at < code.size() && is_word(code[at])) ++at;
    const std::string_view name = code.substr(begin, at - begin);
    const auto found = std::ranges::find(variables, name, [](const Variable& v) -> std::string_view { return v.name; });
    out += found == variables.end() ? "any" : stand_in(*found, static_cast<std::size_t>(found - variables.begin()));
  }
  return out;
}

// The old code of each edit with names that mean nothing in place of its variables: what a narrower pattern does not
// match, whatever the samples happen to be. Where the edit does not accept such names, nobody asks about it.
std::vector<Specimen> plainest(const Pattern& pattern) {
  std::vector<Specimen> out;
  const auto sections = cut_sections(pattern.text, pattern.id);
  if (!sections) return out;
  auto edit = pattern.edits.begin();
  for (const Section& section : *sections) {
    if (section.kind != "edit" || edit == pattern.edits.end()) continue;
    std::string code;
    for (const Hunk& hunk : edit->hunks) {
      for (const std::string& name : hunk.text.reads) code += fmt::format("from any import {}\n", name);
      for (const Template::Name& name : hunk.text.names)
        code += pattern.isomorphisms->import_statement(name.head) + "\n";
    }
    for (const Line& line : section.lines)
      if (line.text.starts_with("- ") || line.text.starts_with("  "))
        code += filled(line.text.substr(2), edit->variables) + "\n";
    out.push_back({"sample", std::move(code)});
    ++edit;
  }
  return out;
}

// Equal but for layout and comments.
bool same_code(const std::string& a, const std::string& b) {
  if (a == b) return true;
  const auto x = pyast::Document::parse(a), y = pyast::Document::parse(b);
  return x && y && (*x)->root().subtree_hash() == (*y)->root().subtree_hash();
}

// What a pattern without edits does.
std::string carried(const Section& section) {
  std::string out = "carrier " + join(section.words, " ") + "\n";
  for (const Line& line : section.lines) {
    if (is_comment(line.text)) continue;
    const auto [verb, rest] = key_value(line.text);
    out += fmt::format("{} {}\n", verb, join(words_of(rest), " "));
  }
  return out;
}

}  // namespace

std::string normal_form(const Pattern& pattern) {
  const auto sections = cut_sections(pattern.text, pattern.id);
  if (!sections) return pattern.text;
  Renaming renaming(pattern);
  std::string out;
  std::map<std::string, std::size_t> edits;  // name -> number
  for (const Section& section : *sections) {
    if (section.kind == "carrier" && !pattern.carrier.edits_source()) out += carried(section);
    if (section.kind != "edit" && section.kind != "helper") continue;
    std::string head = section.kind;
    for (std::size_t i = 0; i < section.words.size(); ++i) {
      const bool names_edit = section.kind == "edit" && (i == 0 || section.words[i - 1] == "after");
      if (names_edit)
        head += fmt::format(" {}", edits.emplace(section.words[i], edits.size()).first->second);
      else if (section.kind == "edit")
        head += " " + renaming.normal(section.words[i], section.words[i].find('=') != std::string::npos);
    }
    out += head + "\n";
    for (const Line& line : section.lines) {
      const std::string_view text = without_comment(line.text);
      if (trim(text).empty()) continue;
      // Behind the marker, so that indentation stays what it is.
      const std::size_t marker = section.kind == "edit" ? 1 : 0;
      out.append(text.substr(0, marker)).append(renaming.normal(text.substr(marker), text.front() == '@')).append("\n");
    }
  }
  std::vector<std::string> variables;
  for (const Section& section : *sections) {
    if (section.kind != "vars") continue;
    for (const Line& line : section.lines) {
      const std::string_view text = without_comment(line.text);
      const std::size_t colon = std::min(text.find(':'), text.size());
      const std::string name = renaming.variable(std::string(trim(text.substr(0, colon))));
      const std::string_view declared = trim(text.substr(std::min(colon + 1, text.size())));
      if (!name.empty() && declared != "expr") variables.push_back(name + ":" + join(words_of(declared), " "));
    }
  }
  std::sort(variables.begin(), variables.end());
  for (const auto& [name, statement] : pattern.ensure) out += statement + "\n";
  return out + join(variables, "\n") + (pattern.require_all ? "\nall" : "");
}

bool covers(const When& wide, const When& narrow) {
  return covers(wide.backend, narrow.backend, true) && covers(wide.stage, narrow.stage, true) &&
         covers(wide.failure_class, narrow.failure_class, true) && covers(wide.op, narrow.op, false) &&
         covers(wide.message, narrow.message, false) && covers(wide.file, narrow.file, false) &&
         wide.frame >= narrow.frame;
}

Result<bool> subsumes(const Pattern& general, const Pattern& special, std::span<const Specimen> specimens) {
  if (!covers(general.when, special.when) || general.risk > special.risk) return false;
  std::vector<Specimen> all = plainest(special);
  const std::size_t plain = all.size();
  all.insert(all.end(), specimens.begin(), specimens.end());
  for (const Sample& sample : special.samples) all.push_back({sample.module, sample.before});
  bool changes = false;  // plain code proves nothing by itself: it may be code that nobody writes
  for (const Specimen& specimen : all) {
    ADAPT_TRY(const AppliedText wanted, apply_to_text(special, specimen.module, specimen.text));
    if (wanted.text == specimen.text) continue;
    changes = changes || &specimen - all.data() >= static_cast<std::ptrdiff_t>(plain);
    ADAPT_TRY(const AppliedText got, apply_to_text(general, specimen.module, specimen.text));
    if (!same_code(got.text, wanted.text)) return false;
  }
  return changes;
}

}  // namespace adapt::patterns
