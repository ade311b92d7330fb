// In which form a pattern's repair reaches the user: [carrier source], [carrier config].
#pragma once

#include <cstdint>
#include <string_view>

#include "patterns/sections.h"
#include "tools/base/json.h"

namespace adapt::patterns {

struct Carrier {
  enum class Kind : std::uint8_t {
    override_module,  // a module that replaces the changed functions in a running process, beside the diff
    source,           // the diff alone
    config,           // no source changes: values of the model's configuration
  };
  Kind kind = Kind::override_module;
  Json settings = Json::object();  // config: key to a boolean, number, text or null
};

// `name` is the file's, for complaints.
Result<Carrier> parse_carrier(const Section& section, std::string_view name);

}  // namespace adapt::patterns
