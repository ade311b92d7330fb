// adapt.toml: read into settings with their line, and changed in one value without touching the rest.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "agent/config/value.h"
#include "tools/base/result.h"

namespace adapt::config {

struct FileSetting {
  const Option* option = nullptr;
  Value value;
  unsigned line = 0;  // 1-based
};

// `text` as read from `path`, which is named in messages and whose folder relative paths start from. An unknown key, a
// wrong type or a value out of range is an error that names the line.
Result<std::vector<FileSetting>> parse_settings(std::string_view text, const std::filesystem::path& path,
                                                const std::filesystem::path& home);

// `text` with `option` set to `value`: other keys, comments and layout stay. Refused when that cannot be proved.
Result<std::string> with_setting(std::string_view text, const Option& option, const Value& value,
                                 const std::filesystem::path& path, const std::filesystem::path& home);

}  // namespace adapt::config
