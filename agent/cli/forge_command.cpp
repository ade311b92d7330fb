#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/forge/discovery.h"
#include "agent/forge/validate.h"
#include "tools/base/text.h"

namespace adapt::cli {
namespace {

constexpr int kFindings = 1;

// What to show of a catalogue.
struct Filter {
  std::string prefix;  // of the id
  std::optional<forge::Mode> mode{};
  std::optional<forge::Parallelism> parallelism{};

  bool takes(const forge::TestId& id) const {
    return (!mode || id.mode == *mode) && (!parallelism || id.parallelism == *parallelism) &&
           to_string(id).starts_with(prefix);
  }
};

Result<Filter> filter_of(const ForgeModelsArguments& arguments) {
  Filter out{.prefix = arguments.prefix};
  if (!arguments.mode.empty()) {
    out.mode = forge::parse_mode(arguments.mode);
    if (!out.mode)
      return fail(ErrorKind::usage, "unknown mode '{}'{}", arguments.mode,
                  did_you_mean(arguments.mode, {"inference", "training"}));
  }
  if (!arguments.parallelism.empty()) {
    out.parallelism = forge::parse_parallelism(arguments.parallelism);
    if (!out.parallelism)
      return fail(ErrorKind::usage, "unknown parallelism '{}'{}", arguments.parallelism,
                  did_you_mean(arguments.parallelism, {"single_device", "data_parallel", "tensor_parallel"}));
  }
  return out;
}

std::vector<std::string> tests_of(const forge::Loader& loader, const Filter& filter) {
  std::vector<std::string> out;
  forge::for_each_test(loader, [&](const forge::TestId& id) {
    if (filter.takes(id)) out.push_back(pytest_name(id));
  });
  return out;
}

OrderedJson to_json(const std::vector<forge::Variant>& variants) {
  OrderedJson out = OrderedJson::array();
  for (const forge::Variant& variant : variants)
    out.push_back({{"name", variant.name}, {"pretrained", variant.pretrained}});
  return out;
}

OrderedJson to_json(const forge::Requirements& requirements) {
  OrderedJson out = OrderedJson::array();
  for (const forge::RequirementFile& file : requirements.files) {
    OrderedJson lines = OrderedJson::array();
    for (const forge::Requirement& one : file.requirements)
      lines.push_back({{"text", one.text}, {"name", one.name}, {"line", one.line}});
    out.push_back({{"file", file.name}, {"requirements", std::move(lines)}});
  }
  return out;
}

OrderedJson to_json(const forge::Loader& loader, const Filter& filter) {
  OrderedJson findings = OrderedJson::array();
  if (!loader.read) findings.push_back(forge::to_json(loader.problem));
  for (const forge::Finding& finding : loader.requirements.findings) findings.push_back(forge::to_json(finding));
  return {{"loader", loader.path},
          {"framework", to_string(loader.framework)},
          {"read", loader.read},
          {"variants", to_json(loader.variants)},
          {"prefill", to_json(loader.prefill)},
          {"decodes", loader.decodes},
          {"tests", tests_of(loader, filter)},
          {"requirements", to_json(loader.requirements)},
          {"findings", std::move(findings)}};
}

void print_json(const forge::Catalogue& catalogue, const Filter& filter) {
  OrderedJson loaders = OrderedJson::array();
  std::size_t variants = 0, tests = 0, unread = 0;
  for (const forge::Loader& loader : catalogue.loaders) {
    loaders.push_back(to_json(loader, filter));
    variants += loader.variants.size();
    tests += loaders.back()["tests"].size();
    unread += loader.read ? 0 : 1;
  }
  OrderedJson out = {
      {"loaders", std::move(loaders)},
      {"not_looked_at", catalogue.others},
      {"counts",
       {{"loaders", catalogue.loaders.size()}, {"variants", variants}, {"tests", tests}, {"not_read", unread}}}};
  fmt::print("{}\n", dump_line(out));
}

void print_text(const forge::Catalogue& catalogue, const Filter& filter) {
  std::size_t variants = 0, tests = 0, unread = 0;
  for (const forge::Loader& loader : catalogue.loaders) {
    for (const std::string& test : tests_of(loader, filter)) {
      fmt::print("{}\n", test);
      ++tests;
    }
    variants += loader.variants.size();
    if (!loader.read) {
      fmt::print(stderr, "agent: not read: {}\n", to_text(loader.problem));
      ++unread;
    }
    for (const forge::Finding& finding : loader.requirements.findings)
      fmt::print(stderr, "agent: {}\n", to_text(finding));
  }
  for (const forge::Finding& finding : catalogue.findings) fmt::print(stderr, "agent: {}\n", to_text(finding));
  fmt::print(stderr, "{} tests of {} variants of {} loaders; {} loaders not read; {} folders of other frameworks\n",
             tests, variants, catalogue.loaders.size(), unread, catalogue.others.size());
}

Result<forge::Validation> validated(const ForgeValidateArguments& arguments) {
  ADAPT_TRY(const forge::ConfigPaths paths, forge::find_config(arguments.paths));
  const std::filesystem::path models =
      arguments.models.empty() ? paths.models : std::filesystem::path(arguments.models);
  if (models.empty()) return validate(paths, nullptr);
  const auto catalogue = forge::discover(models);
  // A checkout of tt-xla without its submodule is a usual thing; a folder that the user named is not.
  if (!catalogue && !arguments.models.empty()) return tl::unexpected(catalogue.error());
  return validate(paths, catalogue ? &*catalogue : nullptr);
}

}  // namespace

int forge_validate_command(Session& session, const ForgeValidateArguments& arguments) {
  const auto result = validated(arguments);
  if (!result) return report(result.error());
  if (session.json) {
    fmt::print("{}\n", dump_line(to_json(*result)));
  } else {
    fmt::print("{}", to_text(*result, arguments.notes));
    if (!result->loaders)
      fmt::print("entries were not compared with loaders; --forge names a checkout of tt-forge-models\n");
  }
  return result->count(forge::Severity::error) > 0 ? kFindings : 0;
}

int forge_models_command(Session& session, const ForgeModelsArguments& arguments) {
  const auto filter = filter_of(arguments);
  if (!filter) return report(filter.error());
  const auto catalogue = forge::discover(arguments.root);
  if (!catalogue) return report(catalogue.error());
  if (session.json)
    print_json(*catalogue, *filter);
  else
    print_text(*catalogue, *filter);
  return 0;
}

}  // namespace adapt::cli
