#include "agent/config/option_table.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace adapt::config {
namespace {

constexpr std::int64_t kDay = std::int64_t{24} * 60 * 60;

constexpr Option stage_deadline(std::string_view key, std::string_view seconds) {
  return {.key = key,
          .type = Type::integer,
          .fallback = seconds,
          .help = "deadline of this stage, in seconds",
          .least = 1,
          .most = kDay};
}

constexpr std::array kOptions = {
    Option{.key = "data_folder",
           .type = Type::path,
           .flag = "--data-folder",
           .help = "where runs and their index are kept",
           .derived = "$XDG_DATA_HOME/adapt",
           .user_only = true},
    Option{.key = "cache_folder",
           .type = Type::path,
           .flag = "--cache-folder",
           .help = "where indexes of searched folders are kept; may be removed at any time",
           .derived = "$XDG_CACHE_HOME/adapt",
           .user_only = true},
    Option{.key = "share_folder",
           .type = Type::path,
           .help = "where the harness and the built-in patterns are",
           .derived = "../share/adapt beside the program's folder",
           .user_only = true},
    Option{.key = "python",
           .type = Type::path,
           .flag = "--python",
           .help = "interpreter of the environment that runs models",
           .derived = "the environment that harness/envs/make_env.sh makes",
           .user_only = true},
    Option{.key = "patterns.folders",
           .type = Type::paths,
           .help = "folders of .adapt files beside the built-in ones",
           .derived = "patterns in the data folder"},
    Option{.key = "patterns.drafts",
           .type = Type::boolean,
           .fallback = "false",
           .help = "also try patterns whose status is draft"},
    Option{.key = "search.threads",
           .type = Type::integer,
           .fallback = "0",
           .flag = "--threads",
           .help = "threads of a search; 0: one a core",
           .least = 0,
           .most = 256},
    Option{.key = "lint.confidence",
           .type = Type::share,
           .fallback = "0.5",
           .flag = "--confidence",
           .help = "least share of a rule's known sites at which models really failed"},
    Option{.key = "run.size",
           .type = Type::text,
           .fallback = "tiny",
           .flag = "--size",
           .help = "how large a model is built from a class",
           .choices = "tiny base full"},
    Option{.key = "run.seed",
           .type = Type::integer,
           .fallback = "0",
           .flag = "--seed",
           .help = "seed of random weights",
           .least = 0},
    Option{.key = "run.seeds",
           .type = Type::integer,
           .fallback = "3",
           .flag = "--seeds",
           .help = "how many drawn inputs the verdict compares",
           .least = 2,
           .most = 64},
    stage_deadline("limits.stage_seconds.resolve", "60"),
    stage_deadline("limits.stage_seconds.load", "60"),
    stage_deadline("limits.stage_seconds.inputs", "60"),
    stage_deadline("limits.stage_seconds.eager", "60"),
    stage_deadline("limits.stage_seconds.capture", "120"),
    stage_deadline("limits.stage_seconds.lower", "120"),
    stage_deadline("limits.stage_seconds.compile", "180"),
    stage_deadline("limits.stage_seconds.run", "60"),
    Option{.key = "limits.wall_seconds",
           .type = Type::integer,
           .fallback = "1800",
           .flag = "--wall-seconds",
           .help = "wall-clock limit of a whole run",
           .least = 1,
           .most = 30 * kDay},
    Option{.key = "limits.attempts",
           .type = Type::integer,
           .fallback = "40",
           .flag = "--attempts",
           .help = "how many candidate repairs a run tries",
           .least = 0,
           .most = 10000},
    Option{.key = "limits.memory_gib",
           .type = Type::integer,
           .fallback = "8",
           .flag = "--memory-gib",
           .help = "memory of one model process, in GiB",
           .least = 1,
           .most = 4096},
    Option{.key = "limits.file_gib",
           .type = Type::integer,
           .fallback = "8",
           .help = "largest file that a model process may write, in GiB",
           .least = 1,
           .most = 4096},
    Option{.key = "limits.cpu_seconds",
           .type = Type::integer,
           .fallback = "3600",
           .help = "processor time of one model process, in seconds over all its threads",
           .least = 1,
           .most = 30 * kDay},
    Option{.key = "sandbox.network",
           .type = Type::boolean,
           .fallback = "false",
           .help = "let model code reach the network",
           .user_only = true},
};

}  // namespace

std::span<const Option> option_table() { return kOptions; }

const Option* find_option(std::string_view key) {
  const auto* const it = std::ranges::find(kOptions, key, &Option::key);
  return it == kOptions.end() ? nullptr : &*it;
}

std::vector<std::string> option_keys() {
  std::vector<std::string> keys;
  keys.reserve(kOptions.size());
  for (const Option& option : kOptions) keys.emplace_back(option.key);
  return keys;
}

std::string environment_name(const Option& option) {
  std::string name = "ADAPT_";
  for (const char c : option.key)
    name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

}  // namespace adapt::config
