// The import lines of a module, merged and ordered as isort's "black" profile does it.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace adapt::emit {

class Imports {
 public:
  void add(const std::string& module) { plain_.insert(module); }  // "torch", "numpy as np"
  void add(const std::string& module, const std::string& name) { from_[module].insert(name); }
  // A line of Python that imports, as somebody wrote it. False where it is not understood.
  bool add_line(std::string_view line);

  std::string render() const;  // sections parted by a blank line; each line ends with a newline

 private:
  std::set<std::string> plain_;
  std::map<std::string, std::set<std::string>> from_;
};

}  // namespace adapt::emit
