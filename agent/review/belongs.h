// In which layer a change is at home: decided by a table, with the reason that the table gives.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/domain/repair.h"
#include "harness/client/vocabulary.h"

namespace adapt::review {

enum class Layer : std::uint8_t { environment, loader, config, model, compiler };
std::string_view to_string(Layer layer);

// What the decision is made from.
struct Symptoms {
  client::Stage stage = client::Stage::resolve;
  client::FailureClass failure_class = client::FailureClass::other;
  std::vector<domain::RepairKind> kinds{};  // of the accepted repairs; empty: nothing repaired it
  bool only_options = false;                // at least one repair, and all of them options
  bool in_loader = false;                   // every changed place is in a loader.py
  std::size_t models_blocked = 0;           // other models that fail with the same fingerprint
  bool not_needed_later = false;            // a newer backend works without the pattern
};

struct Belongs {
  Layer layer = Layer::model;
  std::string why;
  // A change of the model is right as a workaround while this holds; the compiler's maintainers should know of it.
  bool file_issue = false;
};

// Models that one failure has to block before it is the compiler's business rather than each model's.
inline constexpr std::size_t kManyModels = 3;

Belongs where_it_belongs(const Symptoms& symptoms);

}  // namespace adapt::review
