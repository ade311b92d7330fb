#include "agent/emit/template.h"

#include <set>

namespace adapt::emit {

Result<std::string> render(std::string_view text, const std::map<std::string, std::string>& values) {
  std::string out;
  std::set<std::string> used;
  while (true) {
    const std::size_t open = text.find("{{");
    const std::size_t close = open == std::string_view::npos ? open : text.find("}}", open);
    if (close == std::string_view::npos) break;
    const std::string name(text.substr(open + 2, close - open - 2));
    const auto value = values.find(name);
    if (value == values.end()) return fail(ErrorKind::bug, "the template asks for '{}', which has no value", name);
    out += text.substr(0, open);
    out += value->second;
    used.insert(name);
    text.remove_prefix(close + 2);
  }
  out += text;
  for (const auto& [name, value] : values)
    if (!used.contains(name)) return fail(ErrorKind::bug, "the template has no place for '{}'", name);
  return out;
}

}  // namespace adapt::emit
