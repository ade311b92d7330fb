// One request in one fresh worker: talks, watches the clocks and the memory, and says how it ended.
#pragma once

#include "harness/client/host_process.h"

namespace adapt::client {

struct CallSpec {
  std::string method;
  Json params;
  StageLimits limits;
  std::string cwd;  // exists, writable
};

Result<CallOutcome> run_worker_call(HostProcess& host, const CallSpec& spec, const CancelToken& cancel,
                                    const Progress& progress);

}  // namespace adapt::client
