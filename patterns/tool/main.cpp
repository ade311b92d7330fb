// adapt-pattern: check patterns and try them on a source, for people who write patterns.
//
//   adapt-pattern check FILE.adapt...      runs samples; numeric checks need Python: 'agent patterns test'
//   adapt-pattern apply FILE.adapt SOURCE.py [--module M] [--file F] [--backend B] [--stage S] [--class C] [--op O]
//                       [--message M] [--line N]
//
// With --line, frame conditions are asked with that line of the source as the failing frame; without, they hold.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "patterns/library.h"
#include "tools/base/file.h"
#include "tools/base/text.h"

namespace {

using namespace adapt;            // NOLINT(google-build-using-namespace): one small program
using namespace adapt::patterns;  // NOLINT(google-build-using-namespace)
namespace fs = std::filesystem;

constexpr int kUsage = 2;

int complain(const Error& error) {
  fmt::print(stderr, "{}\n", error.message);
  return 1;
}

Result<std::shared_ptr<const Isomorphisms>> table_for(const fs::path& program, const fs::path& pattern) {
  const char* given = std::getenv("ADAPT_ISOMORPHISMS");
  if (given != nullptr) return Isomorphisms::load(given);
  const fs::path folder = fs::absolute(pattern).parent_path();
  const fs::path shipped = program.parent_path() / ".." / "share" / "adapt" / "patterns";
  const std::vector<fs::path> folders = {folder, folder.parent_path(), shipped};
  const auto found = find_isomorphisms(folders);
  if (!found)
    return fail(ErrorKind::environment, "isomorphisms.txt is not beside the pattern; name it in ADAPT_ISOMORPHISMS");
  return Isomorphisms::load(*found);
}

int run_check(const fs::path& program, std::span<char*> files) {
  int bad = 0;
  for (const char* file : files) {
    const auto table = table_for(program, file);
    if (!table) return complain(table.error());
    const auto pattern = load_pattern(file, *table);
    if (!pattern) {
      bad += complain(pattern.error());
      continue;
    }
    const auto failures = check_samples(*pattern);
    if (!failures) {
      bad += complain(failures.error());
      continue;
    }
    for (const SampleFailure& failure : *failures)
      fmt::print("{}:{}: {}{}\n{}", file, failure.line,
                 failure.sample.empty() ? "" : "sample '" + failure.sample + "' ", failure.why, failure.diff);
    bool holds = failures->empty();
    for (const Check& check : pattern->checks)
      if (const auto modules = modules_of(*pattern, check); !modules) {
        fmt::print("{}:{}: {}\n", file, check.line, modules.error().message);
        holds = false;
      }
    bad += holds ? 0 : 1;
    if (holds)
      fmt::print("{}: ok, {} samples; {} checks for 'agent patterns test'\n", file, pattern->samples.size(),
                 pattern->checks.size());
  }
  return bad == 0 ? 0 : 1;
}

int run_apply(const fs::path& program, std::span<char*> arguments) {
  if (arguments.size() < 2 || arguments.size() % 2 != 0) return kUsage;
  std::map<std::string, std::string> options;
  for (std::size_t i = 2; i + 1 < arguments.size(); i += 2) options[arguments[i]] = arguments[i + 1];
  const auto table = table_for(program, arguments[0]);
  if (!table) return complain(table.error());
  const auto pattern = load_pattern(arguments[0], *table);
  if (!pattern) return complain(pattern.error());
  auto text = read_file(arguments[1]);
  if (!text) return complain(text.error());
  const auto given = [&](const char* name) {  // asking must not make it look given
    const auto found = options.find(name);
    return found == options.end() ? std::string() : found->second;
  };
  SourceFile source{given("--module"), given("--file"), std::move(*text), "model"};
  if (source.file.empty()) source.file = arguments[1];
  while (source.file.starts_with('/')) source.file.erase(0, 1);  // a diff of a/<file> and b/<file>
  if (source.module.empty()) source.module = "module";

  Signature signature;
  signature.backend = given("--backend");
  signature.stage = given("--stage");
  signature.failure_class = given("--class");
  signature.op = given("--op");
  signature.message = given("--message");
  signature.file = source.file;
  signature.line = static_cast<std::uint32_t>(std::strtoul(given("--line").c_str(), nullptr, 10));
  const bool has_failure = options.contains("--backend") || options.contains("--message") ||
                           options.contains("--class") || options.contains("--op") || options.contains("--stage");
  if (has_failure && !pattern->when.holds(signature)) {
    fmt::print(stderr, "[when] of {} does not hold for this failure\n", pattern->id);
    return 1;
  }
  std::vector<Refusal> refused;
  ProposeOptions how;
  how.ignore_frames = signature.line == 0;
  how.refused = &refused;
  const auto proposal = propose(*pattern, signature, std::span(&source, 1), how);
  if (!proposal) return complain(proposal.error());
  for (const Refusal& refusal : refused)
    fmt::print(stderr, "{}:{}: {}: refused: {}\n", refusal.file, refusal.line, refusal.edit, refusal.reason);
  if (!*proposal) {
    fmt::print(stderr, "no site\n");
    return 1;
  }
  for (const Site& site : (*proposal)->sites)
    fmt::print(stderr, "{}:{}: {} in {}\n", site.file, site.line, site.edit,
               site.function.empty() ? "the module" : site.function);
  const edit::Sources before = {{source.file, source.text}};
  const auto after = edit::apply((*proposal)->edits, before);
  if (!after) return complain(after.error());
  fmt::print("{}", edit::unified_diff(before, *after));
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv, static_cast<std::size_t>(argc));
  int status = kUsage;
  if (argc >= 3 && std::string_view(argv[1]) == "check") status = run_check(argv[0], arguments.subspan(2));
  if (argc >= 4 && std::string_view(argv[1]) == "apply") status = run_apply(argv[0], arguments.subspan(2));
  if (status == kUsage) {
    fmt::print(stderr,
               "usage: adapt-pattern check FILE.adapt...\n"
               "       adapt-pattern apply FILE.adapt SOURCE.py [--module M] [--file F] [--line N] [--backend B]\n"
               "                     [--stage S] [--class C] [--op O] [--message M]\n");
  }
  return status;
}
