#include "harness/judge/patch_finder.h"

#include <algorithm>

#include "harness/judge/patch_syntax.h"
#include "tools/base/text.h"

namespace adapt::judge {
namespace {

using pyast::Node;

constexpr std::size_t kMostLiteralNumbers = 64;
constexpr std::size_t kLongestString = 400;  // bytes
constexpr std::size_t kShownText = 160;      // bytes

std::string_view head(std::string_view dotted) { return dotted.substr(0, dotted.find('.')); }
std::string_view last(std::string_view dotted) { return dotted.substr(dotted.rfind('.') + 1); }
std::string_view parent_of(std::string_view dotted) {
  const std::size_t dot = dotted.rfind('.');
  return dot == std::string_view::npos ? std::string_view{} : dotted.substr(0, dot);
}

bool is_dunder(std::string_view name) { return name.size() > 4 && name.starts_with("__") && name.ends_with("__"); }

// `dotted` or something that holds it is in the row.
const WordRule* row_for(std::string_view dotted) {
  for (const WordRule& row : name_rules()) {
    for (std::string_view name = dotted; !name.empty(); name = parent_of(name)) {
      if (holds_word(row.words, name)) return &row;
    }
  }
  return nullptr;
}

// The rule for the use of a built-in name, if there is one.
const Rule* builtin_rule(std::string_view name, bool called) {
  if (holds_word("getattr setattr delattr", name)) return called ? nullptr : &rules::kDynamicName;
  for (const WordRule& row : builtin_rules()) {
    if (!holds_word(row.words, name)) continue;
    // `id`, `input` and `hash` are also what people call a variable.
    if (called || holds_word("exec eval __import__ open globals", name) || is_dunder(name)) return &row.rule;
  }
  return nullptr;
}

}  // namespace

PatchFinder::PatchFinder(const Source& source, std::shared_ptr<const pyast::Document> document)
    : source_(source), document_(std::move(document)), names_(*document_, source.module, source.is_package) {}

std::vector<Place> PatchFinder::find() {
  for (std::uint32_t index = 0; index < document_->node_count(); ++index) look_at(document_->at(index));
  return std::move(places_);
}

void PatchFinder::look_at(Node node) {
  const std::string_view kind = node.kind();
  if (!node.is_named()) return;
  if (kind == "identifier" && !is_ascii(node.text())) add(rules::kUnicodeName, node, std::string(node.text()));
  if (kind == "import_statement" || kind == "import_from_statement") return look_at_import(node);
  if (kind == "identifier" && is_use(node)) return look_at_name(node);
  if (kind == "attribute") {
    if (node.parent().kind() != "attribute") look_at_name(node);
    return;
  }
  if (kind == "call") return look_at_call(node);
  if (kind == "try_statement") return look_at_try(node);
  if (kind == "finally_clause") return look_at_finally(node);
  if (kind == "assignment" || kind == "augmented_assignment") return look_at_target(node.child_by_field("left"));
  if (kind == "for_statement") return look_at_target(node.child_by_field("left"));
  if (kind == "delete_statement" || kind == "as_pattern_target") {
    for (const Node target : node.named_children()) look_at_target(target);
    return;
  }
  if (kind == "function_definition") return look_at_definition(node);
  if (holds_word("list tuple set dictionary", kind)) return look_at_literal(node);
  if (kind == "string" || kind == "concatenated_string") return look_at_string(node);
  if (kind == "global_statement" || kind == "nonlocal_statement")
    add(rules::kGlobalState, node, std::string(node.text()));
}

void PatchFinder::look_at_import(Node statement) {
  const Node module = statement.child_by_field("module_name");
  std::string base;
  if (module) {
    base = module.text();
    if (base.starts_with('.')) {
      const std::size_t dots = base.find_first_not_of('.');
      const std::size_t levels = dots == std::string::npos ? base.size() : dots;
      std::string_view package = source_.module;
      for (std::size_t up = source_.is_package ? 1 : 0; up < levels; ++up) package = parent_of(package);
      base = std::string(package) + (dots == std::string::npos ? "" : "." + base.substr(dots));
    }
  }
  for (const Node child : statement.named_children()) {
    if (child == module) continue;
    if (child.kind() == "wildcard_import") {
      add(rules::kWildcardImport, statement, base);
      continue;
    }
    const Node name = child.kind() == "aliased_import" ? child.child_by_field("name") : child;
    look_at_imported(statement, base.empty() ? std::string(name.text()) : base + "." + std::string(name.text()));
  }
}

void PatchFinder::look_at_imported(Node statement, const std::string& dotted) {
  const bool itself = dotted == source_.module || dotted.starts_with(source_.module + ".");
  if (!source_.module.empty() && itself) return add(rules::kSelfImport, statement, dotted);
  // Of these two some names are harmless; what is used of them is looked at where it is used.
  if (dotted == "os" || dotted == "sys") return;
  if (apply_name_rules(statement, dotted)) return;
  const bool own_package = head(dotted) == head(source_.module);
  if (!own_package && !is_plain_import(dotted)) add(rules::kNewImport, statement, dotted);
}

bool PatchFinder::apply_name_rules(Node construct, std::string_view dotted) {
  const WordRule* row = row_for(dotted);
  if (row == nullptr) return false;
  if (!row->rule.id.empty()) add(row->rule, construct, std::string(dotted));
  return true;
}

bool PatchFinder::apply_attribute_rules(Node construct, std::string_view attribute) {
  for (const WordRule& row : attribute_rules()) {
    if (!holds_word(row.words, attribute)) continue;
    add(row.rule, construct, std::string(attribute));
    return true;
  }
  if (!is_dunder(attribute) || is_plain_dunder(attribute)) return false;
  add(rules::kDunder, construct, std::string(attribute));
  return true;
}

void PatchFinder::look_at_name(Node expression) {
  const std::optional<std::string> dotted = names_.resolve(expression);
  if (!dotted) {
    if (expression.kind() == "attribute")
      look_at_attributes(expression);
    else
      look_at_builtin(expression);
    return;
  }
  if (apply_name_rules(expression, *dotted)) return;
  if (is_known_module(*dotted)) return add(rules::kModuleAsValue, expression, *dotted);
  if (expression.kind() == "attribute")
    look_at_attributes(expression);
  else if (!dotted->starts_with(source_.module + "."))
    apply_attribute_rules(expression, last(*dotted));
}

void PatchFinder::look_at_attributes(Node chain) {
  Node link = chain;
  while (link && link.kind() == "attribute") {
    apply_attribute_rules(chain, link.child_by_field("attribute").text());
    link = link.child_by_field("object");
  }
  if (link && link.kind() == "identifier" && !names_.resolve(link)) look_at_builtin(link);
}

void PatchFinder::look_at_builtin(Node identifier) {
  const std::string_view name = identifier.text();
  const Node parent = identifier.parent();
  const bool called = parent.kind() == "call" && identifier.field_name() == "function";
  const Rule* rule = builtin_rule(name, called);
  if (rule != nullptr && !is_local(identifier)) add(*rule, called ? parent : identifier, std::string(name));
}

void PatchFinder::look_at_call(Node call) {
  const Node function = call.child_by_field("function");
  const std::vector<Node> arguments = arguments_of(call);
  for (const Node argument : arguments) {
    const Node value = argument.kind() == "keyword_argument" ? argument.child_by_field("value") : argument;
    if (literal_text(value) == "cpu") add(rules::kHostDevice, call, "\"cpu\"");
  }
  if (function.kind() == "identifier" && !names_.resolve(function)) {
    if (function.text() == "getattr") look_at_getattr(call, arguments);
    if (function.text() == "setattr" || function.text() == "delattr") look_at_setattr(call, arguments);
  } else if (function.kind() == "attribute" && last(function.text()) == "__setattr__") {
    look_at_setattr(call, arguments);
  }
}

void PatchFinder::look_at_getattr(Node call, const std::vector<Node>& arguments) {
  if (arguments.size() < 2) return add(rules::kDynamicName, call, "getattr");
  const std::optional<std::string> object = names_.resolve(arguments[0]);
  const std::optional<std::string> name = literal_text(arguments[1]);
  if (name) {
    if (object && apply_name_rules(call, *object + "." + *name)) return;
    apply_attribute_rules(call, *name);
    return;
  }
  // Numbered parts of the module itself (self.layer_3) are common and stay inside the model.
  const bool numbered = head(arguments[0].text()) == "self" && arguments[1].kind() == "string";
  Rule rule = rules::kDynamicName;
  if (numbered) rule.severity = Severity::concession;
  add(rule, call, "getattr " + std::string(arguments[0].text()));
}

void PatchFinder::look_at_setattr(Node call, const std::vector<Node>& arguments) {
  const bool own = !arguments.empty() && arguments[0].text() == "self";
  if (!own) return add(rules::kForeignSetattr, call, "setattr");
  if (arguments.size() > 1 && literal_text(arguments[1])) return;
  Rule rule = rules::kDynamicName;
  if (arguments.size() > 1 && arguments[1].kind() == "string") rule.severity = Severity::concession;
  add(rule, call, "setattr self");
}

void PatchFinder::look_at_try(Node statement) {
  const Node body = statement.child_by_field("body");
  const bool computes = count(body, {"call", "binary_operator", "subscript", "await", "yield"}) > 0;
  const bool looks_up = count(body, {"call", "binary_operator", "await", "yield"}) == 0;
  for (const Node clause : statement.named_children()) {
    if (clause.kind() != "except_clause" && clause.kind() != "except_group_clause") continue;
    const std::string types = caught(clause);
    if (always_raises(clause)) continue;
    if (!computes && catches_only(types, "ImportError ModuleNotFoundError AttributeError")) continue;
    if (looks_up && catches_only(types, "KeyError IndexError AttributeError")) continue;
    add(rules::kHandler, clause, "except " + types, std::max(1U, count_calls(body)));
    places_.back().hash = statement.subtree_hash();  // an old handler around other code is a new one
  }
}

void PatchFinder::look_at_finally(Node clause) {
  if (count(clause, {"return_statement", "break_statement", "continue_statement"}) > 0) {
    add(rules::kFinallyLeaves, clause, "finally");
  }
}

void PatchFinder::look_at_target(Node target) {
  if (!target) return;
  if (holds_word("pattern_list tuple_pattern list_pattern expression_list tuple list", target.kind())) {
    for (const Node part : target.named_children()) look_at_target(part);
    return;
  }
  Node object = target;
  while (object && object.kind() == "subscript") object = object.child_by_field("value");
  if (!object || (object == target && object.kind() != "attribute")) return;
  const std::optional<std::string> dotted = names_.resolve(object);
  if (!dotted || dotted->starts_with(source_.module + ".")) return;
  const std::string_view root = head(*dotted);
  const bool model_library = holds_word("transformers diffusers timm", root) || root == head(source_.module);
  add(model_library || !is_protected_package(root) ? rules::kPackagePatch : rules::kMonkeyPatch, target, *dotted);
}

void PatchFinder::look_at_definition(Node definition) {
  const std::string_view name = definition.child_by_field("name").text();
  for (const WordRule& row : definition_rules()) {
    if (holds_word(row.words, name)) return add(row.rule, definition, "def " + std::string(name));
  }
}

void PatchFinder::look_at_literal(Node literal) {
  if (is_inside(literal, "list tuple set dictionary")) return;
  const std::size_t numbers = count(literal, {"integer", "float"});
  if (numbers > kMostLiteralNumbers) add(rules::kBigLiteral, literal, fmt::format("{} numbers", numbers));
}

void PatchFinder::look_at_string(Node string) {
  const std::string_view around = string.parent().kind();
  if (around == "expression_statement" || around == "concatenated_string" || around == "module") return;
  const std::size_t size = string.text().size();
  if (size > kLongestString) add(rules::kLongString, string, fmt::format("{} bytes", size));
}

void PatchFinder::add(const Rule& rule, Node construct, std::string subject, std::uint32_t weight) {
  const std::uint32_t line = construct.start().line;
  Place place;
  place.finding = {std::string(rule.id),
                   rule.severity,
                   source_.file,
                   line,
                   std::string(trim(document_->line_text(line)).substr(0, kShownText)),
                   std::string(rule.reason)};
  place.subject = std::move(subject);
  place.scope = pyast::NameTable::enclosing_qualname(construct);
  place.hash = construct.subtree_hash();
  place.weight = weight;
  places_.push_back(std::move(place));
}

}  // namespace adapt::judge
