// What a repository of test models calls a model: folder, task, variant, and the words for it.
#pragma once

#include <string>
#include <string_view>

#include "agent/emit/hand_over.h"

namespace adapt::emit {

struct ModelNames {
  std::string name;     // "PatchTST"
  std::string slug;     // "patchtst": of folders and files
  std::string task;     // enumerator of ModelTask: "NLP_MASKED_LM"
  std::string purpose;  // "masked language modeling", or "" for a model without a head
  std::string folder;   // "bert/masked_lm": above pytorch/
  std::string variant;  // "Tiny"
  std::string member;   // "TINY"
  std::string source;   // enumerator of ModelSource
};

// Of a model that has a loader already, its own: no task, no source.
ModelNames names_of(const HandOver& run);

}  // namespace adapt::emit
