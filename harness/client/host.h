// The Python side of a run, as the engine sees it: one host process behind adapt-jail, and a fresh worker a call.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "harness/client/messages.h"
#include "harness/client/outcome.h"
#include "sandbox/environment.h"
#include "sandbox/policy.h"
#include "tools/base/cancel.h"
#include "tools/base/result.h"

namespace adapt::client {

struct HostOptions {
  std::filesystem::path jail;                           // adapt-jail
  std::vector<std::string> command;                     // of the host: interpreter, arguments; see host_command()
  sandbox::EnvironmentSpec environment;                 // scratch is created; it is writable to workers
  sandbox::Need confinement = sandbox::Need::required;  // of network, files and processes
  std::vector<std::string> writable;  // folders that workers may write beside scratch; they must exist
  std::vector<std::string> visible;   // further paths that they read (models, inputs); decides whether /tmp is private
  std::vector<std::string> hidden;    // e.g. folders with credentials
  std::vector<std::string> devices;   // accelerator nodes
  double start_seconds = 180;         // from the start to the greeting: imports torch
};

// What the host imports once, for its workers to find: others import what they need themselves.
struct Preload {
  std::vector<std::string> backends{};
  std::vector<std::string> libraries{};  // that models come from: "transformers"
};

// The real host's command line: `harness` is the folder that holds adapt_harness.
std::vector<std::string> host_command(const std::filesystem::path& python, const std::filesystem::path& harness,
                                      const Preload& preload);

template <class Request>
struct TypedOutcome {
  std::optional<typename ReplyOf<Request>::type> reply;  // none exactly when outcome.process_failure
  CallOutcome outcome;
};

// May be used from several threads at once. The destructor ends the host and everything it has started.
class Host {
 public:
  static Result<Host> start(HostOptions options, const CancelToken& cancel);

  Host(Host&&) noexcept;
  Host& operator=(Host&&) noexcept;
  ~Host();

  Greeting greeting() const;                 // of the host that runs now
  sandbox::Confinement confinement() const;  // which walls stand
  int restarts() const;                      // how often the host had to be started again

  // Runs one request in a fresh worker. Errors: `interrupted` (the worker is dead then), `environment` (the host died;
  // the next call starts it again, once), `bug` (the request does not fit the protocol).
  Result<CallOutcome> call(std::string_view method, Json params, const StageLimits& limits, const CancelToken& cancel,
                           const Progress& progress = {});

  // The same with typed ends; a reply that does not fit the protocol is a failure of the worker's process.
  template <class Request>
  Result<TypedOutcome<Request>> ask(const Request& request, const StageLimits& limits, const CancelToken& cancel,
                                    const Progress& progress = {}) {
    ADAPT_TRY(CallOutcome outcome, call(Request::kMethod, encode(request), limits, cancel, progress));
    return typed<Request>(std::move(outcome));
  }

  // Also for outcomes that come from the journal.
  template <class Request>
  static TypedOutcome<Request> typed(CallOutcome outcome) {
    TypedOutcome<Request> out{{}, std::move(outcome)};
    if (!out.outcome.result) return out;
    if (auto reply = decode<typename ReplyOf<Request>::type>(*out.outcome.result)) {
      out.reply = std::move(*reply);
    } else {
      out.outcome.process_failure = malformed_reply(out.outcome, reply.error().message);
      out.outcome.result.reset();
    }
    return out;
  }

 private:
  struct Impl;
  explicit Host(std::unique_ptr<Impl> impl);
  static Failure malformed_reply(const CallOutcome& outcome, const std::string& why);

  std::unique_ptr<Impl> impl_;
};

}  // namespace adapt::client
