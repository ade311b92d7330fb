// Numbered steps from an empty database to the present schema. One that has landed is never edited.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "agent/store/database.h"
#include "tools/base/result.h"

namespace adapt::store {

struct Migration {
  std::int64_t number = 0;  // 1, 2, ...; the user_version afterwards
  std::string_view name{};
  std::string_view sql{};
};

std::span<const Migration> migrations();

// Brings `database` to the last of `steps`, each in a transaction of its own. An older database is first copied to
// <its path>.v<N>.bak. One that is newer than `steps` is refused with both numbers and left as it is.
Result<void> migrate(Database& database, std::span<const Migration> steps);

}  // namespace adapt::store
