// What is wrong, or worth a look, in a checkout of tt-xla or tt-forge-models, and where.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace adapt::forge {

struct Place {
  std::size_t line = 0, column = 0;  // 1-based; 0: the whole file
  bool operator==(const Place&) const = default;
  auto operator<=>(const Place&) const = default;
};

enum class Severity : std::uint8_t {
  error,    // tt-xla's validator, loader or runner fails, or does not do what is written
  warning,  // it does something, probably not what was meant
  note,     // it works, and looks odd
};
std::string_view to_string(Severity severity);

enum class Fault : std::uint8_t {
  not_read,
  not_yaml,
  duplicate_key,
  alias,
  tag,
  ambiguous_scalar,
  unknown_section,
  unknown_field,
  wrong_type,
  bad_value,
  empty_entry,
  odd_value,
  unknown_arch,
  missing_file,
  bad_id,
  unknown_test,
  always_skipped,
  wrong_file,
  same_test_twice,
  placeholder_has_loader,
  loader_not_read,
  bad_requirement,
};

struct FaultRow {
  Fault fault;
  std::string_view code;  // in --json
  Severity severity;
  std::string_view theirs;  // what tt-xla does with it
};
std::span<const FaultRow> fault_rows();  // in the order of the enumerators
const FaultRow& row_of(Fault fault);

struct Finding {
  Fault fault = Fault::not_read;
  std::string file{};
  Place place{};
  std::string message{};
  bool operator==(const Finding&) const = default;

  Severity severity() const { return row_of(fault).severity; }
};

std::string to_text(const Finding& finding);  // "file:3:5: error: …", without a line end

}  // namespace adapt::forge
