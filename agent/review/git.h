// The git program on one folder: bounded, without prompts, hooks, signatures or anything that would reach a network.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "tools/base/cancel.h"
#include "tools/base/result.h"

namespace adapt::review {

// Variables of the user's environment that git reads: PATH, where it is found, and those that lead to its
// configuration.
using Environment = std::map<std::string, std::string>;

class Git {
 public:
  // An error of kind environment when there is no git on PATH. `cancel` outlives this.
  static Result<Git> find(const Environment& environment, const CancelToken& cancel);

  // stdout without the last line end. An error of kind usage holds the last line that git says.
  Result<std::string> run(const std::filesystem::path& folder, const std::vector<std::string>& arguments) const;

 private:
  Git(std::string program, std::vector<std::string> environment, const CancelToken& cancel)
      : program_(std::move(program)), environment_(std::move(environment)), cancel_(&cancel) {}

  std::string program_;
  std::vector<std::string> environment_;
  const CancelToken* cancel_;
};

}  // namespace adapt::review
