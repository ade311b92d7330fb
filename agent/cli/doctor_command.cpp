#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/domain/backend_names.h"
#include "agent/pipeline/llm_line.h"
#include "agent/pipeline/run.h"
#include "sandbox/capability_probe.h"
#include "tools/base/file.h"

namespace adapt::cli {
namespace {

namespace fs = std::filesystem;

struct Findings {
  OrderedJson json = OrderedJson::object();
  std::vector<std::string> lines;
  bool usable = true;

  void row(std::string_view name, bool good, std::string_view evidence) {
    lines.push_back(fmt::format("  {:<4} {:<14} {}", good ? "ok" : "no", name, evidence));
  }
};

Result<fs::path> jail_program() {
  std::error_code code;
  const fs::path program = fs::read_symlink("/proc/self/exe", code);
  if (code) return fail(ErrorKind::environment, "cannot tell where this program is: {}", code.message());
  return program.parent_path() / "adapt-jail";
}

void look_at_sandbox(Session& session, Findings& findings) {
  findings.lines.emplace_back("sandbox");
  const Result<fs::path> jail = jail_program();
  const auto probed = jail ? sandbox::probe_capabilities(*jail, session.cancel)
                           : Result<sandbox::CapabilityReport>(tl::unexpected<Error>(jail.error()));
  if (!probed) {
    findings.row("adapt-jail", false, probed.error().message);
    findings.json["sandbox"] = OrderedJson{{"error", probed.error().message}};
    findings.usable = false;
    return;
  }
  for (const sandbox::Capability& row : probed->rows) findings.row(row.name, row.enforced, row.evidence);
  findings.json["sandbox"] = probed->to_json();
}

struct Probed {
  std::vector<client::BackendProbe> backends;
  client::Greeting greeting;
};

// What an interpreter says of the backends whose packages are meant to be there. `environment`: one that has it.
Result<Probed> probe(Session& session, std::string_view environment, const client::Texts& names) {
  ADAPT_TRY(const TempDir scratch, TempDir::create("adapt-doctor-"));
  ADAPT_TRY(client::Host host, pipeline::start_host(session.config,
                                                    {.environment = environment,
                                                     .scratch = scratch.path(),
                                                     .devices = std::ranges::any_of(names, domain::uses_device)},
                                                    session.cancel));
  ADAPT_TRY(auto asked,
            host.ask(client::ProbeRequest{.backends = names}, pipeline::limits_of(session.config), session.cancel));
  if (!asked.reply)
    return fail(ErrorKind::environment, "the harness does not answer: {}", asked.outcome.process_failure->message);
  return Probed{std::move(asked.reply->backends), host.greeting()};
}

// Backends by the environment whose interpreter is asked; environments with the same interpreter are asked once.
std::vector<std::pair<std::string_view, client::Texts>> by_interpreter(const config::Config& config) {
  std::vector<std::pair<std::string_view, client::Texts>> out;
  const auto path_of = [&](std::string_view environment) {
    const auto python = config.python(environment);
    return python ? python->string() : std::string(environment);  // one that is not there is a case of its own
  };
  for (const std::string& name : domain::backend_names()) {
    const std::string_view environment = domain::environment_of(name);
    const auto known =
        std::ranges::find_if(out, [&](const auto& group) { return path_of(group.first) == path_of(environment); });
    if (known == out.end())
      out.push_back({environment, {name}});
    else
      known->second.push_back(name);
  }
  return out;
}

Result<void> look_at_backends(Session& session, Findings& findings) {
  findings.lines.emplace_back("backends");
  std::vector<client::BackendProbe> rows;
  client::Greeting greeting;
  for (const auto& [environment, names] : by_interpreter(session.config)) {
    auto probed = probe(session, environment, names);
    if (environment == "main") {
      if (!probed) return tl::unexpected<Error>(probed.error());
      greeting = probed->greeting;
    }
    if (probed) rows.insert(rows.end(), probed->backends.begin(), probed->backends.end());
    // The other environments are optional: that one is not there is what there is to say of its backends.
    if (!probed)
      for (const std::string& name : names) rows.push_back({.name = name, .evidence = probed.error().message});
  }
  OrderedJson all = OrderedJson::array();
  for (const client::BackendProbe& backend : rows) {
    findings.row(backend.name, backend.available, backend.evidence);
    all.push_back(OrderedJson{{"name", backend.name},
                              {"available", backend.available},
                              {"evidence", backend.evidence},
                              {"version", backend.version ? OrderedJson(*backend.version) : OrderedJson(nullptr)},
                              {"options", backend.options.size()}});
  }
  findings.json["backends"] = all;
  findings.json["python"] = OrderedJson{{"version", greeting.python}, {"packages", greeting.packages}};
  findings.lines.emplace_back("python");
  findings.row("interpreter", true, greeting.python);
  for (const auto& [name, version] : greeting.packages) findings.row(name, true, version);
  return {};
}

// Nothing is asked: a look at a service costs money, and is what `agent llm check` is for.
void look_at_llm(const Session& session, Findings& findings) {
  const std::string text = session.config.text("llm.endpoint");
  findings.json["llm"] = nullptr;
  if (text.empty() || text == "none")
    return findings.row("endpoint", false, "none is set, and none is needed; see docs/LLM.md");
  const auto chosen = pipeline::choose_endpoint(text, session.config, session.clock);
  const auto key = chosen ? llm::read_key(chosen->endpoint, session.config.text("llm.key_variable"))
                          : Result<std::string>(tl::unexpected<Error>(chosen.error()));
  findings.row("endpoint", key.has_value(),
               key ? text + "; agent llm check tells what it can do" : key.error().message);
  findings.json["llm"] = OrderedJson{{"endpoint", text}, {"usable", key.has_value()}};
}

}  // namespace

int doctor_command(Session& session) {
  Findings findings;
  look_at_sandbox(session, findings);
  if (const Result<void> looked = look_at_backends(session, findings); !looked) {
    findings.row("harness", false, looked.error().message);
    findings.json["backends"] = OrderedJson{{"error", looked.error().message}};
    findings.usable = false;
  }
  findings.lines.emplace_back("language model");
  look_at_llm(session, findings);
  findings.lines.emplace_back("exit codes");
  OrderedJson codes = OrderedJson::object();
  for (const ExitCode& code : exit_codes()) {
    findings.lines.push_back(fmt::format("  {:<4} {}", code.code, code.meaning));
    codes[std::to_string(code.code)] = code.meaning;
  }
  findings.json["exit_codes"] = codes;
  if (session.json)
    fmt::print("{}\n", findings.json.dump());
  else
    fmt::print("{}\n", fmt::join(findings.lines, "\n"));
  return findings.usable ? 0 : exit_code(ErrorKind::environment);
}

}  // namespace adapt::cli
