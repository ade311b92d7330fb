#include <fmt/format.h>

#include <cstdio>
#include <optional>

#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/pipeline/harness.h"
#include "agent/pipeline/pattern_checks.h"
#include "agent/pipeline/run.h"
#include "patterns/samples.h"
#include "tools/base/file.h"
#include "tools/base/json.h"
#include "tools/base/text.h"

namespace adapt::cli {
namespace {

using Patterns = std::vector<const patterns::Pattern*>;

struct Failed {
  std::string pattern, kind, name;  // kind: sample or check
  std::uint32_t line = 0;
  std::string why;
};

struct Summary {
  std::size_t patterns = 0, samples = 0, checks = 0;  // that were run
  std::vector<Failed> failed;
  std::size_t checks_not_run = 0;
  std::optional<Error> not_run;  // why
};

Result<Patterns> chosen(const patterns::Library& library, const std::vector<std::string>& ids) {
  Patterns out;
  for (const std::string& id : ids.empty() ? library.ids() : ids) {
    const patterns::Pattern* pattern = library.find(id);
    if (pattern == nullptr)
      return fail(ErrorKind::usage, "unknown pattern '{}'{}", id, did_you_mean(id, library.ids()));
    out.push_back(pattern);
  }
  return out;
}

Result<void> run_samples(const Patterns& picked, Summary& summary) {
  for (const patterns::Pattern* pattern : picked) {
    summary.samples += pattern->samples.size();
    ADAPT_TRY(const std::vector<patterns::SampleFailure> found, patterns::check_samples(*pattern));
    for (const patterns::SampleFailure& failure : found)
      summary.failed.push_back({pattern->id, "sample", failure.sample, failure.line, failure.why});
  }
  return {};
}

bool has_stubs(const patterns::Pattern& pattern) { return pattern.carrier.kind == patterns::Carrier::Kind::shim; }

// A pattern without edits has no checks of code; that its stubs are what they should be is one.
std::size_t checks_of(const Patterns& picked) {
  std::size_t out = 0;
  for (const patterns::Pattern* pattern : picked) out += pattern->checks.size() + (has_stubs(*pattern) ? 1 : 0);
  return out;
}

// One host for all of them; each runs in a worker of its own.
Result<void> run_checks(Session& session, const Patterns& picked, Summary& summary) {
  ADAPT_TRY(const TempDir scratch, TempDir::create("adapt-checks-"));
  ADAPT_TRY(client::Host host, pipeline::start_host(session.config, {.scratch = scratch.path()}, session.cancel));
  const client::StageLimits limits = pipeline::limits_of(session.config);
  for (const patterns::Pattern* pattern : picked) {
    const auto bench_now = [&] {
      return pipeline::CheckBench{host, limits, session.cancel,
                                  scratch.path() / "checks" / std::to_string(summary.checks)};
    };
    if (has_stubs(*pattern)) {
      auto why = pipeline::run_stub_check(*pattern, bench_now());
      if (!why && why.error().kind != ErrorKind::environment) return tl::unexpected<Error>(why.error());
      if (!why) {
        summary.not_run = why.error();
        continue;
      }
      ++summary.checks;
      if (!why->empty()) summary.failed.push_back({pattern->id, "check", "stubs", 1, std::move(*why)});
    }
    for (const patterns::Check& check : pattern->checks) {
      const pipeline::CheckBench bench = bench_now();
      ADAPT_TRY(std::string why, pipeline::run_check(*pattern, check, bench));
      ++summary.checks;
      if (!why.empty()) summary.failed.push_back({pattern->id, "check", check.name, check.line, std::move(why)});
    }
  }
  return {};
}

Result<Summary> test_patterns(Session& session, const std::vector<std::string>& ids) {
  ADAPT_TRY(const patterns::Library library, pipeline::load_library(session.config));
  ADAPT_TRY(const Patterns picked, chosen(library, ids));
  Summary summary;
  summary.patterns = picked.size();
  ADAPT_TRY_VOID(run_samples(picked, summary));
  const std::size_t checks = checks_of(picked);
  if (checks == 0) return summary;
  // Without Python, or when it goes away, the rest is said to be not run: a check that did not run has not passed.
  if (auto done = run_checks(session, picked, summary); !done) summary.not_run = done.error();
  summary.checks_not_run = checks - summary.checks;
  return summary;
}

void print_json(const Summary& summary) {
  OrderedJson failures = OrderedJson::array();
  for (const Failed& failed : summary.failed)
    failures.push_back(OrderedJson{{"pattern", failed.pattern},
                                   {"kind", failed.kind},
                                   {"name", failed.name},
                                   {"line", failed.line},
                                   {"why", failed.why}});
  OrderedJson out{{"patterns", summary.patterns}, {"samples", summary.samples},
                  {"checks", summary.checks},     {"checks_not_run", summary.checks_not_run},
                  {"not_run_because", nullptr},   {"failures", failures}};
  if (summary.not_run) out["not_run_because"] = summary.not_run->message;
  fmt::print("{}\n", out.dump());
}

void print_text(const Summary& summary) {
  for (const Failed& failed : summary.failed)
    fmt::print("{}:{}: {} '{}': {}\n", failed.pattern, failed.line, failed.kind, failed.name, failed.why);
  fmt::print("{} patterns, {} samples, {} checks, {} failed", summary.patterns, summary.samples, summary.checks,
             summary.failed.size());
  if (summary.not_run) fmt::print(", {} checks not run", summary.checks_not_run);
  fmt::print("\n");
}

}  // namespace

int patterns_test_command(Session& session, const std::vector<std::string>& ids) {
  const Result<Summary> summary = test_patterns(session, ids);
  if (!summary) return report(summary.error());
  session.json ? print_json(*summary) : print_text(*summary);
  if (summary->not_run) report(*summary->not_run);
  if (!summary->failed.empty()) return 1;
  return summary->not_run ? exit_code(summary->not_run->kind) : 0;
}

}  // namespace adapt::cli
