// Values that a repair sets on a model's configuration, as assignments.
#pragma once

#include <string>
#include <vector>

#include "agent/emit/hand_over.h"
#include "tools/base/json.h"

namespace adapt::emit::forms {

// Keyword arguments of from_pretrained, as the attributes that they become.
Json as_attributes(const Json& load);

// Dotted paths of the parts of `config` that have the key: "" for the whole, ".text_config". Keys that begin with an
// underscore are never written into one: the whole has them, and hands them on.
std::vector<std::string> parts_with(const Json& config, const std::string& key);

// "owner.text_config.use_cache = False" for every part that has the key; a dotted key names its part.
std::string assignments(const std::string& owner, const Json& config, const Json& values, std::size_t indent);

}  // namespace adapt::emit::forms
