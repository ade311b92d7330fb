// What a loader of tt-forge-models needs installed: the files beside it, read and checked, installed by nobody here.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agent/forge/finding.h"

namespace adapt::forge {

struct Requirement {
  std::string text;  // as written, without comment: "transformers==4.57.1", "-r other.txt"
  std::string name;  // normalised: "qwen-vl-utils"; empty for options, and for addresses and paths without a name
  bool option = false;
  std::size_t line = 0;
  bool operator==(const Requirement&) const = default;
};

struct RequirementFile {
  std::string name;  // "requirements.nodeps.txt"
  std::vector<Requirement> requirements{};
  bool operator==(const RequirementFile&) const = default;
};

struct Requirements {
  std::vector<RequirementFile> files{};  // in the order in which tt-xla installs them
  std::vector<Finding> findings{};
  bool empty() const { return files.empty(); }
};

inline constexpr std::size_t kMostRequirementBytes = std::size_t{256} << 10U;

// Comments, continued lines and options as pip has them. `file` appears in findings.
RequirementFile parse_requirements(std::string_view text, std::string name, const std::string& file,
                                   std::vector<Finding>& findings);

// `shown` is the folder as findings call it.
Requirements read_requirements(const std::filesystem::path& folder, const std::string& shown);

}  // namespace adapt::forge
