// Evaluates an edit's scope lines and the failure's frames at a match.
#pragma once

#include "patterns/pattern.h"

namespace adapt::patterns {

// Whether all scope lines hold. `signature` is null where frames are unknown (samples, `adapt-pattern apply`): then
// frame conditions hold.
Result<bool> in_scope(const Edit& edit, const Match& match, const SourceFile& file, const Signature* signature,
                      const Oracle& oracle = {});

// Whether the match is where the failure's frames are, as `failure.frame` asks.
bool at_frame(FrameRule rule, const Match& match, const SourceFile& file, const Signature& signature);

// Whether the two name one file, from folders that may differ: "model.py" is the file of "package/model.py".
bool same_file(std::string_view a, std::string_view b);

// What `@in` takes besides definitions: "if", "loop", "annotation", ...
std::vector<std::string> place_words();

// The innermost definition (kind "function_definition" or "class_definition") around a node, or an empty node.
pyast::Node enclosing(pyast::Node node, std::string_view kind);

}  // namespace adapt::patterns
