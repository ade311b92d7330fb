#include "agent/forge/settings_reader.h"

#include <fmt/format.h>

#include <algorithm>

#include "tools/base/text.h"

namespace adapt::forge {
namespace {

bool is_null(const YamlNode& value) { return value.is_scalar() && scalar_kind(value) == ScalarKind::null; }

std::string one_of(const std::vector<std::string>& names) { return "one of " + join(names, ", "); }

// What YAML 1.1 takes for something else than YAML 1.2 does; empty where both agree.
std::string other_reading(const YamlNode& value) {
  constexpr std::string_view kSwitches[] = {"yes", "no", "on", "off"};
  if (!value.is_scalar() || !value.plain || !value.tag.empty()) return {};
  std::string lower = value.text;
  std::ranges::transform(lower, lower.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  const ScalarKind kind = scalar_kind(value);
  if (kind == ScalarKind::text && std::ranges::find(kSwitches, lower) != std::end(kSwitches)) return "a truth value";
  if (kind == ScalarKind::number && contains(lower, "e") && !contains(lower, ".")) return "text";
  const bool octal = kind == ScalarKind::integer && lower.size() > 1 && lower.front() == '0' &&
                     lower.find_first_not_of("01234567") == std::string::npos;
  return octal ? "an octal number" : "";
}

}  // namespace

void SettingsReader::add(Fault fault, Place place, std::string message) {
  findings_.push_back(
      {.fault = fault, .file = file_, .place = place, .message = fmt::format("{}: {}", subject_, message)});
}

void SettingsReader::expected(std::string_view field, const YamlNode& value, std::string_view what) {
  const std::string shown = value.is_scalar() ? fmt::format(" '{}'", value.text.substr(0, 80)) : "";
  add(Fault::wrong_type, value.place, fmt::format("{} is {}{}, not {}", field, describe(value), shown, what));
}

void SettingsReader::check_reading(std::string_view field, const YamlNode& value) {
  if (const std::string other = other_reading(value); !other.empty())
    add(Fault::ambiguous_scalar, value.place,
        fmt::format("{}: '{}' is {} in YAML 1.2 and {} in YAML 1.1", field, value.text, describe(value), other));
}

void SettingsReader::take(std::string_view field, const YamlNode& value, std::optional<Status>& out) {
  if (!value.is_scalar()) return expected(field, value, one_of(status_names()));
  out = parse_status(value.text);
  if (!out)
    add(Fault::bad_value, value.place,
        fmt::format("{} '{}' is not {}{}", field, value.text, one_of(status_names()),
                    did_you_mean(value.text, status_names())));
}

void SettingsReader::take(std::string_view field, const YamlNode& value, std::optional<BringupStatus>& out) {
  if (!value.is_scalar()) return expected(field, value, one_of(bringup_status_names()));
  if (is_null(value)) return;
  out = parse_bringup_status(value.text);
  if (!out)
    add(Fault::bad_value, value.place,
        fmt::format("{} '{}' is not {}{}", field, value.text, one_of(bringup_status_names()),
                    did_you_mean(value.text, bringup_status_names())));
}

void SettingsReader::take(std::string_view field, const YamlNode& value, std::optional<ExecutionPass>& out) {
  if (is_null(value)) return;
  if (!value.is_scalar()) return expected(field, value, one_of(execution_pass_names()));
  out = parse_execution_pass(value.text);
  if (!out)
    add(Fault::odd_value, value.place,
        fmt::format("{} '{}' is not {}{}", field, value.text, one_of(execution_pass_names()),
                    did_you_mean(value.text, execution_pass_names())));
}

void SettingsReader::take(std::string_view field, const YamlNode& value, std::optional<std::string>& out) {
  if (is_null(value)) return;
  if (!value.is_scalar() || scalar_kind(value) != ScalarKind::text) return expected(field, value, "text");
  out = value.text;
}

void SettingsReader::take(std::string_view field, const YamlNode& value, std::optional<double>& out) {
  if (is_null(value)) return;
  out = number_of(value);
  if (!out) expected(field, value, "a number");
}

void SettingsReader::take(std::string_view field, const YamlNode& value, std::optional<bool>& out) {
  if (is_null(value)) return;
  out = boolean_of(value);
  if (!out) expected(field, value, "true or false");
}

void SettingsReader::take(std::string_view field, const YamlNode& value, std::optional<std::int64_t>& out) {
  if (is_null(value)) return;
  out = integer_of(value);
  if (!out) expected(field, value, "an integer");
}

// tt-xla takes one word without brackets too, except for FileCheck patterns.
void SettingsReader::take(std::string_view field, const YamlNode& value, std::vector<std::string>& out) {
  const auto is_word = [](const YamlNode& node) { return node.is_scalar() && scalar_kind(node) == ScalarKind::text; };
  if (is_null(value)) return;
  if (is_word(value) && field != "filechecks") {
    if (!value.text.empty()) out = {value.text};
    return;
  }
  if (!value.is_list()) return expected(field, value, "a list of words");
  for (const YamlPtr& item : value.items) {
    if (is_word(*item)) {
      out.push_back(item->text);
      check_reading(field, *item);
    } else {
      expected(fmt::format("an item of {}", field), *item, "text");
    }
  }
}

void SettingsReader::read_field(const Field& field, const YamlNode& value, Settings& out) {
  std::visit([&](auto member) { take(field.name, value, out.*member); }, field.member);
  check_reading(field.name, value);
}

void SettingsReader::check_values(const YamlNode& mapping, const Settings& settings) {
  if (const auto level = settings.optimization_level; level && (*level < 0 || *level > 2))
    add(Fault::bad_value, mapping.find("optimization_level")->value->place,
        fmt::format("optimization_level {} is not 0, 1 or 2", *level));
  if (const auto pcc = settings.required_pcc; pcc && (*pcc < -1 || *pcc > 1))
    add(Fault::odd_value, mapping.find("required_pcc")->value->place,
        fmt::format("required_pcc {} is no correlation, which lies between -1 and 1", *pcc));
  for (const std::string& arch : settings.supported_archs)
    if (std::ranges::find(archs(), arch) == archs().end())
      add(Fault::odd_value, mapping.find("supported_archs")->value->place,
          fmt::format("unknown architecture '{}'{}", arch, did_you_mean(arch, arch_names())));
}

Settings SettingsReader::read(const YamlNode& mapping, Where where) {
  Settings out;
  for (const YamlPair& pair : mapping.pairs) {
    const std::string& name = pair.key->text;
    const auto field = std::ranges::find(fields(), name, &Field::name);
    if (field != fields().end()) {
      read_field(*field, *pair.value, out);
    } else if (name == kOverridesField) {
      if (where != Where::entry)
        add(Fault::odd_value, pair.key->place, fmt::format("{} means something in an entry only", kOverridesField));
    } else if (where != Where::placeholder) {
      add(Fault::unknown_field, pair.key->place,
          fmt::format("unknown field '{}'{}", name, did_you_mean(name, field_names())));
    }
  }
  check_values(mapping, out);
  return out;
}

}  // namespace adapt::forge
