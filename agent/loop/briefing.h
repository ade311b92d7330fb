// What opens a conversation: the prompts, filled in with what the tools themselves say.
#pragma once

#include <string>
#include <vector>

#include "agent/llm/wire/conversation.h"
#include "agent/loop/watch.h"
#include "tools/toolbox/toolbox.h"

namespace adapt::loop {

// The first message about the bench's failure.
Result<std::string> opening(toolbox::Toolbox& tools, toolbox::Bench& bench, const std::string& tried,
                            const std::string& memory);

// The first message of a conversation that goes on from a draft: `prompt` is "continue" or "branch".
Result<std::string> resumption(std::string_view prompt, toolbox::Toolbox& tools, toolbox::Bench& bench,
                               const std::vector<Tried>& tried);

std::string tried_text(const std::vector<Tried>& tried);

// "lower: unsupported-op aten.unfold at modeling_x.py:12 in f".
std::string describe(const client::Failure& failure);

// The unified diff from the unmodified sources to the draft, at most 16 KiB.
Result<std::string> difference_text(const toolbox::Draft& draft, toolbox::Bench& bench);

std::vector<llm::ToolSpec> tool_specs();

}  // namespace adapt::loop
