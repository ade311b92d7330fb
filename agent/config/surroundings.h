// What configuration reads of the world, as values, so that a test can name its own.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

namespace adapt::config {

struct Surroundings {
  std::map<std::string, std::string> environment;
  std::filesystem::path working_folder;
  std::filesystem::path program;  // the running executable

  static Surroundings real();

  std::string variable(const std::string& name) const;  // "" when it is not set
  std::filesystem::path home() const;                   // empty when unknown
  std::filesystem::path user_file() const;              // $XDG_CONFIG_HOME/adapt/adapt.toml; empty when unknown
  std::filesystem::path project_file() const;           // ./adapt.toml

  // $<variable>, else <home>/<beneath>; empty when neither is known. XDG variables count only when absolute.
  std::filesystem::path base_folder(const std::string& variable_name, std::string_view beneath) const;
};

}  // namespace adapt::config
