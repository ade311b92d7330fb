#include "tools/pyast/import_names.h"

#include <algorithm>

namespace adapt::pyast {
namespace {

// "a.b.c" of a dotted_name, whatever blanks stand between.
std::string dotted(Node node) {
  std::string out;
  for (const Node part : node.named_children()) {
    if (!out.empty()) out += '.';
    out += part.text();
  }
  return out;
}

std::string under(const std::string& package, const std::string& name) {
  if (package.empty() || name.empty()) return package + name;
  return package + "." + name;
}

// "" when there are more dots than packages.
std::string package_above(const ModuleName& module, std::size_t dots) {
  std::string package = module.dotted;
  for (std::size_t up = module.is_package ? 1 : 0; up < dots; ++up) {
    const std::size_t dot = package.rfind('.');
    package.resize(dot == std::string::npos ? 0 : dot);
  }
  return package;
}

struct Origin {
  std::string module;
  bool known = true;
};

Origin origin_of(Node from_statement, const ModuleName& module) {
  if (from_statement.kind() == "future_import_statement") return {"__future__", true};
  const Node name = from_statement.child_by_field("module_name");
  if (name.kind() != "relative_import") return {dotted(name), true};
  std::size_t dots = 0;
  std::string below;
  for (const Node part : name.named_children()) {
    if (part.kind() == "import_prefix")
      dots = static_cast<std::size_t>(std::count(part.text().begin(), part.text().end(), '.'));
    else
      below = dotted(part);
  }
  const std::string package = package_above(module, dots);
  return {under(package, below), !package.empty()};
}

}  // namespace

std::vector<ImportedName> imported_names(Node statement, const ModuleName& module) {
  const bool whole_modules = statement.kind() == "import_statement";
  const Origin origin = whole_modules ? Origin{} : origin_of(statement, module);
  std::vector<ImportedName> out;
  for (const Node item : statement.named_children()) {
    if (item.field_name() != "name") continue;
    const bool renamed = item.kind() == "aliased_import";
    const std::string name = dotted(renamed ? item.child_by_field("name") : item);
    const std::string head = name.substr(0, name.find('.'));
    const std::string bound = renamed ? std::string(item.child_by_field("alias").text()) : head;
    if (bound.empty()) continue;
    if (whole_modules)
      out.push_back({bound, renamed ? name : head, item});  // `import a.b` binds only a
    else
      out.push_back({bound, origin.known ? under(origin.module, name) : std::string(), item});
  }
  return out;
}

}  // namespace adapt::pyast
