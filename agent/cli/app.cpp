#include "agent/cli/app.h"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <deque>
#include <exception>
#include <functional>
#include <string>
#include <vector>

#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/version.h"
#include "agent/config/option_table.h"
#include "tools/base/log.h"
#include "tools/base/text.h"

namespace adapt::cli {
namespace {

// Everything that flags may say before configuration is loaded.
struct Flags {
  config::Overrides overrides;
  std::vector<std::string> set;  // key=value
  bool json = false;
  bool quiet = false;
  bool verbose = false;
};

class App {
 public:
  App() : app_("Repairs models that do not compile, run or agree on a backend, and proves each repair.", "agent") {
    app_.require_subcommand(1);
    app_.set_version_flag("--version", fmt::format("agent {}", kVersion));
    app_.fallthrough();
    app_.add_option("--set", flags_.set,
                    "set a configuration key for this call: KEY=VALUE (agent config show lists the keys)");
    app_.add_flag("--verbose", flags_.verbose, "say more on stderr");
    add_adapt();
    add_verify();
    add_runs();
    add_review();
    add_emit();
    add_patterns();
    add_lint();
    add_triage();
    add_models();
    add_forge();
    add_llm();
    add_options();
    add_config();
    CLI::App* doctor = command(app_, "doctor", "what this machine can do: backends, sandbox, Python, exit codes", true);
    on(doctor, [](Session& session) { return doctor_command(session); });
  }

  int run(int argc, char** argv) {
    try {
      app_.parse(argc, argv);
    } catch (const CLI::CallForHelp& help) {
      return app_.exit(help);
    } catch (const CLI::CallForAllHelp& help) {
      return app_.exit(help);
    } catch (const CLI::CallForVersion& version) {
      return app_.exit(version);
    } catch (const CLI::ParseError& error) {
      return usage_error(error, argc, argv);
    }
    if (flags_.verbose) log::set_level(log::Level::debug);
    if (without_session_) return without_session_();
    for (const std::string& text : flags_.set) {
      const std::size_t equal = text.find('=');
      if (equal == std::string::npos)
        return report(Error{ErrorKind::usage, "--set takes KEY=VALUE, not '" + text + "'"});
      flags_.overrides.push_back({text.substr(0, equal), text.substr(equal + 1), "--set " + text.substr(0, equal)});
    }
    Result<config::Config> config = config::load(flags_.overrides);
    if (!config) return report(config.error());
    Session session{.config = std::move(*config),
                    .clock = {},
                    .cancel = install_cancel(),
                    .json = flags_.json,
                    .quiet = flags_.quiet};
    return action_(session);
  }

 private:
  using Action = std::function<int(Session&)>;

  CLI::App* command(CLI::App& parent, const std::string& name, const std::string& help, bool json) {
    CLI::App* made = parent.add_subcommand(name, help);
    if (json) made->add_flag("--json", flags_.json, "print JSON on stdout");
    return made;
  }

  void on(CLI::App* made, Action action) {
    made->callback([this, action = std::move(action)] { action_ = action; });
  }

  // Flags of the option table, so that help, files, environment and command line have one description.
  void add_settings(CLI::App* made, std::initializer_list<std::string_view> keys) {
    for (const std::string_view key : keys) {
      const config::Option* option = config::find_option(key);
      const std::string flag(option->flag);
      made->add_option_function<std::string>(
          flag,
          [this, key = std::string(key), flag](const std::string& text) {
            flags_.overrides.push_back({key, text, flag});
          },
          std::string(option->help) + (option->fallback.empty() ? "" : " (" + std::string(option->fallback) + ")"));
    }
  }

  std::string& text() { return texts_.emplace_back(); }

  void add_adapt() {
    CLI::App* made =
        command(app_, "adapt", "reproduce, diagnose, repair, verify, minimise, write patch and tests", true);
    std::string& model = text();
    std::string& backend = text();
    made->add_option("model", model,
                     "transformers:<Class>, a checkpoint folder, file.py[:factory], or forge:<folder>[:variant]")
        ->required();
    made->add_option("--backend", backend, "eager, export, inductor, onnxruntime, openvino, iree, executorch, ...")
        ->required();
    std::string& patch = text();
    made->add_option("--patch", patch,
                     "a repair made by hand, as a unified diff: tried first, then judged and minimised");
    std::string& descriptor = text();
    std::string& arch = text();
    std::string& host = text();
    add_option_flag(made);
    made->add_option("--host", host, "user@machine: models run there, over ssh; everything else stays here");
    made->add_option("--compile-only", descriptor,
                     "for tt, without a card: a system descriptor (.ttsys), or a folder of them with --arch");
    made->add_option("--arch", arch,
                     "n150, p150, ...: the card that the run is for, or which descriptor of that folder");
    made->add_flag("--install-requirements", install_requirements_,
                   "install what a loader's requirement files name, into a copy of the environment");
    made->add_flag("--quiet", flags_.quiet, "no progress on stderr");
    add_settings(made, {"run.size", "run.seed", "run.seeds", "limits.attempts", "limits.wall_seconds",
                        "limits.memory_gib", "data_folder", "python", "llm.endpoint", "llm.max_usd", "llm.max_tokens",
                        "llm.max_wall", "llm.max_device"});
    on(made, [&](Session& session) {
      return adapt_command(session,
                           {model, backend, "", "", patch, options_, host, descriptor, arch, install_requirements_});
    });
  }

  void add_verify() {
    CLI::App* made =
        command(app_, "verify", "judge a patch that you bring: same reference, held-out inputs and judge", true);
    std::string& model = text();
    std::string& backend = text();
    std::string& patched = text();
    std::string& module = text();
    made->add_option("model", model, "as for agent adapt: the unmodified model")->required();
    made->add_option("--backend", backend, "as for agent adapt")->required();
    made->add_option("--patched", patched, "the whole new text of the changed Python file")->required();
    made->add_option("--module", module,
                     "dotted module that it replaces (default: the file that defines the model's class)");
    add_option_flag(made);
    made->add_flag("--quiet", flags_.quiet, "no progress on stderr");
    add_settings(made, {"run.size", "run.seed", "run.seeds", "limits.wall_seconds", "limits.memory_gib", "data_folder",
                        "python"});
    on(made, [&](Session& session) { return adapt_command(session, {model, backend, patched, module, "", options_}); });
  }

  void add_option_flag(CLI::App* made) {
    made->add_option("--option", options_, "NAME=VALUE: part of every candidate (repeatable); agent options lists them")
        ->expected(1)
        ->take_all();
  }

  void add_options() {
    CLI::App* made = command(app_, "options", "what can be set for a backend with --option, and what it costs", true);
    std::string& backend = text();
    made->add_option("backend", backend, "as for agent adapt")->required();
    on(made, [&](Session& session) { return options_command(session, backend); });
  }

  void add_runs() {
    CLI::App* runs = command(app_, "runs", "every run is a record that can be shown and continued", false);
    runs->require_subcommand(1);
    CLI::App* list = command(*runs, "list", "newest first", true);
    list->add_option("--limit", limit_, "how many (0: all)");
    add_settings(list, {"data_folder"});
    list->add_flag("--rebuild", rebuild_, "make the index anew from the run folders");
    on(list, [this](Session& session) { return runs_list_command(session, limit_, rebuild_); });
    std::string& id = text();
    CLI::App* show = command(*runs, "show", "the report of a run, or its result as JSON", true);
    show->add_option("run", id, "run id, or its beginning")->required();
    add_settings(show, {"data_folder"});
    show->add_flag("--llm", llm_, "the conversation with the language model, turn by turn, with its cost");
    on(show,
       [&](Session& session) { return llm_ ? runs_show_llm_command(session, id) : runs_show_command(session, id); });
    CLI::App* resume = command(*runs, "resume", "continue a run that was interrupted or killed", true);
    resume->add_option("run", id, "run id")->required();
    resume->add_flag("--quiet", flags_.quiet, "no progress on stderr");
    add_settings(resume, {"data_folder", "python", "llm.max_usd", "llm.max_tokens", "llm.max_wall", "llm.max_device"});
    on(resume, [&](Session& session) { return runs_resume_command(session, id); });
  }

  void add_review() {
    CLI::App* made = command(app_, "review", "what a reviewer of a run's change reads in five minutes", true);
    std::string& run = text();
    std::string& branch = text();
    std::string& out = text();
    made->add_option("run", run, "run id, its beginning, or the run's folder")->required();
    made->add_flag("--html", html_, "one HTML page that needs nothing else, instead of Markdown");
    made->add_option("--branch", branch, "put the change on a new branch of this local git repository; never pushes");
    made->add_option("--out", out, "write review.md, review.json and what else there is into this folder");
    add_settings(made, {"data_folder"});
    on(made, [&](Session& session) { return review_command(session, {run, html_, branch, out}); });
  }

  void add_emit() {
    CLI::App* made =
        command(app_, "emit", "a run's result as loader, test entry and tests that other repositories take", true);
    EmitArguments& emit = emit_;
    made->add_option("run", emit.run, "id of a run that ended 'adapted' or 'works', or its beginning")->required();
    made->add_option("--as", emit.forms,
                     "tt-torch, tt-forge-models, tt-xla or pytest; several are allowed (all that fit)");
    made->add_option("--out", emit.out, "folder to write to (out/emit in the run's folder)");
    made->add_option("--into", emit.into,
                     "a checkout of tt-forge-models, tt-xla or tt-torch: write to the places there");
    add_settings(made, {"data_folder"});
    on(made, [&emit](Session& session) { return emit_command(session, emit); });
  }

  void add_patterns() {
    CLI::App* patterns = command(app_, "patterns", "the library of proven repairs", false);
    patterns->require_subcommand(1);
    CLI::App* list = command(*patterns, "list", "all patterns, one a line", true);
    add_settings(list, {"data_folder"});
    on(list, [](Session& session) { return patterns_list_command(session); });
    std::string& id = text();
    CLI::App* show = command(*patterns, "show", "the text of one pattern", true);
    show->add_option("pattern", id, "pattern id")->required();
    add_settings(show, {"data_folder"});
    on(show, [&](Session& session) { return patterns_show_command(session, id); });
    CLI::App* mine =
        command(*patterns, "mine", "a pattern from examples of a repair, and how it replays on them", true);
    std::string& before = text();
    std::string& after = text();
    std::string& mined_id = text();
    std::string& failure = text();
    mine->add_option("before", before, "a Python file, or a folder of them")->required();
    mine->add_option("after", after, "the same, repaired")->required();
    mine->add_option("--id", mined_id, "<family>/<name> of the pattern");
    mine->add_option("--failure", failure, "regular expression for the failure's message");
    on(mine, [&](Session& session) { return patterns_mine_command(session, {before, after, mined_id, failure}); });

    CLI::App* learn = command(*patterns, "learn", "the repair of a verified run, as a pattern of your library", true);
    std::string& run = text();
    learn->add_option("run", run, "id of a run that ended 'adapted'")->required();
    add_settings(learn, {"data_folder"});
    on(learn, [&](Session& session) { return patterns_learn_command(session, run); });

    CLI::App* test = command(*patterns, "test", "run the samples and numeric checks of all patterns, or of some", true);
    test->add_option("pattern", ids_, "pattern ids");
    add_settings(test, {"python", "data_folder"});
    on(test, [this](Session& session) { return patterns_test_command(session, ids_); });
    add_find(*patterns);
    add_curation(*patterns);
  }

  // What changes the user's library.
  void add_curation(CLI::App& patterns) {
    std::string& id = text();
    const auto about = [&](const char* name, const char* help) {
      CLI::App* made = command(patterns, name, help, true);
      made->add_option("pattern", id, "pattern id")->required();
      add_settings(made, {"data_folder"});
      return made;
    };
    std::string &before = text(), &after = text(), &reason = text(), &by = text(), &to = text();
    CLI::App* made = about("new", "a skeleton to fill in, or a draft mined from two versions of a source");
    made->add_option("--before", before, "a Python file, or a folder of them");
    made->add_option("--after", after, "the same, repaired");
    on(made, [&](Session& session) { return patterns_new_command(session, {id, before, after}); });
    on(about("edit", "$EDITOR on a copy in your library, checked before it replaces what is there"),
       [&](Session& session) { return patterns_edit_command(session, id); });
    CLI::App* retire = about("retire", "never try it again; a built-in one is retired by a copy in your library");
    retire->add_option("--reason", reason, "for whoever wonders later")->required();
    on(retire, [&](Session& session) { return patterns_retire_command(session, id, reason); });
    CLI::App* review = about("review", "record that a person has read it and stands for it");
    review->add_option("--by", by, "name of the person")->required();
    on(review, [&](Session& session) { return patterns_review_command(session, {id, by}); });
    CLI::App* proposals =
        command(patterns, "proposals", "patterns that the evidence says are not needed any more", true);
    add_settings(proposals, {"data_folder"});
    on(proposals, [](Session& session) { return patterns_proposals_command(session); });

    CLI::App* out = command(patterns, "export", "patterns with their evidence, for others", true);
    out->add_option("pattern", ids_, "pattern ids (default: all of your own)");
    out->add_option("--to", to, "folder to write to")->required();
    add_settings(out, {"data_folder"});
    on(out, [&](Session& session) { return patterns_export_command(session, ids_, to); });
    CLI::App* in = command(patterns, "import", "patterns and evidence of others into your library", true);
    in->add_option("path", ids_, "*.adapt, *.evidence.tsv, or folders of them")->required();
    add_settings(in, {"data_folder"});
    on(in, [this](Session& session) { return patterns_import_command(session, ids_); });
  }

  void add_find(CLI::App& patterns) {
    CLI::App* made = command(patterns, "find", "where patterns match in files and folders", true);
    made->add_option("pattern and paths", find_.words, "pattern id (not with --all or --code), then files or folders");
    made->add_flag("--all", find_.all, "every pattern of the library");
    made->add_option("--code", find_.code, "a Python pattern typed here, e.g. 'torch.finfo($A).min'");
    made->add_flag("--sarif", find_.sarif, "print a SARIF 2.1.0 log on stdout");
    made->add_flag("--quiet", flags_.quiet, "nothing on stderr but errors");
    add_settings(made, {"search.threads", "cache_folder", "data_folder"});
    on(made, [this](Session& session) { return patterns_find_command(session, find_); });
  }

  void add_lint() {
    CLI::App* made = command(app_, "lint", "places in sources that are known to fail on a backend", true);
    made->add_option("paths", lint_.paths, "files or folders")->required();
    made->add_option("--backend", lint_.backend, "as for agent adapt")->required();
    made->add_flag("--all-rules", lint_.all_rules, "also rules that were not measured, or measured low");
    made->add_flag("--sarif", lint_.sarif, "print a SARIF 2.1.0 log on stdout");
    made->add_flag("--quiet", flags_.quiet, "nothing on stderr but errors");
    add_settings(made, {"lint.confidence", "search.threads", "cache_folder", "data_folder"});
    on(made, [this](Session& session) { return lint_command(session, lint_); });
  }

  void add_triage() {
    CLI::App* made = command(app_, "triage", "what went wrong, according to a log of Tenstorrent's software", true);
    std::string& log = text();
    made->add_option("log", log, "a file, a folder of them, or - for standard input")->required();
    on(made, [&](Session& session) { return triage_command(session, log); });
  }

  void add_models() {
    CLI::App* models = command(app_, "models", "what can be adapted, and how it would be built", false);
    models->require_subcommand(1);
    std::string& name = text();
    CLI::App* list = command(*models, "list", "classes of the installed library", true);
    list->add_option("prefix", name, "beginning of the class name");
    list->add_option("--limit", limit_, "how many");
    list->add_option("--forge", forge_models_.root, "a checkout of tt-forge-models: its loaders, as tests of tt-xla");
    list->add_option("--mode", forge_models_.mode, "with --forge: inference or training");
    list->add_option("--parallelism", forge_models_.parallelism,
                     "with --forge: single_device, data_parallel or tensor_parallel");
    on(list, [&](Session& session) {
      forge_models_.prefix = name;
      return forge_models_.root.empty() ? models_list_command(session, name, limit_)
                                        : forge_models_command(session, forge_models_);
    });
    CLI::App* show = command(*models, "show", "class, size, inputs and notes of one model", true);
    show->add_option("model", name, "as for agent adapt")->required();
    add_settings(show, {"run.size", "run.seed", "python"});
    on(show, [&](Session& session) { return models_show_command(session, name); });
  }

  void add_forge() {
    CLI::App* forge = command(app_, "forge", "checkouts of tt-xla and tt-forge-models", false);
    forge->require_subcommand(1);
    CLI::App* validate = command(*forge, "validate", "what is wrong in a test configuration, and where", true);
    validate
        ->add_option("paths", forge_validate_.paths, "a checkout of tt-xla, or YAML files of its test configuration")
        ->required();
    validate->add_option("--forge", forge_validate_.models,
                         "a checkout of tt-forge-models (default: the one in the checkout of tt-xla)");
    validate->add_flag("--notes", forge_validate_.notes, "also what works and looks odd");
    on(validate, [this](Session& session) { return forge_validate_command(session, forge_validate_); });
    CLI::App* update =
        command(app_, "config-update", "bring a test configuration of tt-xla up to date with results", true);
    update->add_option("paths", config_update_.paths, "a checkout of tt-xla, or YAML files of its test configuration")
        ->required();
    update->add_option("--results", config_update_.results, "JUnit XML of tt-xla's runs, our result.json, or folders")
        ->required();
    update->add_option("--arch", config_update_.arch, "the architecture of results that do not name one");
    update->add_flag("--write", config_update_.write, "change the files; without it the diff is only printed");
    on(update, [this](Session& session) { return config_update_command(session, config_update_); });
  }

  void add_llm() {
    CLI::App* llm = command(app_, "llm", "language models that may be asked for repairs", false);
    llm->require_subcommand(1);
    CLI::App* check = command(*llm, "check", "what an endpoint can do: tools, streaming, caching, price", true);
    add_settings(check, {"llm.endpoint", "llm.max_usd", "llm.max_tokens"});
    on(check, [](Session& session) { return llm_check_command(session); });
  }

  void add_config() {
    CLI::App* config = command(app_, "config", "settings, each with its origin", false);
    config->require_subcommand(1);
    on(command(*config, "show", "every key with value and origin", true),
       [](Session& session) { return config_show_command(session); });
    std::string& key = text();
    std::string& value = text();
    CLI::App* set = command(*config, "set", "write a key to the user's file", false);
    set->add_option("key", key)->required();
    set->add_option("value", value)->required();
    set->callback(
        [&] { without_session_ = [&] { return config_set_command(key, value); }; });  // must work on a broken file too
  }

  int usage_error(const CLI::ParseError& error, int argc, char** argv) {
    std::vector<std::string> names;
    for (const CLI::App* known : app_.get_subcommands([](const CLI::App*) { return true; }))
      names.push_back(known->get_name());
    std::string message = error.what();
    if (argc < 2) message = "a command is required: " + join(names, ", ");
    if (argc > 1 && argv[1][0] != '-' && app_.get_subcommands().empty())
      message = fmt::format("unknown command '{}'{}", argv[1], did_you_mean(argv[1], names));
    if (!message.empty() && message.back() == '\n') message.pop_back();
    std::fprintf(stderr, "agent: %s\nagent: see agent --help\n", message.c_str());
    return exit_code(ErrorKind::usage);
  }

  CLI::App app_;
  Flags flags_;
  Action action_;
  std::function<int()> without_session_;
  std::int64_t limit_ = 50;
  bool rebuild_ = false;
  bool llm_ = false;
  bool html_ = false;
  bool install_requirements_ = false;
  std::vector<std::string> ids_;
  std::vector<std::string> options_;
  FindArguments find_;
  LintArguments lint_;
  ForgeModelsArguments forge_models_;
  ForgeValidateArguments forge_validate_;
  ConfigUpdateArguments config_update_;
  EmitArguments emit_;
  std::deque<std::string> texts_;  // of positional arguments; references stay valid
};

}  // namespace

int run(int argc, char** argv) {
  try {
    return App().run(argc, argv);
  } catch (const std::exception& error) {  // nothing of ours throws: whatever arrives here is a bug
    std::fprintf(stderr, "agent: bug: %s\n", error.what());
    return exit_code(ErrorKind::bug);
  }
}

}  // namespace adapt::cli
