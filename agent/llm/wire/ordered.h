// Reading foreign JSON whose order of keys is kept, because it is sent back. For the dialects and batches only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tools/base/json.h"

namespace adapt::llm {

// As parse_lenient.
Result<OrderedJson> parse_lenient_ordered(std::string_view text);

// Whether `text` ends inside of an object, list or string, or before anything: what was cut off is no mistake of the
// model's.
bool is_cut_json(std::string_view text);

// The member, or a null value that outlives the program's use of it.
const OrderedJson& member(const OrderedJson& object, std::string_view key);
// The member when it is a string, else "".
std::string text_member(const OrderedJson& object, std::string_view key);
// A count of tokens: whole, not negative, within reason. Nothing when it is missing or no number.
std::optional<std::int64_t> count_member(const OrderedJson& object, std::string_view key);

}  // namespace adapt::llm
