// The third form: all of a function or class.
#include "tools/base/text.h"
#include "tools/toolbox/address.h"
#include "tools/toolbox/change.h"
#include "tools/toolbox/code.h"

namespace adapt::toolbox {
namespace {

using pyast::Node;

Node definition_in(Node statement) {
  return statement.kind() == "decorated_definition" ? statement.child_by_field("definition") : statement;
}

}  // namespace

Result<Change> change_of_whole(const Target& target, const Rewrite& asked) {
  if (target.symbol == nullptr)
    return fail(ErrorKind::usage,
                "refused: {} is a module; name the function or class that the code is, or a node of it by kind and "
                "fingerprint. Nothing was changed.",
                target.name());
  const Symbol& symbol = *target.symbol;
  ADAPT_TRY(const Code code, read_code(*asked.code));
  const std::vector<Node> statements = code.statements();
  const Node given = statements.empty() ? Node() : definition_in(statements.front());
  const std::string_view name = symbol.definition.child_by_field("name").text();
  if (statements.size() != 1 || given.kind() != symbol.definition.kind())
    return fail(ErrorKind::usage,
                "refused: code for {} must be the whole {} and nothing else; further statements go beside it with "
                "operation insert_before or insert_after. Nothing was changed.",
                target.name(), symbol.is_class() ? "class" : "function");
  if (given.child_by_field("name").text() != name)
    return fail(ErrorKind::usage, "refused: code defines '{:.60}' and {} is '{}'. Nothing was changed.",
                given.child_by_field("name").text(), target.name(), name);
  // Decorators are easily forgotten, and without them it is another function.
  const bool keeps_decorators = given == statements.front();
  const Node old = keeps_decorators ? symbol.definition : symbol.whole;
  if (code.text == shown(old) || code.text == replace_all(std::string(old.text()), "\r\n", "\n"))
    return already_in_place("It reads so.");
  const pyast::Document& document = *target.module->document;
  Change out{old.span(), placed(code, {document.indentation_at(old.span().begin), target.module->line_end(),
                                       body_indentation(old)})};
  if (keeps_decorators && symbol.whole != symbol.definition) out.note = "Its decorators were kept.";
  if (document.text(old.span()) == out.text) return already_in_place("It reads so.");
  return out;
}

}  // namespace adapt::toolbox
