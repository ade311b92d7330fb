#include "agent/cli/editor.h"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace adapt::cli {

Result<void> edit_file(const std::string& command, const std::filesystem::path& file) {
  std::string shell = "sh", option = "-c", script = command + " \"$1\"", name = "sh", path = file.string();
  char* const arguments[] = {shell.data(), option.data(), script.data(), name.data(), path.data(), nullptr};
  pid_t child = 0;
  if (const int code = ::posix_spawnp(&child, "sh", nullptr, nullptr, arguments, environ); code != 0)
    return fail(ErrorKind::environment, "cannot start the editor '{}': {}", command, std::strerror(code));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      return fail(ErrorKind::environment, "the editor '{}' was lost: {}", command, std::strerror(errno));
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return fail(ErrorKind::environment, "the editor '{}' failed; nothing was changed", command);
  return {};
}

Result<std::string> editor_command() {
  for (const char* name : {"VISUAL", "EDITOR"})
    if (const char* value = std::getenv(name); value != nullptr && *value != '\0') return std::string(value);
  return fail(ErrorKind::environment, "no editor is known: set EDITOR, or change a file and import it");
}

}  // namespace adapt::cli
