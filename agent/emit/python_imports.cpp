#include "agent/emit/python_imports.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <vector>

#include "agent/emit/python_layout.h"
#include "tools/base/text.h"

namespace adapt::emit {
namespace {

enum class Section : std::uint8_t { future, standard, third_party, first_party, local };

// Of the standard library, what repairs and their checks import.
constexpr auto kStandard = std::to_array<std::string_view>(
    {"abc",     "bisect",    "collections", "contextlib", "copy",      "dataclasses", "enum",     "functools",
     "heapq",   "importlib", "inspect",     "io",         "itertools", "json",        "logging",  "math",
     "numbers", "operator",  "os",          "pathlib",    "pickle",    "random",      "re",       "statistics",
     "string",  "sys",       "textwrap",    "time",       "types",     "typing",      "unittest", "warnings"});

Section section_of(std::string_view module) {
  if (module.starts_with('.')) return Section::local;
  const std::string_view top = module.substr(0, module.find_first_of(". "));
  if (top == "__future__") return Section::future;
  if (top == "tests") return Section::first_party;
  return std::ranges::find(kStandard, top) != kStandard.end() ? Section::standard : Section::third_party;
}

// Constants, then classes, then everything else, each by the alphabet.
int rank(std::string_view name) {
  const bool capital = std::isupper(static_cast<unsigned char>(name.front())) != 0;
  const bool constant = capital && name.size() > 1 && std::ranges::none_of(name, [](char c) {
                          return std::islower(static_cast<unsigned char>(c)) != 0;
                        });
  return constant ? 0 : capital ? 1 : 2;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(),
                         [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return out;
}

std::string from_line(const std::string& module, const std::set<std::string>& names) {
  std::vector<std::string> ordered(names.begin(), names.end());
  std::ranges::stable_sort(ordered, [](const std::string& a, const std::string& b) {
    return std::pair(rank(a), lower(a)) < std::pair(rank(b), lower(b));
  });
  std::string line = "from " + module + " import " + join(ordered, ", ");
  if (line.size() <= kPythonColumns) return line + "\n";
  line = "from " + module + " import (\n";
  for (const std::string& name : ordered) line += "    " + name + ",\n";
  return line + ")\n";
}

// Those from further up come first; isort takes the dots as the sign of it.
std::pair<std::size_t, std::string> place_of(std::string_view module) {
  const std::size_t dots = std::min(module.find_first_not_of('.'), module.size());
  return {100 - dots, lower(module)};
}

}  // namespace

bool Imports::add_line(std::string_view line) {
  std::string text = replace_all(replace_all(std::string(trim(line)), "(", " "), ")", " ");
  std::ranges::replace(text, '\n', ' ');
  if (contains(text, "#")) return false;
  const auto names_of = [](std::string_view list) {
    std::vector<std::string> names;
    for (const std::string_view part : split(list, ','))
      if (const std::string_view name = trim(part); !name.empty()) names.emplace_back(name);
    return names;
  };
  if (text.starts_with("import ")) {
    for (const std::string& name : names_of(std::string_view(text).substr(7))) add(name);
    return true;
  }
  const std::size_t middle = text.find(" import ");
  if (!text.starts_with("from ") || middle == std::string::npos) return false;
  const std::string module(trim(std::string_view(text).substr(5, middle - 5)));
  for (const std::string& name : names_of(std::string_view(text).substr(middle + 8))) add(module, name);
  return true;
}

std::string Imports::render() const {
  std::string out;
  for (const Section section :
       {Section::future, Section::standard, Section::third_party, Section::first_party, Section::local}) {
    std::string lines;
    std::vector<std::string> plain;
    for (const std::string& module : plain_)
      if (section_of(module) == section) plain.push_back(module);
    std::ranges::stable_sort(plain, {}, lower);
    for (const std::string& module : plain) lines += "import " + module + "\n";
    std::vector<std::string> from;
    for (const auto& [module, names] : from_)
      if (section_of(module) == section) from.push_back(module);
    std::ranges::stable_sort(from, {}, place_of);
    for (const std::string& module : from) lines += from_line(module, from_.at(module));
    if (lines.empty()) continue;
    out += (out.empty() ? "" : "\n") + lines;
  }
  return out;
}

}  // namespace adapt::emit
