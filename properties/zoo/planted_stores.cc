// Bugs of stores: what stands around an honest one, what clock it has, how it is set up.
#include "impl/backends/memory_backend.h"
#include "impl/env/signal.h"
#include "properties/zoo/clocks.h"
#include "properties/zoo/decorators.h"
#include "properties/zoo/ledgers.h"
#include "properties/zoo/plant.h"

namespace lockstep::zoo {
namespace {

template <typename Bug>
Awaitable<Result<OpenedStore>> open_memory_with(StoreParts parts) {
  auto honest = co_await scenarios::open_memory(std::move(parts));
  if (!honest) co_return honest;
  co_return std::make_shared<Bug>(std::move(*honest));
}

template <CarelessNames::By by>
Awaitable<Result<OpenedStore>> open_with_careless_names(StoreParts parts) {
  auto honest = co_await scenarios::open_memory(std::move(parts));
  if (!honest) co_return honest;
  co_return std::make_shared<CarelessNames>(std::move(*honest), by);
}

template <typename Bug>
std::shared_ptr<Bug> around(const StoreParts& parts) {
  if constexpr (std::is_constructible_v<Bug, LeaseObserver*, Clock&>) {
    return std::make_shared<Bug>(parts.observer, parts.clock);
  } else {
    return std::make_shared<Bug>(parts.observer);
  }
}

// For bugs that also stand between the store and whoever listens to it. An opening that took too long may still be
// at work in the lane and talk to the bug, so the bug stays until one has succeeded.
template <typename Bug>
Awaitable<Result<OpenedStore>> open_sqlite_behind(StoreParts parts) {
  auto bug = around<Bug>(parts);
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
  auto bug = around<Bug>(parts);
  parts.observer = bug.get();
  auto honest = co_await scenarios::open_memory(std::move(parts));
  if (!honest) co_return honest;
  bug->set_inner(std::move(*honest));
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

// SQLite set up otherwise.
auto with(scenarios::SqliteSettings settings) {
  return [settings](Subject& subject) {
    subject.open = [settings](StoreParts parts) {
      scenarios::SqliteSettings own = settings;
      return scenarios::open_sqlite(std::move(parts), std::move(own));
    };
  };
}

// What an opening that took too long may still use in the lane lives as long as the files do.
template <typename Held>
StoreParts holding(StoreParts parts, std::shared_ptr<Held> held) {
  struct Both {
    std::shared_ptr<Held> held;
    std::shared_ptr<FileSystem> files;
    std::shared_ptr<const sim::SqliteVfs> vfs;
  };
  const auto both = std::make_shared<Both>(std::move(held), parts.files, parts.vfs);
  parts.files = std::shared_ptr<FileSystem>(both, both->files.get());
  parts.vfs = std::shared_ptr<const sim::SqliteVfs>(both, both->vfs.get());
  return parts;
}

StoreParts on_clock(StoreParts parts, std::shared_ptr<Clock> clock) {
  StoreParts other{parts.executor, *clock, parts.random, parts.lane, parts.observer, parts.vfs, parts.files};
  return holding(std::move(other), std::move(clock));
}

Awaitable<Result<OpenedStore>> open_with_boot_of_process(StoreParts parts) {
  auto clock = std::make_shared<BootOfProcess>(parts.clock, BootId{parts.random.next(), 1});
  scenarios::SqliteSettings settings;
  return scenarios::open_sqlite(on_clock(std::move(parts), std::move(clock)), std::move(settings));
}

Awaitable<Result<OpenedStore>> open_with_counter_beside(StoreParts parts) {
  auto counter = std::make_shared<CounterBeside>(parts.files, parts.observer);
  parts.observer = counter.get();
  scenarios::SqliteSettings settings{.ledger = counter};
  return scenarios::open_sqlite(holding(std::move(parts), std::move(counter)), std::move(settings));
}

// The honest lock directory shared by hosts, each of which takes the others' clocks for its own.
template <typename SameForAll>
Awaitable<Result<OpenedStore>> open_comparing_clocks(StoreParts parts) {
  auto clock = std::make_shared<SameForAll>(parts.clock);
  return scenarios::open_directory(on_clock(std::move(parts), std::move(clock)), true);
}

void deferred_transaction(Subject& subject) {
  subject.open = [](StoreParts parts) {
    scenarios::SqliteSettings settings{.begin = "BEGIN", .ledger = std::make_shared<DecidesOnce>()};
    return scenarios::open_sqlite(std::move(parts), std::move(settings));
  };
}

std::vector<Planted> sqlite_bugs() {
  using enum Property;
  const Subject sqlite = scenarios::sqlite_subject();
  const PropertySet taken_back = any_of(durability, fencing_order, lease_exclusion, belief_exclusion);
  // No write lock: what SQLite does for each statement by itself is all there is.
  const scenarios::SqliteSettings no_transaction{.begin = "SELECT 1 WHERE 0", .commit = "SELECT 1 WHERE 0"};
  return {
      plant(sqlite, "wal-normal", 46, "", "synchronous NORMAL: a grant is answered before it is durable", taken_back,
            with({.synchronous = "normal"})),
      plant(sqlite, "default-journal", 46, "", "SQLite's defaults: a deleted journal may come back after a power loss",
            taken_back, with({.journal_mode = "delete"})),
      plant(sqlite, "no-transaction", 27, "ai-memory-mcp#2328", "what is read and what is written are two transactions",
            any_of(lease_exclusion, belief_exclusion, fencing_order, idempotence, ownership, linearizable),
            with(no_transaction)),
      plant(sqlite, "deferred-transaction", 28, "caplets#222",
            "a transaction that reads before it locks is begun again, and writes what it decided at first",
            any_of(lease_exclusion, belief_exclusion, fencing_order), deferred_transaction),
      plant(sqlite, "memory-tokens", 43, "", "the token counter is kept in memory and starts again after a restart",
            any_of(fencing_order, fenced_writes, durability),
            [](Subject& s) { s.open = open_sqlite_behind<MemoryTokens>; }),
      plant(sqlite, "counter-beside", 44, "redisson", "the token counter is a file that is not synced",
            any_of(fencing_order, fenced_writes, durability), [](Subject& s) { s.open = open_with_counter_beside; }),
      plant(sqlite, "second-grant", 25, "", "a repeated or delayed try is granted a lease of its own",
            any_of(idempotence, no_phantom_hold), [](Subject& s) { s.open = open_sqlite_behind<SecondGrant>; }),
      plant(sqlite, "boot-of-process", 41, "etcd#9395",
            "every restart gives all leases their full ttl again, and they never end", any_of(expiry, progress),
            [](Subject& s) { s.open = open_with_boot_of_process; }),
      plant(sqlite, "ends-by-memory", 42, "etcd#15247",
            "a server ends leases by the deadlines that it remembers, whoever renewed them elsewhere",
            any_of(lease_exclusion, belief_exclusion), [](Subject& s) { s.open = open_sqlite_behind<EndsByMemory>; }),
  };
}

std::vector<Planted> memory_bugs() {
  using enum Property;
  const Subject memory = scenarios::memory_subject();
  return {
      plant(memory, "stale-release", 2, "", "release deletes whatever lease there is, without any owner check",
            any_of(ownership, belief_exclusion), [](Subject& s) { s.open = open_memory_with<StaleRelease>; }),
      plant(memory, "revived-renewal", 6, "redlock-rb#36", "a late renewal creates the lease anew and hides the gap",
            any_of(ownership, idempotence, lease_exclusion, belief_exclusion, fencing_order),
            [](Subject& s) { s.open = open_memory_behind<RevivedRenewal>; }),
      plant(memory, "wall-clock", 38, "valkey#2651", "deadlines are kept as wall-clock time",
            any_of(belief_exclusion, lease_exclusion, expiry, progress),
            [](Subject& s) { s.open = open_on_wall_clock; }),
      plant(memory, "case-of-names", 37, "git-lfs#2496", "names that differ in the case of letters are one lock",
            any_of(names), [](Subject& s) { s.open = open_with_careless_names<CarelessNames::By::case_of_letters>; }),
      plant(memory, "names-cut-off", 37, "", "names are cut off at a zero byte", any_of(names),
            [](Subject& s) { s.open = open_with_careless_names<CarelessNames::By::zero_byte>; }),
      plant(scenarios::filesystem_shared_subject(), "compares-clocks", 40, "client-go#448",
            "deadlines of one host are judged by the clock of another",
            any_of(lease_exclusion, belief_exclusion, expiry, progress, linearizable),
            [](Subject& s) { s.open = open_comparing_clocks<OneBootForAll>; }),
      plant(scenarios::filesystem_shared_subject(), "wall-clocks", 39, "fluo#1394",
            "each host judges deadlines by its own wall clock",
            any_of(lease_exclusion, belief_exclusion, expiry, progress, linearizable),
            [](Subject& s) { s.open = open_comparing_clocks<OneWallForAll>; }),
  };
}

}  // namespace

std::vector<Planted> store_bugs() {
  std::vector<Planted> all = sqlite_bugs();
  std::ranges::move(memory_bugs(), std::back_inserter(all));
  return all;
}

}  // namespace lockstep::zoo
