// Refusals and repeated answers take one reading statement and write nothing; everything else is decided under the
// write lock (BEGIN IMMEDIATE), never by upgrading a read: two upgraders would both decide on what they read.
// Source of that trap: bug class 28, a deferred transaction that reads "expired" twice.
#include "impl/backends/sqlite_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "impl/backends/sqlite_codec.h"
#include "impl/backends/sqlite_transaction.h"

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

void SqliteStore::tell(LeaseEvent::Kind kind, const LockName& name, RequestKey key, const LeaseRow& row, MonoTime now) {
  if (observer_ != nullptr) observer_->on({kind, &name, key, row.mode, row.token, row.ttl, now, row.deadline});
}

void SqliteStore::tell(LeaseEvent::Kind kind, const LockName& name, RequestKey key, const WaiterRow& row,
                       MonoTime now) {
  tell(kind, name, key, LeaseRow{.mode = row.mode, .permits = row.permits, .deadline = row.deadline}, now);
}

void SqliteStore::repeated(const LockName& name, RequestKey key) {
  tell(LeaseEvent::Kind::repeated, name, key, LeaseRow{}, clock_.monotonic());
}

// A checkpoint is never part of a commit, so that the end of a commit is the moment at which it takes effect.
void SqliteStore::checkpoint_sometimes() {
  if (++commits_ % options_.checkpoint_every == 0) {
    sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }
}

Result<SqliteStore::Past> SqliteStore::look_up(const std::string& name, RequestKey key, std::uint64_t fingerprint) {
  const auto attempt = sqlite_codec::bytes_of(key.attempt);
  auto select = look_up_.use();
  select.bind(attempt).bind(std::int64_t{key.number}).bind(name);
  Past past;
  int code = SQLITE_ROW;
  while ((code = select.step()) == SQLITE_ROW) {
    switch (select.integer(0)) {
      case 1:
        if (static_cast<std::uint64_t>(select.integer(1)) != fingerprint) {
          return definite(ErrorKind::key_reused, "this idempotency key was used with other arguments");
        }
        past.answer = {static_cast<AnswerKind>(select.integer(2)), select.integer(3), Duration(select.integer(4))};
        break;
      case 2: past.acted = true; break;
      case 3: past.record.leases.push_back(sqlite_codec::lease_of(select, 1)); break;
      case 4: past.record.waiters.push_back(sqlite_codec::waiter_of(select, 1)); break;
      default: past.record.capacity = static_cast<std::uint32_t>(select.integer(1));
    }
  }
  if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
  std::ranges::sort(past.record.waiters, {}, &WaiterRow::ticket);
  return past;
}

// Two statements: RETURNING would build a table of its own for the one row.
int SqliteStore::take_token(Token& token) {
  {
    auto counter = select_counter_.use();
    if (const int code = counter.step(); code != SQLITE_ROW) return code == SQLITE_DONE ? SQLITE_CORRUPT : code;
    token = static_cast<Token>(counter.integer(0)) + 1;
  }
  return count_token_.use().bind(static_cast<std::int64_t>(token)).step();
}

int SqliteStore::remember(RequestKey key, std::uint64_t fingerprint, const Remembered& answer, MonoTime now,
                          Duration lease) {
  const auto boot = sqlite_codec::bytes_of(clock_.boot());
  if (commits_ % options_.checkpoint_every == 0) {  // it reads the whole table: not every time
    const int forgotten = forget_answers_.use().bind(boot).bind(now.time_since_epoch().count()).step();
    if (forgotten != SQLITE_DONE) return forgotten;
  }
  const auto attempt = sqlite_codec::bytes_of(key.attempt);
  return insert_answer_.use()
      .bind(attempt)
      .bind(std::int64_t{key.number})
      .bind(static_cast<std::int64_t>(fingerprint))
      .bind(static_cast<std::int64_t>(answer.kind))
      .bind(answer.token)
      .bind(answer.valid_for.count())
      .bind((now + lease + kRetryHorizon).time_since_epoch().count())
      .bind(boot)
      .step();
}

Result<SqliteStore::Considered> SqliteStore::consider(const AcquireRequest& request, const std::string& key) {
  auto past = look_up(key, request.key, fingerprint(request));
  if (!past) return std::unexpected(past.error());
  const MonoTime now = clock_.monotonic();
  const BootId boot = clock_.boot();
  Considered considered{{}, {}, std::move(past->record), now};
  const LockRecord& record = considered.record;
  if (past->answer) {
    repeated(request.name, request.key);
    const auto token = static_cast<Token>(past->answer->token);
    considered.answer = granted_before(record.leases, request.key.attempt, token, now, boot);
    return considered;
  }
  if (auto refusal = refusal_of_kind(request, record, now, boot)) return std::unexpected(*refusal);
  considered.decision = decide(request, record, now, boot);
  const WaiterRow* place = find_place(record, request.key.attempt);
  switch (considered.decision) {
    case AcquireDecision::already_held: {
      const LeaseRow* row = find_living(record.leases, request.key.attempt, 0, now, boot);
      considered.answer = Granted{row->token, remaining(*row, now, boot)};
      break;
    }
    case AcquireDecision::refuse:
      if (place == nullptr) considered.answer = Refused{living_holders(request.name, record.leases, now, boot)};
      break;
    case AcquireDecision::wait:
      if (past->acted) return std::unexpected(attempt_has_ended());
      if (place != nullptr && place->boot == boot && now + kPlaceKept / 2 < place->deadline) {
        considered.answer = queued(record, request.key.attempt, now, boot);
      }
      break;
    case AcquireDecision::grant:
      if (past->acted) return std::unexpected(attempt_has_ended());
  }
  return considered;
}

int SqliteStore::leave_line(const std::string& key, const WaiterRow& place) {
  const auto attempt = sqlite_codec::bytes_of(place.attempt);
  return delete_waiter_.use().bind(key).bind(attempt).step();
}

int SqliteStore::tidy(const std::string& key, const LockRecord& record, AttemptId attempt, MonoTime now) {
  int code = SQLITE_DONE;
  for (const LeaseRow& old : record.leases) {
    if (code != SQLITE_DONE || living(old, now, clock_.boot())) continue;
    const auto dead = sqlite_codec::bytes_of(old.attempt);
    code = delete_row_.use().bind(key).bind(dead).step();
  }
  for (const WaiterRow& place : record.waiters) {
    if (code != SQLITE_DONE || (place.attempt != attempt && living(place, now, clock_.boot()))) continue;
    code = leave_line(key, place);
  }
  return code;
}

void SqliteStore::tell_tidied(const LockName& name, const LockRecord& record, RequestKey key, MonoTime now) {
  for (const LeaseRow& old : record.leases) {
    if (!living(old, now, clock_.boot())) tell(LeaseEvent::Kind::expired, name, {old.attempt, 0}, old, now);
  }
  for (const WaiterRow& place : record.waiters) {
    if (place.attempt == key.attempt || !living(place, now, clock_.boot())) {
      tell(LeaseEvent::Kind::left, name, {place.attempt, 0}, place, now);
    }
  }
}

Result<AcquireAnswer> SqliteStore::refuse(Transaction& transaction, const AcquireRequest& request,
                                          const std::string& key, const LockRecord& record, MonoTime now) {
  const WaiterRow& place = *find_place(record, request.key.attempt);
  int code = leave_line(key, place);
  if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
  if (code = transaction.commit(); code != SQLITE_DONE) return std::unexpected(failure(code, false));
  tell(LeaseEvent::Kind::left, request.name, request.key, place, now);
  checkpoint_sometimes();
  return AcquireAnswer(Refused{living_holders(request.name, record.leases, now, clock_.boot())});
}

Result<AcquireAnswer> SqliteStore::keep_place(Transaction& transaction, const AcquireRequest& request,
                                              const std::string& key, LockRecord& record, MonoTime now) {
  const BootId boot = clock_.boot();
  int code = SQLITE_DONE;
  const WaiterRow* old = find_place(record, request.key.attempt);
  const bool kept = old != nullptr && living(*old, now, boot);
  const WaiterRow place = new_place(record, request, now, boot);
  if (kept) {
    const auto attempt = sqlite_codec::bytes_of(old->attempt);
    const auto boot_bytes = sqlite_codec::bytes_of(boot);
    const std::int64_t deadline = (now + kPlaceKept).time_since_epoch().count();
    code = keep_waiter_.use().bind(deadline).bind(boot_bytes).bind(key).bind(attempt).step();
  } else {
    if (old != nullptr) code = leave_line(key, *old);  // it had lapsed: to the end of the line
    if (code == SQLITE_DONE) code = sqlite_codec::insert(insert_waiter_, key, place);
    if (code == SQLITE_DONE && request.mode == Mode::permits) {
      code = insert_semaphore_.use().bind(key).bind(std::int64_t{request.capacity}).step();
    }
  }
  if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
  if (code = transaction.commit(); code != SQLITE_DONE) return std::unexpected(failure(code, false));
  if (!kept) {
    if (old != nullptr) {
      tell(LeaseEvent::Kind::left, request.name, request.key, *old, now);
      std::erase_if(record.waiters, [&](const WaiterRow& row) { return row.attempt == request.key.attempt; });
    }
    record.waiters.push_back(place);
    tell(LeaseEvent::Kind::queued, request.name, request.key, place, now);
  }
  checkpoint_sometimes();
  return AcquireAnswer(queued(record, request.key.attempt, now, boot));
}

Result<AcquireAnswer> SqliteStore::grant(Transaction& transaction, const AcquireRequest& request,
                                         const std::string& key, const LockRecord& record, MonoTime now) {
  LeaseRow row{request.key.attempt, request.owner,     request.mode,  request.permits, 0,
               request.ttl,         now + request.ttl, clock_.boot(), request.metadata};
  int code = take_token(row.token);
  if (code == SQLITE_DONE) code = tidy(key, record, request.key.attempt, now);
  if (code == SQLITE_DONE) code = sqlite_codec::insert(insert_row_, key, row);
  if (code == SQLITE_DONE && request.mode == Mode::permits && record.capacity == 0) {
    code = insert_semaphore_.use().bind(key).bind(std::int64_t{request.capacity}).step();
  }
  const Remembered answer{AnswerKind::granted, static_cast<std::int64_t>(row.token), request.ttl};
  if (code == SQLITE_DONE) code = remember(request.key, fingerprint(request), answer, now, request.ttl);
  if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
  if (code = transaction.commit(); code != SQLITE_DONE) return std::unexpected(failure(code, false));
  tell_tidied(request.name, record, request.key, now);
  tell(LeaseEvent::Kind::granted, request.name, request.key, row, now);
  checkpoint_sometimes();
  return AcquireAnswer(Granted{row.token, request.ttl});
}

Result<AcquireAnswer> SqliteStore::acquire(const AcquireRequest& request, const Claims& claims) {
  if (auto refusal = refusal_of(request, claims)) return std::unexpected(*refusal);
  const std::string key = storage_key(request.name);
  auto considered = consider(request, key);
  if (!considered) return std::unexpected(considered.error());
  if (considered->answer) return std::move(*considered->answer);
  Transaction writing(*this);
  if (!writing.open()) return std::unexpected(failure(writing.code(), true));
  considered = consider(request, key);
  if (!considered) return std::unexpected(considered.error());
  if (considered->answer) return std::move(*considered->answer);
  auto& [answer, decision, record, now] = *considered;
  switch (decision) {
    case AcquireDecision::grant: return grant(writing, request, key, record, now);
    case AcquireDecision::wait: return keep_place(writing, request, key, record, now);
    default: return refuse(writing, request, key, record, now);
  }
}

Result<RenewAnswer> SqliteStore::renew(const RenewRequest& request) {
  if (auto refusal = refusal_of(request)) return std::unexpected(*refusal);
  Transaction transaction(*this);
  if (!transaction.open()) return std::unexpected(failure(transaction.code(), true));
  const std::string key = storage_key(request.name);
  const auto past = look_up(key, request.key, fingerprint(request));
  if (!past) return std::unexpected(past.error());
  if (past->answer) {
    repeated(request.name, request.key);
    return RenewAnswer::renewed;
  }
  const MonoTime now = clock_.monotonic();
  const BootId boot = clock_.boot();
  const LeaseRow* found = find_living(past->record.leases, request.key.attempt, request.token, now, boot);
  if (found == nullptr) return RenewAnswer::lost;
  if (auto refusal = refusal_of_downgrade(request, *found)) return std::unexpected(*refusal);
  LeaseRow row = *found;
  renew_lease(row, request, now, boot);
  const auto attempt = sqlite_codec::bytes_of(row.attempt);
  const auto boot_bytes = sqlite_codec::bytes_of(boot);
  int code = extend_row_.use()
                 .bind(row.ttl.count())
                 .bind(row.deadline.time_since_epoch().count())
                 .bind(boot_bytes)
                 .bind(static_cast<std::int64_t>(row.mode))
                 .bind(key)
                 .bind(attempt)
                 .step();
  if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
  code = remember(request.key, fingerprint(request), {AnswerKind::renewed, 0, row.ttl}, now, row.ttl);
  if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
  if (code = transaction.commit(); code != SQLITE_DONE) return std::unexpected(failure(code, false));
  tell(LeaseEvent::Kind::renewed, request.name, request.key, row, now);
  checkpoint_sometimes();
  return RenewAnswer::renewed;
}

Result<ReleaseAnswer> SqliteStore::release(const ReleaseRequest& request) {
  if (auto refusal = refusal_of(request.name)) return std::unexpected(*refusal);
  Transaction transaction(*this);
  if (!transaction.open()) return std::unexpected(failure(transaction.code(), true));
  const std::string key = storage_key(request.name);
  const auto past = look_up(key, request.key, fingerprint(request));
  if (!past) return std::unexpected(past.error());
  if (past->answer) {
    repeated(request.name, request.key);
    return past->answer->kind == AnswerKind::released ? ReleaseAnswer::released : ReleaseAnswer::not_held;
  }
  const MonoTime now = clock_.monotonic();
  const LeaseRow* row = find_living(past->record.leases, request.key.attempt, request.token, now, clock_.boot());
  const bool giving_up = request.token == 0;
  if (row == nullptr && !giving_up) return ReleaseAnswer::not_held;
  if (row != nullptr) {
    const auto attempt = sqlite_codec::bytes_of(row->attempt);
    const int code = delete_row_.use().bind(key).bind(attempt).step();
    if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
  }
  const WaiterRow* place = giving_up ? find_place(past->record, request.key.attempt) : nullptr;
  if (place != nullptr) {
    if (const int code = leave_line(key, *place); code != SQLITE_DONE) return std::unexpected(failure(code, true));
  }
  // Also remembered when nothing was held: what a giver-up still has on its way must not be granted.
  const AnswerKind kind = row != nullptr ? AnswerKind::released : AnswerKind::not_held;
  int code = remember(request.key, fingerprint(request), {kind, 0, Duration::zero()}, now, Duration::zero());
  if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
  if (code = transaction.commit(); code != SQLITE_DONE) return std::unexpected(failure(code, false));
  if (row != nullptr) tell(LeaseEvent::Kind::released, request.name, request.key, *row, now);
  if (place != nullptr) tell(LeaseEvent::Kind::left, request.name, request.key, *place, now);
  checkpoint_sometimes();
  return row != nullptr ? ReleaseAnswer::released : ReleaseAnswer::not_held;
}

Result<std::vector<Holder>> SqliteStore::inspect(const LockName& name) {
  if (auto refusal = refusal_of(name)) return std::unexpected(*refusal);
  const auto past = look_up(storage_key(name), {}, 0);
  if (!past) return std::unexpected(past.error());
  return living_holders(name, past->record.leases, clock_.monotonic(), clock_.boot());
}

}  // namespace lockstep
