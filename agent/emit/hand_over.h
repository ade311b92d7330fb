// Everything a run offers to whoever makes a pull request of it: one value, read once, from which every form is
// written.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/domain/outcome.h"
#include "agent/domain/repair.h"
#include "agent/emit/override_module.h"
#include "harness/client/messages.h"
#include "patterns/pattern.h"
#include "tools/base/json.h"
#include "tools/tensor/array.h"

namespace adapt::emit {

struct SampleInput {
  std::string name;
  std::string dtype;  // as torch spells it
  tensor::Array array;
};

struct OutputForm {
  std::string path;  // in the output: "last_hidden_state", "hidden_states.0", "output" for a lone tensor
  std::vector<std::int64_t> shape;
};

struct HandOver {
  std::string run, model, backend, version;  // the backend's version; "" when not known
  std::string year;                          // in which the run was made, four digits
  domain::Outcome outcome = domain::Outcome::works;
  domain::Level level = domain::Level::none;
  std::optional<client::Failure> failure;
  std::vector<domain::Repair> repairs;
  std::vector<std::string> concessions;
  Json metrics = Json::object();
  std::map<std::string, std::string> packages;  // version by name

  client::Model source;
  std::string class_name, module;
  Json config;                          // object or null
  Json constants = Json::object();      // arguments that are not tensors
  std::vector<SampleInput> inputs;      // in the order of the call
  std::vector<OutputForm> outputs;      // of these inputs
  std::string output_tree;              // the containers around them
  std::vector<client::Option> options;  // given by the user, then of the repair; see KeptFacts
  std::string arch;                     // of the card that the run was for: "n150"; "" where it was not told
  std::vector<ModuleChange> changes;    // whole texts
  std::vector<client::Stub> stubs;
  std::string model_text;                 // of a model that is a file: its unmodified source
  std::vector<std::string> requirements;  // packages that the model's own files import: "einops==0.8.1"
  std::string loader, variant;            // of a model that is a loader: "bert/masked_lm" above pytorch/, and "Base"
  bool diff_only = false;                 // a pattern's carrier is the source: no override may be made
  bool takes_one_row = false;             // the model was run on a batch of one

  std::vector<const patterns::Pattern*> patterns;  // of the repairs; they outlive this value
  std::map<std::string, std::string> test_files;   // of the stand-alone test, by name; empty when there is none
};

// What result.json does not say and the other files do not hold; written beside it when a run ends, as hand_over.json.
struct KeptFacts {
  client::Model source;
  std::string class_name, module;
  Json config;
  Json constants = Json::object();
  std::vector<client::InputSpec> inputs;
  std::string inputs_file, outputs_file;  // relative to the run's folder
  std::vector<client::Option> options;    // without those given that set the environment of one machine
  std::string arch;
  std::vector<std::pair<std::string, std::string>> changes;  // dotted module and file, as the diff names it
  std::string model_text, loader, variant;
  std::vector<std::string> requirements;
  bool diff_only = false;
  std::string version;
};

Json encode(const KeptFacts& facts);
Result<KeptFacts> decode_kept_facts(const Json& value);

}  // namespace adapt::emit
