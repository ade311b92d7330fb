#include "patterns/mine/rule_text.h"

#include <algorithm>
#include <cctype>
#include <functional>

#include "tools/base/text.h"

namespace adapt::patterns::mine {
namespace {

struct Piece {
  pyast::Span span;
  std::string text;  // what comes in its place
};

bool is_opener(std::string_view token) { return token == "(" || token == "[" || token == "{"; }
bool is_closer(std::string_view token) { return token == ")" || token == "]" || token == "}"; }

// Prints the tokens of one side with variables in the holes.
class Printer {
 public:
  Printer(const Rule& rule, bool is_after)
      : tree_(rule.tree(is_after)), side_(is_after ? rule.after : rule.before), document_(tree_.document()) {
    const auto variable = [&](int index) {
      const RuleVariable& v = rule.variables[static_cast<std::size_t>(index)];
      return (v.kind == VariableKind::stmts ? "$$" : "$") + v.name;
    };
    for (const auto& [id, index] : side_.holes) pieces_.push_back({tree_.at(id).span(), variable(index)});
    for (const auto& [parent, run] : side_.runs) add_run(parent, run, variable(run.variable));
    for (const TermId root : side_.roots) add_names(root);
    std::sort(pieces_.begin(), pieces_.end(),
              [](const Piece& a, const Piece& b) { return a.span.begin < b.span.begin; });
  }

  std::string print() {
    if (side_.roots.empty()) return {};
    base_ = document_.indentation_at(tree_.at(side_.roots.front()).span().begin).size();
    for (const TermId root : side_.roots) walk(tree_.at(root).node);
    return std::move(out_);
  }

 private:
  void add_run(TermId parent, const Rule::Run& run, const std::string& text) {
    const pyast::Span span = run_span(tree_, parent, run.first, run.count);
    if (run.count > 0) return pieces_.push_back({span, text});
    // An empty run: the variable goes behind the child before it, or alone into the brackets.
    const auto children = tree_.children(parent);
    if (run.first > 1 || tree_.at(parent).kind != "call") return insertions_.push_back({span, ", " + text});
    const pyast::Node list = tree_.at(parent).node.child_by_field("arguments");
    const std::uint32_t at = list.span().begin + 1;
    insertions_.push_back({{at, at}, children.size() > 1 ? text + ", " : text});
  }

  // Imported names as any pattern writes them: this file's own aliases mean nothing elsewhere.
  void add_names(TermId id) {
    if (side_.holes.contains(id)) return;
    const Term& term = tree_.at(id);
    if (is_whole_name(tree_, side_, id)) {
      const std::string_view name = term.name;
      const bool known = tree_.isomorphisms().is_known_package(name);
      pieces_.push_back(
          {term.span(), known ? tree_.isomorphisms().spelling(name) : std::string(name.substr(name.rfind('.') + 1))});
      return;
    }
    for (const TermId child : tree_.children(id)) add_names(child);
  }

  void walk(pyast::Node node) {
    const std::string_view kind = node.kind();
    if (kind == "comment" || kind == "line_continuation") return;
    const auto children = node.children();
    if (children.empty() || kind == "string") return token(node);
    for (const pyast::Node child : children) walk(child);
  }

  void token(pyast::Node node) {
    const pyast::Span span = node.span();
    for (const Piece& piece : pieces_) {
      if (!piece.span.contains(span)) continue;
      if (last_piece_ == &piece) {
        end_ = span.end;
        return;
      }
      last_piece_ = &piece;
      put(piece.text, span, false);
      after_opener_ = false;
      return;
    }
    last_piece_ = nullptr;
    const std::string text(node.text());
    if (text.empty()) return;
    put(text, span, is_closer(text) && drops_comma(node));
    after_opener_ = is_opener(text);
    if (after_opener_) ++depth_;
    if (is_closer(text) && depth_ > 0) --depth_;
  }

  static bool drops_comma(pyast::Node closer) {
    const std::string_view around = closer.parent().kind();
    return around == "argument_list" || around == "parameters" || around == "list" || around == "dictionary" ||
           around == "set";
  }

  void put(const std::string& text, pyast::Span span, bool drop_comma) {
    if (!out_.empty()) space(text, span, drop_comma);
    for (const Piece& insertion : insertions_)
      if (span.begin >= insertion.span.begin && end_ <= insertion.span.begin && end_ > 0) out_ += insertion.text;
    out_ += text;
    end_ = span.end;
  }

  // What stands between the token before and this one.
  void space(const std::string& text, pyast::Span span, bool drop_comma) {
    const std::string_view gap = document_.text({end_, span.begin});
    const bool breaks = gap.find('\n') != std::string_view::npos;
    if (!breaks) {
      if (!gap.empty()) out_ += ' ';
      return;
    }
    if (depth_ == 0 && gap.find('\\') == std::string_view::npos) {
      const std::size_t indentation = document_.indentation_at(span.begin).size();
      out_ += '\n' + std::string(indentation > base_ ? indentation - base_ : 0, ' ');
      return;
    }
    if (drop_comma && out_.ends_with(',')) out_.pop_back();
    if (!after_opener_ && !is_closer(text) && text != ".") out_ += ' ';
  }

  const TermTree& tree_;
  const Rule::Side& side_;
  const pyast::Document& document_;
  std::vector<Piece> pieces_, insertions_;
  const Piece* last_piece_ = nullptr;
  std::string out_;
  std::uint32_t end_ = 0;
  std::size_t depth_ = 0, base_ = 0;
  bool after_opener_ = false;
};

std::string_view kind_word(VariableKind kind) {
  switch (kind) {
    case VariableKind::expr: return "expr";
    case VariableKind::name: return "name";
    case VariableKind::args: return "args*";
    case VariableKind::stmt: return "stmt";
    case VariableKind::stmts: return "stmts*";
    case VariableKind::integer: return "int";
    case VariableKind::string: return "str";
    case VariableKind::op: return "op";
  }
  return "expr";
}

std::string declaration(const Rule& rule, const RuleVariable& variable) {
  std::string out(kind_word(variable.kind));
  if (variable.computation) {
    Computation computation{variable.computation->how, {}, variable.computation->text};
    for (const int of : variable.computation->of)
      computation.of.push_back(rule.variables[static_cast<std::size_t>(of)].name);
    return out + " = " + to_string(computation);
  }
  for (std::size_t i = 0; i < variable.constraints.size(); ++i) out += (i == 0 ? " " : " ; ") + variable.constraints[i];
  return out;
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  if (text.empty()) return out;
  for (const std::string_view line : split(text, '\n')) out.emplace_back(line);
  return out;
}

// Common lines as context, by longest common subsequence: rules are short.
std::vector<BodyLine> body_of(const std::vector<std::string>& before, const std::vector<std::string>& after) {
  const std::size_t n = before.size(), m = after.size();
  std::vector<std::vector<std::size_t>> common(n + 1, std::vector<std::size_t>(m + 1, 0));
  for (std::size_t i = n; i-- > 0;)
    for (std::size_t j = m; j-- > 0;)
      common[i][j] = before[i] == after[j] ? common[i + 1][j + 1] + 1 : std::max(common[i + 1][j], common[i][j + 1]);
  std::vector<BodyLine> out;
  std::size_t i = 0, j = 0;
  while (i < n || j < m) {
    if (i < n && j < m && before[i] == after[j]) {
      out.push_back({' ', before[i++], 0});
      ++j;
    } else if (i < n && (j == m || common[i + 1][j] >= common[i][j + 1])) {
      out.push_back({'-', before[i++], 0});
    } else {
      out.push_back({'+', after[j++], 0});
    }
  }
  return out;
}

std::string name_for(const TermTree& tree, TermId id, VariableKind kind) {
  if (kind == VariableKind::stmts) return "BODY";
  if (kind == VariableKind::args) return "REST";
  const Term& term = tree.at(id);
  std::string_view word;
  if (term.kind == "identifier" || term.kind == "label") word = term.text;
  if (term.kind == "attribute" && term.count > 0) word = tree.at(tree.children(id).back()).text;
  if (term.kind == "call" && term.count > 0) return name_for(tree, tree.children(id).front(), VariableKind::expr);
  std::string out;
  for (const char c : word)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_')
      out += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  while (out.starts_with('_')) out.erase(0, 1);
  const bool fine = !out.empty() && std::isalpha(static_cast<unsigned char>(out.front())) != 0 && out.size() <= 24;
  return fine ? out : "X";
}

std::string free_name(const std::string& stem, const std::vector<std::string>& taken) {
  std::string out = stem;
  for (int n = 2; std::find(taken.begin(), taken.end(), out) != taken.end(); ++n) out = fmt::format("{}{}", stem, n);
  return out;
}

}  // namespace

void name_variables(Rule& rule, std::vector<std::string>& taken) {
  std::map<std::uint32_t, std::pair<int, TermId>> places;  // by offset in the old code
  for (const auto& [id, variable] : rule.before.holes)
    places.try_emplace(rule.example->before().at(id).span().begin, variable, id);
  for (const auto& [parent, run] : rule.before.runs)
    places.try_emplace(run_span(rule.example->before(), parent, run.first, run.count).begin, run.variable, parent);
  for (RuleVariable& variable : rule.variables) variable.name.clear();
  for (const auto& [offset, place] : places) {
    RuleVariable& variable = rule.variables[static_cast<std::size_t>(place.first)];
    if (!variable.name.empty()) continue;
    const std::string stem = name_for(rule.example->before(), place.second, variable.kind);
    variable.name = free_name(stem, taken);
    taken.push_back(variable.name);
  }
  for (RuleVariable& variable : rule.variables) {
    if (!variable.computation) continue;
    const std::string stem = variable.kind == VariableKind::name     ? "NEW"
                             : variable.kind == VariableKind::string ? "TEXT"
                                                                     : "HERE";
    variable.name = free_name(stem, taken);
    taken.push_back(variable.name);
  }
}

RuleText rule_text(const Rule& rule) {
  RuleText out;
  for (const RuleVariable& variable : rule.variables)
    if (!variable.name.empty()) out.variables.push_back(variable.name + ": " + declaration(rule, variable));
  const std::vector<std::string> before = lines_of(Printer(rule, false).print());
  const std::vector<std::string> after = lines_of(Printer(rule, true).print());
  if (rule.is_expression) {
    for (const std::string& line : before) out.body.push_back({'-', line, 0});
    for (const std::string& line : after) out.body.push_back({'+', line, 0});
  } else {
    out.body = body_of(before, after);
  }
  for (const std::string& scope : rule.scopes) out.body.push_back({'@', scope, 0});
  if (!rule.fresh.empty()) out.body.push_back({'@', "fresh " + join(rule.fresh, " "), 0});
  return out;
}

Result<Edit> compile_rule(const Rule& rule, const Isomorphisms& isomorphisms) {
  Edit edit;
  edit.id = "learned";
  for (const RuleVariable& variable : rule.variables) {
    ADAPT_TRY(edit.variables.emplace_back(), parse_variable(variable.name, declaration(rule, variable)));
  }
  ADAPT_TRY_VOID(compile_body(edit, rule_text(rule).body, isomorphisms));
  // A statement that is only an expression is looked for as that expression.
  if (edit.before.is_expression != rule.is_expression)
    return fail(ErrorKind::parse, "the rule is one of an expression");
  return edit;
}

}  // namespace adapt::patterns::mine
