// The forms in which a run is handed over, by the names that users type.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/emit/forms/form.h"
#include "agent/emit/hand_over.h"
#include "tools/base/result.h"

namespace adapt::emit::forms {

enum class Form : std::uint8_t { tt_torch, tt_forge_models, tt_xla, pytest };

std::string_view to_string(Form form);  // "tt-torch"
std::vector<std::string> form_names();
Result<Form> parse_form(std::string_view text);

// A usage error where the run cannot take this form.
Result<Emitted> emit_form(Form form, const HandOver& run);

}  // namespace adapt::emit::forms
