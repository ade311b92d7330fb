#include "agent/llm/wire/chat_calls.h"

#include <algorithm>

#include "tools/base/text.h"

namespace adapt::llm {

struct ChatCalls::Fragment {
  std::int64_t index = 0;
  bool has_index = false;  // the server's own, or the place in a list of several
  std::string id, name, arguments;
};

namespace {

bool is_complete(const std::string& arguments) {
  if (!trim(arguments).ends_with('}')) return false;  // the usual case, without a parse for each fragment
  const Result<Json> parsed = parse_json(arguments);
  return parsed && parsed->is_object();
}

// Whether a fragment that could belong to `call` begins another one instead: it is named anew, and what is there is
// closed. A new id alone does not suffice, some servers invent one for each fragment.
bool begins_another(const ToolCall& call, const std::string& id, const std::string& name,
                    const std::string& arguments) {
  if (name.empty() || call.name.empty()) return false;
  if (name != call.name) return true;
  const bool other_id = !id.empty() && !call.id.empty() && id != call.id;
  if (call.arguments.empty()) return other_id;
  return (other_id || !arguments.empty()) && is_complete(call.arguments);
}

}  // namespace

// By the id where it is known; else by the index, where several may share one, the last; else the last of all.
ChatCalls::Slot& ChatCalls::slot_of(const Fragment& fragment) {
  const auto last_where = [&](const auto& fits) {
    const auto it = std::find_if(slots_.rbegin(), slots_.rend(), fits);
    return it == slots_.rend() ? nullptr : &*it;
  };
  const auto at_index = [&](const Slot& slot) { return !fragment.has_index || slot.index == fragment.index; };
  Slot* known = nullptr;
  if (!fragment.id.empty())
    known = last_where([&](const Slot& slot) { return slot.call.id == fragment.id && at_index(slot); });
  if (known != nullptr) return *known;
  Slot* near = last_where(at_index);
  if (near != nullptr && !begins_another(near->call, fragment.id, fragment.name, fragment.arguments)) return *near;
  const auto next = static_cast<std::int64_t>(slots_.size());
  slots_.push_back({fragment.has_index ? fragment.index : next, {}});
  return slots_.back();
}

std::size_t ChatCalls::take(const OrderedJson& fragments, std::size_t most) {
  if (!fragments.is_array()) return 0;
  std::size_t bytes = 0;
  for (std::size_t place = 0; place < fragments.size() && slots_.size() <= most; ++place) {
    const OrderedJson& json = fragments[place];
    const OrderedJson& function = member(json, "function");
    const OrderedJson& arguments = member(function, "arguments");
    Fragment fragment;
    const std::optional<std::int64_t> index = count_member(json, "index");
    fragment.has_index = index || fragments.size() > 1;
    fragment.index = index.value_or(static_cast<std::int64_t>(place));
    fragment.id = text_member(json, "id");
    fragment.name = text_member(function, "name");
    const bool whole = arguments.is_object();
    fragment.arguments = whole ? dump_line(arguments) : text_member(function, "arguments");

    ToolCall& call = slot_of(fragment).call;
    if (call.id.empty()) call.id = fragment.id;
    if (call.name.empty()) call.name = fragment.name;
    if (whole) call.arguments.clear();
    call.arguments += fragment.arguments;
    bytes += fragment.name.size() + fragment.arguments.size();
    if (!json.is_object()) continue;
    for (const auto& [key, value] : json.items())
      if (key != "index" && key != "id" && key != "type" && key != "function" && !value.is_null())
        call.extra[key] = value;
  }
  return bytes;
}

std::vector<ToolCall> ChatCalls::calls() const {
  std::vector<ToolCall> out;
  for (const Slot& slot : slots_) out.push_back(slot.call);
  return out;
}

}  // namespace adapt::llm
