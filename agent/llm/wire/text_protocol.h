// Calls of tools as plain text, for models that do not call reliably. No code is ever inside of a JSON string:
//
//     ::tool replace_lines
//     ::path src/model.py
//     ::first 12
//     ::text
//         return x + 1
//     ::end
//
// A line that is `::` and a name begins a field. Its value is the rest of the line, or, where nothing follows, the
// lines below up to the next such line. A line of a value that begins with `::` itself is written with one more colon,
// and one colon is taken off each line that begins with `:::`. What only looks like a mark (`::std::move(x)`) is text.
//
// Values become JSON by the type that the tool's schema gives their field; what does not fit its type stays a string,
// so that whoever checks the arguments can say what was expected. A field that is an array may be repeated, one item
// each. In place of fields one JSON object is accepted. `::end` is a field when a value follows it and the tool has one
// of that name; a field `tool` can be given in the JSON form only.
//
// Forgiven: blanks at line ends, a code fence around the whole call, a missing `::end` before the next call or the end
// of the text. Where a name is there but the rest makes no sense (lines that belong to no field, a repeated field), the
// call has the lines as its arguments: they are no JSON, so the model is told instead of something being run that it
// did not mean. Without a name, and inside of a code fence that holds more than the call, it is text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/llm/wire/profile.h"
#include "agent/llm/wire/turn.h"

namespace adapt::llm {

// The same conversation without tools: they are described in the system text, and calls and results are text. A wish
// for a call or for none is lost. Equal requests give equal ones, and a longer conversation begins with the shorter
// one's messages.
Request as_text(const Request& request);

// What the model wrote as parts. `cut`: the answer hit its cap, so a last call without `::end` is left out.
std::vector<Part> calls_in_text(std::string_view text, const std::vector<ToolSpec>& tools, bool cut);

// The turn with the calls that its text holds, and its stop to match. Its raw form goes: it knows of no calls.
Turn with_text_calls(Turn turn, const std::vector<ToolSpec>& tools, const Profile& profile);

}  // namespace adapt::llm
