// What the text of a model that is a Python file says about how it is called.
#pragma once

#include <optional>
#include <string>

#include "tools/base/result.h"

namespace adapt::emit::forms {

struct OwnFile {
  std::string factory;         // the function that makes the model
  bool has_inputs = false;     // load_inputs() is there; else the factory returns model and inputs
  bool takes_seed = false;     // load_inputs takes a seed
  bool gives_mapping = false;  // it returns a dictionary, as far as the text says
};

// `named`: the factory that a user named.
Result<OwnFile> read_own_file(const std::string& text, const std::optional<std::string>& named);

}  // namespace adapt::emit::forms
