// Worker calls as journaled steps: a call that has finished is never made again, and its process failing is an answer.
#pragma once

#include <future>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agent/config/config.h"
#include "agent/events/journal.h"
#include "agent/llm/redactor.h"
#include "agent/pipeline/progress.h"
#include "harness/client/host.h"
#include "harness/client/messages.h"
#include "tools/base/cancel.h"

namespace adapt::pipeline {

template <class Reply>
struct Answer {
  std::optional<Reply> reply;              // what the worker said; empty when its process ended without a reply
  std::optional<client::Failure> failure;  // of the process, or the one that the reply holds
  double seconds = 0;                      // that the call took when it was made
};

class Harness {
 public:
  // `given` goes along with every request that takes options, before those of a candidate.
  Harness(client::Host& host, events::Journal& journal, const config::Config& config, const CancelToken& cancel,
          Progress& progress, const std::vector<client::Option>& given = {});
  ~Harness();  // waits for calls that were started ahead
  Harness(const Harness&) = delete;
  Harness& operator=(const Harness&) = delete;

  Result<Answer<client::ReferenceReply>> reference(const client::ReferenceRequest& request);
  Result<Answer<client::BuildReply>> build(const client::BuildRequest& request);
  Result<Answer<client::ExecuteReply>> execute(const client::ExecuteRequest& request);
  Result<Answer<client::EagerReply>> eager(const client::EagerRequest& request);
  Result<Answer<client::PackageReply>> package(const client::PackageRequest& request);
  Result<Answer<client::FactsReply>> facts(const client::FactsRequest& request);
  Result<Answer<client::BisectReply>> bisect(const client::BisectRequest& request);

  // The files of a finished reference are still the bytes that were recorded: nobody has written over them since.
  bool is_intact(const client::ReferenceRequest& request) const;

  // Starts the call now, beside whatever comes next; the call of the same request will wait for it.
  void start(const client::ReferenceRequest& request);
  void start(const client::EagerRequest& request);

 private:
  template <class Request, class Run>
  Result<client::CallOutcome> run_on_device(const Request& request, const Run& once);
  template <class Request>
  Request with_given(Request request) const;
  template <class Request>
  Result<Answer<typename client::ReplyOf<Request>::type>> call(const Request& asked);
  template <class Request>
  void start_call(const Request& asked);
  template <class Request>
  Result<client::CallOutcome> run(const Request& request, bool report_stages) const;

  client::Host& host_;
  events::Journal& journal_;
  const config::Config& config_;
  const CancelToken& cancel_;
  Progress& progress_;
  llm::Redactor redactor_;
  std::vector<client::ChosenOption> given_;
  std::map<std::string, std::future<Result<client::CallOutcome>>> ahead_;  // by step key
};

// Limits of one worker call, from the configuration.
client::StageLimits limits_of(const config::Config& config);

}  // namespace adapt::pipeline
