// Modules of a checkout, read as far as they can be without running any of their code: constants, enumerations,
// dictionaries, classes and what they inherit, imports within the checkout.
#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

#include "agent/forge/static_value.h"

namespace adapt::forge {

class StaticModules {
 public:
  static constexpr std::size_t kMostFileBytes = std::size_t{2} << 20U;
  static constexpr std::size_t kMostModules = 20'000;
  static constexpr int kMostImports = 24;            // one inside the other
  static constexpr std::size_t kMostSteps = 50'000;  // statements and values of one module

  // `root` is the folder of tt-forge-models.
  explicit StaticModules(std::filesystem::path root) : root_(std::move(root)) {}

  // A module by its path below the root ("llama/causal_lm/pytorch/loader.py"). Unknown when it cannot be read, or is
  // being read: imports in a circle.
  StaticPtr module(const std::string& path);

  // The value of an absolute dotted name: a module, or something in it. Null where it lies outside the checkout.
  StaticPtr import(const std::string& dotted);

 private:
  StaticPtr read(const std::string& path);

  std::filesystem::path root_;
  std::map<std::string, StaticPtr> modules_;
  std::set<std::string> reading_;
};

// The dotted name under which modules of the checkout import each other.
inline constexpr std::string_view kForgePackage = "tt_forge_models";

}  // namespace adapt::forge
