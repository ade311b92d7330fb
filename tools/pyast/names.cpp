#include "tools/pyast/names.h"

#include <algorithm>

#include "tools/pyast/builtins.h"
#include "tools/pyast/scopes.h"

namespace adapt::pyast {
namespace {

bool is_import(std::string_view kind) {
  return kind == "import_statement" || kind == "import_from_statement" || kind == "future_import_statement";
}

// Whether an identifier is only a label: the b of `a.b`, the name of a keyword argument.
bool is_label(Node node) {
  const std::string_view parent = node.parent().kind();
  if (parent == "attribute") return node.field_name() == "attribute";
  if (parent == "keyword_argument") return node.field_name() == "name";
  return false;
}

struct Chain {
  Node head;         // the identifier it starts with; empty when it starts with anything else
  std::string tail;  // ".nn.functional"
};

Chain chain_of(Node node) {
  Chain out;
  while (node) {
    const std::vector<Node> parts = node.named_children();
    if (node.kind() == "identifier") {
      if (!is_label(node)) out.head = node;
      return out;
    }
    if (node.kind() == "attribute") {
      out.tail = fmt::format(".{}{}", node.child_by_field("attribute").text(), out.tail);
      node = node.child_by_field("object");
    } else if ((node.kind() == "parenthesized_expression" || node.kind() == "type") && parts.size() == 1) {
      node = parts.front();
    } else if (node.kind() == "dotted_name" && !parts.empty() && !is_import(node.parent().kind())) {
      for (std::size_t i = 1; i < parts.size(); ++i) out.tail += fmt::format(".{}", parts[i].text());
      out.head = parts.front();
      return out;
    } else {
      return out;
    }
  }
  return out;
}

// The one import that a name stands for, or null: not imported, or also bound to something else.
const Binding* meant_import(const std::vector<Binding>& bindings) {
  const Binding* meant = nullptr;
  for (const Binding& binding : bindings)
    if (meant == nullptr && binding.kind == Binding::Kind::import) meant = &binding;
  if (meant == nullptr || meant->target.empty()) return nullptr;
  const auto agrees = [&](const Binding& other) {
    if (other.kind == Binding::Kind::none_value) return true;
    if (other.kind == Binding::Kind::import && other.target == meant->target) return true;
    return std::any_of(bindings.begin(), bindings.end(), [&](const Binding& import) {
      return import.kind == Binding::Kind::import && import.target == meant->target &&
             are_alternatives(import.node, other.node);
    });
  };
  return std::all_of(bindings.begin(), bindings.end(), agrees) ? meant : nullptr;
}

bool is_imported(const std::vector<Binding>& bindings) {
  return std::any_of(bindings.begin(), bindings.end(),
                     [](const Binding& binding) { return binding.kind == Binding::Kind::import; });
}

// What `found` denotes, for a document named `module`.
std::optional<std::string> target_of(std::string_view name, const ScopeTree::Found& found, const std::string& module) {
  if (found.bindings == nullptr) return std::nullopt;
  if (const Binding* import = meant_import(*found.bindings)) return import->target;
  if (found.scope != 0 || is_imported(*found.bindings)) return std::nullopt;
  return module.empty() ? std::string(name) : fmt::format("{}.{}", module, name);
}

// `dotted` is `prefix` or lies below it.
bool reaches(std::string_view prefix, std::string_view dotted) {
  return dotted.starts_with(prefix) && (dotted.size() == prefix.size() || dotted[prefix.size()] == '.');
}

}  // namespace

NameTable::NameTable(const Document& document, std::string module, bool is_package)
    : document_(document),
      module_(std::move(module)),
      scopes_(std::make_shared<const ScopeTree>(document.root(), ModuleName{module_, is_package})) {
  for (const auto& [name, bindings] : scopes_->scope(0).names)
    if (const Binding* import = meant_import(bindings)) imports_.emplace(name, import->target);
}

std::optional<std::string> NameTable::resolve(Node expression) const {
  const Chain chain = chain_of(expression);
  if (!chain.head) return std::nullopt;
  const std::string_view name = chain.head.text();
  auto target = target_of(name, scopes_->find(name, scopes_->scope_at(chain.head)), module_);
  if (target) *target += chain.tail;
  return target;
}

std::optional<std::string> NameTable::spelling(std::string_view dotted, Node where) const {
  const std::uint32_t scope = scopes_->scope_at(where);
  std::optional<std::string> best;
  const auto offer = [&](std::string candidate) {
    const auto rank = [](const std::string& text) {
      return std::pair(std::count(text.begin(), text.end(), '.'), text.size());
    };
    if (!best || rank(candidate) < rank(*best)) best = std::move(candidate);
  };
  for (const std::uint32_t at : scopes_->visible_from(scope)) {
    for (const auto& [name, bindings] : scopes_->scope(at).names) {
      const ScopeTree::Found found = scopes_->find(name, scope);
      if (found.bindings != &bindings) continue;  // an inner scope hides it
      const auto target = target_of(name, found, module_);
      if (target && reaches(*target, dotted)) offer(name + std::string(dotted.substr(target->size())));
    }
  }
  return best;
}

std::set<std::string> NameTable::free_names(Node expression) {
  std::set<std::string> out;
  if (!expression) return out;
  const ScopeTree scopes(expression, {});
  for (const ScopeTree::Read& read : scopes.reads()) {
    const std::string_view name = read.identifier.text();
    const ScopeTree::Found found = scopes.find(name, read.scope);
    const auto only_augmented = [](const std::vector<Binding>& bindings) {
      return std::all_of(bindings.begin(), bindings.end(),
                         [](const Binding& binding) { return binding.kind == Binding::Kind::augmented; });
    };
    if (found.bindings == nullptr || (found.scope == 0 && only_augmented(*found.bindings))) out.emplace(name);
  }
  return out;
}

bool NameTable::is_bound(std::string_view name, Node where) const {
  return scopes_->find(name, scopes_->scope_at(where)).bindings != nullptr || is_builtin(name);
}

bool NameTable::is_variable(Node identifier) const {
  constexpr std::uint32_t kTop = 0;
  const std::uint32_t here = scopes_->scope_at(identifier);
  const auto found = scopes_->find(identifier.text(), here);
  if (found.bindings == nullptr || (found.scope == kTop && here != kTop)) return false;
  return std::none_of(found.bindings->begin(), found.bindings->end(), [](const Binding& binding) {
    const std::string_view around = binding.node.parent().kind();
    return binding.kind == Binding::Kind::import ||
           (around.ends_with("_definition") && binding.node.field_name() == "name");
  });
}

std::string NameTable::enclosing_qualname(Node where) {
  const auto definition_of = [](Node node) {
    return node.kind() == "decorated_definition" ? node.child_by_field("definition") : node;
  };
  std::string out;
  Node before;  // a decorated definition and the definition in it are one
  for (Node node = where; node; node = node.parent()) {
    const Node definition = definition_of(node);
    if (definition == before) continue;
    const bool is_function = definition.kind() == "function_definition";
    if (!is_function && (out.empty() || definition.kind() != "class_definition")) continue;
    const std::string name(definition.child_by_field("name").text());
    if (out.empty())
      out = name;
    else
      out = name + (is_function ? ".<locals>." : ".") + out;
    before = definition;
  }
  return out;
}

std::uint32_t NameTable::import_insertion_point() const {
  const std::vector<Node> statements = document_.root().named_children();
  const auto is_definition = [](Node node) {
    return node.kind() == "decorated_definition" || node.kind() == "class_definition" ||
           node.kind() == "function_definition";
  };
  const auto is_docstring = [](Node node) {
    const std::vector<Node> parts = node.named_children();
    return node.kind() == "expression_statement" && parts.size() == 1 &&
           (parts[0].kind() == "string" || parts[0].kind() == "concatenated_string");
  };
  const Node* last = nullptr;
  for (const Node& statement : statements) {
    if (is_definition(statement)) break;
    if (is_import(statement.kind()) || (&statement == statements.data() && is_docstring(statement))) last = &statement;
  }
  const auto line_after = [&](std::uint32_t offset) {
    return document_.line_start(document_.position(offset).line + 1);
  };
  if (last == nullptr) {  // after the comments that open the file: interpreter line, encoding, licence
    std::uint32_t line = 1;
    while (document_.line_text(line).starts_with(line == 1 ? "\xef\xbb\xbf#" : "#") ||
           document_.line_text(line).starts_with('#'))
      ++line;
    return document_.line_start(line);
  }
  std::uint32_t point = line_after(last->span().end);
  // `import a; x = (` goes on: the line after the whole of it.
  for (const Node* next = last + 1; next != statements.data() + statements.size() && next->span().begin < point; ++next)
    point = line_after(next->span().end);
  return point;
}

}  // namespace adapt::pyast
