#include "agent/config/surroundings.h"

#include <unistd.h>

#include <string_view>
#include <system_error>

namespace adapt::config {
namespace fs = std::filesystem;

Surroundings Surroundings::real() {
  Surroundings out;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    const std::size_t equals = text.find('=');
    if (equals != std::string_view::npos) out.environment.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  std::error_code ignored;  // a removed working folder, a /proc that is not mounted: the path stays empty
  out.working_folder = fs::current_path(ignored);
  out.program = fs::read_symlink("/proc/self/exe", ignored);
  return out;
}

std::string Surroundings::variable(const std::string& name) const {
  const auto it = environment.find(name);
  return it == environment.end() ? std::string() : it->second;
}

fs::path Surroundings::home() const { return variable("HOME"); }

fs::path Surroundings::base_folder(const std::string& variable_name, std::string_view beneath) const {
  fs::path named = variable(variable_name);
  if (named.is_absolute()) return named;
  return home().empty() ? fs::path() : home() / beneath;
}

fs::path Surroundings::user_file() const {
  const fs::path folder = base_folder("XDG_CONFIG_HOME", ".config");
  return folder.empty() ? folder : folder / "adapt" / "adapt.toml";
}

fs::path Surroundings::project_file() const { return working_folder / "adapt.toml"; }

}  // namespace adapt::config
