#include "agent/emit/forms/forms.h"

#include <array>

#include "agent/emit/forms/adapted_pytest.h"
#include "agent/emit/forms/tt_forge_models.h"
#include "agent/emit/forms/tt_torch.h"
#include "agent/emit/forms/tt_xla.h"
#include "tools/base/text.h"

namespace adapt::emit::forms {
namespace {

struct Row {
  Form form;
  std::string_view name;
  Result<Emitted> (*emit)(const HandOver&);
};

constexpr auto kForms = std::to_array<Row>({
    {Form::tt_torch, "tt-torch", tt_torch},
    {Form::tt_forge_models, "tt-forge-models", tt_forge_models},
    {Form::tt_xla, "tt-xla", tt_xla},
    {Form::pytest, "pytest", adapted_pytest},
});

const Row& row_of(Form form) { return kForms.at(static_cast<std::size_t>(form)); }

}  // namespace

std::string_view to_string(Form form) { return row_of(form).name; }

std::vector<std::string> form_names() {
  std::vector<std::string> out;
  for (const Row& row : kForms) out.emplace_back(row.name);
  return out;
}

Result<Form> parse_form(std::string_view text) {
  for (const Row& row : kForms)
    if (row.name == text) return row.form;
  const std::string hint = did_you_mean(text, form_names());
  return fail(ErrorKind::usage, "unknown form '{}'{}", text,
              hint.empty() ? "; known: " + join(form_names(), ", ") : hint);
}

Result<Emitted> emit_form(Form form, const HandOver& run) { return row_of(form).emit(run); }

}  // namespace adapt::emit::forms
