// What the commands share: settings, the cancel flag that Ctrl-C sets, the clock, and how an error is shown.
#pragma once

#include <string>

#include "agent/config/config.h"
#include "tools/base/cancel.h"
#include "tools/base/clock.h"
#include "tools/base/error.h"
#include "tools/base/result.h"

namespace adapt::cli {

struct Session {
  config::Config config;
  SystemClock clock;
  CancelToken& cancel;
  bool json = false;
  bool quiet = false;
};

// Ctrl-C and SIGTERM set it; a second one ends the program at once.
CancelToken& install_cancel();

// One line on stderr; the exit code of its kind.
int report(const Error& error);

}  // namespace adapt::cli
