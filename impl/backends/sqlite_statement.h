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

// A prepared statement: bind, step, read, and it is reset when the Use ends.
class SqliteStatement {
 public:
  SqliteStatement() = default;
  // On failure the statement stays empty and the code says why.
  int prepare(sqlite3* db, std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v3(db, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &raw,
                                        nullptr);
    statement_.reset(raw);
    return code;
  }

  class Use {
   public:
    explicit Use(SqliteStatement& owner) : raw_(owner.statement_.get()) {}
    ~Use() {
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
    int step() { return sqlite3_step(raw_); }
    std::int64_t integer(int column) { return sqlite3_column_int64(raw_, column); }
    std::string bytes(int column) {
      const auto* data = static_cast<const char*>(sqlite3_column_blob(raw_, column));
      const auto size = static_cast<std::size_t>(sqlite3_column_bytes(raw_, column));
      return data == nullptr ? std::string() : std::string(data, size);
    }

   private:
    sqlite3_stmt* raw_;
    int bound_ = 0;
  };
  Use use() { return Use(*this); }

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

}  // namespace lockstep
