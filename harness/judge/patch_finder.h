// Every place in one source that a rule speaks of, whether it is new or not.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/judge/patch_policy.h"
#include "harness/judge/patch_rules.h"
#include "tools/pyast/document.h"
#include "tools/pyast/names.h"

namespace adapt::judge {

struct Place {
  PolicyFinding finding;
  std::string subject;       // what the rule objects to: "os.environ", "except Exception"
  std::string scope;         // qualified name of the function around it
  std::uint64_t hash = 0;    // of the construct: equal constructs are one, wherever they moved
  std::uint32_t weight = 0;  // for a handler, how many calls it covers; more of them is new
};

class PatchFinder {
 public:
  PatchFinder(const Source& source, std::shared_ptr<const pyast::Document> document);
  std::vector<Place> find();

 private:
  void look_at(pyast::Node node);
  void look_at_import(pyast::Node statement);
  void look_at_imported(pyast::Node statement, const std::string& dotted);
  void look_at_name(pyast::Node expression);
  void look_at_attributes(pyast::Node chain);
  void look_at_builtin(pyast::Node identifier);
  void look_at_call(pyast::Node call);
  void look_at_getattr(pyast::Node call, const std::vector<pyast::Node>& arguments);
  void look_at_setattr(pyast::Node call, const std::vector<pyast::Node>& arguments);
  void look_at_try(pyast::Node statement);
  void look_at_finally(pyast::Node clause);
  void look_at_target(pyast::Node target);
  void look_at_definition(pyast::Node definition);
  void look_at_literal(pyast::Node literal);
  void look_at_string(pyast::Node string);

  // True when a name rule speaks of `dotted`, also to allow it.
  bool apply_name_rules(pyast::Node construct, std::string_view dotted);
  bool apply_attribute_rules(pyast::Node construct, std::string_view attribute);
  void add(const Rule& rule, pyast::Node construct, std::string subject, std::uint32_t weight = 0);

  const Source& source_;
  std::shared_ptr<const pyast::Document> document_;
  pyast::NameTable names_;
  std::vector<Place> places_;
};

}  // namespace adapt::judge
