// Opening the store: settings that are read back, a schema with a version, and recovery, all before the first lock.
#include <fmt/format.h>

#include "impl/backends/sqlite_codec.h"
#include "impl/backends/sqlite_store.h"
#include "impl/backends/sqlite_transaction.h"

namespace lockstep {
namespace {

constexpr std::string_view kSchema = R"sql(
CREATE TABLE counter(
  id INTEGER PRIMARY KEY CHECK(id = 1), token INTEGER NOT NULL, boot BLOB NOT NULL, openings INTEGER NOT NULL,
  epoch INTEGER NOT NULL, next_event INTEGER NOT NULL, watched_until INTEGER NOT NULL);
INSERT INTO counter VALUES(1, 0, x'', 0, 0, 1, 0);
CREATE TABLE lease(
  name BLOB NOT NULL, attempt BLOB NOT NULL, owner BLOB NOT NULL, mode INTEGER NOT NULL, permits INTEGER NOT NULL,
  token INTEGER NOT NULL, ttl INTEGER NOT NULL, deadline INTEGER NOT NULL, since INTEGER NOT NULL, boot BLOB NOT NULL,
  metadata BLOB NOT NULL, PRIMARY KEY(name, attempt)) WITHOUT ROWID;
CREATE TABLE waiter(
  name BLOB NOT NULL, attempt BLOB NOT NULL, owner BLOB NOT NULL, ticket INTEGER NOT NULL, mode INTEGER NOT NULL,
  permits INTEGER NOT NULL, deadline INTEGER NOT NULL, boot BLOB NOT NULL, PRIMARY KEY(name, attempt)) WITHOUT ROWID;
CREATE TABLE semaphore(name BLOB NOT NULL PRIMARY KEY, capacity INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE answer(
  attempt BLOB NOT NULL, number INTEGER NOT NULL, request INTEGER NOT NULL, kind INTEGER NOT NULL,
  token INTEGER NOT NULL, lives INTEGER NOT NULL, revoked BLOB NOT NULL, forget_at INTEGER NOT NULL, boot BLOB NOT NULL,
  PRIMARY KEY(attempt, number)) WITHOUT ROWID;
CREATE TABLE event(
  number INTEGER PRIMARY KEY, name BLOB NOT NULL, kind INTEGER NOT NULL, attempt BLOB NOT NULL, owner BLOB NOT NULL,
  mode INTEGER NOT NULL, permits INTEGER NOT NULL, token INTEGER NOT NULL, reason BLOB NOT NULL);
)sql";

int execute(sqlite3* db, const std::string& sql) { return sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr); }

// The first column of the first row, as text; the code if there is none.
int read_text(sqlite3* db, const std::string& sql, std::string& text) {
  sqlite3_stmt* raw = nullptr;
  int code = sqlite3_prepare_v2(db, sql.c_str(), -1, &raw, nullptr);
  if (code == SQLITE_OK) code = sqlite3_step(raw);
  if (code == SQLITE_ROW) {
    const auto* column = reinterpret_cast<const char*>(sqlite3_column_text(raw, 0));
    text = column == nullptr ? "" : column;
    code = SQLITE_OK;
  }
  sqlite3_finalize(raw);
  return code;
}

std::string level_of(const std::string& synchronous) {
  if (synchronous == "off") return "0";
  if (synchronous == "normal") return "1";
  if (synchronous == "full") return "2";
  return "3";
}

}  // namespace

Result<std::unique_ptr<BlockingStore>> SqliteStore::open(const SqliteOptions& options, Clock& clock,
                                                         LeaseObserver* observer) {
  sqlite3* raw = nullptr;
  const int opened =
      sqlite3_open_v2(options.path.c_str(), &raw, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
                      options.vfs.empty() ? nullptr : options.vfs.c_str());
  SqliteConnection db(raw);
  if (opened != SQLITE_OK) {
    return definite(ErrorKind::storage, fmt::format("cannot open {}: {}", options.path, sqlite3_errstr(opened)));
  }
  std::unique_ptr<SqliteStore> store(new SqliteStore(std::move(db), options, clock, observer));
  // Before anything is changed: the file may be somebody else's. And at one instant: another process may just be
  // making a store of it.
  execute(raw, "BEGIN");
  const auto fresh = store->is_fresh();
  execute(raw, "ROLLBACK");
  if (!fresh) return std::unexpected(fresh.error());
  if (auto configured = store->configure(*fresh); !configured) return std::unexpected(configured.error());
  if (*fresh) {
    if (auto created = store->create_schema(); !created) return std::unexpected(created.error());
  }
  store->declare();
  store->declare_opening();
  if (auto recovered = store->recover(); !recovered) return std::unexpected(recovered.error());
  return store;
}

// Settings that durability rests on are read back: SQLite may quietly decline one.
Result<void> SqliteStore::configure(bool fresh) {
  sqlite3* db = db_.get();
  sqlite3_extended_result_codes(db, 1);
  sqlite3_busy_timeout(db, 0);  // waiting is done above, on the clock seam
  int code = fresh ? execute(db, fmt::format("PRAGMA page_size={}", options_.page_size)) : SQLITE_OK;
  std::string journal;
  std::string synchronous;
  if (code == SQLITE_OK) code = read_text(db, fmt::format("PRAGMA journal_mode={}", options_.journal_mode), journal);
  if (code == SQLITE_OK) code = execute(db, fmt::format("PRAGMA synchronous={}", options_.synchronous));
  if (code == SQLITE_OK) code = read_text(db, "PRAGMA synchronous", synchronous);
  if (code == SQLITE_OK) code = sqlite3_wal_autocheckpoint(db, 0);
  if (code != SQLITE_OK) return std::unexpected(failure(code, true));
  if (journal != options_.journal_mode || synchronous != level_of(options_.synchronous)) {
    return definite(ErrorKind::invalid, fmt::format("asked for journal_mode={} synchronous={}, got {} and {}",
                                                    options_.journal_mode, options_.synchronous, journal, synchronous));
  }
  return {};
}

// True if there is nothing in the file, false if a store of ours is. Changes nothing; to be asked in a transaction.
Result<bool> SqliteStore::is_fresh() {
  std::string application;
  std::string version;
  std::string tables;
  int code = read_text(db_.get(), "PRAGMA application_id", application);
  if (code == SQLITE_OK) code = read_text(db_.get(), "PRAGMA user_version", version);
  if (code == SQLITE_OK && application == "0") {
    code = read_text(db_.get(), "SELECT count(*) FROM sqlite_schema", tables);
  }
  if (code == SQLITE_NOTADB) return definite(ErrorKind::invalid, fmt::format("{} is no database", options_.path));
  if (code != SQLITE_OK) return std::unexpected(failure(code, true));
  if (application == "0" && version == "0" && tables == "0") return true;
  if (application != std::to_string(kApplicationId)) {
    return definite(ErrorKind::invalid, fmt::format("{} belongs to another program", options_.path));
  }
  if (version != std::to_string(kSchemaVersion)) {
    return definite(ErrorKind::invalid, fmt::format("{} has schema version {}, this program knows {}", options_.path,
                                                    version, kSchemaVersion));
  }
  return false;
}

Result<void> SqliteStore::create_schema() {
  if (const int code = execute(db_.get(), "BEGIN IMMEDIATE"); code != SQLITE_OK) {
    return std::unexpected(failure(code, true));
  }
  auto fresh = is_fresh();  // another process may have been first
  int code = SQLITE_OK;
  if (fresh && *fresh) {
    code = execute(db_.get(), fmt::format("{} PRAGMA application_id={}; PRAGMA user_version={};", kSchema,
                                          kApplicationId, kSchemaVersion));
  }
  if (fresh && code == SQLITE_OK) code = execute(db_.get(), "COMMIT");
  if (fresh && code == SQLITE_OK) return {};
  execute(db_.get(), "ROLLBACK");
  return std::unexpected(fresh ? failure(code, true) : fresh.error());
}

void SqliteStore::declare() {
  const auto add = [db = db_.get()](SqliteStatement& statement, std::string_view sql) { statement.declare(db, sql); };
  add(begin_, options_.begin);
  add(commit_, options_.commit);
  add(rollback_, "ROLLBACK");
  add(look_up_,
      "SELECT 1, request, kind, token, lives, revoked, 0, 0, 0, 0, 0 FROM answer WHERE attempt=?1 AND number=?2 "
      "UNION ALL SELECT * FROM (SELECT 2, number, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM answer WHERE attempt=?1 LIMIT 1) "
      "UNION ALL SELECT 3, attempt, owner, mode, permits, token, ttl, deadline, since, boot, metadata FROM lease WHERE "
      "name=?3 UNION ALL SELECT 4, attempt, owner, ticket, mode, permits, deadline, boot, 0, 0, 0 FROM waiter WHERE "
      "name=?3 UNION ALL SELECT 5, capacity, 0, 0, 0, 0, 0, 0, 0, 0, 0 FROM semaphore WHERE name=?3 "
      "UNION ALL SELECT 6, token, boot, watched_until, 0, 0, 0, 0, 0, 0, 0 FROM counter");
  add(insert_row_, "INSERT INTO lease VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)");
  add(delete_row_, "DELETE FROM lease WHERE name=?1 AND attempt=?2");
  add(extend_row_, "UPDATE lease SET ttl=?1, deadline=?2, boot=?3, mode=?4 WHERE name=?5 AND attempt=?6");
  add(count_token_, "UPDATE counter SET token=?1 WHERE id=1");
  add(insert_waiter_, "INSERT INTO waiter VALUES(?1,?2,?3,?4,?5,?6,?7,?8)");
  add(keep_waiter_, "UPDATE waiter SET deadline=?1, boot=?2 WHERE name=?3 AND attempt=?4");
  add(delete_waiter_, "DELETE FROM waiter WHERE name=?1 AND attempt=?2");
  add(insert_semaphore_, "INSERT OR IGNORE INTO semaphore VALUES(?1,?2)");
  add(insert_answer_, "INSERT OR REPLACE INTO answer VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9)");
  add(forget_answers_, "DELETE FROM answer WHERE boot=?1 AND forget_at<=?2");
  add(select_watched_, "SELECT epoch, next_event, boot, watched_until FROM counter WHERE id=1");
  add(watch_, "UPDATE counter SET epoch=?1, watched_until=?2 WHERE id=1");
  add(select_over_, "SELECT DISTINCT name FROM lease WHERE name>=?1 AND name<?2 AND boot=?3 AND deadline<=?4");
  add(insert_event_, "INSERT INTO event SELECT next_event,?1,?2,?3,?4,?5,?6,?7,?8 FROM counter WHERE id=1");
  add(count_event_, "UPDATE counter SET next_event=next_event+1 WHERE id=1");
  add(select_events_,
      "SELECT number, name, kind, attempt, owner, mode, permits, token, reason FROM event WHERE number>=?1 "
      "ORDER BY number");
  add(trim_events_, "DELETE FROM event WHERE number<(SELECT next_event-?1 FROM counter WHERE id=1)");
  add(select_names_,
      "SELECT attempt, owner, mode, permits, token, ttl, deadline, since, boot, metadata, name FROM lease WHERE "
      "name>=?1 ORDER BY name");
}

void SqliteStore::declare_opening() {
  const auto add = [db = db_.get()](SqliteStatement& statement, std::string_view sql) { statement.declare(db, sql); };
  add(select_counter_, "SELECT token, boot FROM counter WHERE id=1");
  add(select_all_,
      "SELECT attempt, owner, mode, permits, token, ttl, deadline, since, boot, metadata, name FROM lease");
  add(select_line_,
      "SELECT attempt, owner, ticket, mode, permits, deadline, boot, name FROM waiter ORDER BY name, ticket");
  add(count_opening_, "UPDATE counter SET boot=?1, openings=openings+1 WHERE id=1");
  add(rebase_leases_, "UPDATE lease SET deadline=?1+ttl, since=?1, boot=?2 WHERE boot<>?2");
  add(rebase_waiters_, "UPDATE waiter SET deadline=?1, boot=?2 WHERE boot<>?2");
  add(rebase_answers_, "UPDATE answer SET forget_at=?1+lives+?3, boot=?2 WHERE boot<>?2");
}

// Leases and answers of an earlier boot count from now: their clock is gone.
int SqliteStore::rebase(MonoTime now, std::string_view boot) {
  const std::int64_t reading = now.time_since_epoch().count();
  int code = rebase_leases_.use().bind(reading).bind(boot).step();
  if (code == SQLITE_DONE) code = rebase_waiters_.use().bind(reading + kPlaceKept.count()).bind(boot).step();
  if (code == SQLITE_DONE) code = rebase_answers_.use().bind(reading).bind(boot).bind(kRetryHorizon.count()).step();
  return code;
}

int SqliteStore::read_all(std::vector<NamedRow>& rows) {
  auto select = select_all_.use();
  int code = SQLITE_ROW;
  while ((code = select.step()) == SQLITE_ROW) {
    auto name = name_of_storage_key(select.bytes(10));
    if (!name) return SQLITE_CORRUPT;
    rows.push_back({std::move(*name), sqlite_codec::lease_of(select, 0)});
  }
  return code;
}

int SqliteStore::read_line(std::vector<NamedWaiter>& waiters) {
  auto select = select_line_.use();
  int code = SQLITE_ROW;
  while ((code = select.step()) == SQLITE_ROW) {
    auto name = name_of_storage_key(select.bytes(7));
    if (!name) return SQLITE_CORRUPT;
    waiters.push_back({std::move(*name), sqlite_codec::waiter_of(select, 0)});
  }
  return code;
}

// Always changes something, and so syncs the log before anything is answered: a process that died between writing a
// commit and syncing it leaves one that can be read, and that a power loss may still take back.
Result<void> SqliteStore::recover() {
  Transaction transaction(*this);
  if (!transaction.open()) return std::unexpected(failure(transaction.code(), true));
  const MonoTime now = clock_.monotonic();
  const auto boot = sqlite_codec::bytes_of(clock_.boot());
  Token highest = 0;
  bool rebooted = false;
  {
    auto select = select_counter_.use();
    const int code = select.step();
    if (code != SQLITE_ROW) return std::unexpected(failure(code == SQLITE_DONE ? SQLITE_CORRUPT : code, true));
    highest = static_cast<Token>(select.integer(0));
    rebooted = select.bytes(1) != std::string_view(boot);
  }
  std::vector<NamedRow> rows;
  int code = count_opening_.use().bind(boot).step();
  if (code == SQLITE_DONE && rebooted) code = rebase(now, boot);
  if (code == SQLITE_DONE) code = read_all(rows);
  std::vector<NamedWaiter> waiters;
  if (code == SQLITE_DONE) code = read_line(waiters);
  if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
  if (code = transaction.commit(); code != SQLITE_DONE) return std::unexpected(failure(code, true));
  if (observer_ == nullptr) return {};
  observer_->on({.kind = LeaseEvent::Kind::restarted, .token = highest, .decided = now, .deadline = now});
  for (const NamedRow& r : rows) tell_recovered(*observer_, r.name, r.row, now);
  for (const NamedWaiter& w : waiters) tell_recovered(*observer_, w.name, w.row, now);
  return {};
}

}  // namespace lockstep
