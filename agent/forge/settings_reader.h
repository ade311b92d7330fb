// A mapping of YAML as Settings, with a finding for everything that is not what tt-xla expects.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "agent/forge/finding.h"
#include "agent/forge/test_config.h"
#include "agent/forge/yaml_reader.h"

namespace adapt::forge {

class SettingsReader {
 public:
  enum class Where : std::uint8_t { entry, override, placeholder };

  // `findings` outlives the reader. `subject` is named in each: "entry 'x'".
  SettingsReader(std::string file, std::string subject, std::vector<Finding>& findings)
      : file_(std::move(file)), subject_(std::move(subject)), findings_(findings) {}

  Settings read(const YamlNode& mapping, Where where);

 private:
  void read_field(const Field& field, const YamlNode& value, Settings& out);
  void check_values(const YamlNode& mapping, const Settings& settings);
  void check_reading(std::string_view field, const YamlNode& value);

  // One for each type of Member.
  void take(std::string_view field, const YamlNode& value, std::optional<Status>& out);
  void take(std::string_view field, const YamlNode& value, std::optional<BringupStatus>& out);
  void take(std::string_view field, const YamlNode& value, std::optional<ExecutionPass>& out);
  void take(std::string_view field, const YamlNode& value, std::optional<std::string>& out);
  void take(std::string_view field, const YamlNode& value, std::optional<double>& out);
  void take(std::string_view field, const YamlNode& value, std::optional<bool>& out);
  void take(std::string_view field, const YamlNode& value, std::optional<std::int64_t>& out);
  void take(std::string_view field, const YamlNode& value, std::vector<std::string>& out);

  void add(Fault fault, Place place, std::string message);
  void expected(std::string_view field, const YamlNode& value, std::string_view what);

  std::string file_, subject_;
  std::vector<Finding>& findings_;
};

}  // namespace adapt::forge
