#include "agent/forge/finding.h"

#include <fmt/format.h>

namespace adapt::forge {
namespace {

using enum Severity;

constexpr FaultRow kRows[] = {
    {Fault::not_read, "not_read", error, "both readers stop"},
    {Fault::not_yaml, "not_yaml", error, "both readers stop"},
    {Fault::duplicate_key, "duplicate_key", error, "the runner stops; the validator takes the last one"},
    {Fault::alias, "alias", warning, "both readers follow it"},
    {Fault::tag, "tag", error, "the validator stops; the runner keeps it as something that is no plain value"},
    {Fault::ambiguous_scalar, "ambiguous_scalar", warning, "the validator reads YAML 1.1, the runner 1.2"},
    {Fault::unknown_section, "unknown_section", warning, "neither reader looks at it"},
    {Fault::unknown_field, "unknown_field", error, "the validator reports it, the runner stops"},
    {Fault::wrong_type, "wrong_type", error, "the validator is silent; the runner stops or reads something else"},
    {Fault::bad_value, "bad_value", error, "the validator is silent; the runner stops"},
    {Fault::empty_entry, "empty_entry", error, "the validator is silent; the runner stops"},
    {Fault::odd_value, "odd_value", warning, "both readers take it, and it means nothing"},
    {Fault::unknown_arch, "unknown_arch", error,
     "the validator reports it among overrides; the runner never applies it"},
    {Fault::missing_file, "missing_file", error, "the validator reports it, the runner warns"},
    {Fault::bad_id, "bad_id", error, "the validator reports it as unknown, the runner never applies it"},
    {Fault::unknown_test, "unknown_test", error, "the validator reports it, the runner never applies it"},
    {Fault::always_skipped, "always_skipped", note, "the validator is silent; the runner skips that combination"},
    {Fault::wrong_file, "wrong_file", note, "both readers merge all files of a folder"},
    {Fault::same_test_twice, "same_test_twice", warning, "the entry of the last file wins"},
    {Fault::placeholder_has_loader, "placeholder_has_loader", note, "the model is reported twice"},
    {Fault::loader_not_read, "loader_not_read", warning, "a loader that cannot be imported has no tests"},
    {Fault::bad_requirement, "bad_requirement", warning, "pip refuses it, or it is never installed"},
};

}  // namespace

std::string_view to_string(Severity severity) {
  switch (severity) {
    case error: return "error";
    case warning: return "warning";
    case note: return "note";
  }
  return "note";
}

std::span<const FaultRow> fault_rows() { return kRows; }
const FaultRow& row_of(Fault fault) { return kRows[static_cast<std::size_t>(fault)]; }

std::string to_text(const Finding& finding) {
  std::string out = finding.file;
  if (finding.place.line > 0) out += fmt::format(":{}:{}", finding.place.line, finding.place.column);
  return out + fmt::format(": {}: {}", to_string(finding.severity()), finding.message);
}

}  // namespace adapt::forge
