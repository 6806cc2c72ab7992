// One writing transaction of a SqliteStore: rolled back unless committed.
#pragma once

#include "impl/backends/sqlite_store.h"

namespace lockstep {

class SqliteStore::Transaction {
 public:
  explicit Transaction(SqliteStore& store) : store_(store), code_(store.begin_.use().step()) {}
  ~Transaction() {
    if (open()) store_.rollback_.use().step();
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  bool open() const { return code_ == SQLITE_DONE && !ended_; }
  int code() const { return code_; }
  // SQLITE_DONE when it is durable.
  int commit() {
    const int code = store_.commit_.use().step();
    if (code == SQLITE_DONE) ended_ = true;
    return code;
  }

 private:
  SqliteStore& store_;
  int code_;
  bool ended_ = false;
};

}  // namespace lockstep
