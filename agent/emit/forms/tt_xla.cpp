#include "agent/emit/forms/tt_xla.h"

#include <fmt/format.h>

#include "agent/emit/forms/about.h"
#include "agent/emit/forms/op_test.h"
#include "agent/emit/model_names.h"
#include "agent/emit/python_layout.h"
#include "agent/forge/test_id.h"
#include "tools/base/text.h"

namespace adapt::emit::forms {
namespace {

constexpr std::size_t kCommentColumns = 96;

std::string comment_of(const HandOver& run) {
  std::string text;
  if (run.failure) text = "The unmodified model " + failure_sentence(run) + "; the loader applies the repair. ";
  text += run.backend == "tt" ? "" : fmt::format("Passes on {}; not run on Tenstorrent hardware yet.", run.backend);
  return join(wrapped(text, 0, kCommentColumns), "\n");
}

}  // namespace

ConfigEntry config_entry(const HandOver& run) {
  const ModelNames names = names_of(run);
  const forge::TestId id{.loader = names.folder + "/pytorch", .variant = names.variant};
  ConfigEntry out{.file = forge::config_file_of(id), .entry = {.id = forge::to_string(id)}};
  const bool measured = run.backend == "tt" && run.level >= domain::Level::L5;
  out.entry.settings.status = measured ? forge::Status::expected_passing : forge::Status::unspecified;
  out.entry.settings.bringup_status = measured ? forge::BringupStatus::passed : forge::BringupStatus::unknown;
  out.entry.comment = comment_of(run);
  return out;
}

Result<Emitted> tt_xla(const HandOver& run) {
  ADAPT_TRY(Emitted out, op_test(run));
  const ConfigEntry config = config_entry(run);
  out.files.insert(out.files.begin(), {config.file, "test_config:\n" + forge::render(config.entry)});
  return out;
}

}  // namespace adapt::emit::forms
