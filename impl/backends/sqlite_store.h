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
  std::string vfs;                    // empty: SQLite's own
  std::shared_ptr<const void> keeps;  // what the VFS consists of, released after the store
  std::string journal_mode = "wal";
  std::string synchronous = "full";
  int page_size = 1024;        // bytes; small pages make small commits
  int checkpoint_every = 100;  // commits between checkpoints of the write-ahead log
};

class SqliteStore {
 public:
  static constexpr int kApplicationId = 0x4c6f636b;  // in the header of the file, for whoever looks: "Lock"
  static constexpr int kSchemaVersion = 3;
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

  struct NamedWaiter {
    LockName name;
    WaiterRow row;
  };

  SqliteStore(SqliteConnection db, const SqliteOptions& options, Clock& clock, LeaseObserver* observer);
  Result<void> configure(bool fresh);
  void declare();
  Result<bool> is_fresh();
  Result<void> create_schema();
  Result<void> recover();
  int rebase(MonoTime now, std::string_view boot);
  int read_all(std::vector<NamedRow>& rows);
  int read_line(std::vector<NamedWaiter>& waiters);
  // Everything that a decision rests on, read by one statement and so at one instant.
  struct Past {
    std::optional<Remembered> answer;  // this key's
    bool acted = false;                // a mutation of this attempt is remembered
    LockRecord record;
  };
  // Error key_reused: the key was used with other arguments. With an empty key only the record is of interest.
  Result<Past> look_up(const std::string& name, RequestKey key, std::uint64_t fingerprint);
  int remember(RequestKey key, std::uint64_t fingerprint, const Remembered& answer, MonoTime now, Duration lease);
  // What an acquisition comes to: an answer that changes nothing, or what is to be done.
  struct Considered {
    std::optional<AcquireAnswer> answer;
    AcquireDecision decision{};
    LockRecord record;
    MonoTime now;
  };
  Result<Considered> consider(const AcquireRequest& request, const std::string& key);
  Result<AcquireAnswer> keep_place(Transaction& transaction, const AcquireRequest& request, const std::string& key,
                                   LockRecord& record, MonoTime now);
  Result<AcquireAnswer> refuse(Transaction& transaction, const AcquireRequest& request, const std::string& key,
                               const LockRecord& record, MonoTime now);
  // Ends what is over of a name, and this attempt's place.
  int tidy(const std::string& key, const LockRecord& record, AttemptId attempt, MonoTime now);
  void tell_tidied(const LockName& name, const LockRecord& record, RequestKey key, MonoTime now);
  int leave_line(const std::string& key, const WaiterRow& place);
  int take_token(Token& token);
  Result<AcquireAnswer> grant(Transaction& transaction, const AcquireRequest& request, const std::string& key,
                              const LockRecord& record, MonoTime now);
  void tell(LeaseEvent::Kind kind, const LockName& name, RequestKey key, const LeaseRow& row, MonoTime now);
  void tell(LeaseEvent::Kind kind, const LockName& name, RequestKey key, const WaiterRow& row, MonoTime now);
  void repeated(const LockName& name, RequestKey key);
  void checkpoint_sometimes();
  LockError failure(int code, bool nothing_happened) const;

  Clock& clock_;
  LeaseObserver* observer_;
  SqliteOptions options_;
  int commits_ = 0;
  SqliteConnection db_;  // statements below are finalised before it closes
  SqliteStatement begin_, commit_, rollback_;
  SqliteStatement look_up_, insert_row_, delete_row_, extend_row_;
  SqliteStatement insert_waiter_, keep_waiter_, delete_waiter_, insert_semaphore_, select_line_, rebase_waiters_;
  SqliteStatement insert_answer_, forget_answers_, count_token_;
  SqliteStatement select_counter_, select_all_, count_opening_, rebase_leases_, rebase_answers_;
};

}  // namespace lockstep
