// What failed, what cures it and what was measured, in the words of a run: for docstrings, comments and YAML.
#pragma once

#include <string>
#include <vector>

#include "agent/emit/hand_over.h"

namespace adapt::emit::forms {

// "fails on openvino at lower: unsupported-op unfold, transformers/models/x/modeling_x.py:343"; "" where nothing
// failed.
std::string failure_sentence(const HandOver& run);

// Whether the option is the backend's: it acts on how a model is captured or compiled, not on the model.
bool belongs_to_backend(const client::Option& option);

// One paragraph each, without line ends: the failure, every repair with its reason, the evidence and what it is not.
std::vector<std::string> paragraphs_of(const HandOver& run);

// The paragraphs as text of a docstring, wrapped, a blank line between them, indented but for the first line.
std::string docstring_of(const std::vector<std::string>& paragraphs, std::size_t indent);

}  // namespace adapt::emit::forms
