#include "agent/forge/static_python.h"

#include <fmt/format.h>

#include <algorithm>

#include "agent/forge/static_expression.h"
#include "tools/base/file.h"
#include "tools/base/text.h"
#include "tools/pyast/import_names.h"

namespace adapt::forge {
namespace {

namespace fs = std::filesystem;
using Kind = StaticValue::Kind;
using pyast::Node;

// The bases of all loaders, with the one attribute that matters here.
StaticPtr base_loader(const std::string& name) {
  StaticValue out{.kind = Kind::class_, .name = name};
  out.names.emplace("_VARIANTS", make_value({.kind = Kind::dict}));
  if (name == "ForgePrefillModel") {
    out.names.emplace("load_inputs_prefill", make_value({.kind = Kind::function, .name = "load_inputs_prefill"}));
    out.bases.push_back(base_loader("ForgeModel"));
  }
  return make_value(std::move(out));
}

std::string_view last_part(std::string_view dotted) { return dotted.substr(dotted.rfind('.') + 1); }

// What an enumeration's members print as.
enum class Printing : std::uint8_t { none, value, name, lower_name };  // none: it is no enumeration

Printing printing_of(const StaticValue& base, std::string_view written) {
  const std::string_view name =
      base.is(Kind::class_) || base.is(Kind::function) ? std::string_view(base.name) : written;
  if (base.is(Kind::class_) && base.text == "value") return Printing::value;
  if (name == "enum.StrEnum") return Printing::lower_name;  // as far as auto() goes
  if (last_part(name) == "StrEnum") return Printing::value;
  if (base.is(Kind::class_)) return base.is_enum ? Printing::name : Printing::none;
  return name == "enum.Enum" || name == "enum.IntEnum" ? Printing::name : Printing::none;
}

// One module, statement by statement.
class ModuleReader {
 public:
  ModuleReader(StaticModules& modules, std::string path, std::size_t steps)
      : modules_(modules), path_(std::move(path)), expressions_(path_, steps) {
    std::string stem = path_.substr(0, path_.size() - std::string_view(".py").size());
    is_package_ = stem.ends_with("/__init__") || stem == "__init__";
    if (is_package_) stem.resize(stem.size() - std::min(stem.size(), std::string_view("/__init__").size()));
    dotted_ = std::string(kForgePackage) + (stem.empty() ? "" : ".") + replace_all(stem, "/", ".");
  }

  Names read(Node root) {
    run(root, scope_, "");
    return std::move(scope_.names);
  }

 private:
  void run(Node block, StaticScope& scope, const std::string& owner) {
    for (const Node statement : block.named_children()) {
      if (!expressions_.take_step()) return forget(block, scope, "too much to read");
      run_one(statement, scope, owner);
    }
  }

  void run_one(Node statement, StaticScope& scope, const std::string& owner) {
    const std::string_view kind = statement.kind();
    if (kind == "expression_statement") {
      for (const Node part : statement.named_children()) run_expression(part, scope);
    } else if (kind == "decorated_definition") {
      run_one(statement.child_by_field("definition"), scope, owner);
    } else if (kind == "class_definition") {
      define_class(statement, scope);
    } else if (kind == "function_definition") {
      const std::string name(statement.child_by_field("name").text());
      scope.names.insert_or_assign(name, make_value({.kind = Kind::function, .name = name}));
    } else if (kind == "import_statement" || kind == "import_from_statement") {
      run_import(statement, scope);
    } else if (kind == "for_statement") {
      run_for(statement, scope, owner);
    } else if (kind == "if_statement" || kind == "try_statement" || kind == "with_statement" ||
               kind == "while_statement" || kind == "match_statement") {
      run_branches(statement, scope, kind);
    } else if (kind == "delete_statement") {
      forget(statement, scope, "it is deleted");
    }
  }

  void run_expression(Node part, StaticScope& scope) {
    if (part.kind() == "assignment") {
      if (const Node right = part.child_by_field("right")) assign(part.child_by_field("left"), right, scope);
    } else if (part.kind() == "augmented_assignment") {
      augment(part, scope);
    } else if (part.kind() == "call") {
      run_call(part, scope);
    }
  }

  void assign(Node target, Node right, StaticScope& scope) {
    if (right.kind() == "assignment") {  // a = b = c
      assign(right.child_by_field("left"), right.child_by_field("right"), scope);
      right = right.child_by_field("left");
    }
    const StaticPtr value = expressions_.value_of(right, scope);
    if (target.kind() == "subscript") return assign_item(target, value, scope);
    if (target.kind() == "attribute") return set_attribute(target, scope, value);
    if (!StaticExpressions::bind(target, value, scope.names)) forget(target, scope, "what is assigned is not known");
  }

  // d[k] = v
  void assign_item(Node target, const StaticPtr& value, StaticScope& scope) {
    const Node object = target.child_by_field("value");
    const StaticPtr dict = expressions_.value_of(object, scope);
    const StaticPtr key = expressions_.value_of(target.child_by_field("subscript"), scope);
    if (!dict->is(Kind::dict) || !is_known(*key) || dict->pairs.size() >= StaticExpressions::kMostItems)
      return forget(object, scope, fmt::format("'{}' is set", target.text().substr(0, 60)));
    StaticValue changed = *dict;
    set_item(changed, key, value);
    rebind(object, scope, dict, make_value(std::move(changed)));
  }

  // d |= other, l += other
  void augment(Node part, StaticScope& scope) {
    const Node left = part.child_by_field("left");
    const StaticPtr before = expressions_.value_of(left, scope);
    const StaticPtr more = expressions_.value_of(part.child_by_field("right"), scope);
    const std::string_view sign = part.child_by_field("operator").text();
    if (sign == "|=" && before->is(Kind::dict) && more->is(Kind::dict)) return update(left, scope, before, *more);
    forget(left, scope, fmt::format("'{}'", part.text().substr(0, 60)));
  }

  // d.update(other); setattr(…) and the like change what cannot be seen.
  void run_call(Node call, StaticScope& scope) {
    const Node function = call.child_by_field("function");
    if (function.kind() != "attribute") return;
    const Node object = function.child_by_field("object");
    const std::string_view name = function.child_by_field("attribute").text();
    const StaticPtr before = expressions_.value_of(object, scope);
    if (!before->is(Kind::dict) && !before->is(Kind::list)) return;
    const auto arguments = call.child_by_field("arguments").named_children();
    if (name == "update" && arguments.size() == 1 && arguments[0].kind() != "keyword_argument" &&
        before->is(Kind::dict)) {
      const StaticPtr more = expressions_.value_of(arguments[0], scope);
      if (more->is(Kind::dict)) return update(object, scope, before, *more);
    }
    forget(object, scope, fmt::format("'{}'", call.text().substr(0, 60)));
  }

  void update(Node object, StaticScope& scope, const StaticPtr& before, const StaticValue& more) {
    StaticValue changed = *before;
    for (const auto& [key, value] : more.pairs) set_item(changed, key, value);
    if (changed.pairs.size() > StaticExpressions::kMostItems)
      return forget(object, scope, "a dictionary too long to read");
    rebind(object, scope, before, make_value(std::move(changed)));
  }

  // Every name of the module that meant the old object means the new one: two names of one dictionary.
  void rebind(Node object, StaticScope& scope, const StaticPtr& before, const StaticPtr& after) {
    for (StaticScope* one = &scope; one != nullptr; one = one->outer)
      for (auto& [name, value] : one->names)
        if (value == before) value = after;
    if (object.kind() == "attribute") set_attribute(object, scope, after);
  }

  // C.attribute = value, where C is a name of this scope.
  void set_attribute(Node target, StaticScope& scope, const StaticPtr& value) {
    const Node object = target.child_by_field("object");
    const StaticPtr owner = object.kind() == "identifier" ? scope.find(object.text()) : nullptr;
    if (!owner || !owner->is(Kind::class_)) return;
    StaticValue changed = *owner;
    changed.names.insert_or_assign(std::string(target.child_by_field("attribute").text()), value);
    const StaticPtr fresh = make_value(std::move(changed));
    for (StaticScope* one = &scope; one != nullptr; one = one->outer)
      for (auto& [name, known] : one->names)
        if (known == owner) known = fresh;
  }

  // Names that are bound in `node` are not known any more.
  void forget(Node node, StaticScope& scope, const std::string& why) {
    const StaticPtr value = expressions_.unknown_at(node, why);
    if (node.kind() == "identifier") {
      scope.names.insert_or_assign(std::string(node.text()), value);
    } else if (node.kind() == "attribute") {
      set_attribute(node, scope, value);
    } else if (node.kind() == "subscript") {
      forget(node.child_by_field("value"), scope, why);
    } else {
      for (const Node target : targets_in(node)) forget(target, scope, why);
    }
  }

  // Identifiers and attributes that the statements in `node` bind or change.
  static std::vector<Node> targets_in(Node node) {
    std::vector<Node> out;
    const pyast::Document& document = node.document();
    for (std::uint32_t i = node.index() + 1; i < node.subtree_end(); ++i) {
      const Node one = document.at(i);
      const std::string_view kind = one.kind();
      if (kind == "function_definition") {
        out.push_back(one.child_by_field("name"));
        i = one.subtree_end() - 1;
        continue;
      }
      if (kind == "class_definition") out.push_back(one.child_by_field("name"));
      if (kind == "assignment" || kind == "augmented_assignment" || kind == "for_statement")
        add_targets(one.child_by_field("left"), out);
      if (kind == "call" && one.child_by_field("function").kind() == "attribute")
        add_targets(one.child_by_field("function").child_by_field("object"), out);
    }
    if (node.kind() == "delete_statement" || node.kind().ends_with("pattern_list")) add_targets(node, out);
    return out;
  }

  static void add_targets(Node target, std::vector<Node>& out) {
    if (target.kind() == "identifier" || target.kind() == "attribute" || target.kind() == "subscript") {
      out.push_back(target);
    } else {
      for (const Node part : target.named_children()) add_targets(part, out);
    }
  }

  // Which branch runs is not known. Imports and definitions in it count, as they do for whoever reads the file; values
  // do not.
  void run_branches(Node statement, StaticScope& scope, std::string_view kind) {
    const std::string why = fmt::format("bound under '{}'", kind.substr(0, kind.find('_')));
    forget_bound(statement, scope, why);
    const pyast::Document& document = statement.document();
    for (std::uint32_t i = statement.index() + 1; i < statement.subtree_end(); ++i) {
      const Node one = document.at(i);
      if (one.kind() == "function_definition" || one.kind() == "class_definition") i = one.subtree_end() - 1;
      if (one.kind() == "import_statement" || one.kind() == "import_from_statement") run_import(one, scope);
    }
  }

  void forget_bound(Node statement, StaticScope& scope, const std::string& why) {
    for (const Node target : targets_in(statement)) {
      const bool call_on = target.parent().kind() == "attribute";  // x.method(): x may be changed
      const StaticPtr value = call_on && target.kind() == "identifier" ? scope.find(target.text()) : nullptr;
      if (call_on && (!value || (!value->is(Kind::dict) && !value->is(Kind::list)))) continue;
      forget(target, scope, why);
    }
  }

  void run_for(Node statement, StaticScope& scope, const std::string& owner) {
    const auto items = StaticExpressions::iterate(*expressions_.value_of(statement.child_by_field("right"), scope));
    if (!items) return run_branches(statement, scope, "for_statement");
    for (const StaticPtr& item : *items) {
      if (!StaticExpressions::bind(statement.child_by_field("left"), item, scope.names))
        return run_branches(statement, scope, "for_statement");
      run(statement.child_by_field("body"), scope, owner);
    }
  }

  void run_import(Node statement, StaticScope& scope) {
    for (const pyast::ImportedName& imported : pyast::imported_names(statement, {dotted_, is_package_})) {
      StaticPtr value = imported.target.empty() ? expressions_.unknown_at(statement, "an import above the checkout")
                                                : modules_.import(imported.target);
      if (!value) value = make_value({.kind = Kind::function, .name = imported.target});  // of another package
      scope.names.insert_or_assign(imported.name, std::move(value));
    }
    for (const Node child : statement.named_children())
      if (child.kind() == "wildcard_import") import_all(statement, scope);
  }

  void import_all(Node statement, StaticScope& scope) {
    const Node from = statement.child_by_field("module_name");
    std::string source = fmt::format("from {} import all_of_it", from.text());
    const auto parsed = pyast::Document::parse(std::move(source));
    if (!parsed) return;
    const auto names = pyast::imported_names((*parsed)->root().named_children().front(), {dotted_, is_package_});
    if (names.empty()) return;
    const std::string module = names.front().target.substr(0, names.front().target.rfind('.'));
    const StaticPtr value = modules_.import(module);
    if (!value || !value->is(Kind::module)) return;
    for (const auto& [name, member] : value->names)
      if (!name.starts_with('_')) scope.names.insert_or_assign(name, member);
  }

  void define_class(Node statement, StaticScope& scope) {
    StaticValue out{.kind = Kind::class_, .name = std::string(statement.child_by_field("name").text()), .file = path_};
    out.line = statement.start().line;
    Printing printing = Printing::none;
    for (const Node base : statement.child_by_field("superclasses").named_children()) {
      if (base.kind() == "keyword_argument") continue;
      StaticPtr value = expressions_.value_of(base, scope);
      if (printing == Printing::none) printing = printing_of(*value, base.text());
      out.bases.push_back(std::move(value));
    }
    StaticScope body{.outer = &scope};
    run(statement.child_by_field("body"), body, out.name);
    out.names = std::move(body.names);
    if (printing != Printing::none) make_members(statement, printing, out);
    const std::string name = out.name;
    scope.names.insert_or_assign(name, make_value(std::move(out)));
  }

  // Plain values in the body of an enumeration become members, in the order of the text; equal ones are one member.
  void make_members(Node statement, Printing printing, StaticValue& out) {
    out.is_enum = true;
    const bool by_value = printing == Printing::value || printing == Printing::lower_name;
    if (by_value) out.text = "value";
    const std::string owner = fmt::format("{}:{}:{}", path_, out.line, out.name);
    for (const Node line : statement.child_by_field("body").named_children()) {
      const Node assignment = line.kind() == "expression_statement" ? line.named_children().front() : Node();
      const Node target = assignment.kind() == "assignment" ? assignment.child_by_field("left") : Node();
      if (target.kind() != "identifier" || target.text().starts_with('_')) continue;
      const auto named = out.names.find(target.text());
      if (named == out.names.end() || named->second->is(Kind::function)) continue;
      named->second = member_of(*named->second, named->first, owner, printing, out);
    }
  }

  static StaticPtr member_of(const StaticValue& value, const std::string& name, const std::string& owner,
                             Printing printing, StaticValue& out) {
    StaticValue member{.kind = Kind::member, .name = name, .text = value.text, .owner = owner};
    if (value.is(Kind::call) && last_part(value.name) == "auto" && printing == Printing::lower_name) {
      for (char& c : member.text = name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    } else if (printing == Printing::name) {
      member.text = out.name + "." + name;
    } else if (!value.is(Kind::text)) {
      StaticPtr lost = unknown(fmt::format("the value of '{}'", name), value.file, value.line);
      out.items.push_back(lost);
      return lost;
    }
    if (printing != Printing::name)
      for (const StaticPtr& other : out.items)
        if (other->is(Kind::member) && other->text == member.text) return other;
    out.items.push_back(make_value(std::move(member)));
    return out.items.back();
  }

  StaticModules& modules_;
  std::string path_, dotted_;
  bool is_package_ = false;
  StaticExpressions expressions_;
  StaticScope scope_;
};

bool is_file(const fs::path& path) {
  std::error_code ignored;
  return fs::is_regular_file(path, ignored);
}

}  // namespace

StaticPtr StaticModules::module(const std::string& path) {
  if (const auto known = modules_.find(path); known != modules_.end()) return known->second;
  if (reading_.contains(path)) return unknown("imports in a circle", path, 1);
  if (static_cast<int>(reading_.size()) >= kMostImports) return unknown("imports too deep", path, 1);
  if (modules_.size() >= kMostModules) return unknown("too many modules", path, 1);
  reading_.insert(path);
  StaticPtr value = read(path);
  reading_.erase(path);
  return modules_.emplace(path, std::move(value)).first->second;
}

StaticPtr StaticModules::read(const std::string& path) {
  auto source = read_file(root_ / path, kMostFileBytes);
  if (!source) return unknown(source.error().message, path, 0);
  const auto document = pyast::Document::parse(std::move(*source));
  if (!document) return unknown(document.error().message, path, 0);
  if ((*document)->error_count() > 0) {
    for (std::uint32_t i = 0; i < (*document)->node_count(); ++i)
      if ((*document)->at(i).is_error()) return unknown("this is not Python", path, (*document)->at(i).start().line);
  }
  return make_value(
      {.kind = Kind::module, .name = path, .names = ModuleReader(*this, path, kMostSteps).read((*document)->root())});
}

StaticPtr StaticModules::import(const std::string& dotted) {
  constexpr std::string_view kOutside = "third_party.";
  std::string_view rest = dotted;
  if (rest.starts_with(kOutside)) rest.remove_prefix(kOutside.size());
  const bool inside = rest.starts_with(kForgePackage) && rest.substr(kForgePackage.size()).starts_with('.');
  if (inside) rest.remove_prefix(kForgePackage.size() + 1);
  if (rest == "base.ForgeModel" || rest == "base.ForgePrefillModel") return base_loader(std::string(last_part(rest)));
  const std::string path = replace_all(std::string(rest), ".", "/");
  for (const std::string& file : {path + ".py", path + "/__init__.py"})
    if (is_file(root_ / file)) return module(file);
  const std::size_t slash = path.rfind('/');
  if (slash == std::string::npos) return inside ? unknown(fmt::format("module '{}'", dotted), "", 0) : nullptr;
  const std::string parent = path.substr(0, slash), name = path.substr(slash + 1);
  for (const std::string& file : {parent + ".py", parent + "/__init__.py"}) {
    if (!is_file(root_ / file)) continue;
    const StaticPtr value = module(file);
    if (value->is(Kind::unknown)) return value;
    const auto found = value->names.find(name);
    return found == value->names.end() ? unknown(fmt::format("'{}' is not there", name), file, 0) : found->second;
  }
  return inside ? unknown(fmt::format("module '{}'", dotted), "", 0) : nullptr;
}

}  // namespace adapt::forge
