#include "agent/loop/tool_names.h"

#include <algorithm>
#include <cctype>

#include "tools/toolbox/toolbox.h"

namespace adapt::loop {

std::string tool_name(std::string_view written) {
  std::string_view name = written;
  for (const std::string_view prefix : {"functions.", "default_api:", "default_api."})
    if (name.starts_with(prefix)) name.remove_prefix(prefix.size());
  const auto equal = [](char a, char b) { return std::tolower(static_cast<unsigned char>(a)) == b; };
  for (const toolbox::Spec& spec : toolbox::Toolbox::specs())
    if (std::ranges::equal(name, spec.name, equal)) return spec.name;
  return std::string(written);
}

}  // namespace adapt::loop
