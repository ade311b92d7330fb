#include "agent/cli/session.h"

#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "agent/cli/exit_code.h"

namespace adapt::cli {
namespace {

CancelToken g_cancel;

void on_signal(int) {
  if (g_cancel.requested()) std::_Exit(130);
  g_cancel.request();
}

}  // namespace

CancelToken& install_cancel() {
  struct sigaction action {};
  action.sa_handler = on_signal;  // without SA_RESTART: a blocking poll returns and looks at the flag
  ::sigaction(SIGINT, &action, nullptr);
  ::sigaction(SIGTERM, &action, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  return g_cancel;
}

int report(const Error& error) {
  fmt::print(stderr, "agent: {}\n", error.message);
  return exit_code(error.kind);
}

}  // namespace adapt::cli
