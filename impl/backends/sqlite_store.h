// The SQLite lease table: synchronous, to be run in a blocking lane, one call at a time. Every decision is taken and
// made durable inside one transaction; a token is on the disk before its grant is answered.
//
// Durability: WAL with synchronous FULL, set explicitly and read back. SQLite's default (DELETE journal with FULL)
// loses acknowledged transactions on power loss: its directory is not synced after the journal is deleted.
#pragma once

#include <memory>
#include <string>

#include "impl/backends/sqlite_statement.h"
#include "impl/env/clock.h"
#include "impl/lock/backend.h"
#include "impl/lock/observer.h"
#include "impl/lock/rules.h"

namespace lockstep {

struct SqliteOptions {
  std::string path;
  std::string vfs;  // empty: SQLite's own
  std::string journal_mode = "wal";
  std::string synchronous = "full";
  int page_size = 1024;        // bytes; small pages make small commits
  int checkpoint_every = 100;  // commits between checkpoints of the write-ahead log
};

class SqliteStore {
 public:
  static constexpr int kApplicationId = 0x4c6f636b;  // in the header of the file, for whoever looks: "Lock"
  static constexpr int kSchemaVersion = 1;
  // Opens or creates the store; leases of an earlier boot begin their full ttl again. Errors: busy (try again),
  // storage, invalid (the file is not ours, another version, or a setting did not take).
  static Result<std::unique_ptr<SqliteStore>> open(const SqliteOptions& options, Clock& clock, LeaseObserver* observer);

  // Error `busy` is definite: another process is writing, try again.
  Result<AcquireAnswer> acquire(const AcquireRequest& request, const Claims& claims);
  Result<RenewAnswer> renew(const RenewRequest& request);
  Result<ReleaseAnswer> release(const ReleaseRequest& request);
  Result<std::vector<Holder>> inspect(const LockName& name);

 private:
  class Transaction;
  enum class AnswerKind : std::int64_t { granted = 1, renewed, released, not_held };
  struct Remembered {
    AnswerKind kind;
    std::int64_t token;
    Duration valid_for;
  };
  struct NamedRow {
    LockName name;
    LeaseRow row;
  };

  SqliteStore(SqliteConnection db, const SqliteOptions& options, Clock& clock, LeaseObserver* observer);
  Result<void> configure(bool fresh);
  void declare();
  Result<bool> is_fresh();
  Result<void> create_schema();
  Result<void> recover();
  int rebase(MonoTime now, const std::string& boot);
  int read_all(std::vector<NamedRow>& rows);
  int read_rows(std::string_view key, std::vector<LeaseRow>& rows);
  Result<std::optional<Remembered>> remembered(RequestKey key, std::uint64_t fingerprint);
  // SQLITE_ROW if a mutation of this attempt is remembered, SQLITE_DONE if not.
  int has_acted(AttemptId attempt);
  int remember(RequestKey key, std::uint64_t fingerprint, const Remembered& answer, MonoTime now, Duration lease);
  Result<std::optional<AcquireAnswer>> answer_without_writing(const AcquireRequest& request, const std::string& key);
  Result<AcquireAnswer> grant(Transaction& transaction, const AcquireRequest& request, const std::string& key,
                              const std::vector<LeaseRow>& rows, MonoTime now);
  void tell(LeaseEvent::Kind kind, const LockName& name, RequestKey key, const LeaseRow& row, MonoTime now);
  void repeated(const LockName& name, RequestKey key);
  void checkpoint_sometimes();
  LockError failure(int code, bool nothing_happened) const;

  Clock& clock_;
  LeaseObserver* observer_;
  SqliteOptions options_;
  int commits_ = 0;
  SqliteConnection db_;  // statements below are finalised before it closes
  SqliteStatement begin_, begin_read_, commit_, rollback_;
  SqliteStatement select_rows_, insert_row_, delete_row_, extend_row_;
  SqliteStatement select_answer_, select_attempt_, insert_answer_, forget_answers_, next_token_;
  SqliteStatement select_counter_, select_all_, rebase_counter_, rebase_leases_, rebase_answers_;
};

}  // namespace lockstep
