// What this machine can enforce, found by trying it: each row runs a small program that attacks one wall.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sandbox/policy.h"
#include "tools/base/cancel.h"
#include "tools/base/result.h"

namespace adapt::sandbox {

struct Capability {
  std::string name;       // "network"
  bool enforced = false;  // the attack worked outside and failed inside
  std::string evidence;   // what was tried and what came back
};

struct CapabilityReport {
  std::vector<Capability> rows;
  Confinement confinement;  // with all walls asked for

  std::string_view tier() const { return confinement.tier(); }
  Json to_json() const;
};

// Takes about 0.1 s. `jail` is the path of adapt-jail. An error only when adapt-jail itself cannot be run.
Result<CapabilityReport> probe_capabilities(const std::filesystem::path& jail, const CancelToken& cancel);

}  // namespace adapt::sandbox
