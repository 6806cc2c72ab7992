// Refusals and repeated answers take one reading statement and write nothing; everything else is decided under the
// write lock (BEGIN IMMEDIATE), never by upgrading a read: two upgraders would both decide on what they read.
// Source of that trap: bug class 28, a deferred transaction that reads "expired" twice.
#include "impl/backends/sqlite_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "impl/backends/event_log.h"
#include "impl/backends/sqlite_codec.h"
#include "impl/backends/sqlite_transaction.h"
#include "impl/lock/page.h"

namespace lockstep {

SqliteStore::SqliteStore(SqliteConnection db, const SqliteOptions& options, Clock& clock, LeaseObserver* observer)
    : clock_(clock), observer_(observer), options_(options), db_(std::move(db)) {}

LockError SqliteStore::failure(int code, bool nothing_happened) const {
  const int primary = code & 0xff;
  if (primary == SQLITE_BUSY || primary == SQLITE_LOCKED) {
    return {ErrorKind::busy, nothing_happened, "another process is writing"};
  }
  return {ErrorKind::storage, nothing_happened, fmt::format("sqlite: {}", sqlite3_errstr(code))};
}

// A checkpoint is never part of a commit, so that the end of a commit is the moment at which it takes effect.
void SqliteStore::checkpoint_sometimes() {
  if (++commits_ % options_.checkpoint_every == 0) {
    sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }
}

Result<SqliteStore::Past> SqliteStore::look_up(const std::string& name, RequestKey key) {
  const auto attempt = sqlite_codec::bytes_of(key.attempt);
  const auto boot = sqlite_codec::bytes_of(clock_.boot());
  auto select = look_up_.use();
  select.bind(attempt).bind(std::int64_t{key.number}).bind(name);
  Past past;
  int code = SQLITE_ROW;
  while ((code = select.step()) == SQLITE_ROW) {
    switch (select.integer(0)) {
      case 1: {
        Remembered& answer = past.memory.answer.emplace();
        answer.key = key;
        answer.fingerprint = static_cast<std::uint64_t>(select.integer(1));
        answer.kind = static_cast<Remembered::Kind>(select.integer(2));
        answer.token = static_cast<Token>(select.integer(3));
        answer.lives = Duration(select.integer(4));
        answer.revoked = sqlite_codec::revoked_of(select.bytes(5));
        break;
      }
      case 2:
        past.memory.acted = true;
        past.memory.broken = select.integer(1) == kBrokenEntry;
        break;
      case 3: past.record.leases.push_back(sqlite_codec::lease_of(select, 1)); break;
      case 4: past.record.waiters.push_back(sqlite_codec::waiter_of(select, 1)); break;
      case 5: past.record.capacity = static_cast<std::uint32_t>(select.integer(1)); break;
      default:
        past.record.last_token = static_cast<Token>(select.integer(1));
        past.watched =
            select.bytes(2) == std::string_view(boot) && clock_.monotonic() < MonoTime(Duration(select.integer(3)));
    }
  }
  if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
  std::ranges::sort(past.record.waiters, {}, &WaiterRow::ticket);
  return past;
}

int SqliteStore::remember(const Remembered& answer, Reading at) {
  const auto boot = sqlite_codec::bytes_of(at.boot);
  if (commits_ % options_.checkpoint_every == 0) {  // it reads the whole table: not every time
    const int forgotten = forget_answers_.use().bind(boot).bind(at.now.time_since_epoch().count()).step();
    if (forgotten != SQLITE_DONE) return forgotten;
  }
  const auto attempt = sqlite_codec::bytes_of(answer.key.attempt);
  const std::string revoked = sqlite_codec::bytes_of(answer.revoked);
  return insert_answer_.use()
      .bind(attempt)
      .bind(std::int64_t{answer.key.number})
      .bind(static_cast<std::int64_t>(answer.fingerprint))
      .bind(static_cast<std::int64_t>(answer.kind))
      .bind(static_cast<std::int64_t>(answer.token))
      .bind(answer.lives.count())
      .bind(std::string_view(revoked))
      .bind(answer.forget_at.time_since_epoch().count())
      .bind(boot)
      .step();
}

int SqliteStore::write(const std::string& key, const Change& change) {
  using Kind = Change::Kind;
  const auto lease = sqlite_codec::bytes_of(change.lease.attempt);
  const auto place = sqlite_codec::bytes_of(change.place.attempt);
  switch (change.kind) {
    case Kind::establish: return insert_semaphore_.use().bind(key).bind(std::int64_t{change.capacity}).step();
    case Kind::grant: {
      const int code = count_token_.use().bind(static_cast<std::int64_t>(change.lease.token)).step();
      return code == SQLITE_DONE ? sqlite_codec::insert(insert_row_, key, change.lease) : code;
    }
    case Kind::renew: {
      const auto boot = sqlite_codec::bytes_of(change.lease.boot);
      return extend_row_.use()
          .bind(change.lease.ttl.count())
          .bind(change.lease.deadline.time_since_epoch().count())
          .bind(boot)
          .bind(static_cast<std::int64_t>(change.lease.mode))
          .bind(key)
          .bind(lease)
          .step();
    }
    case Kind::release:
    case Kind::expire:
    case Kind::revoke: return delete_row_.use().bind(key).bind(lease).step();
    case Kind::queue: return sqlite_codec::insert(insert_waiter_, key, change.place);
    case Kind::keep: {
      const auto boot = sqlite_codec::bytes_of(change.place.boot);
      const std::int64_t deadline = change.place.deadline.time_since_epoch().count();
      return keep_waiter_.use().bind(deadline).bind(boot).bind(key).bind(place).step();
    }
    case Kind::leave: return delete_waiter_.use().bind(key).bind(place).step();
    case Kind::remember:
    case Kind::repeat: return SQLITE_DONE;
  }
  return SQLITE_MISUSE;
}

int SqliteStore::write(const std::string& key, const LockName& name, const Past& past, const Changes& changes,
                       Reading at) {
  int code = SQLITE_DONE;
  for (const Change& change : changes) {
    if (code == SQLITE_DONE) code = write(key, change);
    if (code == SQLITE_DONE && change.kind == Change::Kind::remember) code = remember(change.answer, at);
    const auto event = past.watched ? event_of(name, change) : std::nullopt;
    if (code == SQLITE_DONE && event) code = log(key, *event);
  }
  return code;
}

void SqliteStore::tell_all(const LockName& name, const Changes& changes, Reading at) {
  if (observer_ == nullptr) return;
  for (const Change& change : changes) tell(*observer_, name, change, at);
}

template <typename Answer, typename Request>
Result<Answer> SqliteStore::carry_out(const Request& request, bool look_first) {
  const std::string key = storage_key(request.name);
  if (look_first) {
    const auto past = look_up(key, request.key);
    if (!past) return std::unexpected(past.error());
    const Reading at = reading();
    auto decision = options_.ledger->decide(request, past->record, past->memory, at);
    if (!decision.writes()) {
      tell_all(request.name, decision.changes, at);
      return std::move(decision.answer);
    }
  }
  Transaction transaction(*this);
  if (!transaction.open()) return std::unexpected(failure(transaction.code(), true));
  const auto past = look_up(key, request.key);
  if (!past) return std::unexpected(past.error());
  const Reading at = reading();
  auto decision = options_.ledger->decide(request, past->record, past->memory, at);
  if (decision.writes()) {
    int code = write(key, request.name, *past, decision.changes, at);
    if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
    if (code = transaction.commit(); code != SQLITE_DONE) return std::unexpected(failure(code, false));
  }
  tell_all(request.name, decision.changes, at);
  if (decision.writes()) checkpoint_sometimes();
  return std::move(decision.answer);
}

Result<AcquireAnswer> SqliteStore::acquire(const AcquireRequest& request) {
  return carry_out<AcquireAnswer>(request, true);
}
Result<RenewAnswer> SqliteStore::renew(const RenewRequest& request) { return carry_out<RenewAnswer>(request, false); }
Result<ReleaseAnswer> SqliteStore::release(const ReleaseRequest& request) {
  return carry_out<ReleaseAnswer>(request, false);
}
Result<BreakAnswer> SqliteStore::break_lock(const BreakRequest& request) {
  return carry_out<BreakAnswer>(request, false);
}

Result<Inspection> SqliteStore::inspect(const LockName& name) {
  const auto past = look_up(storage_key(name), {});
  if (!past) return std::unexpected(past.error());
  return inspection_of(name, past->record, clock_.monotonic(), clock_.boot());
}

Result<Listing> SqliteStore::list(const ListRequest& request) {
  Page page(request);
  const Reading at = reading();
  std::optional<LockName> name;
  std::vector<LeaseRow> leases;
  const std::string from = storage_key({request.space, page.from()});
  auto select = select_names_.use();
  select.bind(std::string_view(from));
  int code = SQLITE_ROW;
  while ((code = select.step()) == SQLITE_ROW) {
    auto next = name_of_storage_key(select.bytes(10));
    if (!next) return std::unexpected(failure(SQLITE_CORRUPT, true));
    if (name && *name != *next) {
      if (!page.add(*name, leases, at)) return page.take();
      leases.clear();
    }
    name = std::move(next);
    leases.push_back(sqlite_codec::lease_of(select, 0));
  }
  if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
  if (name) page.add(*name, leases, at);
  return page.take();
}

}  // namespace lockstep
