#include "harness/client/host.h"

#include <atomic>
#include <mutex>

#include "harness/client/host_process.h"
#include "harness/client/worker_call.h"
#include "tools/base/file.h"

namespace adapt::client {
namespace fs = std::filesystem;

struct Host::Impl {
  explicit Impl(HostOptions given) : options(std::move(given)) {}

  // The host that runs now, started again when the last one has died.
  Result<std::shared_ptr<HostProcess>> alive_host(const CancelToken& cancel) {
    const std::lock_guard lock(mutex);
    if (process->alive()) return process;
    ADAPT_TRY(process, HostProcess::start(options, cancel));
    restarts += 1;
    return process;
  }

  const HostOptions options;
  mutable std::mutex mutex;
  std::shared_ptr<HostProcess> process;  // also held by calls that run
  int restarts = 0;
  std::atomic<int> calls{0};
};

std::vector<std::string> host_command(const fs::path& python, const fs::path& harness, const Preload& preload) {
  std::vector<std::string> out{python.string(), "-B", "-X", "faulthandler", (harness / "host_main.py").string()};
  for (const std::string& backend : preload.backends) out.insert(out.end(), {"--backend", backend});
  for (const std::string& library : preload.libraries) out.insert(out.end(), {"--library", library});
  return out;
}

Host::Host(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Host::Host(Host&&) noexcept = default;
Host& Host::operator=(Host&&) noexcept = default;
Host::~Host() = default;

Result<Host> Host::start(HostOptions options, const CancelToken& cancel) {
  options.environment.scratch = fs::absolute(options.environment.scratch);
  auto impl = std::make_unique<Impl>(std::move(options));
  ADAPT_TRY(impl->process, HostProcess::start(impl->options, cancel));
  return Host(std::move(impl));
}

Greeting Host::greeting() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->process->greeting();
}

sandbox::Confinement Host::confinement() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->process->confinement();
}

int Host::restarts() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->restarts;
}

Result<CallOutcome> Host::call(std::string_view method, Json params, const StageLimits& limits,
                               const CancelToken& cancel, const Progress& progress) {
  ADAPT_TRY(const std::shared_ptr<HostProcess> host, impl_->alive_host(cancel));
  const fs::path folder = impl_->options.environment.scratch / "work" / std::to_string(impl_->calls.fetch_add(1));
  ADAPT_TRY_VOID(make_directories(folder));
  const CallSpec spec{
      .method = std::string(method), .params = std::move(params), .limits = limits, .cwd = folder.string()};
  auto outcome = run_worker_call(*host, spec, cancel, progress);
  std::error_code ignored;  // what a worker leaves in its folder goes with the run at the latest
  fs::remove_all(folder, ignored);
  return outcome;
}

Failure Host::malformed_reply(const CallOutcome& outcome, const std::string& why) {
  return process_failure({.last_stage = outcome.last_stage,
                          .cause = StopCause::violation,
                          .detail = why,
                          .stderr_text = outcome.stderr_text});
}

}  // namespace adapt::client
