#include "agent/emit/forms/merged_code.h"

#include <algorithm>
#include <cctype>
#include <set>

#include "agent/emit/python_layout.h"
#include "tools/base/text.h"
#include "tools/pyast/document.h"

namespace adapt::emit::forms {
namespace {

using pyast::Document;
using pyast::Node;

struct Item {
  std::string name;  // "" for a statement that binds nothing
  std::string text;
  std::set<std::string> reads;  // identifiers
  Node node;
};

struct Module {
  std::shared_ptr<const Document> document;
  std::vector<Item> items;
};

// Whether the identifier names a variable, and not an attribute or a keyword.
bool is_variable(Node node) {
  const std::string_view field = node.field_name();
  const std::string_view parent = node.parent().kind();
  return !(parent == "attribute" && field == "attribute") && !(parent == "keyword_argument" && field == "name");
}

std::string bound_name(Node statement) {
  Node node = statement;
  if (node.kind() == "decorated_definition") node = node.child_by_field("definition");
  if (node.kind() == "function_definition" || node.kind() == "class_definition")
    return std::string(node.child_by_field("name").text());
  if (node.kind() != "expression_statement" || node.named_children().size() != 1) return "";
  const Node inner = node.named_children().front();
  return inner.kind() == "assignment" && inner.child_by_field("left").kind() == "identifier"
             ? std::string(inner.child_by_field("left").text())
             : "";
}

bool is_docstring(Node statement) {
  const std::vector<Node> parts = statement.named_children();
  return statement.kind() == "expression_statement" && parts.size() == 1 && parts.front().kind() == "string";
}

Result<Module> read_module(const std::string& text, Imports& imports) {
  Module module;
  ADAPT_TRY(module.document, Document::parse(text));
  if (module.document->error_count() > 0) return fail(ErrorKind::parse, "a version of the code is not Python");
  for (const Node node : module.document->root().named_children()) {
    if (node.kind() == "import_statement" || node.kind() == "import_from_statement" ||
        node.kind() == "future_import_statement") {
      if (!imports.add_line(node.text())) return fail(ErrorKind::parse, "an import is not understood: {}", node.text());
      continue;
    }
    if (is_docstring(node)) continue;
    Item item{.name = bound_name(node), .text = std::string(node.text()), .reads = {}, .node = node};
    for (const Node word : module.document->nodes_of_kind("identifier", node))
      if (is_variable(word)) item.reads.emplace(word.text());
    module.items.push_back(std::move(item));
  }
  return module;
}

// Names that must stand once for each version: their texts differ, or they read such a name.
std::set<std::string> split_names(const std::vector<Module>& modules) {
  std::map<std::string, std::set<std::string>> texts;
  for (const Module& module : modules)
    for (const Item& item : module.items)
      if (!item.name.empty()) texts[item.name].insert(item.text);
  std::set<std::string> out;
  for (const auto& [name, all] : texts)
    if (all.size() > 1) out.insert(name);
  for (bool grown = true; grown;) {
    grown = false;
    for (const Module& module : modules)
      for (const Item& item : module.items) {
        const bool reads_one =
            std::ranges::any_of(item.reads, [&](const std::string& name) { return out.contains(name); });
        if (reads_one && !item.name.empty()) grown = out.insert(item.name).second || grown;
      }
  }
  return out;
}

std::string renamed(const Item& item, const Document& document, const std::map<std::string, std::string>& names) {
  std::string out;
  std::uint32_t at = item.node.span().begin;
  for (const Node word : document.nodes_of_kind("identifier", item.node)) {
    const auto name = names.find(std::string(word.text()));
    if (name == names.end() || !is_variable(word)) continue;
    out += document.text({at, word.span().begin});
    out += name->second;
    at = word.span().end;
  }
  return out + std::string(document.text({at, item.node.span().end}));
}

// "Encoder" and "rewritten_rows" -> "EncoderRewrittenRows"; "forward" -> "forward_rewritten_rows".
std::string with_suffix(const std::string& name, const std::string& suffix) {
  if (std::isupper(static_cast<unsigned char>(name.front())) == 0) return name + "_" + suffix;
  std::string out = name;
  for (const std::string_view part : ::adapt::split(suffix, '_')) {
    const std::size_t end = out.size();
    out += part;
    if (end < out.size()) out[end] = static_cast<char>(std::toupper(static_cast<unsigned char>(out[end])));
  }
  return out;
}

bool is_definition(const Item& item) { return item.node.kind().ends_with("definition"); }

// Repairs are written in lines of up to 120 columns.
std::string left_as_written(std::string text) {
  const std::vector<std::string_view> lines = split_lines(text);
  const bool is_long = std::ranges::any_of(lines, [](std::string_view line) { return line.size() > kPythonColumns; });
  return is_long ? "# fmt: off\n" + std::move(text) + "\n# fmt: on" : std::move(text);
}

}  // namespace

Result<MergedCode> merge_code(const std::vector<CodeVersion>& versions) {
  MergedCode out;
  std::vector<Module> modules;
  for (const CodeVersion& version : versions) {
    ADAPT_TRY(modules.emplace_back(), read_module(version.text, out.imports));
  }
  const std::set<std::string> split = split_names(modules);
  std::set<std::string> written;
  bool after_definition = false;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    std::map<std::string, std::string>& names = out.names.emplace_back();
    for (const Item& item : modules[i].items)
      if (!item.name.empty())
        names[item.name] = !split.contains(item.name) ? item.name
                           : item.name == "run"       ? versions[i].suffix
                                                      : with_suffix(item.name, versions[i].suffix);
    for (const Item& item : modules[i].items) {
      const std::string text = renamed(item, *modules[i].document, names);
      if (!written.insert(text).second) continue;
      const bool apart = is_definition(item) || after_definition;
      out.body += out.body.empty() ? "" : apart ? "\n\n" : "";
      out.body += left_as_written(text) + "\n";
      after_definition = is_definition(item);
    }
  }
  return out;
}

}  // namespace adapt::emit::forms
