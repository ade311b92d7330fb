#include "patterns/mine/write_pattern.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "patterns/mine/rule_text.h"
#include "patterns/samples.h"
#include "patterns/scope.h"
#include "tools/base/text.h"
#include "tools/edit/indent.h"

namespace adapt::patterns::mine {
namespace {

constexpr std::size_t kMaxSamples = 3;       // of each sort
constexpr std::size_t kMaxSampleLines = 60;  // longer functions show less

// What the new code of the rules reads and only the new sources bind: statements for [imports], texts for [helper].
struct Surroundings {
  std::map<std::string, std::string> imports;  // name -> "from x import y"
  std::map<std::string, std::string> helpers;  // name -> def ...
};

// "from .drop import rates" for the name `rates` in this file, or "".
std::string import_of(const pyast::Document& document, std::string_view name) {
  for (const pyast::Node statement : document.nodes_of_kind("import_from_statement")) {
    const pyast::Node module = statement.child_by_field("module_name");
    for (const pyast::Node child : statement.named_children()) {
      const pyast::Node alias = child.kind() == "aliased_import" ? child.child_by_field("alias") : child;
      if (child == module || alias.text() != name) continue;
      return fmt::format("from {} import {}", module.text(), child.text());
    }
  }
  for (const pyast::Node statement : document.nodes_of_kind("import_statement"))
    for (const pyast::Node child : statement.named_children()) {
      const pyast::Node alias = child.kind() == "aliased_import" ? child.child_by_field("alias") : child;
      if (alias.text() == name) return fmt::format("import {}", child.text());
    }
  return {};
}

std::string helper_of(const pyast::Document& document, std::string_view name) {
  for (const pyast::Node child : document.root().named_children())
    if (child.kind() == "function_definition" && child.child_by_field("name").text() == name)
      return std::string(child.text());
  return {};
}

void add_surroundings(const Rule& rule, Surroundings& out) {
  const TermTree& tree = rule.tree(true);
  const pyast::Document &after = tree.document(), &before = rule.tree(false).document();
  const std::function<void(TermId)> visit = [&](TermId id) {
    if (rule.after.holes.contains(id)) return;
    const Term& term = tree.at(id);
    if (!term.name.empty() || term.kind == "identifier") {
      pyast::Node head = term.node;
      while (head.kind() == "attribute") head = head.child_by_field("object");
      const std::string name(head.text());
      const bool known = !term.name.empty() && tree.isomorphisms().is_known_package(term.name);
      if (!known && head.kind() == "identifier") {
        if (const std::string statement = import_of(after, name); !statement.empty()) out.imports[name] = statement;
        if (const std::string text = helper_of(after, name); !text.empty() && helper_of(before, name).empty())
          out.helpers[name] = text;
      }
    }
    if (!term.name.empty()) return;
    for (const TermId child : tree.children(id)) visit(child);
  };
  for (const TermId root : rule.after.roots) visit(root);
}

// A function as a module of its own: the imports that it reads, then the function at the left margin.
std::string stand_alone(const pyast::Document& document, pyast::Node function) {
  const std::set<std::string> reads = pyast::NameTable::free_names(function);
  std::string out;
  std::set<std::string> done;
  for (const std::string& name : reads)
    if (const std::string statement = import_of(document, name); !statement.empty() && done.insert(statement).second)
      out += statement + "\n";
  if (!out.empty()) out += "\n\n";
  const std::string base(document.indentation_at(function.span().begin));
  return out + edit::reindent(base + std::string(function.text()), "").substr(base.size()) + "\n";
}

class Writer {
 public:
  Writer(const PatternHead& head, const Mined& mined, std::span<const Example> examples,
         const std::shared_ptr<const Isomorphisms>& isomorphisms)
      : head_(head), mined_(mined), examples_(examples), isomorphisms_(isomorphisms) {}

  Result<std::string> run() {
    write_head();
    write_rules();
    ADAPT_TRY(const Pattern pattern, parse_pattern(text_, head_.id + ".adapt", isomorphisms_));
    ADAPT_TRY_VOID(write_samples(pattern));
    ADAPT_TRY_VOID(parse_pattern(text_, head_.id + ".adapt", isomorphisms_));
    return std::move(text_);
  }

 private:
  void line(std::string_view text) { text_.append(text).append("\n"); }

  void write_head() {
    line(fmt::format("pattern {} r1", head_.id));
    line("title   " + head_.title);
    line("status  " + head_.status);
    line("risk    " + head_.risk);
    for (const std::string& why : head_.why) line("why     " + why);
    if (!head_.when.empty()) {
      line("\n[when]");
      for (const std::string& when : head_.when) line(when);
    }
  }

  void write_rules() {
    std::vector<std::string> taken, variables;
    std::vector<RuleText> texts;
    Surroundings surroundings;
    for (const Learned& learned : mined_.rules) {
      Rule rule = learned.rule;
      name_variables(rule, taken);
      texts.push_back(rule_text(rule));
      variables.insert(variables.end(), texts.back().variables.begin(), texts.back().variables.end());
      add_surroundings(rule, surroundings);
    }
    if (!variables.empty()) line("\n[vars]");
    for (const std::string& variable : variables) line(variable);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      line(texts.size() == 1 ? "\n[edit change]" : fmt::format("\n[edit change-{}]", i + 1));
      for (const BodyLine& body : texts[i].body)
        line(body.marker == '@' ? "@" + body.text : fmt::format("{} {}", body.marker, body.text));
    }
    if (!surroundings.imports.empty()) line("\n[imports]");
    for (const auto& [name, statement] : surroundings.imports) line("ensure " + statement);
    for (const auto& [name, text] : surroundings.helpers) line(fmt::format("\n[helper {}]\n{}", name, text));
    if (!head_.origin.empty()) line("\n[origin]");
    for (const std::string& origin : head_.origin) line(origin);
  }

  Result<void> write_samples(const Pattern& pattern) {
    std::size_t changes = 0, keeps = 0;
    std::set<std::string> seen;
    for (const Example& example : examples_) {
      const pyast::Document& document = example.before().document();
      for (const pyast::Node function : document.nodes_of_kind("function_definition")) {
        if (changes == kMaxSamples && keeps == kMaxSamples) return {};
        if (enclosing(function.parent(), "function_definition")) continue;
        const std::string before = stand_alone(document, function);
        if (split_lines(before).size() > kMaxSampleLines || !seen.insert(before).second) continue;
        ADAPT_TRY(const AppliedText applied, apply_to_text(pattern, "sample", before));
        const std::string& after = applied.text;
        if (after != before && changes < kMaxSamples) {
          line(fmt::format("\n[sample change {}]\n--- before", ++changes));
          text_ += before + "--- after\n" + after;
        } else if (after == before && keeps < kMaxSamples && looks_alike(pattern, before)) {
          line(fmt::format("\n[sample keep {}]", ++keeps));
          text_ += before;
        }
      }
    }
    return {};
  }

  // Holds the words that some edit looks for, and is not changed.
  bool looks_alike(const Pattern& pattern, const std::string& text) const {
    const SourceFile file{"sample", "sample.py", text, "model"};
    const Corpus corpus(std::span(&file, 1), isomorphisms_);
    return std::any_of(pattern.edits.begin(), pattern.edits.end(), [&](const Edit& edit) {
      return !edit.before.clauses.empty() && corpus.may_contain(0, edit.before.filter);
    });
  }

  const PatternHead& head_;
  const Mined& mined_;
  std::span<const Example> examples_;
  const std::shared_ptr<const Isomorphisms>& isomorphisms_;
  std::string text_;
};

}  // namespace

Result<std::string> write_pattern(const PatternHead& head, const Mined& mined, std::span<const Example> examples,
                                  const std::shared_ptr<const Isomorphisms>& isomorphisms) {
  return Writer(head, mined, examples, isomorphisms).run();
}

}  // namespace adapt::patterns::mine
