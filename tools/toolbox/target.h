// What a name given to a tool means: a module, or a function or class of one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tools/toolbox/session.h"

namespace adapt::toolbox {

struct Target {
  std::shared_ptr<const Module> module;
  const Symbol* symbol = nullptr;  // null: the whole module

  std::string name() const;   // "module:Class.method" or "module"
  pyast::Node node() const;   // with decorators; the root of a module
  pyast::Span lines() const;  // of the node, from the start of its first line
};

// Every one that `name` may mean: "module:Class.method", "Class.method", "module", also with the module's last words or
// its file for the module. One for each of several definitions of a name. A complaint names the nearest when there is
// none.
Result<std::vector<Target>> find_targets(Session& session, std::string_view name);

// The only one; a complaint names all when there are several.
Result<Target> find_target(Session& session, std::string_view name);

// The source with this module or file, as failures name them, or null.
const Source* find_source(const std::vector<Source>& sources, std::string_view module_or_file);

}  // namespace adapt::toolbox
