#include "agent/events/line.h"

#include <algorithm>

#include "tools/base/hash.h"

namespace adapt::events {
namespace {

constexpr std::size_t kFields = 6;

std::string hash_of(const std::string& prev, const Json& body) { return sha256_hex(prev + dump(body)); }

// The fields with their types, or nothing.
bool has_shape(const Json& object) {
  const auto is = [&](const char* key, auto check) { return object.contains(key) && check(object[key]); };
  const auto integer = [](const Json& v) { return v.is_number_integer(); };
  const auto text = [](const Json& v) { return v.is_string(); };
  return object.size() == kFields && is("seq", integer) && is("t", integer) && is("type", text) && is("prev", text) &&
         is("hash", text) && object.contains("data");
}

}  // namespace

const std::string kFirstPrev(64, '0');

Result<Encoded> encode(std::int64_t seq, std::int64_t t, std::string_view type, const Json& data,
                       const std::string& prev) {
  Json object = {{"seq", seq}, {"t", t}, {"type", type}, {"data", data}, {"prev", prev}};
  std::string line = dump(object);
  constexpr std::size_t kHashField = 75;  // ,"hash":"<64>" and some
  if (line.size() + kHashField > kMaxEventBytes)
    return fail(ErrorKind::store, "an event of type {} has {} bytes; at most {} fit", type, line.size(),
                kMaxEventBytes);
  // Read back before it is hashed: not-a-number and broken UTF-8 change in writing.
  ADAPT_TRY(object, parse_json(line));
  std::string hash = hash_of(prev, object);
  Event event{seq, t, object["type"].get<std::string>(), object["data"], hash};
  object["hash"] = std::move(hash);
  line = dump(object);
  return Encoded{std::move(line), std::move(event)};
}

std::variant<Event, Refusal> decode(std::string_view line, std::int64_t seq, const std::string& prev) {
  Result<Json> parsed = parse_json(line);
  if (!parsed) return Refusal{true, "it is not JSON"};
  Json& object = *parsed;
  if (!object.is_object() || !has_shape(object)) return Refusal{false, "it is not an event"};
  if (dump(object) != line) return Refusal{false, "it is not written as events are"};
  if (object["seq"] != seq) return Refusal{false, fmt::format("its seq is not {}", seq)};
  if (object["prev"] != prev) return Refusal{false, "it does not follow the line before"};
  std::string hash = object["hash"].get<std::string>();
  object.erase("hash");
  if (hash_of(prev, object) != hash) return Refusal{false, "its hash does not fit its content"};
  return Event{seq, object["t"].get<std::int64_t>(), object["type"].get<std::string>(), std::move(object["data"]),
               std::move(hash)};
}

Result<Parsed> parse_log(std::string_view text, const std::filesystem::path& path) {
  Parsed out;
  std::string prev = kFirstPrev;
  while (out.end < text.size()) {
    const std::size_t line_end = text.find('\n', out.end);
    const bool is_last = line_end == std::string_view::npos || line_end + 1 == text.size();
    const std::string_view line = text.substr(out.end, std::min(line_end, text.size()) - out.end);
    auto decoded = decode(line, static_cast<std::int64_t>(out.events.size()) + 1, prev);
    if (const auto* refusal = std::get_if<Refusal>(&decoded)) {
      if (is_last && refusal->is_cut) return out;
      return fail(ErrorKind::store, "{}: line {} is damaged: {}", path.string(), out.events.size() + 1, refusal->why);
    }
    out.events.push_back(std::get<Event>(std::move(decoded)));
    prev = out.events.back().hash;
    out.lacks_line_end = line_end == std::string_view::npos;
    out.end = out.lacks_line_end ? text.size() : line_end + 1;
  }
  return out;
}

}  // namespace adapt::events
