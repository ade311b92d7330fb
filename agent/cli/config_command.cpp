#include <fmt/format.h>

#include <cstdio>

#include "agent/cli/commands.h"
#include "tools/base/json.h"

namespace adapt::cli {

int config_show_command(Session& session) {
  OrderedJson all = OrderedJson::array();
  for (const config::Row& row : session.config.show()) {
    if (session.json)
      all.push_back(OrderedJson{{"key", row.key}, {"value", row.value}, {"origin", row.origin}, {"help", row.help}});
    else
      fmt::print("{:<32} {:<28} {:<24} {}\n", row.key, row.value, "(" + row.origin + ")", row.help);
  }
  if (session.json) fmt::print("{}\n", all.dump());
  return 0;
}

int config_set_command(const std::string& key, const std::string& value) {
  const Result<std::filesystem::path> file = config::set_user(key, value);
  if (!file) return report(file.error());
  fmt::print("{} = {} in {}\n", key, value, file->string());
  return 0;
}

}  // namespace adapt::cli
