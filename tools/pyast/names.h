// Which name means what: imports, scopes and shadowing, so that F.softmax, nn.functional.softmax and
// torch.nn.functional.softmax are one name.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/pyast/document.h"

namespace adapt::pyast {

class ScopeTree;

// Keeps a reference: the Document must outlive it. Flow is not followed: a name bound anywhere in a scope is bound in
// all of it. Imports under `if` and in `try` count; a fallback in the other branch (`except ImportError: x = None`)
// does not hide them, any other second meaning does. Star imports bind nothing that is known.
class NameTable {
 public:
  // `module` is the dotted name of the document ("transformers.models.bert.modeling_bert"); it anchors relative
  // imports. `is_package`: the document is an __init__.py.
  NameTable(const Document& document, std::string module, bool is_package = false);

  // The absolute dotted name that an identifier or attribute chain denotes where it stands
  // ("torch.nn.functional.softmax"), or nothing when its head is local, rebound or unknown. Module-level definitions of
  // this document resolve to "<module>.<name>".
  std::optional<std::string> resolve(Node expression) const;

  // How `dotted` may be written in this document at `where`: "F.softmax", or nothing when no import reaches it or the
  // name is shadowed there. The shortest where there are several.
  std::optional<std::string> spelling(std::string_view dotted, Node where) const;

  // Names that `expression` reads and does not itself bind.
  static std::set<std::string> free_names(Node expression);

  // True when `name` is bound where `where` stands: local, enclosing function, module, builtin. What a star import
  // brings is not known and counts as unbound.
  bool is_bound(std::string_view name, Node where) const;

  // Whether `identifier` is a variable where it stands: bound by assignment, parameter, loop or the like in a function
  // or comprehension around it, or, for code outside all functions, at module level. Imports, functions and classes are
  // none.
  bool is_variable(Node identifier) const;

  // "ClassName.method", "function", "outer.<locals>.inner": the qualified name of the innermost function around `where`
  // (decorators belong to their function), or "" where there is none.
  static std::string enclosing_qualname(Node where);

  // Byte offset at which a new import statement belongs: the start of the line after the module's docstring, __future__
  // imports and last top-level import that stands before the first class or function. At the end of a file without a
  // final newline it is the end of the file, and the caller starts a line.
  std::uint32_t import_insertion_point() const;

  // name -> absolute dotted target, for module-level imports.
  const std::map<std::string, std::string>& imports() const { return imports_; }

 private:
  const Document& document_;
  std::string module_;
  std::map<std::string, std::string> imports_;
  std::shared_ptr<const ScopeTree> scopes_;  // immutable, so copies of a table share it
};

}  // namespace adapt::pyast
