#include "agent/pipeline/layered_env.h"

#include <unistd.h>

#include <array>
#include <map>
#include <utility>

#include "agent/pipeline/run.h"
#include "sandbox/environment.h"
#include "sandbox/policy.h"
#include "sandbox/run_process.h"
#include "tools/base/file.h"
#include "tools/base/hash.h"
#include "tools/base/text.h"

namespace adapt::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kMaxRequirements = std::uint64_t{64} << 10U;  // bytes of one file
constexpr std::uint64_t kMaxWritten = std::uint64_t{16} << 30U;       // bytes of one file that is installed
constexpr std::size_t kSaid = 400;                                    // characters of the installer's last words

// What tells the installer where packages come from. Nothing else of the user's environment is handed on.
constexpr std::array<std::string_view, 12> kPassed = {"PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS",
                                                      "PIP_NO_INDEX",  "PIP_CONFIG_FILE",     "PIP_CERT",
                                                      "HTTPS_PROXY",   "HTTP_PROXY",          "NO_PROXY",
                                                      "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE",  "PIP_TRUSTED_HOST"};

// Removed with all it holds unless it is kept.
class Building {
 public:
  static Result<Building> create(const fs::path& folder) {
    ADAPT_TRY_VOID(make_directories(folder));
    std::string name = (folder / ".building-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return fail(ErrorKind::store, "cannot make a folder in {}", folder.string());
    return Building(name);
  }
  Building(Building&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Building& operator=(Building&&) = delete;
  Building(const Building&) = delete;
  Building& operator=(const Building&) = delete;
  ~Building() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }

  const fs::path& path() const { return path_; }

 private:
  explicit Building(fs::path path) : path_(std::move(path)) {}
  fs::path path_;
};

std::map<std::string, std::string> passed_variables(const config::Surroundings& surroundings) {
  std::map<std::string, std::string> out;
  for (const std::string_view name : kPassed)
    if (std::string value = surroundings.variable(std::string(name)); !value.empty())
      out[std::string(name)] = std::move(value);
  // The installer's home is an empty folder; its configuration is read from where the user keeps it.
  const fs::path own = surroundings.base_folder("XDG_CONFIG_HOME", ".config") / "pip" / "pip.conf";
  std::error_code code;
  if (fs::is_regular_file(own, code)) out.try_emplace("PIP_CONFIG_FILE", own.string());
  return out;
}

// The line that says what went wrong: the last that begins as an error, else the last.
std::string last_words(const sandbox::RunOutput& output) {
  std::string chosen;
  for (const std::string& text : {output.stdout_text, output.stderr_text})
    for (const std::string_view line : split_lines(text))
      if (!trim(line).empty() && (line.starts_with("ERROR") || !chosen.starts_with("ERROR"))) chosen = trim(line);
  if (chosen.size() > kSaid) chosen.resize(kSaid);
  return chosen;
}

struct Places {
  fs::path env, scratch;
};

Result<void> install(const LayerSpec& spec, const Places& places, const config::Config& config,
                     std::map<std::string, std::string> variables, const CancelToken& cancel) {
  const auto& [env, scratch] = places;
  ADAPT_TRY(const fs::path programs, program_folder());
  const fs::path script = config.share_folder() / "harness" / "envs" / "layer.py";
  const sandbox::EnvironmentSpec environment{
      .scratch = scratch, .python = spec.python, .harness = {}, .hf_home = {}, .extra = std::move(variables)};
  for (const fs::path& folder : sandbox::environment_folders(environment)) ADAPT_TRY_VOID(make_directories(folder));
  std::vector<std::string> argv{spec.python.string(), "-I", script.string(), env.string()};
  std::vector<std::string> visible{script.string(), spec.python.string(), spec.folder.string()};
  for (const fs::path& file : spec.files) argv.push_back(file.string());
  sandbox::Policy policy = sandbox::model_policy(sandbox::Need::required, {env.string(), scratch.string()}, visible);
  policy.network = sandbox::Need::off;  // this is the one process that may fetch
  policy.limits.file_bytes = kMaxWritten;
  const sandbox::RunSpec run{.spawn = {.argv = sandbox::jail_argv((programs / "adapt-jail").string(), policy, {}, argv),
                                       .environment = sandbox::model_environment(environment),
                                       .cwd = spec.folder.string()},
                             .stdin_text = {},
                             .deadline = std::chrono::seconds(config.integer("limits.wall_seconds"))};
  ADAPT_TRY(const sandbox::RunOutput output, sandbox::run_process(run, cancel));
  if (output.reason == sandbox::EndReason::cancelled) return fail(ErrorKind::interrupted, "interrupted");
  if (output.reason != sandbox::EndReason::exited || !output.status.ok())
    return fail(ErrorKind::environment, "the requirements in {} were not installed ({}): {}", spec.folder.string(),
                output.reason == sandbox::EndReason::exited ? output.status.describe() : to_string(output.reason),
                last_words(output));
  return {};
}

}  // namespace

Result<std::string> layer_name(const LayerSpec& spec) {
  std::string key = spec.python.string();
  for (const fs::path& file : spec.files) {
    ADAPT_TRY(const std::string text, read_file(file, kMaxRequirements));
    key += fmt::format("\n{} {} {}\n{}", file.filename().string(), text.size(), spec.folder.string(), text);
  }
  return fmt::format("layer-{:.12}", sha256_hex(key));
}

Result<fs::path> layered_python(const LayerSpec& spec, const config::Config& config,
                                const config::Surroundings& surroundings, const CancelToken& cancel) {
  if (spec.files.empty()) return spec.python;
  const fs::path cache = config.cache_folder();
  if (cache.empty()) return fail(ErrorKind::environment, "no cache folder to keep an environment in; set cache_folder");
  ADAPT_TRY(const std::string name, layer_name(spec));
  const fs::path made = cache / "envs" / name;
  std::error_code code;
  if (fs::exists(made / "bin" / "python", code)) return made / "bin" / "python";
  ADAPT_TRY(const Building building, Building::create(cache / "envs"));
  const Places places{building.path() / "env", building.path() / "scratch"};
  for (const fs::path& folder : {places.env, places.scratch}) ADAPT_TRY_VOID(make_directories(folder));
  ADAPT_TRY_VOID(install(spec, places, config, passed_variables(surroundings), cancel));
  fs::rename(places.env, made, code);  // of two at once, the second finds the first one's work
  if (std::error_code ignored; code && !fs::exists(made / "bin" / "python", ignored))
    return fail(ErrorKind::store, "cannot move {} to {}: {}", places.env.string(), made.string(), code.message());
  return made / "bin" / "python";
}

}  // namespace adapt::pipeline
