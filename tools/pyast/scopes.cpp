#include "tools/pyast/scopes.h"

#include <algorithm>
#include <array>

#include "tools/pyast/import_names.h"

namespace adapt::pyast {
namespace {

template <std::size_t N>
bool is_one_of(std::string_view kind, const std::array<std::string_view, N>& kinds) {
  return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
}

constexpr std::array<std::string_view, 9> kTargetGroups = {
    "pattern_list",       "tuple_pattern",     "list_pattern", "tuple",          "list",
    "list_splat_pattern", "as_pattern_target", "list_splat",   "expression_list"};
constexpr std::array<std::string_view, 4> kComprehensions = {"list_comprehension", "set_comprehension",
                                                             "dictionary_comprehension", "generator_expression"};
constexpr std::array<std::string_view, 3> kImports = {"import_statement", "import_from_statement",
                                                      "future_import_statement"};

}  // namespace

// Walks the nodes once. Depth is bounded by Document::kMaxDepth, so plain recursion is safe.
class ScopeBuilder {
 public:
  ScopeBuilder(ScopeTree& out, const ModuleName& module) : out_(out), module_(module) {}

  void run(Node root) {
    out_.scopes_.emplace_back();
    if (root.kind() == "case_pattern")
      visit_case(root, 0);
    else
      visit(root, 0);
  }

 private:
  using Index = std::uint32_t;

  Index open(Scope::Kind kind, Index parent) {
    Scope scope;
    scope.kind = kind;
    scope.parent = parent;
    out_.scopes_.push_back(std::move(scope));
    return static_cast<Index>(out_.scopes_.size() - 1);
  }

  void bind(std::string name, Index scope, Binding binding) {
    if (out_.scopes_[scope].global_names.contains(name)) {
      scope = 0;
    } else if (out_.scopes_[scope].nonlocal_names.contains(name)) {
      do scope = out_.scopes_[scope].parent;
      while (scope != 0 && out_.scopes_[scope].kind != Scope::Kind::function);
    }
    out_.scopes_[scope].names[std::move(name)].push_back(std::move(binding));
  }

  void define(Node identifier, Index scope, Binding::Kind kind = Binding::Kind::definition) {
    mark(identifier, scope);
    if (identifier && !identifier.text().empty()) bind(std::string(identifier.text()), scope, {kind, {}, identifier});
  }

  void read(Node identifier, Index scope) { out_.reads_.push_back({identifier, scope}); }

  void mark(Node node, Index scope) {
    if (node) out_.scope_of_node_[node.index() - out_.first_] = scope;
  }

  void visit_children(Node node, Index scope) {
    for (const Node child : node.named_children()) visit(child, scope);
  }

  // Something that is assigned to: names are bound, everything else is read (`a.b = 1` reads a).
  void bind_target(Node target, Index scope, Binding::Kind kind = Binding::Kind::definition) {
    if (!target) return;
    if (target.kind() == "identifier") return define(target, scope, kind);
    if (target.kind() == "parenthesized_expression" || is_one_of(target.kind(), kTargetGroups)) {
      for (const Node child : target.named_children()) bind_target(child, scope);
      return;
    }
    visit(target, scope);
  }

  void visit(Node node, Index scope) {
    if (!node) return;
    mark(node, scope);
    const std::string_view kind = node.kind();
    if (kind == "identifier") return read(node, scope);
    if (kind == "attribute") return visit(node.child_by_field("object"), scope);
    if (kind == "keyword_argument") return visit(node.child_by_field("value"), scope);
    if (kind == "assignment") return visit_assignment(node, scope);
    if (kind == "augmented_assignment") return visit_augmented(node, scope);
    if (kind == "named_expression") return visit_walrus(node, scope);
    if (kind == "for_statement" || kind == "for_in_clause") return visit_loop(node, scope);
    if (kind == "as_pattern" || kind == "except_clause") return visit_as(node, scope);
    if (kind == "delete_statement") return visit_delete(node, scope);
    if (kind == "global_statement" || kind == "nonlocal_statement") return visit_declaration(node, scope);
    if (kind == "function_definition" || kind == "lambda") return visit_function(node, scope);
    if (kind == "class_definition") return visit_class(node, scope);
    if (kind == "type_alias_statement") return visit_type_alias(node, scope);
    if (kind == "case_clause") return visit_case_clause(node, scope);
    if (kind == "member_type" || kind == "dotted_name") return visit_first_child(node, scope);
    if (is_one_of(kind, kComprehensions)) return visit_comprehension(node, scope);
    if (is_one_of(kind, kImports)) return visit_import(node, scope);
    visit_children(node, scope);
  }

  void visit_first_child(Node node, Index scope) {
    const std::vector<Node> parts = node.named_children();
    if (!parts.empty()) visit(parts.front(), scope);
  }

  void visit_assignment(Node node, Index scope) {
    const Node value = node.child_by_field("right");
    const bool placeholder = value.kind() == "none";
    bind_target(node.child_by_field("left"), scope,
                placeholder ? Binding::Kind::none_value : Binding::Kind::definition);
    visit(node.child_by_field("type"), scope);
    visit(value, scope);
  }

  void visit_augmented(Node node, Index scope) {
    const Node target = node.child_by_field("left");
    if (target.kind() == "identifier") {
      define(target, scope, Binding::Kind::augmented);
      read(target, scope);
    } else {
      visit(target, scope);
    }
    visit(node.child_by_field("right"), scope);
  }

  // Binds outside the comprehensions it stands in.
  void visit_walrus(Node node, Index scope) {
    Index home = scope;
    while (out_.scopes_[home].kind == Scope::Kind::comprehension) home = out_.scopes_[home].parent;
    define(node.child_by_field("name"), home);
    visit(node.child_by_field("value"), scope);
  }

  void visit_loop(Node node, Index scope) {
    for (const Node child : node.named_children())
      if (child.field_name() == "left")
        bind_target(child, scope);
      else
        visit(child, scope);
  }

  void visit_as(Node node, Index scope) {
    for (const Node child : node.named_children())
      if (child.field_name() == "alias")
        bind_target(child, scope);
      else
        visit(child, scope);
  }

  void visit_delete(Node node, Index scope) {
    for (const Node target : node.named_children()) bind_target(target, scope);
  }

  void visit_declaration(Node node, Index scope) {
    auto& names =
        node.kind() == "global_statement" ? out_.scopes_[scope].global_names : out_.scopes_[scope].nonlocal_names;
    for (const Node name : node.named_children()) names.emplace(name.text());
  }

  void visit_import(Node node, Index scope) {
    for (ImportedName& name : imported_names(node, module_))
      bind(std::move(name.name), scope, {Binding::Kind::import, std::move(name.target), name.node});
  }

  // A scope for `[T]` between the outer scope and the definition's own, when there is one.
  Index open_type_parameters(Node parameters, Index scope) {
    if (!parameters) return scope;
    const Index inner = open(Scope::Kind::type_parameters, scope);
    for (const Node parameter : parameters.named_children()) bind_type_parameter(parameter, inner);
    return inner;
  }

  void bind_type_parameter(Node node, Index scope) {
    if (node.kind() == "identifier") return define(node, scope);
    const std::vector<Node> parts = node.named_children();
    if (parts.empty()) return;
    bind_type_parameter(parts.front(), scope);
    for (std::size_t i = 1; i < parts.size(); ++i) visit(parts[i], scope);  // the bound of `T: int`
  }

  // Defaults and annotations are read outside, names are bound inside.
  void visit_function(Node node, Index scope) {
    if (const Node name = node.child_by_field("name")) define(name, scope);
    const Index outer = open_type_parameters(node.child_by_field("type_parameters"), scope);
    const Index inner = open(Scope::Kind::function, outer);
    for (const Node parameter : node.child_by_field("parameters").named_children())
      visit_parameter(parameter, outer, inner);
    visit(node.child_by_field("return_type"), outer);
    visit(node.child_by_field("body"), inner);
  }

  void visit_parameter(Node node, Index outer, Index inner) {
    const std::string_view kind = node.kind();
    if (kind == "identifier") return define(node, inner);
    if (kind == "list_splat_pattern" || kind == "dictionary_splat_pattern" || kind == "tuple_pattern") {
      for (const Node child : node.named_children()) visit_parameter(child, outer, inner);
      return;
    }
    if (kind == "ERROR") return;
    for (const Node child : node.named_children()) {
      const std::string_view field = child.field_name();
      if (field == "type" || field == "value")
        visit(child, outer);
      else
        visit_parameter(child, outer, inner);
    }
  }

  void visit_class(Node node, Index scope) {
    define(node.child_by_field("name"), scope);
    const Index outer = open_type_parameters(node.child_by_field("type_parameters"), scope);
    visit(node.child_by_field("superclasses"), outer);
    visit(node.child_by_field("body"), open(Scope::Kind::class_body, outer));
  }

  void visit_type_alias(Node node, Index scope) {
    Node name = node.child_by_field("left");
    Index inner = scope;
    while (name && name.kind() != "identifier") {
      const std::vector<Node> parts = name.named_children();
      if (name.kind() == "generic_type" && parts.size() > 1) inner = open_type_parameters(parts[1], scope);
      name = parts.empty() ? Node() : parts.front();
    }
    define(name, scope);
    visit(node.child_by_field("right"), inner);
  }

  // The first iterable is read outside.
  void visit_comprehension(Node node, Index scope) {
    const Index inner = open(Scope::Kind::comprehension, scope);
    bool first = true;
    for (const Node child : node.named_children()) {
      if (first && child.kind() == "for_in_clause") {
        first = false;
        mark(child, inner);
        bind_target(child.child_by_field("left"), inner);
        for (const Node part : child.named_children())
          if (part.field_name() == "right") visit(part, scope);
      } else {
        visit(child, inner);
      }
    }
  }

  void visit_case_clause(Node node, Index scope) {
    for (const Node child : node.named_children())
      if (child.kind() == "case_pattern")
        visit_case(child, scope);
      else
        visit(child, scope);
  }

  // In a case pattern a plain name captures, a dotted one and the head of a class pattern are read.
  void visit_case(Node node, Index scope) {
    mark(node, scope);
    const std::string_view kind = node.kind();
    const std::vector<Node> parts = node.named_children();
    if (kind == "dotted_name" && !parts.empty())
      return parts.size() == 1 ? define(parts.front(), scope) : visit(parts.front(), scope);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const Node part = parts[i];
      if (kind == "class_pattern" && i == 0)
        visit(part, scope);
      else if (kind == "keyword_pattern" && i == 0)
        continue;  // the attribute's name
      else if (part.kind() == "identifier")
        define(part, scope);  // `*rest`, `**rest`, `as name`
      else
        visit_case(part, scope);
    }
  }

  ScopeTree& out_;
  const ModuleName& module_;
};

ScopeTree::ScopeTree(Node root, const ModuleName& module) : first_(root.index()) {
  scope_of_node_.assign(root.subtree_end() - first_, kNoNode);
  ScopeBuilder(*this, module).run(root);
}

std::uint32_t ScopeTree::scope_at(Node node) const {
  for (; node && node.index() >= first_ && node.index() - first_ < scope_of_node_.size(); node = node.parent())
    if (const std::uint32_t scope = scope_of_node_[node.index() - first_]; scope != kNoNode) return scope;
  return 0;
}

std::vector<std::uint32_t> ScopeTree::visible_from(std::uint32_t scope) const {
  std::vector<std::uint32_t> out = {scope};
  while (scope != 0) {
    scope = scopes_[scope].parent;
    if (scopes_[scope].kind != Scope::Kind::class_body) out.push_back(scope);
  }
  return out;
}

ScopeTree::Found ScopeTree::find(std::string_view name, std::uint32_t scope) const {
  for (const std::uint32_t at : visible_from(scope)) {
    const Scope& here = scopes_[at];
    const std::uint32_t home = here.global_names.contains(name) ? 0 : at;
    const auto found = scopes_[home].names.find(name);
    if (found != scopes_[home].names.end()) return {home, &found->second};
    if (home != at) return {};
  }
  return {};
}

bool are_alternatives(Node a, Node b) {
  std::vector<Node> above;  // a and the nodes above it, innermost first
  for (Node node = a; node; node = node.parent()) above.push_back(node);
  for (Node branch = b, node = b.parent(); node; branch = node, node = node.parent()) {
    const auto shared = std::find(above.begin(), above.end(), node);
    if (shared == above.end()) continue;
    if (shared == above.begin()) return false;
    const Node other = *(shared - 1);
    if (node.kind() == "if_statement") return branch != other;
    const bool handled = branch.kind() == "except_clause" || other.kind() == "except_clause";
    return node.kind() == "try_statement" && branch != other && handled && branch.kind() != "finally_clause" &&
           other.kind() != "finally_clause";
  }
  return false;
}

}  // namespace adapt::pyast
