// What can be set for a backend by name and value: tables that the harness reads too (adapt_harness/options/*.tsv). A
// compiler may ignore a name that it does not know and abort at a value that it does not: both are refused here, before
// anything starts.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "harness/client/messages.h"

namespace adapt::client {

enum class ValueType : std::uint8_t {
  boolean,
  integer,  // within `values`, "0..2"
  number,
  choice,  // one of `values`, "a|b"; an empty one may be among them
  list,    // several of `values`, by comma
  ints,    // integers within `values`, by comma
  text,
  path,    // made absolute; it need not exist
  object,  // of Python: cannot be given as text
};

std::string_view to_string(ValueType type);

// What a value costs the claim.
struct Cost {
  std::string value{};  // "*": any but the default
  std::string cap{};    // level; "": none
  bool operator==(const Cost&) const = default;
};

struct OptionRow {
  Texts backends{};
  std::string name{}, scope{}, key{};
  ValueType type = ValueType::text;
  std::string fallback{}, values{};
  std::vector<Cost> costs{};
  std::string concession{}, since{}, until{}, effect{};  // `until`: no longer known from then on; `effect` says what is
  bool operator==(const OptionRow&) const = default;
};

class OptionTable {
 public:
  // All tables in <harness>/adapt_harness/options.
  static Result<OptionTable> load(const std::filesystem::path& harness);
  static Result<OptionTable> parse(std::string_view text, std::string_view name);

  std::vector<const OptionRow*> of(std::string_view backend) const;

  // "name=value" as an option; an error of kind `usage` names what is near, or what would be allowed. A relative path
  // is taken from `folder`. In names, '-' and '_' are the same.
  Result<Option> option(std::string_view backend, std::string_view assignment,
                        const std::filesystem::path& folder) const;
  // Several, none of which sets what another one sets.
  Result<std::vector<Option>> options(std::string_view backend, const Texts& assignments,
                                      const std::filesystem::path& folder) const;

 private:
  std::vector<OptionRow> rows_;
};

// What options of one scope set together; later ones win.
Json settings_of(const std::vector<Option>& options, std::string_view scope);

// The ladder without the rungs that set what `given` sets.
std::vector<Option> without(std::vector<Option> ladder, const std::vector<Option>& given);

}  // namespace adapt::client
