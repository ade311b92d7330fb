// What an import statement binds.
#pragma once

#include <string>
#include <vector>

#include "tools/pyast/scopes.h"

namespace adapt::pyast {

struct ImportedName {
  std::string name;    // as bound here
  std::string target;  // absolute dotted name; "" when the dots lead above the top package
  Node node;
};

// Of an import_statement, import_from_statement or future_import_statement. A star import has no names.
std::vector<ImportedName> imported_names(Node statement, const ModuleName& module);

}  // namespace adapt::pyast
