#include "patterns/carrier.h"

#include <algorithm>

#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

struct Word {
  std::string_view word;
  Carrier::Kind kind;
};
constexpr Word kWords[] = {
    {"override", Carrier::Kind::override_module}, {"source", Carrier::Kind::source}, {"config", Carrier::Kind::config}};

// Attributes, and attributes of parts: "use_cache", "text_config._attn_implementation".
bool is_key(std::string_view text) {
  const auto parts = split(text, '.');
  return std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
    const auto fits = [](char c) {
      return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    };
    return !part.empty() && !(part.front() >= '0' && part.front() <= '9') &&
           std::all_of(part.begin(), part.end(), fits) && !part.starts_with("__");
  });
}

// A literal of Python that JSON has too.
Result<Json> value_of(std::string_view text) {
  if (text == "True" || text == "False") return Json(text == "True");
  if (text == "None") return Json(nullptr);
  const bool quoted = text.size() >= 2 && (text.front() == '"' || text.front() == '\'') && text.back() == text.front();
  if (quoted && text.find_first_of("\"'\\", 1) == text.size() - 1) return Json(text.substr(1, text.size() - 2));
  if (auto number = parse_json(text); number && number->is_number()) return *number;
  return fail(ErrorKind::parse, "'{}' is no value; write True, False, None, a number or \"text\"", text);
}

}  // namespace

Result<Carrier> parse_carrier(const Section& section, std::string_view name) {
  const auto complain = [&](std::uint32_t line, const std::string& what) {
    return fail(ErrorKind::parse, "{}:{}: {}", name, line, what);
  };
  const std::string word = section.words.size() == 1 ? section.words.front() : "";
  const auto row = std::find_if(std::begin(kWords), std::end(kWords), [&](const Word& w) { return w.word == word; });
  if (row == std::end(kWords)) {
    std::vector<std::string> known;
    for (const auto& each : kWords) known.emplace_back(each.word);
    return complain(section.line, fmt::format("expected '[carrier KIND]' with one of {}, got '{}'{}", join(known, ", "),
                                              join(section.words, " "), did_you_mean(word, known)));
  }
  Carrier carrier{row->kind, Json::object()};
  for (const Line& line : section.lines) {
    if (is_comment(line.text)) continue;
    const auto [verb, rest] = key_value(line.text);
    if (carrier.kind != Carrier::Kind::config || verb != "set")
      return complain(line.number, carrier.kind == Carrier::Kind::config
                                       ? fmt::format("expected 'set KEY = VALUE', got '{}'", trim(line.text))
                                       : fmt::format("the carrier '{}' takes no lines", word));
    const std::size_t equals = rest.find('=');
    const std::string key(trim(rest.substr(0, std::min(equals, rest.size()))));
    if (equals == std::string_view::npos || !is_key(key))
      return complain(line.number, fmt::format("expected 'set KEY = VALUE', got '{}'", trim(line.text)));
    if (carrier.settings.contains(key)) return complain(line.number, fmt::format("'{}' is set twice", key));
    auto value = value_of(trim(rest.substr(equals + 1)));
    if (!value) return complain(line.number, value.error().message);
    carrier.settings[key] = std::move(*value);
  }
  if (carrier.kind == Carrier::Kind::config && carrier.settings.empty())
    return complain(section.line, "a configuration that carries a repair has 'set KEY = VALUE' lines");
  return carrier;
}

}  // namespace adapt::patterns
