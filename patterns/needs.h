// What new code needs around it: names spelled as the file spells them, imports, helpers, fresh names.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "patterns/corpus.h"
#include "patterns/pattern.h"
#include "tools/edit/edit_set.h"

namespace adapt::patterns {

class Needs {
 public:
  // `where`: the node that the new code replaces or stands beside.
  Needs(const Pattern& pattern, const Edit& edit, const Parsed& source, const SourceFile& file, pyast::Node where);

  // Why the new code cannot stand there, or "".
  const std::string& problem() const { return problem_; }
  // New names for fresh names and helpers that clash.
  const std::map<std::string, std::string>& renamed() const { return renamed_; }
  // How the name is written at the place; asks for an import where there is none.
  std::string spell(const Template::Name& name);
  // Insertions of imports and helpers; after all spell() calls.
  std::vector<edit::TextEdit> insertions();

 private:
  void choose_fresh(const Edit& edit);
  void check_reads(const Edit& edit);
  bool use_helper(const std::string& name);
  void use_import(const std::string& name, std::string statement);
  std::string free_variant(const std::string& name, const std::set<std::string>& taken) const;

  const Pattern& pattern_;
  const Parsed& source_;
  const SourceFile& file_;
  pyast::Node where_;
  std::string problem_;
  std::map<std::string, std::string> renamed_;
  std::map<std::string, std::string> imports_;  // name -> statement
  std::map<std::string, std::string> helpers_;  // name in this file -> text
};

}  // namespace adapt::patterns
