#include "agent/store/database.h"

#include <SQLiteCpp/Backup.h>
#include <SQLiteCpp/SQLiteCpp.h>
#include <sqlite3.h>

#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

namespace adapt::store {
namespace fs = std::filesystem;
namespace {

constexpr int kBusyMs = 10'000;

std::string explain(const SQLite::Exception& error) {
  switch (error.getErrorCode()) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return "another process has kept it busy; try again";
    case SQLITE_FULL: return "the disk is full; free some space";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return fmt::format("it is damaged ({}); `agent runs list --rebuild` makes it again from the run folders",
                         error.what());
    default: return error.what();
  }
}

// Runs `work`, turning what SQLiteCpp throws into an error that names the file.
template <class Work>
auto guarded(const fs::path& path, Work&& work) -> decltype(work()) {
  try {
    return std::forward<Work>(work)();
  } catch (const SQLite::Exception& error) {
    return fail(ErrorKind::store, "{}: {}", path.string(), explain(error));
  }
}

// A reader never blocks a writer then. SQLite does not ask the busy handler when two processes switch a new file at
// once: the one that loses waits here.
void use_write_ahead_log(SQLite::Database& connection) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(kBusyMs);
  while (connection.tryExec("PRAGMA journal_mode = WAL") == SQLITE_BUSY && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  connection.exec("PRAGMA journal_mode = WAL");  // throws what is still wrong
}

void bind_all(SQLite::Statement& statement, const Binds& binds) {
  int index = 0;
  for (const Bind& bind : binds) {
    ++index;
    if (const auto* number = std::get_if<std::int64_t>(&bind)) {
      statement.bind(index, *number);
    } else if (const auto* text = std::get_if<std::string>(&bind)) {
      statement.bind(index, *text);
    } else if (const auto& maybe = std::get<std::optional<std::string>>(bind)) {
      statement.bind(index, *maybe);
    } else {
      statement.bind(index);  // NULL
    }
  }
}

}  // namespace

std::int64_t RowView::integer(int column) const { return statement_->getColumn(column).getInt64(); }
std::string RowView::text(int column) const { return statement_->getColumn(column).getString(); }
std::optional<std::string> RowView::optional_text(int column) const {
  const SQLite::Column value = statement_->getColumn(column);
  return value.isNull() ? std::nullopt : std::optional(value.getString());
}

Database::Database(fs::path path, std::unique_ptr<SQLite::Database> connection)
    : path_(std::move(path)), connection_(std::move(connection)) {}
Database::Database(Database&&) noexcept = default;
Database& Database::operator=(Database&&) noexcept = default;
Database::~Database() = default;

Result<Database> Database::open(const fs::path& path) {
  return guarded(path, [&]() -> Result<Database> {
    auto connection =
        std::make_unique<SQLite::Database>(path.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyMs);
    use_write_ahead_log(*connection);
    connection->exec("PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;");
    return Database(path, std::move(connection));
  });
}

Result<void> Database::script(std::string_view statements) {
  return guarded(path_, [&]() -> Result<void> {
    connection_->exec(std::string(statements));
    return {};
  });
}

Result<void> Database::run(std::string_view statement, const Binds& binds) {
  return guarded(path_, [&]() -> Result<void> {
    SQLite::Statement prepared(*connection_, std::string(statement));
    bind_all(prepared, binds);
    prepared.exec();
    return {};
  });
}

Result<void> Database::each(std::string_view query, const Binds& binds,
                            const std::function<bool(const RowView&)>& visit) const {
  return guarded(path_, [&]() -> Result<void> {
    SQLite::Statement prepared(*connection_, std::string(query));
    bind_all(prepared, binds);
    while (prepared.executeStep())
      if (!visit(RowView(prepared))) break;
    return {};
  });
}

Result<void> Database::transaction(const std::function<Result<void>()>& work) {
  return guarded(path_, [&]() -> Result<void> {
    SQLite::Transaction open(*connection_, SQLite::TransactionBehavior::IMMEDIATE);
    ADAPT_TRY_VOID(work());  // leaving without commit() rolls back
    open.commit();
    return {};
  });
}

Result<std::int64_t> Database::user_version() const {
  std::int64_t version = 0;
  ADAPT_TRY_VOID(each("PRAGMA user_version", {}, [&](const RowView& row) {
    version = row.integer(0);
    return false;
  }));
  return version;
}

Result<void> Database::back_up_to(const fs::path& path) const {
  const fs::path unfinished = path.string() + ".part";
  std::error_code error;
  fs::remove(unfinished, error);
  ADAPT_TRY_VOID(guarded(path_, [&]() -> Result<void> {
    SQLite::Database copy(unfinished.string(), SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE);
    SQLite::Backup backup(copy, *connection_);
    while (backup.executeStep() != SQLITE_DONE) {
    }
    return {};
  }));
  fs::rename(unfinished, path, error);
  if (error) return fail(ErrorKind::store, "cannot write the backup {}: {}", path.string(), error.message());
  return {};
}

bool is_damaged(const fs::path& path) {
  try {
    SQLite::Database connection(path.string(), SQLite::OPEN_READONLY);
    return connection.execAndGet("PRAGMA quick_check(1)").getString() != "ok";
  } catch (const SQLite::Exception& error) {
    return error.getErrorCode() == SQLITE_NOTADB || error.getErrorCode() == SQLITE_CORRUPT;
  }
}

}  // namespace adapt::store
