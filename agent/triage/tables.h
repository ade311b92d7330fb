// What is known of failures beforehand, as data: data/*.tsv, compiled in.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "harness/client/vocabulary.h"
#include "tools/base/result.h"

namespace adapt::triage {

// How far a model came; it travels in tt-xla's own capitals.
enum class Bringup : std::uint8_t {
  failed_fe_compilation,
  failed_ttmlir_compilation,
  failed_runtime,
  incorrect_result,
  passed,
  unknown,  // also: what failed was not the model
};
inline constexpr std::size_t kBringups = 6;
std::string_view to_string(Bringup bringup);
std::optional<Bringup> parse_bringup(std::string_view word);

struct Category {
  std::string name;
  client::Stage stage = client::Stage::run;
  Bringup bringup = Bringup::unknown;
  std::string component, says;
  std::vector<std::string> repairs;  // ids
};

struct Repair {
  std::string id;
  std::vector<std::string> ops;  // last words of the names of operations that it answers
  std::string what;
  std::vector<std::string> patterns{};  // of the library, that do it
};

// What a line with a signature is in the story of a failure.
enum class Role : std::uint8_t {
  cause,
  hint,     // a cause where the line tells of a failure, or is a summary by itself; otherwise all in a day's work
  symptom,  // follows from some cause
  wrapper,  // only says that something failed
  noise,    // what else is on the line weighs little
  pass,
  fail,
  marker,  // how far tt-xla says it is
  frame,   // of a stack: what is named on the line is a place, not an event
};

struct Signature {
  Role role = Role::noise;
  double strength = 0;
  std::optional<std::size_t> category{};
  std::optional<Bringup> bringup{};  // where it is not the category's
  std::string component{}, pattern{}, says{};
  std::vector<std::string> repairs{};  // before those of the category
};

struct Tables {
  std::vector<Category> categories;
  std::vector<Repair> repairs;
  std::vector<Signature> signatures;

  const Repair* repair(std::string_view id) const;
  std::optional<std::size_t> category(std::string_view name) const;
};

struct TableTexts {
  std::string_view categories, repairs, signatures;
};
// Every name that one table takes from another is there.
Result<Tables> parse_tables(const TableTexts& texts);

const Tables& built_in_tables();

// Cells of the lines of a table that are neither empty nor begin with '#'; each has `width` cells.
Result<std::vector<std::vector<std::string_view>>> read_cells(std::string_view text, std::size_t width,
                                                              std::string_view name);

}  // namespace adapt::triage
