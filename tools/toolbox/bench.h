// What tools ask of the run that they work in. The run implements it; a test may stand in for one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/client/messages.h"
#include "patterns/isomorphisms.h"
#include "tools/base/result.h"
#include "tools/edit/edit_set.h"

namespace adapt::toolbox {

// A Python file that may be changed.
struct Source {
  std::string module;  // dotted
  std::string file;    // as diffs and frames name it
  std::string text;    // unmodified
  std::string role;    // model, frame or graph, see PROTOCOL.md
};

// What has been changed so far. Values: a tool makes a new one, and nothing else in the run changes with it.
struct Draft {
  edit::Sources overlay;             // module -> full text in place of the unmodified one
  std::vector<std::string> options;  // ids of the backend's ladder, in order of choice
  bool operator==(const Draft&) const = default;
};

// How a draft fared, with the inputs that tools may see. The verdict is made elsewhere, on others.
struct Trial {
  std::int64_t number = 0;                      // in the run's record
  std::optional<client::Failure> failure;       // empty: every stage that was asked for passed
  client::Stage reached = client::Stage::load;  // the last stage that passed
  double seconds = 0;                           // never shown to the model: a recorded run has to ask the same again
  bool repeated = false;                        // this draft had been tried before: the answer is the recorded one
};

// The first part of the model, in the order of the forward pass and as deep as it could be followed, that fails or
// differs when it alone is taken through the backend.
struct Culprit {
  std::string module;      // path in the model: "encoder.layer.0.attention"
  std::string class_name;  // of its class
  std::string source;      // dotted module that defines the class
  client::Failure failure;
};
struct Bisection {
  std::optional<Culprit> culprit;  // empty: every part passes alone
  std::int64_t tried = 0;          // parts that were taken through the backend
  std::vector<std::string> notes;
};

// A pattern of the library that answers a failure like this one.
struct NearMiss {
  std::string id, title;
  std::string text;     // of the pattern
  std::string missing;  // why it did not apply, or how it ended
};

class Bench {
 public:
  virtual ~Bench() = default;

  virtual std::string backend() const = 0;
  virtual const client::Failure& failure() const = 0;  // that is to be repaired: of the draft the tools began with
  virtual Result<std::vector<Source>> sources() = 0;
  virtual const std::vector<client::Option>& options() const = 0;  // the backend's whole ladder
  // What counts as the same code when the sources are searched; never null.
  virtual std::shared_ptr<const patterns::Isomorphisms> isomorphisms() const = 0;

  // Takes the draft through the stages up to `until` (capture, lower, compile, run or compare).
  virtual Result<Trial> run(const Draft& draft, client::Stage until) = 0;
  virtual Result<Bisection> bisect(const Draft& draft) = 0;
  // The nearest first, at most `limit`. `about`: words to look for in ids, titles and texts; "" for the failure's own.
  virtual Result<std::vector<NearMiss>> patterns(const std::string& about, std::size_t limit) = 0;
};

}  // namespace adapt::toolbox
