// Everything between a run and its language model: endpoint, key, connection, recording, budget.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/config/config.h"
#include "agent/llm/turn_runner.h"
#include "agent/loop/asker.h"
#include "agent/pipeline/run_folder.h"

namespace adapt::pipeline {

struct ChosenEndpoint {
  llm::Endpoint endpoint{};
  std::optional<std::filesystem::path> tape{};  // to play
  llm::Prices prices{};
  llm::Caps caps{};
  bool recorded = false;
};
// `text` as after --llm, with what the settings say of it. A replayed run stands for the endpoint that it recorded.
// Everything that can be refused without asking anyone is refused here, but for a key that is missing: a usage error
// for an unknown endpoint, for a limit in dollars that cannot be kept because nobody knows the price, and for a
// recording where none may be made; a price table that cannot be read.
Result<ChosenEndpoint> choose_endpoint(const std::string& text, const config::Config& config, const Clock& clock);

class LlmLine {
 public:
  // References outlive it. What an earlier process of the run left open is settled. An environment error where a key
  // is missing that this run has not used yet.
  static Result<std::unique_ptr<LlmLine>> open(const ChosenEndpoint& chosen, const config::Config& config,
                                               events::Journal& journal, const RunFolder& folder, const Clock& clock,
                                               const CancelToken& cancel);

  loop::Asker& asker() { return *asker_; }
  llm::TurnRunner& runner() { return *runner_; }
  llm::Ledger& ledger() { return ledger_; }
  const llm::Redactor& redactor() const { return redactor_; }
  const std::string& endpoint_text() const { return endpoint_.text; }
  llm::Spend spend() const { return budget_.spent(); }

 private:
  LlmLine(llm::Endpoint endpoint, const std::vector<std::string>& secrets, const ChosenEndpoint& chosen,
          events::Journal& journal, const Clock& clock, const CancelToken& cancel);

  llm::Endpoint endpoint_;
  llm::Redactor redactor_;
  llm::Prices prices_;
  const Clock& clock_;
  llm::Budget budget_;
  loop::JournalSpendLog spend_log_;
  llm::Ledger ledger_;
  llm::Gate gate_;
  llm::RealPause pause_;
  std::unique_ptr<llm::Transport> connection_;
  std::unique_ptr<llm::Transport> recorder_;  // null: nothing is recorded
  std::unique_ptr<llm::TurnRunner> runner_;
  std::unique_ptr<loop::JournaledAsker> asker_;
};

// Values of this process's environment that look like secrets, and the one that is named as a key: what never may
// leave it.
std::vector<std::string> secrets_of_environment(const config::Config& config);

}  // namespace adapt::pipeline
