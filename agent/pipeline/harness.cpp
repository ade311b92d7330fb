#include "agent/pipeline/harness.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "agent/pipeline/llm_line.h"
#include "agent/pipeline/log_finding.h"
#include "tools/base/hash.h"

namespace adapt::pipeline {
namespace {

namespace fs = std::filesystem;
using Files = std::vector<fs::path>;

// Files that later steps read, by reply: their hashes are journaled with it.
Files files_of(const client::ReferenceRequest&, const client::ReferenceReply& reply) {
  Files files;
  for (const client::DrawFiles& draw : reply.draws) {
    files.emplace_back(draw.inputs);
    files.emplace_back(draw.fp32);
    if (draw.fp64) files.emplace_back(*draw.fp64);
  }
  if (reply.sensitivity) files.emplace_back(*reply.sensitivity);
  return files;
}

Files files_of(const client::BuildRequest&, const client::BuildReply& reply) {
  Files files;
  if (!reply.artefact) return files;
  std::error_code code;
  for (fs::recursive_directory_iterator it(*reply.artefact, code), end; it != end && !code; it.increment(code))
    if (it->is_regular_file(code)) files.push_back(it->path());
  return files;
}

Files existing(const client::Texts& paths) {
  Files files;
  std::error_code code;
  for (const std::string& path : paths)
    if (fs::is_regular_file(path, code)) files.emplace_back(path);
  return files;
}

Files files_of(const client::ExecuteRequest& request, const client::ExecuteReply&) { return existing(request.outputs); }

Files files_of(const client::EagerRequest& request, const client::EagerReply&) {
  Files files = existing(request.outputs);
  if (request.sensitivity) files.emplace_back(*request.sensitivity);
  return files;
}

Files files_of(const client::FactsRequest&, const client::FactsReply&) { return {}; }

Files files_of(const client::BisectRequest&, const client::BisectReply&) { return {}; }  // what it made is gone

Files files_of(const client::PackageRequest&, const client::PackageReply& reply) { return existing(reply.files); }

template <class Request>
std::string key_of(const Request& request) {
  return std::string(Request::kMethod) + ":" + sha256_hex(dump(client::encode(request)));
}

constexpr int kDeviceTries = 3;
constexpr std::size_t kMostSaid = 300;  // bytes

// The failure of this outcome, explained by the log; in the outcome it is replaced by that.
template <class Request>
std::optional<client::Failure> explained(client::CallOutcome& outcome, const BackendLog& log) {
  if (outcome.process_failure) {
    explain(*outcome.process_failure, log);
    return outcome.process_failure;
  }
  const auto typed = client::Host::typed<Request>(outcome);
  if (!typed.reply || !typed.reply->failure) return std::nullopt;
  client::Failure failure = *typed.reply->failure;
  explain(failure, log);
  (*outcome.result)["failure"] = client::encode(failure);
  return failure;
}

// What a model said in words. Names and paths stay as they are: they are looked up again.
bool is_said(std::string_view member) {
  constexpr std::array<std::string_view, 8> kSaid = {"message", "log",   "exception", "stdout",
                                                     "stderr",  "notes", "note",      "finding"};
  return std::ranges::find(kSaid, member) != kSaid.end();
}

// The record of a run is shown to people, kept and handed on: no secret of this process that a model was told belongs
// into it.
Json without_secrets(Json value, const llm::Redactor& redactor) {
  if (value.is_array())
    for (Json& item : value) item = without_secrets(std::move(item), redactor);
  if (value.is_object())
    for (auto& [name, item] : value.items())
      item = is_said(name) ? redactor.json(std::move(item)) : without_secrets(std::move(item), redactor);
  return value;
}

}  // namespace

client::StageLimits limits_of(const config::Config& config) {
  client::StageLimits limits;
  for (const auto& [stage, seconds] : config.stage_seconds()) limits.seconds[stage] = static_cast<double>(seconds);
  limits.memory_bytes = config.memory_bytes();
  limits.file_bytes = config.file_bytes();
  limits.cpu_seconds = static_cast<std::uint64_t>(config.integer("limits.cpu_seconds"));
  return limits;
}

Harness::Harness(client::Host& host, events::Journal& journal, const config::Config& config, const CancelToken& cancel,
                 Progress& progress, const std::vector<client::Option>& given)
    : host_(host),
      journal_(journal),
      config_(config),
      cancel_(cancel),
      progress_(progress),
      redactor_(secrets_of_environment(config)) {
  for (const client::Option& option : given) given_.push_back({option.id, option.scope, option.set});
}

Harness::~Harness() = default;  // a future of std::async waits for its call

template <class Request>
Request Harness::with_given(Request request) const {
  if constexpr (requires { request.options; })
    request.options.insert(request.options.begin(), given_.begin(), given_.end());
  return request;
}

template <class Request>
Result<client::CallOutcome> Harness::run(const Request& request, bool report_stages) const {
  Json params = client::encode(request);
  const client::StageLimits limits = limits_of(config_);
  params["stage_seconds"] = limits.seconds;
  client::Progress report;
  if (report_stages) report = [this](std::string_view stage) { progress_.stage(stage); };
  return host_.call(Request::kMethod, params, limits, cancel_, report);
}

// Again where the device failed and not the model: what that leaves is an error, and no step of the run.
template <class Request, class Run>
Result<client::CallOutcome> Harness::run_on_device(const Request& request, const Run& once) {
  const std::optional<BackendLog> log = log_of(request);
  if (!log) return once();
  for (int left = kDeviceTries; true;) {
    ADAPT_TRY(client::CallOutcome outcome, once());
    const std::optional<client::Failure> failure = explained<Request>(outcome, *log);
    if (!failure || !is_of_device(*failure)) return outcome;
    if (failure->exception == "DeviceBusy") return fail(ErrorKind::environment, "{}", failure->message);
    const std::string said = failure->finding ? failure->finding->text : failure->message;
    if (--left == 0)
      return fail(ErrorKind::environment, "the device failed {} times, which says nothing about the model: {}",
                  kDeviceTries, said.substr(0, kMostSaid));
    progress_.line("the device failed, not the model; trying again: " + said.substr(0, kMostSaid));
  }
}

bool Harness::is_intact(const client::ReferenceRequest& request) const { return journal_.is_done(key_of(request)); }

template <class Request>
void Harness::start_call(const Request& asked) {
  const Request request = with_given(asked);
  const std::string key = key_of(request);
  if (journal_.is_done(key) || ahead_.contains(key)) return;
  ahead_[key] = std::async(std::launch::async, [this, request] { return run(request, false); });
}

template <class Request>
Result<Answer<typename client::ReplyOf<Request>::type>> Harness::call(const Request& asked) {
  const Request request = with_given(asked);
  using Reply = typename client::ReplyOf<Request>::type;
  const std::string key = key_of(request);
  const auto work = [&]() -> Result<events::StepOutput> {
    const auto started = ahead_.find(key);
    Result<client::CallOutcome> outcome =
        started != ahead_.end() ? started->second.get() : run_on_device(request, [&] { return run(request, true); });
    if (started != ahead_.end()) ahead_.erase(started);
    if (!outcome) return tl::unexpected<Error>(outcome.error());
    events::StepOutput output{without_secrets(outcome->to_json(), redactor_), {}};
    if (const auto typed = client::Host::typed<Request>(std::move(*outcome)); typed.reply)
      output.files = files_of(request, *typed.reply);
    return output;
  };
  ADAPT_TRY(const Json recorded, journal_.step(key, work));
  ADAPT_TRY(client::CallOutcome outcome, client::CallOutcome::from_json(recorded));
  const double seconds = outcome.wall_seconds;
  client::TypedOutcome<Request> typed = client::Host::typed<Request>(std::move(outcome));
  Answer<Reply> answer{std::move(typed.reply), std::move(typed.outcome.process_failure), seconds};
  if (answer.reply) answer.failure = answer.reply->failure;
  return answer;
}

Result<Answer<client::ReferenceReply>> Harness::reference(const client::ReferenceRequest& request) {
  return call(request);
}
Result<Answer<client::BuildReply>> Harness::build(const client::BuildRequest& request) { return call(request); }
Result<Answer<client::ExecuteReply>> Harness::execute(const client::ExecuteRequest& request) { return call(request); }
Result<Answer<client::EagerReply>> Harness::eager(const client::EagerRequest& request) { return call(request); }
void Harness::start(const client::ReferenceRequest& request) { start_call(request); }
void Harness::start(const client::EagerRequest& request) { start_call(request); }
Result<Answer<client::PackageReply>> Harness::package(const client::PackageRequest& request) { return call(request); }
Result<Answer<client::FactsReply>> Harness::facts(const client::FactsRequest& request) { return call(request); }
Result<Answer<client::BisectReply>> Harness::bisect(const client::BisectRequest& request) { return call(request); }

}  // namespace adapt::pipeline
