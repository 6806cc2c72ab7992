// Subscriptions to a SQLite store. Events are logged, in the transaction of what they tell, only while somebody
// listens: a subscriber says so in the counter's row, for a while, and again before that is over. When nobody has
// listened for a while a new epoch begins, and cursors of the last one have missed something.
#include <algorithm>

#include "impl/backends/event_log.h"
#include "impl/backends/sqlite_codec.h"
#include "impl/backends/sqlite_store.h"
#include "impl/backends/sqlite_transaction.h"

namespace lockstep {

int SqliteStore::log(const std::string& key, const LockEvent& event) {
  const auto attempt = sqlite_codec::bytes_of(event.attempt);
  int code = insert_event_.use()
                 .bind(key)
                 .bind(static_cast<std::int64_t>(event.kind))
                 .bind(attempt)
                 .bind(std::string_view(event.owner))
                 .bind(static_cast<std::int64_t>(event.mode))
                 .bind(static_cast<std::int64_t>(event.permits))
                 .bind(static_cast<std::int64_t>(event.token))
                 .bind(std::string_view(event.reason))
                 .step();
  if (code == SQLITE_DONE) code = count_event_.use().step();
  if (code == SQLITE_DONE && commits_ % options_.checkpoint_every == 0) {
    code = trim_events_.use().bind(static_cast<std::int64_t>(kLogged)).step();
  }
  return code;
}

Result<SqliteStore::Watched> SqliteStore::read_watched(Reading at) {
  const auto boot = sqlite_codec::bytes_of(at.boot);
  auto select = select_watched_.use();
  const int code = select.step();
  if (code != SQLITE_ROW) return std::unexpected(failure(code == SQLITE_DONE ? SQLITE_CORRUPT : code, true));
  const bool same_boot = select.bytes(2) == std::string_view(boot);
  const MonoTime until = same_boot ? MonoTime(Duration(select.integer(3))) : MonoTime::min();
  return Watched{.epoch = static_cast<std::uint64_t>(select.integer(0)),
                 .next = static_cast<std::uint64_t>(select.integer(1)),
                 .kept = until != MonoTime::min() && at.now + kWatchKept <= until,
                 .lapsed = at.now >= until};
}

Result<SqliteStore::Watched> SqliteStore::keep_watched(Reading at) {
  auto watched = read_watched(at);
  if (!watched || watched->kept) return watched;
  Transaction transaction(*this);
  if (!transaction.open()) return std::unexpected(failure(transaction.code(), true));
  watched = read_watched(at);
  if (!watched) return watched;
  if (watched->lapsed) ++watched->epoch;
  const std::int64_t until = (at.now + 2 * kWatchKept).time_since_epoch().count();
  int code = watch_.use().bind(static_cast<std::int64_t>(watched->epoch)).bind(until).step();
  if (code == SQLITE_DONE) code = transaction.commit();
  if (code != SQLITE_DONE) return std::unexpected(failure(code, true));  // keeping it again does no harm
  checkpoint_sometimes();
  return watched;
}

Result<void> SqliteStore::sweep_for(const WatchRequest& request, Reading at) {
  const std::string from = storage_key({request.space, request.bytes});
  std::string to = from;
  to.append(kMaxName, '\xff');
  const auto boot = sqlite_codec::bytes_of(at.boot);
  std::vector<std::string> over;
  {
    auto select = select_over_.use();
    select.bind(std::string_view(from)).bind(std::string_view(to)).bind(boot).bind(at.now.time_since_epoch().count());
    int code = SQLITE_ROW;
    while ((code = select.step()) == SQLITE_ROW) over.emplace_back(select.bytes(0));
    if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
  }
  for (const std::string& key : over) {
    const auto name = name_of_storage_key(key);
    if (!name || !concerns(request, *name)) continue;
    Transaction transaction(*this);
    if (!transaction.open()) return std::unexpected(failure(transaction.code(), true));
    const auto past = look_up(key, {});
    if (!past) return std::unexpected(past.error());
    const Reading then = reading();
    const Changes changes = sweep(past->record, then);
    int code = write(key, *name, *past, changes, then);
    if (code == SQLITE_DONE) code = transaction.commit();
    if (code != SQLITE_DONE) return std::unexpected(failure(code, true));  // sweeping again does no harm
    tell_all(*name, changes, then);
    checkpoint_sometimes();
  }
  return {};
}

Result<WatchAnswer> SqliteStore::read_events(const WatchRequest& request, const Watched& watched) {
  WatchAnswer answer{.cursor = cursor_of(watched.epoch, watched.next)};
  if (request.cursor.empty()) return answer;
  const auto cursor = read_cursor(request.cursor);
  if (!cursor) return std::unexpected(bad_cursor());
  answer.missed = cursor->epoch != watched.epoch || cursor->number > watched.next;
  auto select = select_events_.use();
  select.bind(static_cast<std::int64_t>(answer.missed ? watched.next : cursor->number));
  std::uint64_t next = watched.next;
  bool first = true;
  int code = SQLITE_ROW;
  while ((code = select.step()) == SQLITE_ROW) {
    const auto number = static_cast<std::uint64_t>(select.integer(0));
    if (first && !answer.missed && number > cursor->number) answer.missed = true;  // trimmed meanwhile
    first = false;
    next = std::max(next, number + 1);
    auto name = name_of_storage_key(select.bytes(1));
    if (!name) return std::unexpected(failure(SQLITE_CORRUPT, true));
    if (!concerns(request, *name)) continue;
    LockEvent& event = answer.events.emplace_back();
    event.name = std::move(*name);
    event.kind = static_cast<LockEvent::Kind>(select.integer(2));
    event.attempt = sqlite_codec::attempt_of(select.bytes(3));
    event.owner = select.bytes(4);
    event.mode = static_cast<Mode>(select.integer(5));
    event.permits = static_cast<std::uint32_t>(select.integer(6));
    event.token = static_cast<Token>(select.integer(7));
    event.reason = select.bytes(8);
  }
  if (code != SQLITE_DONE) return std::unexpected(failure(code, true));
  answer.cursor = cursor_of(watched.epoch, next);
  return answer;
}

Result<WatchAnswer> SqliteStore::watch(const WatchRequest& request) {
  const Reading at = reading();
  auto watched = keep_watched(at);
  if (!watched) return std::unexpected(watched.error());
  if (auto swept = sweep_for(request, at); !swept) return std::unexpected(swept.error());
  return read_events(request, *watched);
}

}  // namespace lockstep
