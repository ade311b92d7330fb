// What a repair is asked for: the failure as the engine saw it, and the sources that may change.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "patterns/version.h"

namespace adapt::patterns {

struct Frame {
  std::string file;  // relative to the folder that holds the package
  std::uint32_t line = 0;
  std::string function;
  std::string source;  // the line's text
};

struct Signature {
  std::string backend, stage, failure_class, op;
  std::string message;         // message + "\n" + tail of the log
  std::string file, function;  // innermost frame inside the model's own source
  std::uint32_t line = 0;
  std::vector<Frame> frames;
  Packages packages;  // of the environment; empty: not known
};

struct SourceFile {
  std::string module;  // "transformers.models.bert.modeling_bert"
  std::string file;    // key of the edits: relative to the folder that holds the package
  std::string text;
  std::string role;  // model | frame | graph
};

}  // namespace adapt::patterns
