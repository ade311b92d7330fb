// Every way the program ends: one table, printed by `agent doctor`.
#pragma once

#include <span>
#include <string_view>

#include "agent/domain/run_result.h"
#include "tools/base/error.h"

namespace adapt::cli {

struct ExitCode {
  int code;
  std::string_view meaning;
};

std::span<const ExitCode> exit_codes();
int exit_code(ErrorKind kind);
// Of a run that ended: a model that is not there or not valid is bad usage, a missing package is the environment's.
int exit_code(const domain::RunResult& result);

}  // namespace adapt::cli
