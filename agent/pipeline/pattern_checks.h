// The numeric checks of patterns: both versions run in a worker, their outputs are compared here.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "harness/client/host.h"
#include "patterns/pattern.h"
#include "tools/base/cancel.h"

namespace adapt::pipeline {

// The draws of a check: three with the usual sizes, one for each other size, and for each mask of fill `some` one that
// is all true and one that is all false.
std::vector<client::CheckDraw> draws_of(const patterns::Check& check, const std::filesystem::path& folder);

struct CheckBench {
  client::Host& host;
  const client::StageLimits& limits;
  const CancelToken& cancel;
  std::filesystem::path folder;  // writable to workers
};

// Why the check does not hold, or "". An error when it could not be run at all.
Result<std::string> run_check(const patterns::Pattern& pattern, const patterns::Check& check, const CheckBench& bench);

// The same for a pattern whose carrier is a shim: its modules can be imported, and their functions raise. Fails with
// kind `environment` where one of the packages is installed, since nothing can stand in its place there.
Result<std::string> run_stub_check(const patterns::Pattern& pattern, const CheckBench& bench);

}  // namespace adapt::pipeline
