// The scopes of a piece of Python and what binds each name in them. NameTable asks; nobody else needs to.
//
// Flow is not followed: a name that is bound anywhere in a scope is bound in all of it, as in Python's own compiler.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tools/pyast/document.h"

namespace adapt::pyast {

struct Binding {
  enum class Kind : std::uint8_t {
    import,      // `target` is the absolute dotted name, "" when it leaves the known packages
    definition,  // assignment, parameter, def, class, loop variable, ...
    none_value,  // `name = None`, the placeholder of an optional import
    augmented,   // `name += ...`: reads before it writes
  };
  Kind kind = Kind::definition;
  std::string target;
  Node node;  // where it stands
};

struct Scope {
  enum class Kind : std::uint8_t { top, function, type_parameters, class_body, comprehension };
  Kind kind = Kind::top;
  std::uint32_t parent = 0;  // the top scope is its own parent
  std::map<std::string, std::vector<Binding>, std::less<>> names;
  std::set<std::string, std::less<>> global_names;
  std::set<std::string, std::less<>> nonlocal_names;
};

// Where relative imports start.
struct ModuleName {
  std::string dotted;
  bool is_package = false;
};

class ScopeTree {
 public:
  // `root` is a module, or any node that is looked at by itself.
  ScopeTree(Node root, const ModuleName& module);

  struct Found {
    std::uint32_t scope = 0;
    const std::vector<Binding>* bindings = nullptr;  // null: unbound
  };
  // What `name` means when it is read in `scope`: class bodies are seen only from directly inside.
  Found find(std::string_view name, std::uint32_t scope) const;

  std::uint32_t scope_at(Node node) const;
  // The scopes that a read in `scope` can see, innermost first.
  std::vector<std::uint32_t> visible_from(std::uint32_t scope) const;
  const Scope& scope(std::uint32_t index) const { return scopes_[index]; }

  struct Read {
    Node identifier;
    std::uint32_t scope = 0;
  };
  const std::vector<Read>& reads() const { return reads_; }

 private:
  friend class ScopeBuilder;
  std::vector<Scope> scopes_;
  std::vector<std::uint32_t> scope_of_node_;  // by node index less first_; kNoNode: as its parent
  std::uint32_t first_ = 0;
  std::vector<Read> reads_;
};

// Whether the two stand in branches of one statement of which only one takes effect: the parts of an `if`, or the body
// of a `try` and its handlers.
bool are_alternatives(Node a, Node b);

}  // namespace adapt::pyast
