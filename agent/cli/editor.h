// The user's editor on a file.
#pragma once

#include <filesystem>
#include <string>

#include "tools/base/result.h"

namespace adapt::cli {

// Runs `command` (a shell word list, as $EDITOR is) on the file and waits until it ends; an error when it fails.
Result<void> edit_file(const std::string& command, const std::filesystem::path& file);

// $VISUAL, else $EDITOR; an environment error when neither is set.
Result<std::string> editor_command();

}  // namespace adapt::cli
