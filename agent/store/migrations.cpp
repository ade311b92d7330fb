#include "agent/store/migrations.h"

#include <array>

#include "store_schema.h"

namespace adapt::store {
namespace {

constexpr std::array kMigrations = {
    Migration{1, "initial", k_0001_initial},
};

Result<void> apply(Database& database, const Migration& step) {
  Result<void> done = database.transaction([&]() -> Result<void> {
    // Asked again under the write lock: another process may have been here first.
    ADAPT_TRY(const std::int64_t version, database.user_version());
    if (version >= step.number) return {};
    ADAPT_TRY_VOID(database.script(step.sql));
    return database.script(fmt::format("PRAGMA user_version = {}", step.number));
  });
  if (!done) return fail(done.error(), fmt::format("migration {} ({})", step.number, step.name));
  return {};
}

}  // namespace

std::span<const Migration> migrations() { return kMigrations; }

Result<void> migrate(Database& database, std::span<const Migration> steps) {
  const std::int64_t newest = steps.empty() ? 0 : steps.back().number;
  ADAPT_TRY(const std::int64_t version, database.user_version());
  if (version == newest) return {};
  if (version > newest)
    return fail(ErrorKind::store, "{} has version {}, this program knows up to {}; use the newer program",
                database.path().string(), version, newest);
  if (version > 0) {
    ADAPT_TRY_VOID(database.back_up_to(fmt::format("{}.v{}.bak", database.path().string(), version)));
  }
  for (const Migration& step : steps)
    if (step.number > version) ADAPT_TRY_VOID(apply(database, step));
  return {};
}

}  // namespace adapt::store
