#include "agent/emit/forms/tt_xla.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "agent/emit/forms/about.h"
#include "agent/emit/forms/op_test.h"
#include "agent/emit/model_names.h"
#include "agent/emit/python_layout.h"
#include "agent/forge/config_file.h"
#include "agent/forge/test_id.h"
#include "agent/forge/update.h"
#include "tools/base/text.h"

namespace adapt::emit::forms {
namespace {

constexpr std::size_t kCommentColumns = 96;
constexpr const char* kLevel = "custom.optimization_level";
constexpr const char* kWeights = "custom.experimental_weight_dtype";

bool was_measured(const HandOver& run) { return run.backend == "tt" && run.level >= domain::Level::L5; }

// Options of the compiler that entries know, and those that stay behind.
void take_options(const HandOver& run, forge::Settings& settings, std::vector<std::string>& notes) {
  if (run.backend != "tt") return;
  for (const client::Option& option : run.options) {
    if (option.scope != "compile") continue;
    if (option.set.contains(kLevel) && option.set[kLevel].is_number_integer())
      settings.optimization_level = option.set[kLevel].get<std::int64_t>();
    else if (string_or(option.set, kWeights, "") == "bfp_bf8")
      settings.enable_weight_bfp8_conversion = true;
    else
      notes.push_back(fmt::format("option {} has no field in an entry: the test runs without it", option.id));
  }
}

std::string comment_of(const HandOver& run) {
  std::string text;
  if (run.failure) text = "The unmodified model " + failure_sentence(run) + "; the loader applies the repair. ";
  if (run.backend != "tt")
    text += fmt::format("Passes on {}; not run on Tenstorrent hardware yet.", run.backend);
  else if (was_measured(run) && run.arch.empty())
    text += "Passes on Tenstorrent hardware, of which architecture was not told.";
  return join(wrapped(text, 0, kCommentColumns), "\n");
}

bool is_within(const forge::Settings& part, const forge::Settings& whole) {
  return std::ranges::all_of(forge::fields(), [&](const forge::Field& field) {
    return std::visit(
        [&](auto member) { return part.*member == forge::Settings{}.*member || part.*member == whole.*member; },
        field.member);
  });
}

// Nothing where more than the result on one architecture differs.
std::optional<forge::TestEntry> with_result(const forge::PlacedEntry& there, const ConfigEntry& config) {
  if (!there.whole || !config.result || !is_within(config.entry.settings, there.entry.settings)) return std::nullopt;
  return forge::updated(there.entry, {*config.result}).entry.value_or(there.entry);
}

}  // namespace

ConfigEntry config_entry(const HandOver& run) {
  const ModelNames names = names_of(run);
  const forge::TestId id{.loader = names.folder + "/pytorch", .variant = names.variant};
  ConfigEntry out{.file = forge::config_file_of(id), .entry = {.id = forge::to_string(id)}};
  take_options(run, out.entry.settings, out.notes);
  if (was_measured(run) && !run.arch.empty()) {
    out.result = forge::TestResult{.id = id,
                                   .arch = run.arch,
                                   .evidence = forge::Evidence::passed,
                                   .bringup = forge::BringupStatus::passed,
                                   .source = run.run};
    out.entry = forge::updated(out.entry, {*out.result}).entry.value_or(out.entry);
  } else {
    out.entry.settings.status = forge::Status::unspecified;
    out.entry.settings.bringup_status = forge::BringupStatus::unknown;
  }
  out.entry.comment = comment_of(run);
  return out;
}

Result<std::string> configured(std::string_view text, const ConfigEntry& config) {
  const forge::ConfigFile file = forge::read_config(text, config.file);
  const forge::PlacedEntry* there = file.find(config.entry.id);
  if (there == nullptr) return forge::with_entry(text, config.entry);
  if (const auto entry = with_result(*there, config)) return forge::with_entry(text, *entry);
  ADAPT_TRY(std::string after, forge::with_entry(text, config.entry));
  if (after != text)
    return fail(ErrorKind::usage, "line {} has another entry for {}", there->place.line, config.entry.id);
  return after;
}

Result<Emitted> tt_xla(const HandOver& run) {
  ADAPT_TRY(Emitted out, op_test(run));
  const ConfigEntry config = config_entry(run);
  out.notes.insert(out.notes.end(), config.notes.begin(), config.notes.end());
  out.files.insert(out.files.begin(), {config.file, "test_config:\n" + forge::render(config.entry)});
  return out;
}

}  // namespace adapt::emit::forms
