#include "agent/config/config.h"

#include <unistd.h>

#include <system_error>

#include "agent/config/toml_file.h"
#include "tools/base/file.h"
#include "tools/base/hash.h"
#include "tools/base/text.h"

namespace adapt::config {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kFileLimit = std::uint64_t{1} << 20U;  // bytes of an adapt.toml
constexpr std::uint64_t kGib = std::uint64_t{1} << 30U;
constexpr std::string_view kStagePrefix = "limits.stage_seconds.";

using Settings = std::map<std::string_view, Setting>;

Result<const Option*> known_option(std::string_view key) {
  if (const Option* option = find_option(key)) return option;
  return fail(ErrorKind::usage, "unknown key '{}'{}", key, did_you_mean(key, option_keys()));
}

// What rows with a `derived` default begin as.
Value empty_value(Type type) {
  if (type == Type::paths) return Paths{};
  if (type == Type::path) return fs::path();
  return std::string();
}

Settings defaults() {
  Settings out;
  for (const Option& option : option_table()) {
    Value value = empty_value(option.type);
    if (option.derived.empty()) {
      Result<Value> read = value_from_text(option, option.fallback, PathBase{});
      ADAPT_CHECK(read.has_value(), "a default in the option table breaks its own check");
      value = *std::move(read);
    }
    out.emplace(option.key, Setting{std::move(value), "default"});
  }
  return out;
}

Result<void> add_file(const fs::path& path, bool is_project, const fs::path& home, Settings& out) {
  std::error_code error;
  if (path.empty() || !fs::exists(path, error)) return {};
  ADAPT_TRY(const std::string text, read_file(path, kFileLimit));
  ADAPT_TRY(const std::vector<FileSetting> settings, parse_settings(text, path, home));
  for (const FileSetting& setting : settings) {
    const std::string origin = fmt::format("{}:{}", path.string(), setting.line);
    if (is_project && setting.option->user_only)
      return fail(ErrorKind::usage,
                  "{}: {} may not be set in a project's file, which may have come with somebody's code", origin,
                  setting.option->key);
    out.insert_or_assign(setting.option->key, Setting{setting.value, origin});
  }
  return {};
}

Result<void> add_text(const Option& option, std::string_view text, const std::string& origin, const PathBase& base,
                      Settings& out) {
  Result<Value> value = value_from_text(option, text, base);
  if (!value) return fail(value.error(), origin);
  out.insert_or_assign(option.key, Setting{*std::move(value), origin});
  return {};
}

bool is_default(const Settings& settings, std::string_view key) { return settings.at(key).origin == "default"; }

// Rows whose default depends on other settings or on the machine, in the order in which they need each other.
void derive(const Surroundings& surroundings, Settings& settings) {
  const auto put = [&](std::string_view key, Value value) {
    if (is_default(settings, key)) settings.at(key).value = std::move(value);
  };
  const auto path_of = [&](std::string_view key) { return std::get<fs::path>(settings.at(key).value); };

  const fs::path data = surroundings.base_folder("XDG_DATA_HOME", ".local/share");
  put("data_folder", data.empty() ? data : data / "adapt");
  const fs::path cache = surroundings.base_folder("XDG_CACHE_HOME", ".cache");
  put("cache_folder", cache.empty() ? cache : cache / "adapt");
  put("share_folder", (surroundings.program.parent_path() / "../share/adapt").lexically_normal());
  for (const auto& [key, name] : {std::pair("python", "main"), std::pair("xla.python", "xla")}) {
    const fs::path environment = environment_folder(path_of("share_folder"), name, surroundings);
    put(key, environment.empty() ? environment : environment / "bin/python");
  }
  for (const std::string_view key : {"tt.python", "tt_legacy.python"}) put(key, path_of("python"));
  if (!path_of("data_folder").empty()) put("patterns.folders", Paths{path_of("data_folder") / "patterns"});
}

}  // namespace

fs::path environment_folder(const fs::path& share_folder, std::string_view name, const Surroundings& surroundings) {
  const fs::path pins = share_folder / "harness" / "envs";
  const Result<std::string> requirements = read_file(pins / fmt::format("{}.txt", name), kFileLimit);
  const Result<std::string> constraints = read_file(pins / fmt::format("{}-constraints.txt", name), kFileLimit);
  const fs::path cache = surroundings.base_folder("XDG_CACHE_HOME", ".cache");
  if (!requirements || !constraints || cache.empty()) return {};
  return cache / "adapt" / "envs" / fmt::format("{}-{:.12}", name, sha256_hex(*requirements + *constraints));
}

Result<Config> load(const Overrides& overrides, const Surroundings& surroundings) {
  Settings settings = defaults();
  ADAPT_TRY_VOID(add_file(surroundings.user_file(), /*is_project=*/false, surroundings.home(), settings));
  ADAPT_TRY_VOID(add_file(surroundings.project_file(), /*is_project=*/true, surroundings.home(), settings));
  const PathBase base{surroundings.working_folder, surroundings.home()};
  for (const Option& option : option_table()) {
    const std::string name = environment_name(option);
    const std::string text = surroundings.variable(name);  // an empty variable is the same as none
    if (!text.empty()) ADAPT_TRY_VOID(add_text(option, text, name, base, settings));
  }
  for (const Override& typed : overrides) {
    ADAPT_TRY(const Option* option, known_option(typed.key));
    ADAPT_TRY_VOID(add_text(*option, typed.text, typed.origin, base, settings));
  }
  derive(surroundings, settings);
  Config config;
  config.settings_ = std::move(settings);
  return config;
}

Result<fs::path> set_user(std::string_view key, std::string_view text, const Surroundings& surroundings) {
  ADAPT_TRY(const Option* option, known_option(key));
  const fs::path path = surroundings.user_file();
  if (path.empty())
    return fail(ErrorKind::environment, "neither XDG_CONFIG_HOME nor HOME is set, so there is no user file");
  ADAPT_TRY(const Value value,
            value_from_text(*option, text, PathBase{surroundings.working_folder, surroundings.home()}));
  std::string old;
  std::error_code error;
  if (fs::exists(path, error)) {
    ADAPT_TRY(old, read_file(path, kFileLimit));
  }
  ADAPT_TRY(const std::string changed, with_setting(old, *option, value, path, surroundings.home()));
  ADAPT_TRY_VOID(make_directories(path.parent_path()));
  ADAPT_TRY_VOID(write_file_atomic(path, changed));
  return path;
}

const Setting& Config::at(std::string_view key) const {
  const auto it = settings_.find(key);
  ADAPT_CHECK(it != settings_.end(), "an option that is not in the table");
  return it->second;
}

std::string Config::text(std::string_view key) const { return to_text(at(key).value); }
std::int64_t Config::integer(std::string_view key) const { return std::get<std::int64_t>(at(key).value); }
double Config::share(std::string_view key) const { return std::get<double>(at(key).value); }
bool Config::boolean(std::string_view key) const { return std::get<bool>(at(key).value); }

std::int64_t Config::quantity(std::string_view key) const {
  const Option* option = find_option(key);
  ADAPT_CHECK(option != nullptr && is_quantity(option->type), "an option that is no quantity");
  const Result<std::int64_t> amount = config::quantity(option->type, text(key));
  ADAPT_CHECK(amount.has_value(), "a quantity that was not checked when it was set");
  return *amount;
}

fs::path Config::path(std::string_view key) const { return std::get<fs::path>(at(key).value); }

bool Config::is_set(std::string_view key) const { return at(key).origin != "default"; }

Result<fs::path> Config::data_folder() const {
  const auto& path = std::get<fs::path>(at("data_folder").value);
  if (path.empty())
    return fail(ErrorKind::environment, "HOME is not set; set data_folder (--data-folder, ADAPT_DATA_FOLDER)");
  return path;
}

fs::path Config::cache_folder() const { return std::get<fs::path>(at("cache_folder").value); }

fs::path Config::share_folder() const { return std::get<fs::path>(at("share_folder").value); }

Result<fs::path> Config::python(std::string_view environment) const {
  const std::string key = environment == "main" ? "python" : fmt::format("{}.python", environment);
  const auto& path = std::get<fs::path>(at(key).value);
  if (path.empty())
    return fail(ErrorKind::environment, "{} holds no harness/envs, so the Python environment is unknown; set {}",
                share_folder().string(), key);
  if (::access(path.c_str(), X_OK) == 0) return path;
  const fs::path envs = share_folder() / "harness/envs";
  const bool made_here = fs::exists(envs / fmt::format("{}.txt", environment));
  const std::string make =
      made_here ? fmt::format("make it with {} {}, or ", (envs / "make_env.sh").string(), environment) : "";
  return fail(ErrorKind::environment, "no Python at {} ({}); {}set {}", path.string(), at(key).origin, make, key);
}

std::vector<fs::path> Config::pattern_folders() const { return std::get<Paths>(at("patterns.folders").value); }

std::int64_t Config::stage_seconds(std::string_view stage) const {
  return integer(fmt::format("{}{}", kStagePrefix, stage));
}

std::map<std::string, std::int64_t> Config::stage_seconds() const {
  std::map<std::string, std::int64_t> out;
  for (const auto& [key, setting] : settings_)
    if (key.starts_with(kStagePrefix))
      out.emplace(key.substr(kStagePrefix.size()), std::get<std::int64_t>(setting.value));
  return out;
}

std::uint64_t Config::memory_bytes() const { return static_cast<std::uint64_t>(integer("limits.memory_gib")) * kGib; }
std::uint64_t Config::file_bytes() const { return static_cast<std::uint64_t>(integer("limits.file_gib")) * kGib; }

std::vector<Row> Config::show() const {
  std::vector<Row> rows;
  for (const Option& option : option_table()) {
    const Setting& setting = at(option.key);
    rows.push_back({std::string(option.key), to_text(setting.value), setting.origin, std::string(option.help)});
  }
  return rows;
}

}  // namespace adapt::config
