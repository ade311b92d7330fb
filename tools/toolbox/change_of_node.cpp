// The first form: a node that is addressed by kind, occurrence and fingerprint.
#include <algorithm>
#include <set>

#include "tools/base/text.h"
#include "tools/pyast/vocabulary.h"
#include "tools/toolbox/address.h"
#include "tools/toolbox/answer.h"
#include "tools/toolbox/change.h"
#include "tools/toolbox/code.h"
#include "tools/toolbox/similarity.h"

namespace adapt::toolbox {
namespace {

using pyast::Node;
using pyast::Span;

constexpr std::size_t kNearest = 3;
constexpr std::size_t kShownText = 600;

bool is_statement(Node node) { return node.parent().kind() == "module" || node.parent().kind() == "block"; }

// The statement that the node stands in, with its decorators.
Node statement_around(Node node) {
  while (node && !is_statement(node)) node = node.parent();
  return node;
}

// A statement whose whole text is the node, or the node.
Node as_statement(Node node) {
  const Node statement = statement_around(node);
  if (!statement) return node;
  const bool decorated = statement.kind() == "decorated_definition" && statement.child_by_field("definition") == node;
  return decorated || statement.span() == node.span() ? statement : node;
}

// Hashes by which code is found again: of each statement, and of the expression that is all of it.
std::vector<std::set<std::uint64_t>> hashes_of(const Code& code) {
  std::vector<std::set<std::uint64_t>> out;
  for (const Node statement : code.statements()) {
    std::set<std::uint64_t>& hashes = out.emplace_back();
    hashes.insert(statement.subtree_hash());
    const std::vector<Node> parts = statement.named_children();
    if (statement.kind() == "expression_statement" && parts.size() == 1) hashes.insert(parts[0].subtree_hash());
  }
  return out;
}

std::size_t count_in(const Target& target, const std::set<std::uint64_t>& hashes) {
  const Node top = target.node();
  std::size_t count = 0;
  for (std::uint32_t i = top.index(); i < top.subtree_end(); ++i)
    count += hashes.count(top.document().at(i).subtree_hash());
  return count;
}

bool holds(const Target& target, std::string_view kind, std::string_view fingerprint) {
  const std::vector<Node> nodes = nodes_of(target, kind);
  return std::any_of(nodes.begin(), nodes.end(), [&](Node node) { return fingerprint_of(node) == fingerprint; });
}

// Whether this was asked for before and done: an earlier text held the node, and less of the code.
Result<bool> made_before(Session& session, const Target& target, const Rewrite& asked, const Code* code) {
  const auto hashes = code == nullptr ? std::vector<std::set<std::uint64_t>>() : hashes_of(*code);
  for (std::string& text : session.earlier_texts(target.module->source)) {
    if (text == target.module->text()) continue;
    ADAPT_TRY(const auto earlier, session.module_with(target.module->source, std::move(text)));
    const auto then = same_in(earlier, target);
    if (!then || !holds(*then, *asked.kind, *asked.fingerprint)) continue;
    bool all = true, more = hashes.empty();
    for (const auto& wanted : hashes) {
      const std::size_t now = count_in(target, wanted);
      all = all && now > 0;
      more = more || now > count_in(*then, wanted);
    }
    if (all && more) return true;
  }
  return false;
}

tl::unexpected<Error> not_found(const Target& target, const Rewrite& asked, const std::vector<Node>& nodes) {
  Answer answer;
  answer.say("Refused: {} holds no {} with fingerprint {}; it may have been changed since. Nothing was changed.",
             target.name(), *asked.kind, *asked.fingerprint);
  if (nodes.empty()) {
    answer.say("There is no node of that kind in it.");
    return std::move(answer).complaint();
  }
  // Without code to compare with, those that stand where it is said to be.
  std::vector<std::size_t> nearest;
  if (asked.code) {
    std::vector<std::string_view> texts;
    for (const Node node : nodes) texts.push_back(node.text());
    nearest = most_alike(*asked.code, texts, kNearest);
  } else {
    const std::size_t wanted = std::min<std::size_t>(asked.occurrence.value_or(1), nodes.size());
    for (std::size_t i = wanted > 1 ? wanted - 2 : 0; i < nodes.size() && nearest.size() < kNearest; ++i)
      nearest.push_back(i);
  }
  std::string rows;
  for (const std::size_t i : nearest) rows += row_of(target.module, nodes[i], kShownText);
  answer.line("Nearest nodes (symbol, kind, occurrence, fingerprint, line):").data("nodes", rows);
  return std::move(answer).complaint();
}

tl::unexpected<Error> not_unique(const Target& target, const Rewrite& asked, const std::vector<Node>& nodes) {
  Answer answer;
  answer.say("Refused: {} holds {} nodes of kind {} with fingerprint {}; give the occurrence. Nothing was changed.",
             target.name(), nodes.size(), *asked.kind, *asked.fingerprint);
  std::string rows;
  for (std::size_t i = 0; i < nodes.size() && i < 10; ++i) rows += row_of(target.module, nodes[i], kShownText);
  answer.line("They are (symbol, kind, occurrence, fingerprint, line):").data("nodes", rows);
  return std::move(answer).complaint();
}

struct Found {
  Node node;
  std::string note;
};

// Empty node: gone.
Result<Found> find_node(const Target& target, const Rewrite& asked, const std::vector<Node>& nodes) {
  const auto at = static_cast<std::size_t>(asked.occurrence.value_or(0));
  if (at >= 1 && at <= nodes.size() && fingerprint_of(nodes[at - 1]) == *asked.fingerprint)
    return Found{nodes[at - 1], ""};
  std::vector<Node> same;
  for (const Node node : nodes)
    if (fingerprint_of(node) == *asked.fingerprint) same.push_back(node);
  if (same.empty()) return Found{};
  if (same.size() > 1) return not_unique(target, asked, same);
  const auto now = std::find(nodes.begin(), nodes.end(), same.front()) - nodes.begin() + 1;
  return Found{same.front(), at == 0 ? "" : fmt::format("The node is occurrence {} by now.", now)};
}

Place place_of(const Module& module, Node node) {
  return {module.document->indentation_at(node.span().begin), module.line_end(), body_indentation(node)};
}

// Where the statement shares its lines with others, and where lines of its own would begin and end.
struct Lines {
  Span span;          // from the start of the first line to behind the end of the last
  bool alone = true;  // but for a comment behind it
};
Lines lines_of(const Module& module, Node statement) {
  const pyast::Document& document = *module.document;
  const auto [begin, end] = statement.span();
  Lines out;
  out.span = {begin - document.position(begin).column, document.line_start(document.position(end).line + 1)};
  const std::string_view before = document.text({out.span.begin, begin});
  const std::string_view behind = trim(document.text({end, out.span.end}));
  out.alone = trim(before).empty() && (behind.empty() || behind.front() == '#');
  return out;
}

tl::unexpected<Error> needs_lines() {
  return fail(ErrorKind::usage,
              "refused: the statement stands on one line with others, and the code needs lines of its own; replace the "
              "statement around it. Nothing was changed.");
}

Result<Change> replaced_statement(const Module& module, Node node, const Code& code) {
  // What shares its lines would go into a block of the code, or into its comment.
  if (!lines_of(module, node).alone && !code.is_simple()) return needs_lines();
  return Change{node.span(), placed(code, place_of(module, node))};
}

// Nodes whose parts are set apart by commas or lines: several parts may come in place of one.
constexpr std::string_view kListing[] = {"argument_list", "block",      "dictionary", "lambda_parameters", "list",
                                         "module",        "parameters", "set",        "subscript",         "tuple"};

bool is_expression(Node node) {
  const std::string_view kind = node.kind();
  return statement_around(node).span() != node.span() && !kind.ends_with("_statement") && !kind.ends_with("_clause") &&
         !kind.ends_with("_definition") && kind != "block" && kind != "comment" && kind != "module" &&
         kind != "decorator" && !kind.starts_with("string_");
}

// Whether the new code is one node there, and not torn apart by what stands beside it (`a * b` with `x + y` for b).
bool stands_alone(const Module& after, Span inserted, Node old_parent) {
  const Node around = after.document->smallest_enclosing(inserted);
  return around.span() == inserted ||
         (around.kind() == old_parent.kind() &&
          std::find(std::begin(kListing), std::end(kListing), around.kind()) != std::end(kListing));
}

Result<Change> replaced_expression(Session& session, const Module& module, Node node, const Code& code) {
  Change plain{node.span(), placed(code, place_of(module, node))};
  const auto fits = [&](const Result<std::shared_ptr<const Module>>& after, const Change& change) {
    const auto end = static_cast<std::uint32_t>(change.span.begin + change.text.size());
    return after && stands_alone(**after, {change.span.begin, end}, node.parent());
  };
  const auto after = with_change(session, module, plain);
  if (fits(after, plain)) return plain;
  Change bracketed{node.span(), "(" + plain.text + ")", "The code was put in parentheses to stay one expression."};
  if (fits(with_change(session, module, bracketed), bracketed)) return bracketed;
  if (!after) return tl::unexpected<Error>(after.error());
  return fail(ErrorKind::usage, "refused: in place of the {} the code would not stay one piece. Nothing was changed.",
              node.kind());
}

// The statements beside `statement` on that side, as many as `count`, in source order.
std::vector<Node> beside(Node statement, bool before, std::size_t count) {
  const std::vector<Node> all = statement.parent().named_children();
  const auto own = static_cast<std::size_t>(std::find(all.begin(), all.end(), statement) - all.begin());
  const std::size_t begin = before ? own - std::min(own, count) : std::min(own + 1, all.size());
  const std::size_t end = before ? own : std::min(begin + count, all.size());
  return {all.begin() + static_cast<std::ptrdiff_t>(begin), all.begin() + static_cast<std::ptrdiff_t>(end)};
}

Result<Change> inserted(const Module& module, Node node, const Code& code, bool before) {
  const Node statement = statement_around(node);
  if (!statement) return fail(ErrorKind::usage, "refused: nothing can be inserted beside a whole module");
  const std::vector<Node> wanted = code.statements();
  const std::vector<Node> there = beside(statement, before, wanted.size());
  if (!wanted.empty() && std::equal(wanted.begin(), wanted.end(), there.begin(), there.end(),
                                    [](Node a, Node b) { return a.subtree_hash() == b.subtree_hash(); }))
    return already_in_place(before ? "The code stands before the node." : "The code stands behind the node.");
  const Place place = place_of(module, statement);
  const std::string text = placed(code, place);
  const auto [begin, end] = statement.span();
  const Lines lines = lines_of(module, statement);
  if (!lines.alone) {
    if (!code.is_simple()) return needs_lines();
    return before ? Change{{begin, begin}, text + "; "} : Change{{end, end}, "; " + text};
  }
  if (before) return Change{{begin, begin}, fmt::format("{}{}{}", text, place.line_end, place.indentation)};
  const bool ends = module.text().substr(0, lines.span.end).ends_with('\n');
  return Change{
      {lines.span.end, lines.span.end},
      fmt::format("{}{}{}{}", ends ? "" : place.line_end, place.indentation, text, ends ? place.line_end : "")};
}

Result<Change> deleted(const Module& module, Node node) {
  const bool decorator = node.kind() == "decorator";
  const Node statement = as_statement(node);
  if (!decorator && !is_statement(statement))
    return fail(ErrorKind::usage,
                "refused: only statements and decorators can be deleted; replace the {} or a node around it. Nothing "
                "was changed.",
                node.kind());
  const Lines lines = lines_of(module, decorator ? node : statement);
  if (decorator) return Change{lines.span, ""};
  const std::vector<Node> before = beside(statement, true, 1), behind = beside(statement, false, 1);
  // A block that says nothing is an error.
  if (before.empty() && behind.empty() && statement.parent().kind() == "block")
    return Change{statement.span(), "pass", "Its block needs a statement: 'pass' was put there."};
  if (lines.alone) return Change{lines.span, ""};
  const std::uint32_t line = module.document->position(statement.span().end).line;
  if (!behind.empty() && behind.front().start().line == line)
    return Change{{statement.span().begin, behind.front().span().begin}, ""};
  if (!before.empty()) return Change{{before.back().span().end, statement.span().end}, ""};
  return fail(ErrorKind::usage, "refused: the statement is the whole of another one's body; change that one");
}

}  // namespace

Result<Change> change_of_node(Session& session, const Target& target, const Rewrite& asked) {
  const std::vector<std::string>& kinds = pyast::node_kinds();
  if (!std::binary_search(kinds.begin(), kinds.end(), *asked.kind))
    return fail(ErrorKind::usage, "arguments.kind: there is no kind of node '{}'{}", *asked.kind,
                did_you_mean(*asked.kind, kinds));
  const bool deletes = asked.operation == "delete";
  if (deletes == asked.code.has_value())
    return fail(ErrorKind::usage, "arguments.code {} for operation {}", deletes ? "is not taken" : "is missing",
                asked.operation);
  std::optional<Code> code;
  if (asked.code) {
    ADAPT_TRY(code, read_code(*asked.code));
  }
  const std::vector<Node> nodes = nodes_of(target, *asked.kind);
  ADAPT_TRY(Found found, find_node(target, asked, nodes));
  if (!found.node) {
    ADAPT_TRY(const bool made, made_before(session, target, asked, code ? &*code : nullptr));
    if (made) return already_in_place("The node was changed so before.");
    return not_found(target, asked, nodes);
  }
  Result<Change> out = Change{};
  if (deletes) {
    out = deleted(*target.module, found.node);
  } else if (asked.operation != "replace") {
    out = inserted(*target.module, found.node, *code, asked.operation == "insert_before");
  } else if (code->text == shown(found.node) ||
             code->text == replace_all(std::string(found.node.text()), "\r\n", "\n")) {
    return already_in_place("The node reads so.");
  } else {
    // The node may be what is left of itself within the new code (`x` in `f(x)`).
    const auto hashes = hashes_of(*code);
    bool within = false;
    for (Node around = found.node.parent(); around && hashes.size() == 1 && !within; around = around.parent())
      within = hashes.front().count(around.subtree_hash()) > 0;
    if (within) {
      ADAPT_TRY(const bool made, made_before(session, target, asked, &*code));
      if (made) return already_in_place("The node stands within this code already.");
    }
    out = is_expression(found.node) ? replaced_expression(session, *target.module, found.node, *code)
                                    : replaced_statement(*target.module, found.node, *code);
  }
  if (out && out->note.empty()) out->note = found.note;
  return out;
}

}  // namespace adapt::toolbox
