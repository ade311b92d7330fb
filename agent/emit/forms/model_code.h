// The adapted model and its sample inputs as Python statements, and the files that these need beside them. What the
// forms for tt-torch and tt-forge-models have in common.
#pragma once

#include <string>
#include <vector>

#include "agent/emit/forms/form.h"
#include "agent/emit/hand_over.h"
#include "agent/emit/python_imports.h"

namespace adapt::emit::forms {

// Where the files beside the code lie, and what the code around it offers.
struct ModelPlace {
  std::string package;              // "from <package> import adaptation"
  std::string folder;               // from the code's folder to theirs: "" or " / \"src\""
  std::string prefix;               // of their names, where they have no folder of their own
  bool takes_kwargs = false;        // dtype_override and kwargs are there
  std::string checkpoint;           // expression that names a checkpoint
  std::vector<std::string> held{};  // options, by id, that the code around it sets
};

struct ModelCode {
  Imports imports;
  std::string environment;            // assignments that the libraries read when they are imported
  std::string constants;              // assignments at module level
  std::vector<EmittedFile> beside;    // by name in their folder
  std::string load;                   // statements at eight columns, the last of which define `model`
  bool has_dtype = false;             // the model comes in the dtype that was asked for
  std::string inputs;                 // statements at eight columns that define `inputs`
  std::vector<std::string> floating;  // inputs that a dtype applies to
  bool is_mapping = true;             // `inputs` is a dictionary, as far as is known
  bool takes_batch_size = false;      // it holds one row of tensors alone, which can be repeated
  std::vector<std::string> notes;
};

// A usage error where the repair has no such form.
Result<ModelCode> model_code(const HandOver& run, const ModelPlace& place);

// The imports, behind the environment that they must find, and the assignments that follow them.
std::string head_lines(const ModelCode& code);
// Statements that cast the floating-point ones of `inputs` to `dtype`; "" where there is none.
std::string cast_lines(const ModelCode& code, const std::string& dtype, std::size_t indent);
// The function `cast` that these call where `inputs` may be no dictionary, and two blank lines; else "".
std::string cast_function(const ModelCode& code);

}  // namespace adapt::emit::forms
