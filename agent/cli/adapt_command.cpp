#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/cli/progress.h"
#include "agent/domain/backend_names.h"
#include "agent/llm/endpoint.h"
#include "agent/pipeline/elsewhere.h"
#include "agent/pipeline/llm_line.h"
#include "agent/pipeline/run.h"
#include "agent/pipeline/run_record.h"
#include "agent/pipeline/search.h"
#include "agent/store/store.h"
#include "tools/base/file.h"
#include "tools/base/log.h"
#include "tools/base/quantity.h"
#include "tools/edit/patch_file.h"

namespace adapt::cli {
namespace {

namespace fs = std::filesystem;
using domain::RunResult;

constexpr std::size_t kMostLogLine = 200;                     // bytes
constexpr std::uint64_t kMaxPatch = std::uint64_t{4} << 20U;  // bytes

void print_llm(const domain::LlmUse& use) {
  if (use.stopped.empty()) return;
  const std::string cost = use.nano_usd > 0 || use.unpriced_tokens == 0 ? dollars(use.nano_usd) : "price not known";
  fmt::print("  llm          {}: {} after {} answer{}, {} tokens in ({} cached), {} out, {}\n", use.endpoint,
             use.stopped, use.turns, use.turns == 1 ? "" : "s", use.input_tokens, use.cached_tokens, use.output_tokens,
             cost);
}

void print_text(const RunResult& result) {
  fmt::print("{} on {}: {} ({})\n", result.model, result.backend, domain::to_string(result.outcome),
             domain::to_string(result.level));
  fmt::print("  {}\n", result.reason);
  if (result.failure)
    fmt::print("  failure      {}{}\n", pipeline::describe(*result.failure),
               result.failure->function ? " in " + *result.failure->function : "");
  if (result.failure && result.failure->finding) {
    const client::LogFinding& finding = *result.failure->finding;
    fmt::print("  log          {}: {}, in {}; line {}: {}\n", finding.category, finding.says, finding.component,
               finding.line, finding.text.substr(0, kMostLogLine));
    for (const auto& [name, amount] : finding.memory) fmt::print("               {} {}\n", name, amount);
  }
  for (const domain::Repair& repair : result.repairs) {
    fmt::print("  {:<12} {}: {}\n", domain::to_string(repair.kind), repair.id, repair.does);
    for (const domain::RepairSite& site : repair.sites)
      fmt::print("               {}:{} in {}\n", site.file, site.line, site.function);
  }
  for (const std::string& concession : result.concessions) fmt::print("  concession   {}\n", concession);
  if (result.metrics.contains("relative_l2")) {
    const OrderedJson& error = result.metrics["relative_l2"];
    fmt::print("  evidence     worst relative L2 {} over {} held-out draws\n",
               error.is_number() ? fmt::format("{:.1e}", error.get<double>()) : error.dump(),
               result.metrics["draws"].dump());
  }
  for (const std::string& line : result.placement) fmt::print("  placement    {}\n", line);
  fmt::print("  time         {:.1f} s, {} attempt{}\n", result.wall_s, result.attempts,
             result.attempts == 1 ? "" : "s");
  print_llm(result.llm);
  fmt::print("  files        {}\n", result.out);
  if (result.outcome != domain::Outcome::adapted) return;
  const Result<std::string> patch = read_file(std::filesystem::path(result.out) / "patch.diff");
  if (patch && !patch->empty()) fmt::print("\n{}", *patch);
}

// The index is a convenience: a run that cannot be entered in it has still ended as it says.
void enter_in_index(Session& session, const pipeline::RunFolder& folder) {
  const auto entered = [&]() -> Result<void> {
    ADAPT_TRY(const std::filesystem::path data, session.config.data_folder());
    ADAPT_TRY(store::Store store, store::Store::open(data));
    ADAPT_TRY(const store::RunRecord record, pipeline::run_record(folder.root()));
    return store.put(record);
  }();
  if (!entered) log::warning("the run is not in the index: {}", entered.error().message);
}

int finish(Session& session, const pipeline::AdaptRequest& request, const pipeline::RunFolder& folder) {
  enter_in_index(session, folder);
  TerminalProgress progress(session.clock, stderr, session.quiet);
  const pipeline::RunContext context{session.config, session.clock, session.cancel, progress};
  const Result<RunResult> result = pipeline::execute_run(request, folder, context);
  if (!result) {
    const int code = report(result.error());
    fmt::print(stderr, "agent: continue with: agent runs resume {}\n", folder.id());
    return code;
  }
  enter_in_index(session, folder);
  if (session.json)
    fmt::print("{}\n", dump(Json(domain::to_json(*result))));
  else
    print_text(*result);
  return exit_code(*result);
}

constexpr std::string_view kDescriptorMark = "TTSY";  // from the fifth byte on
constexpr std::uint64_t kMostDescriptor = std::uint64_t{4} << 20U;

// The file that --compile-only means, once it is known to be a system descriptor.
Result<fs::path> descriptor_of(const std::string& given, const std::string& arch) {
  std::error_code code;
  fs::path file = fs::absolute(given, code);
  if (fs::is_directory(file, code)) {
    if (arch.empty()) return fail(ErrorKind::usage, "{} is a folder; --arch says which descriptor of it", given);
    file /= arch + "_system_desc.ttsys";
  }
  if (!fs::is_regular_file(file, code)) return fail(ErrorKind::usage, "no system descriptor {}", file.string());
  ADAPT_TRY(const std::string bytes, read_file(file, kMostDescriptor));
  if (bytes.size() < 8 || std::string_view(bytes).substr(4, 4) != kDescriptorMark)
    return fail(ErrorKind::usage, "{} is no system descriptor: it lacks the mark {}", file.string(), kDescriptorMark);
  return file.lexically_normal();
}

// Everything that is to be set, refused where it is not known or its value is not; paths are absolute then.
Result<std::vector<std::string>> option_texts(const AdaptArguments& arguments, const std::string& backend,
                                              const config::Config& config) {
  std::vector<std::string> texts = arguments.options;
  if (!arguments.arch.empty()) texts.push_back("arch=" + arguments.arch);
  ADAPT_TRY_VOID(pipeline::given_options(backend, texts, config));
  if (!arguments.compile_only.empty()) {
    ADAPT_TRY(const fs::path file, descriptor_of(arguments.compile_only, arguments.arch));
    texts.push_back("compile_only=" + file.string());
  }
  ADAPT_TRY(const std::vector<client::Option> options, pipeline::given_options(backend, texts, config));
  texts.clear();
  for (const client::Option& option : options) texts.push_back(option.id);
  return texts;
}

}  // namespace

int adapt_command(Session& session, const AdaptArguments& arguments) {
  const auto prepared = [&]() -> Result<std::pair<pipeline::AdaptRequest, pipeline::RunFolder>> {
    pipeline::AdaptRequest request;
    ADAPT_TRY(request.backend, domain::parse_backend(arguments.backend));
    ADAPT_TRY(const domain::ModelSize size, domain::parse_model_size(session.config.text("run.size")));
    ADAPT_TRY(request.model, domain::parse_model_id(arguments.model, size));
    request.install_requirements = arguments.install_requirements;
    if (request.install_requirements && request.model.kind != domain::ModelKind::forge)
      return fail(ErrorKind::usage, "--install-requirements is for loaders (forge:<folder>), whose folders list them");
    if (!arguments.patched.empty()) {
      std::error_code code;
      request.patched = std::filesystem::canonical(arguments.patched, code);
      if (code) return fail(ErrorKind::usage, "no such file: {}", arguments.patched);
      request.patched_module = arguments.patched_module;
    }
    if (!arguments.patch.empty()) {
      ADAPT_TRY(request.patch, read_file(arguments.patch, kMaxPatch));
      ADAPT_TRY_VOID(edit::parse_patch(request.patch));
    }
    request.llm = session.config.text("llm.endpoint");
    if (request.llm == "none") request.llm.clear();
    if (!request.llm.empty()) {  // before a folder is made
      ADAPT_TRY(const auto chosen, pipeline::choose_endpoint(request.llm, session.config, session.clock));
      if (!chosen.tape) ADAPT_TRY_VOID(llm::read_key(chosen.endpoint, session.config.text("llm.key_variable")));
    }
    if (!arguments.host.empty()) {
      ADAPT_TRY(request.host, pipeline::parse_machine(arguments.host));
      if (arguments.install_requirements)
        return fail(ErrorKind::usage, "--install-requirements makes an environment here; it cannot be one of --host");
    }
    ADAPT_TRY(request.options, option_texts(arguments, request.backend, session.config));
    request.seed = session.config.integer("run.seed");
    request.seeds = session.config.integer("run.seeds");
    ADAPT_TRY(pipeline::RunFolder folder, pipeline::create_run(request, session.config, session.clock));
    return std::pair(request, folder);
  }();
  if (!prepared) return report(prepared.error());
  return finish(session, prepared->first, prepared->second);
}

int runs_resume_command(Session& session, const std::string& id) {
  const Result<pipeline::RunFolder> folder = pipeline::find_run(id, session.config);
  if (!folder) return report(folder.error());
  const Result<pipeline::AdaptRequest> request = pipeline::recorded_request(*folder);
  if (!request) return report(request.error());
  return finish(session, *request, *folder);
}

}  // namespace adapt::cli
