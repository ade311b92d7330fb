#include "agent/emit/override_module.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>

#include "agent/emit/python_layout.h"
#include "emit_templates.h"
#include "tools/base/hash.h"
#include "tools/base/text.h"
#include "tools/pyast/document.h"

namespace adapt::emit {
namespace {

using pyast::Document;
using pyast::Node;

// One statement of a module or class body.
struct Item {
  enum class Kind : std::uint8_t { function, type, other } kind = Kind::other;
  std::string name;        // function and class only
  std::string text;        // with its decorators, normalised: what is compared and hashed
  std::string raw;         // the same with its own indentation: what runs
  std::string decorators;  // text of the decorators alone
  Node definition;         // function_definition or class_definition
  Node node;               // the whole statement
};

struct Unit {
  std::string kind;  // as override_runtime.py names it
  std::string qualname;
  std::string expects;
  bool same_decorators = false;
  std::string source;
};

// The node's text from the start of its first line, so that the indentation of the lines agrees.
std::string whole_lines(const Document& document, Node node) {
  const std::uint32_t begin = document.line_start(document.position(node.span().begin).line);
  return std::string(document.text({begin, node.span().end}));
}

std::string definition_text(const Document& document, Node whole) {
  const std::uint32_t begin = document.line_start(document.position(whole.span().begin).line);
  std::uint32_t end = whole.span().end;
  const Node body =
      (whole.kind() == "decorated_definition" ? whole.child_by_field("definition") : whole).child_by_field("body");
  if (body) {
    const std::vector<Node> statements = body.named_children();
    if (!statements.empty()) {
      Node last = statements.back();
      // A nested block may itself end in comments; its own last statement is where the code ends.
      while (true) {
        const std::vector<Node> inner = last.named_children();
        const bool opens_block =
            !inner.empty() && (inner.back().kind() == "block" || inner.back().kind() == "else_clause" ||
                               inner.back().kind() == "elif_clause" || inner.back().kind() == "except_clause" ||
                               inner.back().kind() == "finally_clause" || inner.back().kind() == "case_clause" ||
                               last.kind() == "block" || last.kind() == "decorated_definition");
        if (!opens_block) break;
        last = inner.back();
      }
      end = last.span().end;
    }
  }
  // With what stands behind the code on its last line: the guard reads whole lines.
  const std::size_t newline = document.source().find('\n', end);
  end = static_cast<std::uint32_t>(newline == std::string::npos ? document.source().size() : newline);
  return std::string(document.text({begin, end}));
}

std::vector<Item> items_of(const Document& document, Node body) {
  std::vector<Item> items;
  for (const Node child : body.named_children()) {
    Item item;
    Node definition = child;
    if (child.kind() == "decorated_definition") {
      definition = child.child_by_field("definition");
      for (const Node part : child.named_children())
        if (part.kind() == "decorator") item.decorators += std::string(part.text()) + "\n";
    }
    if (definition.kind() == "function_definition" || definition.kind() == "class_definition") {
      item.kind = definition.kind() == "function_definition" ? Item::Kind::function : Item::Kind::type;
      item.name = std::string(definition.child_by_field("name").text());
      item.definition = definition;
      item.raw = definition_text(document, child);
    } else {
      item.raw = whole_lines(document, child);
    }
    item.text = normalised_source(item.raw);
    item.node = child;
    items.push_back(std::move(item));
  }
  return items;
}

std::string class_header(const Item& item) {
  const Node bases = item.definition.child_by_field("superclasses");
  return item.decorators + "(" + std::string(bases ? bases.text() : "") + ")";
}

const Item* last_named(const std::vector<Item>& items, Item::Kind kind, std::string_view name) {
  for (auto it = items.rbegin(); it != items.rend(); ++it)
    if (it->kind == kind && it->name == name) return &*it;
  return nullptr;
}

enum class Effect : std::uint8_t { none, imports, assigns, other };

// What running the statement does besides defining functions and classes.
Effect effect_of(Node statement) {
  if (statement.kind() == "import_statement" || statement.kind() == "import_from_statement") return Effect::imports;
  if (statement.kind() == "pass_statement") return Effect::none;
  const std::vector<Node> parts = statement.named_children();
  if (statement.kind() != "expression_statement" || parts.size() != 1) return Effect::other;
  if (parts.front().kind() == "string") return Effect::none;  // a docstring
  return parts.front().kind() == "assignment" ? Effect::assigns : Effect::other;
}

std::string_view target_of(const Item& item) {
  return effect_of(item.node) == Effect::assigns ? item.node.named_children().front().child_by_field("left").text()
                                                 : "";
}

bool holds(const std::vector<Item>& items, const Item& wanted) {
  return std::any_of(items.begin(), items.end(),
                     [&](const Item& item) { return item.kind == Item::Kind::other && item.text == wanted.text; });
}

std::vector<std::string> texts_named(const std::vector<Item>& items, const Item& wanted) {
  std::vector<std::string> texts;
  for (const Item& item : items)
    if (item.kind == wanted.kind && item.name == wanted.name) texts.push_back(item.text);
  return texts;
}

class ModuleDifference {
 public:
  ModuleDifference(const ModuleChange& change, const Document& before, const Document& after)
      : change_(change), before_(before), after_(after) {}

  Result<std::vector<Unit>> units() {
    ADAPT_TRY_VOID(compare(before_.root(), after_.root(), ""));
    return std::move(units_);
  }

 private:
  tl::unexpected<Error> not_expressible(std::string_view what) const {
    return fail(ErrorKind::usage, "{} cannot be an override: {}", change_.module, what);
  }

  Result<void> compare(Node before, Node after, const std::string& prefix) {
    const std::vector<Item> old_items = items_of(before_, before);
    const std::vector<Item> new_items = items_of(after_, after);
    for (const Item& old_item : old_items)
      if (old_item.kind != Item::Kind::other && last_named(new_items, old_item.kind, old_item.name) == nullptr)
        return not_expressible(fmt::format("{}{} is removed", prefix, old_item.name));
    ADAPT_TRY_VOID(check_removed(old_items, new_items, prefix));
    for (const Item& item : new_items) {
      switch (item.kind) {
        case Item::Kind::function: ADAPT_TRY_VOID(add_function(old_items, new_items, item, prefix)); break;
        case Item::Kind::type: ADAPT_TRY_VOID(compare_class(old_items, item, prefix)); break;
        case Item::Kind::other: ADAPT_TRY_VOID(add_statement(old_items, item, prefix)); break;
      }
    }
    return {};
  }

  // Nothing can take back what a statement did when the module was imported; an import may stay, and so may a name
  // that a new assignment binds again.
  Result<void> check_removed(const std::vector<Item>& old_items, const std::vector<Item>& new_items,
                             const std::string& prefix) const {
    for (const Item& old_item : old_items) {
      if (old_item.kind != Item::Kind::other || holds(new_items, old_item)) continue;
      const Effect effect = effect_of(old_item.node);
      if (effect == Effect::none || (effect == Effect::imports && prefix.empty())) continue;
      const bool bound_again =
          effect == Effect::assigns && std::any_of(new_items.begin(), new_items.end(), [&](const Item& item) {
            return item.kind == Item::Kind::other && target_of(item) == target_of(old_item);
          });
      if (!bound_again || !prefix.empty())
        return not_expressible(fmt::format("the statement '{:.60}' in {} goes away", old_item.text,
                                           prefix.empty() ? "the module" : prefix));
    }
    return {};
  }

  Result<void> add_function(const std::vector<Item>& old_items, const std::vector<Item>& new_items, const Item& item,
                            const std::string& prefix) {
    const std::vector<std::string> old_texts = texts_named(old_items, item);
    const std::vector<std::string> new_texts = texts_named(new_items, item);
    if (old_texts == new_texts) return {};
    if (old_texts.size() > 1 || new_texts.size() > 1)  // a property with a setter, overloads
      return not_expressible(fmt::format("{}{} is defined more than once", prefix, item.name));
    const Item* old_item = last_named(old_items, item.kind, item.name);
    Unit unit;
    unit.kind = old_item != nullptr ? "replace" : "add";
    unit.qualname = prefix + item.name;
    unit.expects = old_item != nullptr ? sha256_hex(old_item->text) : "";
    unit.same_decorators = old_item != nullptr && old_item->decorators == item.decorators;
    unit.source = item.raw;
    units_.push_back(std::move(unit));
    return {};
  }

  Result<void> compare_class(const std::vector<Item>& old_items, const Item& item, const std::string& prefix) {
    const Item* old_item = last_named(old_items, item.kind, item.name);
    if (old_item == nullptr) {
      if (!prefix.empty()) return not_expressible(fmt::format("the nested class {}{} is new", prefix, item.name));
      units_.push_back(Unit{"statement", "", "", false, item.raw});
      return {};
    }
    if (old_item->text == item.text) return {};
    if (class_header(*old_item) != class_header(item))
      return not_expressible(fmt::format("bases or decorators of {}{} change", prefix, item.name));
    return compare(old_item->definition.child_by_field("body"), item.definition.child_by_field("body"),
                   prefix + item.name + ".");
  }

  Result<void> add_statement(const std::vector<Item>& old_items, const Item& item, const std::string& prefix) {
    const Effect effect = effect_of(item.node);
    if (holds(old_items, item) || effect == Effect::none) return {};
    if (!prefix.empty()) return not_expressible(fmt::format("a statement in the body of {} changes", prefix));
    // Imports and assignments have no other effect than binding names.
    if (effect == Effect::other) return not_expressible(fmt::format("the statement '{:.60}' changes", item.text));
    units_.push_back(Unit{"statement", "", "", false, item.raw});
    return {};
  }

  const ModuleChange& change_;
  const Document& before_;
  const Document& after_;
  std::vector<Unit> units_;
};

std::string literal_bool(bool value) { return value ? "True" : "False"; }

std::string change_entry(const std::string& module, const Unit& unit) {
  return fmt::format(
      "    Change(\n        kind={},\n        module={},\n        qualname={},\n        expects={},\n"
      "        same_decorators={},\n        source={},\n    ),\n",
      python_string(unit.kind), python_string(module), python_string(unit.qualname), python_string(unit.expects),
      literal_bool(unit.same_decorators), python_string(unit.source));
}

std::string docstring(const OverrideHeader& header) {
  std::string out = fmt::format("Makes {} run on {}.\n\nRepairs:\n", header.model, header.backend);
  for (const std::string& repair : header.repairs) out += "  - " + repair + "\n";
  out += fmt::format("\nUse it before the model is {}exported or compiled:\n\n    with applied():\n        ...\n",
                     header.stubs.empty() ? "" : "imported, ");
  if (!header.config.empty()) out += "        configure(model)\n";
  if (!header.diff.empty()) out += "\nThe same change as a diff:\n\n";
  for (const std::string_view line : split_lines(header.diff))
    out += trim(line).empty() ? "\n" : "    " + std::string(line.substr(0, line.find_last_not_of(" \t\r") + 1)) + "\n";
  return out;
}

}  // namespace

std::string normalised_source(std::string_view text) {
  std::vector<std::string> lines;
  for (const std::string_view line : split(text, '\n')) {
    std::string expanded;  // tabs to the next multiple of eight characters, as str.expandtabs does
    std::size_t column = 0;
    for (const char c : line) {
      if (c == '\t') {
        do expanded += ' ';
        while (++column % 8 != 0);
      } else {
        expanded += c;
        if ((static_cast<unsigned char>(c) & 0xc0U) != 0x80U) ++column;  // UTF-8: a character counts once
      }
    }
    while (!expanded.empty() && (expanded.back() == ' ' || expanded.back() == '\r')) expanded.pop_back();
    lines.push_back(std::move(expanded));
  }
  while (!lines.empty() && lines.front().empty()) lines.erase(lines.begin());
  while (!lines.empty() && lines.back().empty()) lines.pop_back();
  std::size_t margin = std::string::npos;
  for (const std::string& line : lines)
    if (!line.empty()) margin = std::min(margin, line.find_first_not_of(' '));
  for (std::string& line : lines)
    if (!line.empty()) line.erase(0, margin);
  return join(lines, "\n");
}

std::string python_string(std::string_view text) {
  const bool needs_escapes = contains(text, "\\") || contains(text, "\r") || contains(text, std::string_view("\0", 1));
  if (!needs_escapes && !contains(text, "\n") && !contains(text, "\"")) return fmt::format("\"{}\"", text);
  if (!needs_escapes && !contains(text, "\"\"\"") && !text.ends_with('"')) return fmt::format("\"\"\"{}\"\"\"", text);
  if (!needs_escapes && !contains(text, "'''") && !text.ends_with('\'')) return fmt::format("'''{}'''", text);
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '\r': out += "\\r"; break;  // a literal line end would be read as \n
      case '\0': out += "\\x00"; break;
      case '\\':
      case '\'': out += '\\'; [[fallthrough]];
      default: out += c;
    }
  }
  return fmt::format("'''{}'''", out);
}

Result<std::string> override_module(const OverrideHeader& header, const std::vector<ModuleChange>& changes) {
  std::string entries;
  for (const ModuleChange& change : changes) {
    ADAPT_TRY(const auto before, Document::parse(change.before));
    ADAPT_TRY(const auto after, Document::parse(change.after));
    ADAPT_TRY(const std::vector<Unit> units, ModuleDifference(change, *before, *after).units());
    for (const Unit& unit : units) entries += change_entry(change.module, unit);
  }
  if (entries.empty() && header.config.empty() && header.stubs.empty())
    return fail(ErrorKind::usage, "there is nothing to override: the sources are equal");
  std::string out = python_string(docstring(header)) + "\n\n";
  out +=
      "from __future__ import annotations\n\nimport ast\nimport contextlib\nimport hashlib\nimport importlib\nimport "
      "linecache\n"
      "import sys\nimport textwrap\nimport types\nfrom collections.abc import Iterator\nfrom typing import "
      "NamedTuple\n\n\n";
  out += std::string(k_override_runtime);
  out += entries.empty() ? "\n\nCHANGES = []\n" : "\n\nCHANGES = [\n" + entries + "]\n";
  if (!header.stubs.empty()) {
    out +=
        "\n# Modules that the model imports and that are not there: they can be imported, and raise when "
        "called.\n" +
        laid_out("", named("STUBS = ", code_of(header.stubs)), 0) + "\n\n# fmt: off\n";
    out += std::string(k_stubs) + "# fmt: on\n\n\n" + std::string(k_override_stubs);
  }
  if (!header.config.empty()) {
    out += "\n# What the model's configuration must hold.\n" +
           laid_out("", named("CONFIG = ", code_of(header.config)), 0) + "\n\n";
    out += std::string(k_override_config);
  }
  return out;
}

}  // namespace adapt::emit
