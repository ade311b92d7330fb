#include <fmt/format.h>

#include "agent/cli/commands.h"
#include "agent/cli/exit_code.h"
#include "agent/domain/backend_names.h"
#include "harness/client/option_table.h"

namespace adapt::cli {
namespace {

OrderedJson or_null(const std::string& text) { return text.empty() ? OrderedJson(nullptr) : OrderedJson(text); }

OrderedJson row_json(const client::OptionRow& row) {
  OrderedJson costs = OrderedJson::array();
  for (const client::Cost& cost : row.costs)
    costs.push_back(OrderedJson{{"value", cost.value}, {"cap", or_null(cost.cap)}});
  return OrderedJson{{"name", row.name},
                     {"scope", row.scope},
                     {"type", client::to_string(row.type)},
                     {"default", or_null(row.fallback)},
                     {"values", or_null(row.values)},
                     {"costs", costs},
                     {"concession", or_null(row.concession)},
                     {"since", or_null(row.since)},
                     {"until", or_null(row.until)},
                     {"effect", row.effect}};
}

std::string row_text(const client::OptionRow& row) {
  std::string out = fmt::format("{}  ({}", row.name, client::to_string(row.type));
  if (!row.values.empty()) out += " " + row.values;
  if (!row.fallback.empty()) out += ", default " + row.fallback;
  if (row.scope == "env") out += ", environment";
  out += fmt::format(")\n    {}\n", row.effect);
  for (const client::Cost& cost : row.costs)
    out += fmt::format("    costs with {}: {}{}\n", cost.value == "*" ? "any value" : cost.value, row.concession,
                       cost.cap.empty() ? "" : "; at most " + cost.cap);
  if (!row.since.empty()) out += fmt::format("    since {}\n", row.since);
  if (!row.until.empty()) out += fmt::format("    gone: {}\n", row.until);
  return out;
}

}  // namespace

int options_command(Session& session, const std::string& backend) {
  const auto listed = [&]() -> Result<void> {
    ADAPT_TRY(const std::string name, domain::parse_backend(backend));
    ADAPT_TRY(const client::OptionTable table, client::OptionTable::load(session.config.share_folder() / "harness"));
    OrderedJson all = OrderedJson::array();
    for (const client::OptionRow* row : table.of(name)) {
      if (session.json)
        all.push_back(row_json(*row));
      else
        fmt::print("{}", row_text(*row));
    }
    if (session.json) fmt::print("{}\n", all.dump());
    return {};
  }();
  return listed ? 0 : report(listed.error());
}

}  // namespace adapt::cli
