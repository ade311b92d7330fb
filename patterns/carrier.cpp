#include "patterns/carrier.h"

#include <algorithm>

#include "patterns/standard_library.h"
#include "tools/base/text.h"

namespace adapt::patterns {
namespace {

using Kind = Carrier::Kind;

constexpr std::size_t kMaxStubBytes = std::size_t{64} << 10U;  // of all names: they travel in one line

struct CarrierWord {
  std::string_view word;
  Kind kind;
};
constexpr CarrierWord kCarrierWords[] = {
    {"override", Kind::override_module}, {"source", Kind::source}, {"config", Kind::config}, {"shim", Kind::shim}};

bool is_identifier(std::string_view text) {
  const auto fits = [](char c) {
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  return !text.empty() && !(text.front() >= '0' && text.front() <= '9') && std::all_of(text.begin(), text.end(), fits);
}

// Attributes, and attributes of parts: "use_cache", "text_config._attn_implementation"; modules: "xformers.ops".
bool is_dotted_name(std::string_view text) {
  const auto parts = split(text, '.');
  return std::all_of(parts.begin(), parts.end(),
                     [](std::string_view part) { return is_identifier(part) && !part.starts_with("__"); });
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

Result<void> read_setting(std::string_view line, Carrier& carrier) {
  const auto [verb, rest] = key_value(line);
  const std::size_t equals = rest.find('=');
  const std::string key(trim(rest.substr(0, std::min(equals, rest.size()))));
  if (verb != "set" || equals == std::string_view::npos || !is_dotted_name(key))
    return fail(ErrorKind::parse, "expected 'set KEY = VALUE', got '{}'", trim(line));
  if (carrier.settings.contains(key)) return fail(ErrorKind::parse, "'{}' is set twice", key);
  ADAPT_TRY(carrier.settings[key], value_of(trim(rest.substr(equals + 1))));
  return {};
}

// What no stub stands for, whatever is installed: refused here, where a reader sees it. That a package is really absent
// is seen where it is imported.
bool is_always_there(std::string_view package) {
  constexpr std::string_view kOurs[] = {"torch", "functorch", "torchgen", "adapt_harness"};
  return is_standard_library(package) || std::ranges::find(kOurs, package) != std::end(kOurs);
}

// "flash_attn functions=flash_attn_func,flash_attn_varlen_func"
Result<void> read_stub_module(std::string_view text, Carrier& carrier) {
  constexpr std::string_view kFunctions = "functions=";
  const std::vector<std::string> words = words_of(text);
  if (words.empty() || words.size() > 2 || (words.size() == 2 && !words[1].starts_with(kFunctions)))
    return fail(ErrorKind::parse, "expected 'stub-module NAME functions=NAME,NAME', got 'stub-module {}'", text);
  StubModule stub{words[0], {}};
  if (!is_dotted_name(stub.name)) return fail(ErrorKind::parse, "'{}' is no name of a module", stub.name);
  if (is_always_there(top_package(stub.name)))
    return fail(ErrorKind::parse, "'{}' is part of Python or of what runs models: a stub stands for an absent package",
                stub.name);
  if (std::ranges::find(carrier.stubs, stub.name, &StubModule::name) != carrier.stubs.end())
    return fail(ErrorKind::parse, "'{}' is stubbed twice", stub.name);
  if (words.size() == 2) {
    for (const std::string_view function : split(std::string_view(words[1]).substr(kFunctions.size()), ',')) {
      if (!is_identifier(function) || function.starts_with("__"))
        return fail(ErrorKind::parse, "'{}' is no name of a function", function);
      if (std::ranges::find(stub.functions, function) != stub.functions.end())
        return fail(ErrorKind::parse, "'{}' has '{}' twice", stub.name, function);
      stub.functions.emplace_back(function);
    }
  }
  carrier.stubs.push_back(std::move(stub));
  return {};
}

Result<void> read_shim(std::string_view line, Carrier& carrier) {
  const auto [verb, rest] = key_value(line);
  if (verb == "stub-module") return read_stub_module(rest, carrier);
  if (verb != "needs-spec")
    return fail(ErrorKind::parse, "expected 'stub-module' or 'needs-spec', got '{}'{}", verb,
                did_you_mean(verb, {"stub-module", "needs-spec"}));
  if (rest != "yes" && rest != "no") return fail(ErrorKind::parse, "'needs-spec' is yes or no, not '{}'", rest);
  carrier.needs_spec = rest == "yes";
  return {};
}

Result<void> check_whole(const Carrier& carrier) {
  if (carrier.kind == Kind::config && carrier.settings.empty())
    return fail(ErrorKind::parse, "a configuration that carries a repair has 'set KEY = VALUE' lines");
  if (carrier.kind != Kind::shim) return {};
  if (carrier.stubs.empty()) return fail(ErrorKind::parse, "a shim has 'stub-module NAME functions=...' lines");
  std::size_t bytes = 0;
  for (const StubModule& stub : carrier.stubs) {
    bytes += stub.name.size();
    for (const std::string& function : stub.functions) bytes += function.size();
  }
  if (bytes > kMaxStubBytes) return fail(ErrorKind::parse, "the names of the stubs are longer than 64 KiB");
  return {};
}

}  // namespace

std::string_view top_package(std::string_view module) { return module.substr(0, module.find('.')); }

Result<Carrier> parse_carrier(const Section& section, std::string_view name) {
  const auto complain = [&](std::uint32_t line, const std::string& what) {
    return fail(ErrorKind::parse, "{}:{}: {}", name, line, what);
  };
  const std::string word = section.words.size() == 1 ? section.words.front() : "";
  const auto row = std::find_if(std::begin(kCarrierWords), std::end(kCarrierWords),
                                [&](const CarrierWord& w) { return w.word == word; });
  if (row == std::end(kCarrierWords)) {
    std::vector<std::string> known;
    for (const auto& each : kCarrierWords) known.emplace_back(each.word);
    return complain(section.line, fmt::format("expected '[carrier KIND]' with one of {}, got '{}'{}", join(known, ", "),
                                              join(section.words, " "), did_you_mean(word, known)));
  }
  Carrier carrier;
  carrier.kind = row->kind;
  for (const Line& line : section.lines) {
    if (is_comment(line.text)) continue;
    if (carrier.edits_source()) return complain(line.number, fmt::format("the carrier '{}' takes no lines", word));
    const auto read = carrier.kind == Kind::config ? read_setting(line.text, carrier) : read_shim(line.text, carrier);
    if (!read) return complain(line.number, read.error().message);
  }
  if (const auto whole = check_whole(carrier); !whole) return complain(section.line, whole.error().message);
  return carrier;
}

}  // namespace adapt::patterns
