#include "agent/domain/repair.h"

#include <set>

#include "tools/base/hash.h"
#include "tools/base/json.h"

namespace adapt::domain {

std::string_view to_string(RepairKind kind) {
  switch (kind) {
    case RepairKind::option: return "option";
    case RepairKind::pattern: return "pattern";
    case RepairKind::llm: return "llm";
    case RepairKind::patch: return "patch";
  }
  return "patch";
}

std::optional<RepairKind> parse_repair_kind(std::string_view text) {
  for (const RepairKind kind : {RepairKind::option, RepairKind::pattern, RepairKind::llm, RepairKind::patch})
    if (to_string(kind) == text) return kind;
  return std::nullopt;
}

std::string Candidate::digest() const {
  Json content = Json::object();
  std::set<std::string> ids;
  for (const client::Option& option : options) {
    ids.insert(option.id);
    // What the options set together: their order counts only where two of them set the same key.
    Json& settings = content["settings"][option.scope];
    if (settings.is_null()) settings = Json::object();
    settings.update(option.set);
  }
  content["options"] = ids;
  for (const auto& [module, text] : overlay) content["overlay"][module] = sha256_hex(text);
  return sha256_hex(dump(content));
}

}  // namespace adapt::domain
