#include "tools/toolbox/change.h"

#include <algorithm>

#include "tools/base/text.h"
#include "tools/edit/edit_set.h"
#include "tools/pyast/import_names.h"
#include "tools/pyast/names.h"
#include "tools/toolbox/answer.h"
#include "tools/toolbox/code.h"

namespace adapt::toolbox {
namespace {

using pyast::Document;
using pyast::Node;

// The first broken place at or behind `from`, or the first of all.
std::uint32_t line_of_error(const Document& document, std::uint32_t from) {
  Node first;
  for (std::uint32_t i = 0; i < document.node_count(); ++i) {
    const Node node = document.at(i);
    if (!node.is_error()) continue;
    if (node.span().end >= from) return node.start().line;
    if (!first) first = node;
  }
  return first ? first.start().line : 1;
}

std::string lines_around(const Document& document, std::uint32_t line) {
  constexpr std::uint32_t kAround = 3;
  const std::uint32_t last = document.position(static_cast<std::uint32_t>(document.source().size())).line;
  std::string out;
  for (std::uint32_t i = line > kAround ? line - kAround : 1; i <= std::min(line + kAround, last); ++i)
    out += fmt::format("{:>5} {} {:.300}\n", i, i == line ? '>' : '|', document.line_text(i));
  return out;
}

bool is_package(const Source& source) { return source.file == "__init__.py" || source.file.ends_with("/__init__.py"); }

}  // namespace

// Byte-compiling would need a Python of the run's version; that the syntax tree has no new errors stands for it. What
// the grammar takes and Python does not (`return` outside of a function) shows when the model is run.
Result<std::shared_ptr<const Module>> with_change(Session& session, const Module& module, const Change& change) {
  edit::EditSet edits;
  ADAPT_TRY_VOID(edits.add({module.source.file, change.span, change.text}));
  edit::Sources before = {{module.source.file, module.text()}};
  ADAPT_TRY(const edit::Sources after, edit::splice(edits, before));
  const auto text = after.find(module.source.file);
  ADAPT_TRY(auto out, session.module_with(module.source, text == after.end() ? module.text() : text->second));
  const std::uint32_t old_errors = module.document->error_count();
  if (out->document->error_count() <= old_errors) return out;
  const std::uint32_t line = line_of_error(*out->document, change.span.begin);
  Answer answer;
  answer.say("Refused: {} would have a syntax error at line {}. Nothing was changed. It would read:",
             module.source.file, line);
  answer.data(module.source.file, lines_around(*out->document, line));
  return std::move(answer).complaint();
}

Result<Change> change_for_import(const Module& module, std::string_view statement) {
  ADAPT_TRY(const Code code, read_code(statement));
  const std::vector<Node> statements = code.statements();
  const bool is_import =
      statements.size() == 1 && code.document->error_count() == 0 &&
      (statements[0].kind() == "import_statement" || statements[0].kind() == "import_from_statement");
  if (!is_import) return fail(ErrorKind::usage, "imports: '{:.100}' is not one import statement", code.text);
  const pyast::ModuleName name{module.source.module, is_package(module.source)};
  const auto names = pyast::imported_names(statements[0], name);
  if (names.empty()) return fail(ErrorKind::usage, "imports: '{:.100}' names nothing that it imports", code.text);
  const pyast::NameTable table(*module.document, name.dotted, name.is_package);
  std::size_t known = 0;
  for (const pyast::ImportedName& imported : names) {
    const auto bound = table.imports().find(imported.name);
    if (bound != table.imports().end() && bound->second == imported.target) {
      ++known;
    } else if (bound != table.imports().end() || table.is_bound(imported.name, module.document->root())) {
      return fail(ErrorKind::usage, "imports: '{}' means something else in {} already; import it under another name",
                  imported.name, module.source.module);
    }
  }
  if (known == names.size()) return already_in_place("");
  const std::uint32_t at = table.import_insertion_point();
  const std::string_view line_end = module.line_end();
  const bool starts_line = at == 0 || module.text()[at - 1] == '\n';
  return Change{{at, at},
                fmt::format("{}{}{}", starts_line ? "" : line_end, replace_all(code.text, "\n", line_end), line_end)};
}

std::optional<Target> same_in(const std::shared_ptr<const Module>& module, const Target& target) {
  if (target.symbol == nullptr) return Target{module, nullptr};
  for (const Symbol& symbol : module->symbols)
    if (symbol.name == target.symbol->name) return Target{module, &symbol};
  return std::nullopt;
}

}  // namespace adapt::toolbox
