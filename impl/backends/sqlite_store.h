// The SQLite lease table. Every decision is taken and made durable inside one transaction; a token is on the disk
// before its grant is answered.
//
// Durability: WAL with synchronous FULL, set explicitly and read back. SQLite's default (DELETE journal with FULL)
// loses acknowledged transactions on power loss: its directory is not synced after the journal is deleted.
#pragma once

#include <memory>
#include <string>

#include "impl/backends/blocking_store.h"
#include "impl/backends/sqlite_statement.h"
#include "impl/env/clock.h"
#include "impl/lock/ledger.h"

namespace lockstep {

struct SqliteOptions {
  std::string path;
  std::string vfs;                    // empty: SQLite's own
  std::shared_ptr<const void> keeps;  // what the VFS consists of, released after the store
  std::string journal_mode = "wal";
  std::string synchronous = "full";
  // Around each decision. Without a write lock two processes decide on what both have read.
  std::string begin = "BEGIN IMMEDIATE";
  std::string commit = "COMMIT";
  int page_size = 1024;        // bytes; small pages make small commits
  int checkpoint_every = 100;  // commits between checkpoints of the write-ahead log
  std::shared_ptr<const Ledger> ledger = honest_ledger();
};

class SqliteStore final : public BlockingStore {
 public:
  static constexpr int kApplicationId = 0x4c6f636b;  // in the header of the file, for whoever looks: "Lock"
  static constexpr int kSchemaVersion = 4;
  // Opens or creates the store; leases of an earlier boot begin their full ttl again. Errors: busy (try again),
  // storage, invalid (the file is not ours, another version, or a setting did not take).
  static Result<std::unique_ptr<BlockingStore>> open(const SqliteOptions& options, Clock& clock,
                                                     LeaseObserver* observer);

  Result<AcquireAnswer> acquire(const AcquireRequest& request) override;
  Result<RenewAnswer> renew(const RenewRequest& request) override;
  Result<ReleaseAnswer> release(const ReleaseRequest& request) override;
  Result<BreakAnswer> break_lock(const BreakRequest& request) override;
  Result<Inspection> inspect(const LockName& name) override;
  Result<Listing> list(const ListRequest& request) override;
  Result<WatchAnswer> watch(const WatchRequest& request) override;

 private:
  class Transaction;
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
  void declare_opening();
  Result<bool> is_fresh();
  Result<void> create_schema();
  Result<void> recover();
  int rebase(MonoTime now, std::string_view boot);
  int read_all(std::vector<NamedRow>& rows);
  int read_line(std::vector<NamedWaiter>& waiters);

  // Everything that a decision rests on, read by one statement and so at one instant.
  struct Past {
    LockRecord record;
    Memory memory;
    bool watched = false;  // somebody listens: events are logged
  };
  Reading reading() const { return {clock_.monotonic(), clock_.boot()}; }
  // With an empty key only the record is of interest.
  Result<Past> look_up(const std::string& name, RequestKey key);
  template <typename Answer, typename Request>
  Result<Answer> carry_out(const Request& request, bool look_first);
  // The code that stopped it, or SQLITE_DONE.
  int write(const std::string& key, const LockName& name, const Past& past, const Changes& changes, Reading at);
  int write(const std::string& key, const Change& change);
  int remember(const Remembered& answer, Reading at);
  int log(const std::string& key, const LockEvent& event);
  void tell_all(const LockName& name, const Changes& changes, Reading at);

  struct Watched {
    std::uint64_t epoch = 0;
    std::uint64_t next = 0;  // number of the next event
    bool kept = false;       // for long enough
    bool lapsed = false;     // nobody has listened for a while
  };
  Result<Watched> read_watched(Reading at);
  Result<Watched> keep_watched(Reading at);
  Result<void> sweep_for(const WatchRequest& request, Reading at);
  Result<WatchAnswer> read_events(const WatchRequest& request, const Watched& watched);

  void checkpoint_sometimes();
  LockError failure(int code, bool nothing_happened) const;

  Clock& clock_;
  LeaseObserver* observer_;
  SqliteOptions options_;
  int commits_ = 0;
  SqliteConnection db_;  // statements below are finalised before it closes
  SqliteStatement begin_, commit_, rollback_, look_up_;
  SqliteStatement insert_row_, delete_row_, extend_row_, count_token_;
  SqliteStatement insert_waiter_, keep_waiter_, delete_waiter_, insert_semaphore_;
  SqliteStatement insert_answer_, forget_answers_;
  SqliteStatement select_watched_, watch_, select_over_, insert_event_, count_event_, select_events_, trim_events_;
  SqliteStatement select_names_;
  SqliteStatement select_counter_, select_all_, select_line_, count_opening_;
  SqliteStatement rebase_leases_, rebase_waiters_, rebase_answers_;
};

}  // namespace lockstep
