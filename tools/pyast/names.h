// Which name means what: imports, scopes and shadowing, so that F.softmax, nn.functional.softmax and
// torch.nn.functional.softmax are one name.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/pyast/document.h"

namespace adapt::pyast {

class NameTable {
 public:
  // `module` is the dotted name of the document ("transformers.models.bert.modeling_bert"); it anchors relative imports.
  // `is_package`: the document is an __init__.py.
  NameTable(const Document& document, std::string module, bool is_package = false);

  // The absolute dotted name that an identifier or attribute chain denotes where it stands ("torch.nn.functional.softmax"),
  // or nothing when its head is local, rebound or unknown. Module-level definitions of this document resolve to "<module>.<name>".
  std::optional<std::string> resolve(Node expression) const;

  // How `dotted` may be written in this document at `where`: "F.softmax", or nothing when no import reaches it or the
  // name is shadowed there.
  std::optional<std::string> spelling(std::string_view dotted, Node where) const;

  // Names that `expression` reads and does not itself bind.
  static std::set<std::string> free_names(Node expression);

  // True when `name` is bound where `where` stands: local, enclosing function, module, builtin.
  bool is_bound(std::string_view name, Node where) const;

  // "ClassName.method", "function", "Outer.<locals>.inner": the qualified name of the innermost function around `where`,
  // or "" at module level.
  static std::string enclosing_qualname(Node where);

  // Byte offset at which a new import statement belongs: after the module's docstring, __future__ and last top-level import.
  std::uint32_t import_insertion_point() const;

  // name -> absolute dotted target, for module-level imports.
  const std::map<std::string, std::string>& imports() const { return imports_; }

 private:
  const Document& document_;
  std::string module_;
  bool is_package_;
  std::map<std::string, std::string> imports_;
};

}  // namespace adapt::pyast
