// Refusals and repeated answers are read in a read transaction and write nothing; everything else is decided under
// the write lock (BEGIN IMMEDIATE), never by upgrading a read: two upgraders would both decide on what they read.
// Source of that trap: bug class 28, a deferred transaction that reads "expired" twice.
#include "impl/backends/sqlite_store.h"

#include <fmt/format.h>

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

void SqliteStore::repeated(const LockName& name, RequestKey key) {
  tell(LeaseEvent::Kind::repeated, name, key, {}, clock_.monotonic());
}

// A checkpoint is never part of a commit, so that the end of a commit is the moment at which it takes effect.
void SqliteStore::checkpoint_sometimes() {
  if (++commits_ % options_.checkpoint_every == 0) {
    sqlite3_wal_checkpoint_v2(db_.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }
}

int SqliteStore::read_rows(std::string_view key, std::vector<LeaseRow>& rows) {
  auto select = select_rows_.use();
  select.bind(key);
  int code = SQLITE_ROW;
  while ((code = select.step()) == SQLITE_ROW) rows.push_back(sqlite_codec::row_of(select, 0));
  return code;
}

Result<std::optional<SqliteStore::Remembered>> SqliteStore::remembered(RequestKey key, std::uint64_t fingerprint) {
  const std::string attempt = sqlite_codec::bytes_of(key.attempt);
  auto select = select_answer_.use();
  const int code = select.bind(attempt).bind(std::int64_t{key.number}).step();
  if (code == SQLITE_DONE) return std::optional<Remembered>();
  if (code != SQLITE_ROW) return std::unexpected(failure(code, true));
  if (static_cast<std::uint64_t>(select.integer(0)) != fingerprint) {
    return definite(ErrorKind::key_reused, "this idempotency key was used with other arguments");
  }
  return Remembered{static_cast<AnswerKind>(select.integer(1)), select.integer(2), Duration(select.integer(3))};
}

int SqliteStore::has_acted(AttemptId attempt) {
  const std::string bytes = sqlite_codec::bytes_of(attempt);
  return select_attempt_.use().bind(bytes).step();
}

int SqliteStore::remember(RequestKey key, std::uint64_t fingerprint, const Remembered& answer, MonoTime now,
                          Duration lease) {
  const std::string boot = sqlite_codec::bytes_of(clock_.boot());
  if (commits_ % options_.checkpoint_every == 0) {  // it reads the whole table: not every time
    const int forgotten = forget_answers_.use().bind(boot).bind(now.time_since_epoch().count()).step();
    if (forgotten != SQLITE_DONE) return forgotten;
  }
  const std::string attempt = sqlite_codec::bytes_of(key.attempt);
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

Result<std::optional<AcquireAnswer>> SqliteStore::answer_without_writing(const AcquireRequest& request,
                                                                         const std::string& key) {
  Transaction transaction(*this, begin_read_);
  if (!transaction.open()) return std::unexpected(failure(transaction.code(), true));
  const auto known = remembered(request.key, fingerprint(request));
  if (!known) return std::unexpected(known.error());
  if (*known) {
    repeated(request.name, request.key);
    return AcquireAnswer(Granted{static_cast<Token>((*known)->token), (*known)->valid_for});
  }
  std::vector<LeaseRow> rows;
  if (const int code = read_rows(key, rows); code != SQLITE_DONE) return std::unexpected(failure(code, true));
  const MonoTime now = clock_.monotonic();
  const BootId boot = clock_.boot();
  if (decide(request, rows, now, boot) != AcquireDecision::refuse) return std::optional<AcquireAnswer>();
  Refused refused;
  for (const LeaseRow& row : rows) {
    if (living(row, now, boot)) refused.holders.push_back(holder_of(request.name, row, now, boot));
  }
  return AcquireAnswer(std::move(refused));
}

Result<AcquireAnswer> SqliteStore::grant(Transaction& transaction, const AcquireRequest& request,
                                         const std::string& key, const std::vector<LeaseRow>& rows, MonoTime now) {
  LeaseRow row{request.key.attempt, request.owner,     request.mode,  request.permits, 0,
               request.ttl,         now + request.ttl, clock_.boot(), request.metadata};
  {
    auto next = next_token_.use();
    int code = next.step();
    if (code == SQLITE_ROW) {
      row.token = static_cast<Token>(next.integer(0));
      code = next.step();
    }
    if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
  }
  for (const LeaseRow& old : rows) {
    if (living(old, now, row.boot)) continue;
    const std::string attempt = sqlite_codec::bytes_of(old.attempt);
    if (const int code = delete_row_.use().bind(key).bind(attempt).step(); code != SQLITE_DONE) {
      return std::unexpected(failure(code, true));
    }
  }
  if (const int code = sqlite_codec::insert(insert_row_, key, row); code != SQLITE_DONE) {
    return std::unexpected(failure(code, true));
  }
  const Remembered answer{AnswerKind::granted, static_cast<std::int64_t>(row.token), request.ttl};
  if (const int code = remember(request.key, fingerprint(request), answer, now, request.ttl); code != SQLITE_DONE) {
    return std::unexpected(failure(code, true));
  }
  if (const int code = transaction.commit(); code != SQLITE_DONE) return std::unexpected(failure(code, false));
  for (const LeaseRow& old : rows) {
    if (!living(old, now, row.boot)) {
      tell(LeaseEvent::Kind::expired, request.name, {old.attempt, 0}, old, now);
    }
  }
  tell(LeaseEvent::Kind::granted, request.name, request.key, row, now);
  checkpoint_sometimes();
  return AcquireAnswer(Granted{row.token, request.ttl});
}

Result<AcquireAnswer> SqliteStore::acquire(const AcquireRequest& request, const Claims& claims) {
  if (auto refusal = refusal_of(request, claims)) return std::unexpected(*refusal);
  const std::string key = storage_key(request.name);
  auto quick = answer_without_writing(request, key);
  if (!quick) return std::unexpected(quick.error());
  if (*quick) return std::move(**quick);

  Transaction transaction(*this, begin_);
  if (!transaction.open()) return std::unexpected(failure(transaction.code(), true));
  const auto known = remembered(request.key, fingerprint(request));
  if (!known) return std::unexpected(known.error());
  if (*known) {
    repeated(request.name, request.key);
    return AcquireAnswer(Granted{static_cast<Token>((*known)->token), (*known)->valid_for});
  }
  std::vector<LeaseRow> rows;
  if (const int code = read_rows(key, rows); code != SQLITE_DONE) return std::unexpected(failure(code, true));
  const MonoTime now = clock_.monotonic();
  const BootId boot = clock_.boot();
  switch (decide(request, rows, now, boot)) {
    case AcquireDecision::grant: {
      const int acted = has_acted(request.key.attempt);
      if (acted == SQLITE_ROW) return std::unexpected(attempt_has_ended());
      if (acted != SQLITE_DONE) return std::unexpected(failure(acted, true));
      return grant(transaction, request, key, rows, now);
    }
    case AcquireDecision::already_held: {
      const LeaseRow* row = find_living(rows, request.key.attempt, 0, now, boot);
      return AcquireAnswer(Granted{row->token, remaining(*row, now, boot)});
    }
    case AcquireDecision::refuse: break;
  }
  Refused refused;
  for (const LeaseRow& row : rows) {
    if (living(row, now, boot)) refused.holders.push_back(holder_of(request.name, row, now, boot));
  }
  return AcquireAnswer(std::move(refused));
}

Result<RenewAnswer> SqliteStore::renew(const RenewRequest& request) {
  if (auto refusal = refusal_of(request)) return std::unexpected(*refusal);
  Transaction transaction(*this, begin_);
  if (!transaction.open()) return std::unexpected(failure(transaction.code(), true));
  const auto known = remembered(request.key, fingerprint(request));
  if (!known) return std::unexpected(known.error());
  if (*known) {
    repeated(request.name, request.key);
    return RenewAnswer::renewed;
  }
  const std::string key = storage_key(request.name);
  std::vector<LeaseRow> rows;
  if (const int code = read_rows(key, rows); code != SQLITE_DONE) return std::unexpected(failure(code, true));
  const MonoTime now = clock_.monotonic();
  const BootId boot = clock_.boot();
  const LeaseRow* found = find_living(rows, request.key.attempt, request.token, now, boot);
  if (found == nullptr) return RenewAnswer::lost;
  LeaseRow row = *found;
  row.deadline = row.boot == boot ? std::max(row.deadline, now + request.ttl) : now + request.ttl;
  row.ttl = row.deadline - now;  // what a later boot has to let run again
  row.boot = boot;
  const std::string attempt = sqlite_codec::bytes_of(row.attempt);
  const std::string boot_bytes = sqlite_codec::bytes_of(boot);
  int code = extend_row_.use()
                 .bind(row.ttl.count())
                 .bind(row.deadline.time_since_epoch().count())
                 .bind(boot_bytes)
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
  Transaction transaction(*this, begin_);
  if (!transaction.open()) return std::unexpected(failure(transaction.code(), true));
  const bool giving_up = request.token == 0;
  const auto known = remembered(request.key, fingerprint(request));
  if (!known) return std::unexpected(known.error());
  if (*known) {
    repeated(request.name, request.key);
    return (*known)->kind == AnswerKind::released ? ReleaseAnswer::released : ReleaseAnswer::not_held;
  }
  const std::string key = storage_key(request.name);
  std::vector<LeaseRow> rows;
  if (const int code = read_rows(key, rows); code != SQLITE_DONE) return std::unexpected(failure(code, true));
  const MonoTime now = clock_.monotonic();
  const LeaseRow* row = find_living(rows, request.key.attempt, request.token, now, clock_.boot());
  if (row == nullptr && !giving_up) return ReleaseAnswer::not_held;
  if (row != nullptr) {
    const std::string attempt = sqlite_codec::bytes_of(row->attempt);
    const int code = delete_row_.use().bind(key).bind(attempt).step();
    if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
  }
  // Also remembered when nothing was held: what a giver-up still has on its way must not be granted.
  const AnswerKind kind = row != nullptr ? AnswerKind::released : AnswerKind::not_held;
  int code = remember(request.key, fingerprint(request), {kind, 0, Duration::zero()}, now, Duration::zero());
  if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
  if (code = transaction.commit(); code != SQLITE_DONE) return std::unexpected(failure(code, false));
  if (row != nullptr) tell(LeaseEvent::Kind::released, request.name, request.key, *row, now);
  checkpoint_sometimes();
  return row != nullptr ? ReleaseAnswer::released : ReleaseAnswer::not_held;
}

Result<std::vector<Holder>> SqliteStore::inspect(const LockName& name) {
  if (auto refusal = refusal_of(name)) return std::unexpected(*refusal);
  std::vector<LeaseRow> rows;
  if (const int code = read_rows(storage_key(name), rows); code != SQLITE_DONE) {
    return std::unexpected(failure(code, true));
  }
  const MonoTime now = clock_.monotonic();
  const BootId boot = clock_.boot();
  std::vector<Holder> holders;
  for (const LeaseRow& row : rows) {
    if (living(row, now, boot)) holders.push_back(holder_of(name, row, now, boot));
  }
  return holders;
}

}  // namespace lockstep
