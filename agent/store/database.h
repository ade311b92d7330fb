// One SQLite connection behind Results: SQLiteCpp and its exceptions end in database.cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tools/base/result.h"

namespace SQLite {
class Database;
class Statement;
}  // namespace SQLite

namespace adapt::store {

// A value for one "?" of a statement; nullopt is NULL.
using Bind = std::variant<std::int64_t, std::string, std::optional<std::string>>;
using Binds = std::vector<Bind>;

// The current row; valid during the visit only. Columns count from 0.
class RowView {
 public:
  explicit RowView(SQLite::Statement& statement) : statement_(&statement) {}
  std::int64_t integer(int column) const;
  std::string text(int column) const;  // "" for NULL
  std::optional<std::string> optional_text(int column) const;

 private:
  SQLite::Statement* statement_;
};

class Database {
 public:
  // Opens or creates; WAL, foreign keys on, waits ten seconds for another process's transaction.
  static Result<Database> open(const std::filesystem::path& path);
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  Result<void> script(std::string_view statements);  // several statements, no values
  Result<void> run(std::string_view statement, const Binds& binds = {});
  // Visits rows as they are found, until `visit` returns false.
  Result<void> each(std::string_view query, const Binds& binds, const std::function<bool(const RowView&)>& visit) const;

  // All or nothing: takes the write lock at once, rolls back when `work` fails.
  Result<void> transaction(const std::function<Result<void>()>& work);

  Result<std::int64_t> user_version() const;
  Result<void> back_up_to(const std::filesystem::path& path) const;  // the file appears at once

  const std::filesystem::path& path() const { return path_; }

 private:
  Database(std::filesystem::path path, std::unique_ptr<SQLite::Database> connection);

  std::filesystem::path path_;
  std::unique_ptr<SQLite::Database> connection_;
};

// Whether the file is not a readable SQLite database (an error in opening it may have other reasons).
bool is_damaged(const std::filesystem::path& path);

}  // namespace adapt::store
