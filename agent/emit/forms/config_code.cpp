#include "agent/emit/forms/config_code.h"

#include <fmt/format.h>

#include "agent/emit/python_layout.h"

namespace adapt::emit::forms {
namespace {

constexpr int kDepth = 4;  // of configurations in configurations

void find_parts(const Json& config, const std::string& key, const std::string& path, int depth,
                std::vector<std::string>& out) {
  if (config.contains(key) || (depth == 0 && key.starts_with('_'))) out.push_back(path);
  if (depth == kDepth) return;
  for (const auto& [name, part] : config.items())
    if (part.is_object() && part.contains("model_type")) find_parts(part, key, path + "." + name, depth + 1, out);
}

}  // namespace

Json as_attributes(const Json& load) {
  Json out = Json::object();
  for (const auto& [key, value] : load.items())
    out[key == "attn_implementation" || key == "experts_implementation" ? "_" + key : key] = value;
  return out;
}

std::vector<std::string> parts_with(const Json& config, const std::string& key) {
  std::vector<std::string> out;
  if (config.is_object()) find_parts(config, key, "", 0, out);
  return out;
}

std::string assignments(const std::string& owner, const Json& config, const Json& values, std::size_t indent) {
  std::string out;
  for (const auto& [key, value] : values.items()) {
    const std::size_t dot = key.rfind('.');
    const std::string name = dot == std::string::npos ? key : key.substr(dot + 1);
    std::vector<std::string> parts =
        dot == std::string::npos ? parts_with(config, key) : std::vector<std::string>{"." + key.substr(0, dot)};
    if (parts.empty()) parts.emplace_back();  // an attribute that configurations do not write out
    for (const std::string& part : parts)
      out += laid_out("", named(fmt::format("{}{}.{} = ", owner, part, name), code_of(value)), indent);
  }
  return out;
}

}  // namespace adapt::emit::forms
