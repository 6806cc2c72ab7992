// SQLite's C interface as two small owners. Errors are result codes; nothing throws.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace lockstep {

struct SqliteClose {
  void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
};
using SqliteConnection = std::unique_ptr<sqlite3, SqliteClose>;

// A prepared statement, compiled when it is first used: bind, step, read, and it is reset when the Use ends.
class SqliteStatement {
 public:
  // `sql` is kept by reference; the connection must outlive the statement.
  void declare(sqlite3* db, std::string_view sql) {
    db_ = db;
    sql_ = sql;
  }

  class Use {
   public:
    explicit Use(SqliteStatement& owner) : prepared_(owner.prepare()), raw_(owner.statement_.get()) {}
    ~Use() {
      if (raw_ == nullptr) return;
      sqlite3_reset(raw_);
      sqlite3_clear_bindings(raw_);
    }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    Use& bind(std::int64_t value) {
      sqlite3_bind_int64(raw_, ++bound_, value);
      return *this;
    }
    // The bytes must outlive the Use.
    Use& bind(std::string_view bytes) {
      sqlite3_bind_blob64(raw_, ++bound_, bytes.data(), bytes.size(), SQLITE_STATIC);
      return *this;
    }
    // The code of the compilation, if that failed.
    int step() { return prepared_ == SQLITE_OK ? sqlite3_step(raw_) : prepared_; }
    std::int64_t integer(int column) { return sqlite3_column_int64(raw_, column); }
    // Valid until the next step.
    std::string_view bytes(int column) {
      const auto* data = static_cast<const char*>(sqlite3_column_blob(raw_, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(raw_, column));
      return data == nullptr ? std::string_view() : std::string_view(data, size);
    }

   private:
    int prepared_;
    sqlite3_stmt* raw_;
    int bound_ = 0;
  };
  Use use() { return Use(*this); }

 private:
  int prepare() {
    if (statement_) return SQLITE_OK;
    sqlite3_stmt* raw = nullptr;
    const int code =
        sqlite3_prepare_v3(db_, sql_.data(), static_cast<int>(sql_.size()), SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
    statement_.reset(raw);
    return code;
  }
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  sqlite3* db_ = nullptr;
  std::string_view sql_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace lockstep
