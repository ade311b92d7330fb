#include "agent/pipeline/run.h"

#include <fmt/chrono.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>

#include "agent/domain/backend_names.h"
#include "agent/domain/forge_folder.h"
#include "agent/emit/report.h"
#include "agent/pipeline/elsewhere.h"
#include "agent/pipeline/evidence.h"
#include "agent/pipeline/layered_env.h"
#include "agent/pipeline/learn.h"
#include "agent/pipeline/llm_line.h"
#include "agent/pipeline/run_record.h"
#include "harness/client/option_table.h"
#include "tools/base/file.h"
#include "tools/base/log.h"
#include "tools/base/text.h"

namespace adapt::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRequestEvent = "request";

Json request_json(const AdaptRequest& request) {
  return Json{{"patched", request.patched ? Json(request.patched->string()) : Json(nullptr)},
              {"patched_module", request.patched_module},
              {"patch", request.patch},
              {"model", request.model.text()},
              {"backend", request.backend},
              {"size", domain::to_string(request.model.size)},
              {"seed", request.seed},
              {"seeds", request.seeds},
              {"llm", request.llm},
              {"options", request.options},
              {"host", request.host},
              {"install_requirements", request.install_requirements}};
}

Result<fs::path> runs_folder(const config::Config& config) {
  ADAPT_TRY(const fs::path data, config.data_folder());
  return data / "runs";
}

// Folders that a worker must read although they may lie in /tmp.
std::vector<std::string> visible_to_model(const domain::ModelId& model) {
  switch (model.kind) {
    case domain::ModelKind::transformers: return {};
    case domain::ModelKind::folder:
    case domain::ModelKind::forge: return {model.name};
    case domain::ModelKind::file: return {fs::path(model.name).parent_path().string()};
  }
  return {};
}

// A file that never names the library hardly needs it; where one does all the same, its workers import it.
std::vector<std::string> libraries_of(const domain::ModelId& model) {
  if (model.kind == domain::ModelKind::file) {
    const Result<std::string> text = read_file(model.name);
    if (text && !contains(*text, "transformers")) return {};
  }
  return {"transformers"};
}

// What an option names is there for the worker too: a folder to write in, a file to read.
void add_named_by(const std::vector<client::Option>& given, HostWants& wants) {
  std::error_code code;
  for (const client::Option& option : given) {
    for (const auto& [key, value] : option.set.items()) {
      if (!value.is_string() || !fs::path(value.get<std::string>()).is_absolute()) continue;
      const std::string path = value.get<std::string>();
      (fs::is_directory(path, code) ? wants.writable : wants.visible).push_back(path);
    }
  }
}

// Accelerators, the memory that their drivers share with them, and the folder in which processes agree on who has
// which.
Result<void> add_devices(const config::Config& config, client::HostOptions& options) {
  std::error_code code;
  for (const char* path : {"/dev/tenstorrent", "/dev/hugepages", "/dev/hugepages-1G"})
    if (fs::exists(path, code)) options.devices.emplace_back(path);
  ADAPT_TRY(const fs::path data, config.data_folder());
  const fs::path leases = data / "leases";
  ADAPT_TRY_VOID(make_directories(leases));
  options.writable.push_back(leases.string());
  options.environment.extra["ADAPT_DEVICE_LEASES"] = leases.string();
  options.environment.extra["ADAPT_DEVICE_WAIT_SECONDS"] = std::to_string(config.integer("limits.device_wait_seconds"));
  return {};
}

// Workers write here and nowhere else; the log and what the judge has read lie outside.
Result<std::vector<std::string>> writable_folders(const RunFolder& folder) {
  std::vector<std::string> out;
  for (const fs::path& path :
       {folder.baseline(), folder.root() / "attempts", folder.root() / "verify", folder.root() / "package"}) {
    ADAPT_TRY_VOID(make_directories(path));
    out.push_back(path.string());
  }
  return out;
}

// Of a layer over the backend's environment with what the loader's folder requires; none where nothing is installed.
Result<fs::path> layer_for(const AdaptRequest& request, const RunContext& context) {
  if (!request.install_requirements) return fs::path();
  ADAPT_TRY(const fs::path python, context.config.python(domain::environment_of(request.backend)));
  const LayerSpec spec{python, request.model.name, domain::forge_requirement_files(request.model.name)};
  context.progress.stage("requirements");
  return layered_python(spec, context.config, config::Surroundings::real(), context.cancel);
}

Result<client::BackendProbe> probe(client::Host& host, const std::string& backend,
                                   const std::vector<client::Option>& given, const RunContext& context) {
  client::ProbeRequest request{.backends = client::Texts{backend}};
  for (const client::Option& option : given) request.options.push_back({option.id, option.scope, option.set});
  ADAPT_TRY(auto asked, host.ask(request, limits_of(context.config), context.cancel));
  if (!asked.reply)
    return fail(ErrorKind::environment, "the harness cannot say what the backend '{}' is: {}", backend,
                asked.outcome.process_failure ? asked.outcome.process_failure->message : "no reply");
  for (client::BackendProbe& found : asked.reply->backends)
    if (found.name == backend) return std::move(found);
  return fail(ErrorKind::environment, "the harness does not know the backend '{}'", backend);
}

// The probe is a step of the run like any other: a resumed run sees the same ladder.
Result<client::BackendProbe> journaled_probe(client::Host& host, events::Journal& journal, const std::string& backend,
                                             const std::vector<client::Option>& given, const RunContext& context) {
  ADAPT_TRY(const Json recorded, journal.step("probe:" + backend, [&]() -> Result<events::StepOutput> {
    ADAPT_TRY(const client::BackendProbe found, probe(host, backend, given, context));
    return events::StepOutput{client::encode(found), {}};
  }));
  return client::decode<client::BackendProbe>(recorded, "probe");
}

// Null where no language model is to be asked.
Result<std::unique_ptr<LlmLine>> open_line(const AdaptRequest& request, events::Journal& journal,
                                           const RunFolder& folder, const RunContext& context) {
  if (request.llm.empty()) return std::unique_ptr<LlmLine>();
  ADAPT_TRY(const ChosenEndpoint chosen, choose_endpoint(request.llm, context.config, context.clock));
  return LlmLine::open(chosen, context.config, journal, folder, context.clock, context.cancel);
}

bool made_by_llm(const domain::RunResult& result) {
  return result.outcome == domain::Outcome::adapted &&
         std::ranges::find(result.repairs, domain::RepairKind::llm, &domain::Repair::kind) != result.repairs.end();
}

// The next model with this failure needs no language model. Not every repair makes a pattern, and none has to.
void keep_lesson(const RunFolder& folder, const patterns::Library& library, const RunContext& context) {
  const Result<Lesson> lesson = learn_from_run(folder, library, context.config);
  context.progress.line(lesson ? fmt::format("learned {}: {}", lesson->learned.id, lesson->kept.file.string())
                               : "no pattern was learned: " + lesson.error().message);
}

}  // namespace

Result<RunFolder> create_run(const AdaptRequest& request, const config::Config& config, const Clock& clock) {
  ADAPT_TRY(const fs::path runs, runs_folder(config));
  std::uint32_t random = 0;
  if (::getrandom(&random, sizeof random, 0) != sizeof random)
    return fail(ErrorKind::environment, "the kernel gives no random numbers");
  const std::time_t seconds = clock.utc_ms() / 1000;
  const std::string id = fmt::format("{:%Y%m%d-%H%M%S}-{}-{}-{:04x}", fmt::gmtime(seconds), request.model.slug(),
                                     request.backend, random & 0xffffU);
  ADAPT_TRY_VOID(make_directories(runs / id));
  return RunFolder(runs / id);
}

Result<RunFolder> find_run(const std::string& id, const config::Config& config) {
  ADAPT_TRY(const fs::path runs, runs_folder(config));
  std::error_code code;
  const bool plain = !id.empty() && id.find('/') == std::string::npos && id.front() != '.';
  if (plain && fs::is_regular_file(runs / id / "events.jsonl", code)) return RunFolder(runs / id);
  std::vector<std::string> names;
  for (fs::directory_iterator it(runs, code), end; !code && it != end; it.increment(code))
    names.push_back(it->path().filename().string());
  return fail(ErrorKind::usage, "unknown run '{}'{}", id, did_you_mean(id, names));
}

Result<AdaptRequest> recorded_request(const RunFolder& folder) {
  ADAPT_TRY(const std::vector<events::Event> events, events::read_log(folder.events()));
  const auto it = std::ranges::find(events, kRequestEvent, &events::Event::type);
  if (it == events.end())
    return fail(ErrorKind::store, "run {} was ended before it recorded what was asked; start it again", folder.id());
  ADAPT_TRY(const std::string model, read_string(it->data, "model", "request"));
  ADAPT_TRY(const std::string size_text, read_string(it->data, "size", "request"));
  ADAPT_TRY(const std::string backend_text, read_string(it->data, "backend", "request"));
  AdaptRequest request;
  ADAPT_TRY(const domain::ModelSize size, domain::parse_model_size(size_text));
  ADAPT_TRY(request.model, domain::parse_model_id(model, size));
  ADAPT_TRY(request.backend, domain::parse_backend(backend_text));
  if (const std::string patched = string_or(it->data, "patched", ""); !patched.empty()) request.patched = patched;
  request.patched_module = string_or(it->data, "patched_module", "");
  request.patch = string_or(it->data, "patch", "");
  request.llm = string_or(it->data, "llm", "");
  request.options = strings_or_empty(it->data, "options");
  request.host = string_or(it->data, "host", "");
  request.install_requirements = bool_or(it->data, "install_requirements", false);
  ADAPT_TRY(request.seed, read_int(it->data, "seed", "request"));
  ADAPT_TRY(request.seeds, read_int(it->data, "seeds", "request"));
  return request;
}

Result<fs::path> program_folder() {
  std::error_code code;
  const fs::path program = fs::read_symlink("/proc/self/exe", code);
  if (code) return fail(ErrorKind::environment, "cannot tell where this program is: {}", code.message());
  return program.parent_path();
}

Result<client::Host> start_host(const config::Config& config, HostWants wants, const CancelToken& cancel) {
  fs::path python = wants.python;
  if (python.empty()) {
    ADAPT_TRY(python, config.python(wants.host.empty() ? wants.environment : "main"));
  }
  ADAPT_TRY(const fs::path programs, program_folder());
  const fs::path harness = config.share_folder() / "harness";
  ADAPT_TRY_VOID(make_directories(wants.scratch));
  client::HostOptions options;
  options.jail = programs / "adapt-jail";
  options.command = client::host_command(python, harness, wants.preload);
  options.environment = {.scratch = wants.scratch, .python = python, .harness = harness, .hf_home = {}};
  options.writable = std::move(wants.writable);
  options.visible = std::move(wants.visible);
  if (!wants.host.empty())
    ADAPT_TRY_VOID(send_elsewhere(wants.host, *wants.folder, config, options));
  else if (wants.devices)
    ADAPT_TRY_VOID(add_devices(config, options));
  return client::Host::start(std::move(options), cancel);
}

Result<std::vector<client::Option>> given_options(const std::string& backend, const std::vector<std::string>& texts,
                                                  const config::Config& config) {
  if (texts.empty()) return std::vector<client::Option>();
  ADAPT_TRY(const client::OptionTable table, client::OptionTable::load(config.share_folder() / "harness"));
  return table.options(backend, texts, fs::current_path());
}

Result<fs::path> own_patterns_folder(const config::Config& config) {
  ADAPT_TRY(const fs::path data, config.data_folder());
  return data / "patterns";
}

std::vector<fs::path> pattern_folders(const config::Config& config) {
  std::vector<fs::path> folders = {config.share_folder() / "patterns" / "library"};
  std::error_code code;
  std::vector<fs::path> more = config.pattern_folders();
  if (const auto own = own_patterns_folder(config)) {
    std::erase(more, *own);
    more.push_back(*own);
  }
  for (const fs::path& folder : more)
    if (fs::is_directory(folder, code)) folders.push_back(folder);
  return folders;
}

Result<patterns::Library> load_library(const config::Config& config) {
  ADAPT_TRY(patterns::Library library, patterns::Library::load(pattern_folders(config)));
  for (const std::string& complaint : library.left_out()) log::warning("left out: {}", complaint);
  return library;
}

Result<std::shared_ptr<const patterns::Isomorphisms>> load_isomorphisms(const config::Config& config) {
  const auto table = patterns::find_isomorphisms(pattern_folders(config));
  if (!table)
    return fail(ErrorKind::environment, "no isomorphisms.txt below {}", (config.share_folder() / "patterns").string());
  return patterns::Isomorphisms::load(*table);
}

Result<domain::RunResult> execute_run(const AdaptRequest& request, const RunFolder& folder, const RunContext& context) {
  const std::int64_t start = context.clock.monotonic_ms();
  ADAPT_TRY(events::Journal journal, events::Journal::open(folder.root(), context.clock));
  ADAPT_TRY_VOID(journal.emit(kRequestEvent, request_json(request)));
  ADAPT_TRY(const std::vector<client::Option> given, given_options(request.backend, request.options, context.config));
  ADAPT_TRY(const patterns::Library library, load_library(context.config));
  ADAPT_TRY(evidence::Book book, load_book(library, context.config));
  book.forget_run(folder.id());
  ADAPT_TRY(const std::unique_ptr<LlmLine> line, open_line(request, journal, folder, context));
  ADAPT_TRY(const std::vector<std::string> writable, writable_folders(folder));
  context.progress.candidate("starting Python");
  if (!request.host.empty()) context.progress.line("models run on " + request.host + ", where no sandbox of ours is");
  ADAPT_TRY(const fs::path python, layer_for(request, context));
  context.progress.stage("host");
  HostWants wants{.environment = domain::environment_of(request.backend),
                  .python = python,
                  .scratch = folder.scratch(),
                  .preload = {.backends = {request.backend}, .libraries = libraries_of(request.model)},
                  .writable = writable,
                  .visible = visible_to_model(request.model),
                  .host = request.host,
                  .folder = &folder,
                  .devices = domain::uses_device(request.backend)};
  wants.visible.push_back(folder.root().string());
  add_named_by(given, wants);
  ADAPT_TRY(client::Host host, start_host(context.config, std::move(wants), context.cancel));
  ADAPT_TRY_VOID(journal.emit(
      "environment", Json{{"confinement", host.confinement().to_json()}, {"packages", host.greeting().packages}}));
  ADAPT_TRY(client::BackendProbe found, journaled_probe(host, journal, request.backend, given, context));
  found.options = client::without(std::move(found.options), given);  // what is given stays as it is

  const std::int64_t limit_ms = context.config.integer("limits.wall_seconds") * 1000;
  Harness harness(host, journal, context.config, context.cancel, context.progress, given);
  Services services{.harness = harness,
                    .library = library,
                    .book = book,
                    .config = context.config,
                    .journal = journal,
                    .progress = context.progress,
                    .clock = context.clock,
                    .packages = host.greeting().packages,
                    .seed = request.seed,
                    .seeds = request.seeds,
                    .out_of_time = [&] { return context.clock.monotonic_ms() - start > limit_ms; }};
  services.llm = line.get();
  services.given = given;
  ADAPT_TRY(domain::RunResult result, adapt_model(request, found, folder, services));
  result.wall_s = static_cast<double>(context.clock.monotonic_ms() - start) / 1000.0;
  ADAPT_TRY_VOID(emit::write_result(result, folder.out()));
  if (made_by_llm(result) && context.config.boolean("llm.learn")) keep_lesson(folder, library, context);
  std::error_code ignored;  // homes and compiler caches of ended workers
  fs::remove_all(folder.scratch(), ignored);
  return result;
}

}  // namespace adapt::pipeline
