#include "agent/forge/test_config.h"

#include <iterator>

#include "agent/forge/entry_items.h"

namespace adapt::forge {
namespace {

// The order that most entries of tt-xla keep.
constexpr Field kFields[] = {
    {.name = "supported_archs", .member = &Settings::supported_archs},
    {.name = "status", .member = &Settings::status},
    {.name = "required_pcc", .member = &Settings::required_pcc},
    {.name = "assert_pcc", .member = &Settings::assert_pcc},
    {.name = "assert_atol", .member = &Settings::assert_atol},
    {.name = "required_atol", .member = &Settings::required_atol},
    {.name = "assert_allclose", .member = &Settings::assert_allclose},
    {.name = "allclose_rtol", .member = &Settings::allclose_rtol},
    {.name = "allclose_atol", .member = &Settings::allclose_atol},
    {.name = "enable_weight_bfp8_conversion", .member = &Settings::enable_weight_bfp8_conversion},
    {.name = "inject_custom_moe", .member = &Settings::inject_custom_moe},
    {.name = "bringup_status", .member = &Settings::bringup_status},
    {.name = "reason", .member = &Settings::reason},
    {.name = "execution_pass", .member = &Settings::execution_pass},
    {.name = "batch_size", .member = &Settings::batch_size},
    {.name = "filechecks", .member = &Settings::filechecks},
    {.name = "markers", .member = &Settings::markers},
    {.name = "optimization_level", .member = &Settings::optimization_level},
    {.name = "emitpy_assert_exact", .member = &Settings::emitpy_assert_exact},
};

}  // namespace

std::span<const Field> fields() { return kFields; }

std::vector<std::string> field_names() {
  std::vector<std::string> out;
  for (const Field& field : kFields) out.emplace_back(field.name);
  out.emplace_back(kOverridesField);
  return out;
}

std::string render(const TestEntry& entry) { return render(item_of(entry), 2); }

}  // namespace adapt::forge
