// One function a subcommand: each prints its result on stdout and returns the exit code.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/cli/session.h"

namespace adapt::cli {

struct AdaptArguments {
  std::string model;
  std::string backend;
  std::string patched;  // file; empty: search for a repair
  std::string patched_module;
  std::string patch{};                 // unified diff that the search tries first
  std::vector<std::string> options{};  // name=value
  std::string host{};                  // machine that models run on; "": this one
  std::string compile_only{}, arch{};  // system descriptor, or a folder of them and which; "": there is a card
  bool install_requirements = false;
};
int adapt_command(Session& session, const AdaptArguments& arguments);

// `rebuild`: make the index anew from the run folders first.
int runs_list_command(Session& session, std::int64_t limit, bool rebuild);
int runs_show_command(Session& session, const std::string& id);
// The conversation with the language model: every answer, call, result and cost.
int runs_show_llm_command(Session& session, const std::string& id);
int runs_resume_command(Session& session, const std::string& id);

// What a reviewer of the run's change reads; written to `out`, or printed. `branch`: a repository to put the change on
// a branch of.
struct ReviewRunArguments {
  std::string run;
  bool html = false;
  std::string branch, out;
};
int review_command(Session& session, const ReviewRunArguments& arguments);

struct EmitArguments {
  std::string run;
  std::vector<std::string> forms;  // as users name them; empty: all
  std::string out;                 // folder; empty: in the run's folder
  std::string into;                // checkout; empty: none
};
// A finished run as loaders, entries and tests that other repositories take.
int emit_command(Session& session, const EmitArguments& arguments);

int patterns_list_command(Session& session);
int patterns_show_command(Session& session, const std::string& id);
// Samples and checks of the patterns `ids`, or of all when there are none.
int patterns_test_command(Session& session, const std::vector<std::string>& ids);

// What the evidence or a newer pattern makes superfluous.
int patterns_proposals_command(Session& session);

struct NewArguments {
  std::string id;
  std::string before, after;  // files or folders to mine a draft from; both empty: a skeleton
};
int patterns_new_command(Session& session, const NewArguments& arguments);
int patterns_edit_command(Session& session, const std::string& id);
int patterns_retire_command(Session& session, const std::string& id, const std::string& reason);
struct ReviewArguments {
  std::string id, by;
};
int patterns_review_command(Session& session, const ReviewArguments& arguments);
// Exit with the code of malformed input when anything was refused.
int patterns_export_command(Session& session, const std::vector<std::string>& ids, const std::string& to);
int patterns_import_command(Session& session, const std::vector<std::string>& paths);

struct MineArguments {
  std::string before, after;  // files or folders
  std::string id;             // of the pattern; empty: a stand-in
  std::string failure;        // regular expression for [when] failure.message; may be empty
};
int patterns_mine_command(Session& session, const MineArguments& arguments);
int patterns_learn_command(Session& session, const std::string& run);

struct FindArguments {
  std::vector<std::string> words;  // pattern (unless `all` or `code`), then paths
  std::string code;
  bool all = false;
  bool sarif = false;
};
int patterns_find_command(Session& session, const FindArguments& arguments);

struct LintArguments {
  std::vector<std::string> paths;
  std::string backend;
  bool all_rules = false;  // also those that were not measured, or measured low
  bool sarif = false;
};
int lint_command(Session& session, const LintArguments& arguments);

// What went wrong according to a log, to each log of a folder, or to standard input ("-"). Exit with the code of no
// verdict when the log does not say.
int triage_command(Session& session, const std::string& log);

struct ForgeValidateArguments {
  std::vector<std::string> paths;
  std::string models;  // empty: those in the checkout, if any
  bool notes = false;
};
// Exit 1 when there are errors.
int forge_validate_command(Session& session, const ForgeValidateArguments& arguments);

struct ConfigUpdateArguments {
  std::vector<std::string> paths, results;
  std::string arch;
  bool write = false;
};
int config_update_command(Session& session, const ConfigUpdateArguments& arguments);

// What the language model that is configured can do. Exit with the code of the service when the loop could not use it.
int llm_check_command(Session& session);

// What can be set for a backend, with defaults and costs.
int options_command(Session& session, const std::string& backend);

int models_list_command(Session& session, const std::string& prefix, std::int64_t limit);
struct ForgeModelsArguments {
  std::string root;                       // of a checkout of tt-forge-models
  std::string prefix, mode, parallelism;  // empty: all
};
int forge_models_command(Session& session, const ForgeModelsArguments& arguments);
int models_show_command(Session& session, const std::string& model);

int doctor_command(Session& session);

int config_show_command(Session& session);
int config_set_command(const std::string& key, const std::string& value);

}  // namespace adapt::cli
