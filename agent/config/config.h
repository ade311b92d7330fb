// Settings in layers: defaults < user file < project file < environment < flags; each value remembers where it is from.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/config/surroundings.h"
#include "agent/config/value.h"
#include "tools/base/result.h"

namespace adapt::config {

// What was typed: option keys with their text, in order; a later one wins. `origin` is how messages call it.
struct Override {
  std::string key;
  std::string text;
  std::string origin;  // "--seeds", "--set run.seeds"
};
using Overrides = std::vector<Override>;

struct Setting {
  Value value;
  std::string origin;  // "default", "<file>:<line>", "ADAPT_PYTHON", "--seeds"
};

struct Row {
  std::string key;
  std::string value;
  std::string origin;
  std::string help;
};

class Config {
 public:
  // Folders of the user, absolute. An error when the machine does not say where (no HOME) and nothing is set.
  Result<std::filesystem::path> data_folder() const;
  std::filesystem::path cache_folder() const;  // empty when unknown: then nothing is kept
  std::filesystem::path share_folder() const;  // holds harness/ and patterns/
  // The interpreter of an environment, "main" or "xla": an executable file, or an environment error that says what to
  // do.
  Result<std::filesystem::path> python(std::string_view environment = "main") const;
  std::vector<std::filesystem::path> pattern_folders() const;

  std::string text(std::string_view key) const;
  std::int64_t integer(std::string_view key) const;
  double share(std::string_view key) const;
  bool boolean(std::string_view key) const;
  std::int64_t quantity(std::string_view key) const;       // tokens, seconds or nano-dollars
  std::filesystem::path path(std::string_view key) const;  // empty: not set
  bool is_set(std::string_view key) const;                 // by somebody, wherever

  std::int64_t stage_seconds(std::string_view stage) const;   // a stage that runs in a worker, e.g. "compile"
  std::map<std::string, std::int64_t> stage_seconds() const;  // all of them
  std::uint64_t memory_bytes() const;
  std::uint64_t file_bytes() const;

  std::vector<Row> show() const;  // in the order of the option table

 private:
  friend Result<Config> load(const Overrides& overrides, const Surroundings& surroundings);

  const Setting& at(std::string_view key) const;
  std::map<std::string_view, Setting> settings_;  // one for every row of the option table
};

Result<Config> load(const Overrides& overrides, const Surroundings& surroundings = Surroundings::real());

// Writes `key = text` to the user's file, leaving the rest of it alone. Returns the file.
Result<std::filesystem::path> set_user(std::string_view key, std::string_view text,
                                       const Surroundings& surroundings = Surroundings::real());

// The folder that harness/envs/make_env.sh makes from these pins; empty when the pins cannot be read.
std::filesystem::path environment_folder(const std::filesystem::path& share_folder, std::string_view name,
                                         const Surroundings& surroundings);

}  // namespace adapt::config
