#include "agent/forge/config_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "agent/forge/settings_reader.h"
#include "agent/forge/test_id.h"
#include "agent/forge/yaml_reader.h"
#include "tools/base/text.h"

namespace adapt::forge {
namespace {

constexpr std::string_view kPlaceholders = "PLACEHOLDER_MODELS";

class FileReader {
 public:
  explicit FileReader(ConfigFile& out) : out_(out) {}

  void read(const YamlNode& root) {
    if (root.is_scalar() && scalar_kind(root) == ScalarKind::null) return;
    if (!root.is_mapping()) {
      add(Fault::not_yaml, root.place, fmt::format("the file is {}, not a mapping", describe(root)));
      return;
    }
    const bool placeholders = std::filesystem::path(out_.path).filename() == kPlaceholdersFile;
    const std::string_view section = placeholders ? kPlaceholders : kTestSection;
    for (const YamlPair& pair : root.pairs)
      if (pair.key->text != section)
        add(Fault::unknown_section, pair.key->place,
            fmt::format("section '{}'{}; only '{}' is read", pair.key->text,
                        did_you_mean(pair.key->text, {std::string(section)}), section));
    const YamlPair* found = root.find(section);
    if (found == nullptr || is_null(*found->value)) return;
    if (!found->value->is_mapping())
      return add(Fault::not_yaml, found->value->place,
                 fmt::format("'{}' is {}, not a mapping", section, describe(*found->value)));
    for (const YamlPair& pair : found->value->pairs)
      placeholders ? read_placeholder(pair) : read_entry(pair, *found->value);
  }

 private:
  static bool is_null(const YamlNode& node) { return node.is_scalar() && scalar_kind(node) == ScalarKind::null; }

  void add(Fault fault, Place place, std::string message) {
    out_.findings.push_back({.fault = fault, .file = out_.path, .place = place, .message = std::move(message)});
  }

  void read_placeholder(const YamlPair& pair) {
    out_.placeholders.push_back({pair.key->text, pair.key->place});
    if (is_null(*pair.value)) return;
    if (!pair.value->is_mapping())
      return add(Fault::empty_entry, pair.value->place,
                 fmt::format("placeholder '{}' is {}, not a mapping", pair.key->text, describe(*pair.value)));
    SettingsReader reader(out_.path, fmt::format("placeholder '{}'", pair.key->text), out_.findings);
    static_cast<void>(reader.read(*pair.value, SettingsReader::Where::placeholder));
  }

  void read_entry(const YamlPair& pair, const YamlNode& tests) {
    const std::string& id = pair.key->text;
    PlacedEntry placed{.entry = {.id = id}, .place = pair.key->place};
    placed.own = !pair.merged && !tests.anchored && !pair.key->anchored && is_own(*pair.value) && out_.parsed;
    const std::size_t before = out_.findings.size();
    if (const auto parsed = parse_test_id(id); !parsed) add(Fault::bad_id, pair.key->place, parsed.error().message);
    if (pair.value->is_mapping()) {
      read_settings(*pair.value, placed.entry);
    } else {
      add(Fault::empty_entry, pair.value->place,
          fmt::format("entry '{}' is {}, not a mapping", id, describe(*pair.value)));
    }
    placed.whole = out_.findings.size() == before;
    out_.entries.push_back(std::move(placed));
  }

  // Nothing in it is shared with another place.
  static bool is_own(const YamlNode& node) {
    if (node.anchored || node.aliased) return false;
    const auto own = [](const YamlPair& pair) { return !pair.merged && !pair.key->anchored && is_own(*pair.value); };
    return std::ranges::all_of(node.pairs, own) &&
           std::ranges::all_of(node.items, [](const YamlPtr& item) { return is_own(*item); });
  }

  void read_settings(const YamlNode& node, TestEntry& entry) {
    SettingsReader reader(out_.path, fmt::format("entry '{}'", entry.id), out_.findings);
    entry.settings = reader.read(node, SettingsReader::Where::entry);
    if (node.pairs.empty()) add(Fault::odd_value, node.place, fmt::format("entry '{}' says nothing", entry.id));
    const YamlPair* overrides = node.find(kOverridesField);
    if (overrides == nullptr) return;
    if (!overrides->value->is_mapping())
      return add(
          Fault::empty_entry, overrides->value->place,
          fmt::format("entry '{}': {} is {}, not a mapping", entry.id, kOverridesField, describe(*overrides->value)));
    for (const YamlPair& pair : overrides->value->pairs) read_override(pair, entry);
  }

  void read_override(const YamlPair& pair, TestEntry& entry) {
    const std::string& arch = pair.key->text;
    const std::string where = fmt::format("entry '{}', {}", entry.id, arch);
    if (std::ranges::find(archs(), arch) == archs().end())
      add(Fault::unknown_arch, pair.key->place,
          fmt::format("entry '{}': unknown architecture '{}'{}", entry.id, arch, did_you_mean(arch, arch_names())));
    if (!pair.value->is_mapping())
      return add(Fault::empty_entry, pair.value->place,
                 fmt::format("{} is {}, not a mapping", where, describe(*pair.value)));
    SettingsReader reader(out_.path, where, out_.findings);
    entry.arch_overrides[arch] = reader.read(*pair.value, SettingsReader::Where::override);
  }

  ConfigFile& out_;
};

}  // namespace

const PlacedEntry* ConfigFile::find(std::string_view id) const {
  const auto found = std::ranges::find_if(entries.rbegin(), entries.rend(),
                                          [&](const PlacedEntry& placed) { return placed.entry.id == id; });
  return found == entries.rend() ? nullptr : &*found;
}

ConfigFile read_config(std::string_view text, std::string path) {
  ConfigFile out{.path = std::move(path)};
  YamlDocument document = read_yaml(text);
  for (Finding& finding : document.findings) {
    finding.file = out.path;
    out.findings.push_back(std::move(finding));
  }
  out.parsed = document.root != nullptr;
  if (document.root) FileReader(out).read(*document.root);
  return out;
}

}  // namespace adapt::forge
