#include "agent/emit/sarif.h"

#include <cctype>

namespace adapt::emit {
namespace {

OrderedJson text(const std::string& words) { return OrderedJson{{"text", words}}; }

OrderedJson location(const std::string& path) {
  return OrderedJson{{"artifactLocation", OrderedJson{{"uri", uri_of(path)}}}};
}

OrderedJson rule_json(const SarifRule& rule, const std::string& level) {
  OrderedJson out{
      {"id", rule.id}, {"shortDescription", text(rule.title)}, {"defaultConfiguration", OrderedJson{{"level", level}}}};
  if (!rule.description.empty()) out["fullDescription"] = text(rule.description);
  if (rule.precision) out["properties"] = OrderedJson{{"measuredPrecision", *rule.precision}};
  return out;
}

OrderedJson result_json(const SarifResult& result, const SarifLog& log) {
  OrderedJson place = location(result.path);
  place["region"] =
      OrderedJson{{"startLine", result.line},       {"startColumn", result.column}, {"endLine", result.end_line},
                  {"endColumn", result.end_column}, {"byteOffset", result.offset},  {"byteLength", result.length}};
  return OrderedJson{{"ruleId", log.rules[result.rule].id},
                     {"ruleIndex", result.rule},
                     {"level", log.level},
                     {"message", text(result.message)},
                     {"locations", OrderedJson::array({OrderedJson{{"physicalLocation", place}}})}};
}

}  // namespace

std::string uri_of(const std::string& path) {
  std::string out = path.starts_with('/') ? "file://" : "";
  // The first part of a relative path may not look like a scheme.
  if (out.empty() && path.substr(0, path.find('/')).find(':') != std::string::npos) out = "./";
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 && byte < 128)
      out += c;
    else if (std::string_view("/-._~:").find(c) != std::string_view::npos)
      out += c;
    else
      out += fmt::format("%{:02X}", static_cast<unsigned>(byte));
  }
  return out;
}

OrderedJson sarif_json(const SarifLog& log) {
  OrderedJson rules = OrderedJson::array();
  for (const SarifRule& rule : log.rules) rules.push_back(rule_json(rule, log.level));
  OrderedJson results = OrderedJson::array();
  for (const SarifResult& result : log.results) results.push_back(result_json(result, log));
  OrderedJson notices = OrderedJson::array();
  for (const SarifNotice& notice : log.notices)
    notices.push_back(
        OrderedJson{{"level", "note"},
                    {"message", text(notice.message)},
                    {"locations", OrderedJson::array({OrderedJson{{"physicalLocation", location(notice.path)}}})}});
  OrderedJson invocation{{"executionSuccessful", true}};
  if (!notices.empty()) invocation["toolExecutionNotifications"] = notices;
  OrderedJson run;
  run["tool"] = OrderedJson{{"driver", OrderedJson{{"name", "agent"}, {"version", log.version}, {"rules", rules}}}};
  run["columnKind"] = "unicodeCodePoints";
  run["invocations"] = OrderedJson::array({invocation});
  run["results"] = results;
  OrderedJson out;
  out["$schema"] = "https://json.schemastore.org/sarif-2.1.0.json";
  out["version"] = "2.1.0";
  out["runs"] = OrderedJson::array({run});
  return out;
}

}  // namespace adapt::emit
