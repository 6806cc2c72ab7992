// The list. A subject with a bug claims what the honest one claims: it is to be held to it.
#include "properties/planted.h"

#include "impl/backends/memory_backend.h"
#include "impl/env/signal.h"
#include "properties/planted_decorators.h"
#include "properties/planted_files.h"

namespace lockstep::properties {
namespace {

using models::bit;
using models::Property;
using models::PropertySet;
using scenarios::OpenedStore;
using scenarios::StoreParts;
using scenarios::Subject;

template <typename Bug>
Awaitable<Result<OpenedStore>> open_memory_with(StoreParts parts) {
  const auto tokens = co_await scenarios::next_tokens(parts);
  if (!tokens) co_return std::unexpected(tokens.error());
  auto honest = std::make_shared<MemoryBackend>(parts.clock, parts.observer, *tokens);
  co_return std::make_shared<Bug>(std::move(honest));
}

// For bugs that also stand between the store and whoever listens to it. An opening that took too long may still be
// at work in the lane and talk to the bug, so the bug stays until one has succeeded.
template <typename Bug>
Awaitable<Result<OpenedStore>> open_sqlite_behind(StoreParts parts) {
  auto bug = std::make_shared<Bug>(nullptr, parts.observer);
  parts.observer = bug.get();
  Clock& clock = parts.clock;
  for (;;) {
    StoreParts again = parts;
    scenarios::SqliteSettings settings;
    auto honest = co_await scenarios::open_sqlite(std::move(again), std::move(settings));
    if (honest) {
      bug->set_inner(std::move(*honest));
      co_return bug;
    }
    co_await sleep_for(clock, std::chrono::milliseconds(50));
  }
}

template <typename Bug>
Awaitable<Result<OpenedStore>> open_memory_behind(StoreParts parts) {
  const auto tokens = co_await scenarios::next_tokens(parts);
  if (!tokens) co_return std::unexpected(tokens.error());
  auto bug = std::make_shared<Bug>(nullptr, parts.observer);
  bug->set_inner(std::make_shared<MemoryBackend>(parts.clock, bug.get(), *tokens));
  co_return bug;
}

Awaitable<Result<OpenedStore>> open_on_wall_clock(StoreParts parts) {
  struct Store {
    Store(Clock& clock, LeaseObserver* observer, Token tokens) : wall(clock), backend(wall, observer, tokens) {}
    WallAsMonotonic wall;
    MemoryBackend backend;
  };
  const auto tokens = co_await scenarios::next_tokens(parts);
  if (!tokens) co_return std::unexpected(tokens.error());
  auto store = std::make_shared<Store>(parts.clock, parts.observer, *tokens);
  co_return OpenedStore(store, &store->backend);
}

Awaitable<Result<OpenedStore>> open_wal_normal(StoreParts parts) {
  scenarios::SqliteSettings settings{.synchronous = "normal"};
  return scenarios::open_sqlite(std::move(parts), std::move(settings));
}

Awaitable<Result<OpenedStore>> open_default_journal(StoreParts parts) {
  scenarios::SqliteSettings settings{.journal_mode = "delete"};
  return scenarios::open_sqlite(std::move(parts), std::move(settings));
}

// The honest lock directory on a file system with a bug.
template <typename Bug>
Awaitable<Result<OpenedStore>> open_directory_on(StoreParts parts) {
  parts.files = std::make_shared<Bug>(std::move(parts.files));
  return scenarios::open_directory(std::move(parts), false);
}

// The honest lock directory shared by hosts, each of which takes the others' clocks for its own.
Awaitable<Result<OpenedStore>> open_comparing_clocks(StoreParts parts) {
  struct Compared {
    Compared(Clock& clock, std::shared_ptr<FileSystem> f) : same_boot(clock), files(std::move(f)) {}
    OneBootForAll same_boot;
    std::shared_ptr<FileSystem> files;
  };
  // Whatever still works in the lane keeps its files, and with them the clock.
  const auto compared = std::make_shared<Compared>(parts.clock, parts.files);
  StoreParts other{parts.executor,
                   compared->same_boot,
                   parts.random,
                   parts.lane,
                   parts.observer,
                   parts.vfs,
                   std::shared_ptr<FileSystem>(compared, compared->files.get())};
  co_return co_await scenarios::open_directory(std::move(other), true);
}

MonoTime believe_from_the_answer(MonoTime, MonoTime answered, Duration valid_for, std::int64_t) {
  return answered + valid_for;
}

// Equal for all: a stable sort leaves the wishes as they are.
bool in_the_order_of_asking(const LockName&, const LockName&) { return false; }

template <typename Bug>
std::shared_ptr<LockBackend> between(LockBackend& store, Executor executor, Clock& clock) {
  std::shared_ptr<LockBackend> unowned(&store, [](LockBackend*) {});
  if constexpr (std::is_constructible_v<Bug, std::shared_ptr<LockBackend>, Executor, Clock&>) {
    return std::make_shared<Bug>(std::move(unowned), std::move(executor), clock);
  } else {
    return std::make_shared<Bug>(std::move(unowned));
  }
}

template <typename Change>
Planted plant(Subject base, std::string suffix, std::string mechanism, std::string about, PropertySet caught_by,
              Change change) {
  base.name += "+" + suffix;
  base.planted = std::move(mechanism);
  base.about = std::move(about);
  change(base);
  return {std::move(base), caught_by};
}

template <typename... P>
PropertySet any_of(P... properties) {
  return (bit(properties) | ...);
}

}  // namespace

std::vector<Planted> planted_bugs() {
  using enum Property;
  const Subject memory = scenarios::memory_subject();
  const Subject sqlite = scenarios::sqlite_subject();
  const Subject directory = scenarios::filesystem_subject();
  return {
      plant(sqlite, "wal-normal", "46", "synchronous NORMAL: a grant is answered before it is durable",
            any_of(durability, fencing_order, lease_exclusion, belief_exclusion),
            [](Subject& s) { s.open = open_wal_normal; }),
      plant(sqlite, "default-journal", "46", "SQLite's defaults: a deleted journal may come back after a power loss",
            any_of(durability, fencing_order, lease_exclusion, belief_exclusion),
            [](Subject& s) { s.open = open_default_journal; }),
      plant(sqlite, "memory-tokens", "43", "the token counter is kept in memory and starts again after a restart",
            any_of(fencing_order, fenced_writes, durability),
            [](Subject& s) { s.open = open_sqlite_behind<MemoryTokens>; }),
      plant(sqlite, "second-grant", "25", "a repeated or delayed try is granted a lease of its own",
            any_of(idempotence, no_phantom_hold), [](Subject& s) { s.open = open_sqlite_behind<SecondGrant>; }),
      plant(directory, "unsynced-directory", "35", "the directory is never synced: power loss brings old records back",
            any_of(durability, fencing_order, lease_exclusion, belief_exclusion),
            [](Subject& s) { s.open = open_directory_on<UnsyncedDirectory>; }),
      plant(directory, "plain-overwrite", "32, claude-remember#181", "a record is overwritten in place, not replaced",
            any_of(durability, progress, fencing_order, lease_exclusion, belief_exclusion),
            [](Subject& s) { s.open = open_directory_on<PlainOverwrite>; }),
      plant(directory, "unlinked-guards", "33, filelock#27", "the guard file is removed and made anew by each process",
            any_of(lease_exclusion, belief_exclusion, fencing_order, idempotence, ownership),
            [](Subject& s) { s.open = open_directory_on<UnlinkedGuards>; }),
      plant(scenarios::filesystem_shared_subject(), "compares-clocks", "40, client-go#448",
            "deadlines of one host are judged by the clock of another",
            any_of(lease_exclusion, belief_exclusion, expiry, progress, linearizable),
            [](Subject& s) { s.open = open_comparing_clocks; }),
      plant(memory, "stale-release", "2", "release deletes whatever lease there is, without any owner check",
            any_of(ownership, belief_exclusion), [](Subject& s) { s.open = open_memory_with<StaleRelease>; }),
      plant(memory, "revived-renewal", "6, redlock-rb#36", "a late renewal creates the lease anew and hides the gap",
            any_of(ownership, idempotence, lease_exclusion, belief_exclusion, fencing_order),
            [](Subject& s) { s.open = open_memory_behind<RevivedRenewal>; }),
      plant(memory, "belief-from-answer", "12, justalock", "validity is counted from the answer, not from the request",
            any_of(belief_exclusion), [](Subject& s) { s.client.belief = believe_from_the_answer; }),
      plant(memory, "wall-clock", "38, valkey#2651", "deadlines are kept as wall-clock time",
            any_of(belief_exclusion, lease_exclusion, expiry, progress),
            [](Subject& s) { s.open = open_on_wall_clock; }),
      plant(memory, "zombie-renewal", "9, etcd#17470", "renewal goes on after the acquisition was given up",
            any_of(no_phantom_hold, expiry, progress), [](Subject& s) { s.between = between<ZombieRenewal>; }),
      plant(memory, "ignored-limit", "23, walrus#110", "the wait limit is ignored while an answer is awaited",
            any_of(timely, progress), [](Subject& s) { s.between = between<IgnoredLimit>; }),
      plant(memory, "any-order", "61, agent-workspace-fabric#328", "several locks are taken in the order of asking",
            any_of(deadlock_free), [](Subject& s) { s.order = in_the_order_of_asking; }),
      plant(memory, "deaf-resource", "48, sofa-jraft#182", "the resource never compares the token",
            any_of(fenced_writes), [](Subject& s) { s.resource_compares_tokens = false; }),
  };
}

std::vector<Subject> all_subjects() {
  std::vector<Subject> all = scenarios::honest_subjects();
  for (Planted& planted : planted_bugs()) all.push_back(std::move(planted.subject));
  return all;
}

std::optional<Subject> subject_named(std::string_view name) {
  for (Subject& subject : all_subjects()) {
    if (subject.name == name) return std::move(subject);
  }
  return std::nullopt;
}

}  // namespace lockstep::properties
