// A subject: a lock that can be put on trial. How its store is opened in a process, what it claims, and how its
// client behaves. Honest subjects are listed here; planted bugs live with the properties that must find them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "impl/client/held_locks.h"
#include "impl/client/lock_client.h"
#include "impl/env/blocking.h"
#include "impl/env/file_system.h"
#include "impl/env/network.h"
#include "impl/env/random.h"
#include "impl/lock/backend.h"
#include "impl/lock/ledger.h"
#include "impl/lock/observer.h"
#include "impl/lock/wire.h"
#include "models/checkers.h"
#include "sim/sqlite_vfs.h"

namespace lockstep::scenarios {

// How one lock is acquired, and how it is given back. `store` is what the library asks.
using AcquireOne = Awaitable<Result<Acquisition>> (*)(LockClient& library, LockBackend& store, AttemptId attempt,
                                                      LockClient::Wish wish);
using GiveBackOne = Awaitable<void> (*)(std::shared_ptr<HeldLock> held, LockBackend& store, MonoTime give_up);

// What a process gives to a store that it opens. Everything else outlives the store.
struct StoreParts {
  Executor executor;
  Clock& clock;
  Random& random;
  BlockingLane& lane;
  LeaseObserver* observer;
  std::shared_ptr<const sim::SqliteVfs> vfs;  // whoever opens a database keeps it
  std::shared_ptr<FileSystem> files;
  // Of this machine, for the simulated host, for as long as the run: for programs that are started.
  std::function<std::string()> real_directory{};
  // For work in the lane: it goes on so much later, by the clock above. False: the process has died.
  std::function<bool(Duration)> rest{};
  // And one that all hosts have in common.
  std::function<std::string()> common_directory{};
};
using OpenedStore = std::shared_ptr<LockBackend>;

// Who opens the store.
enum class Deployment : std::uint8_t {
  servers,         // server processes on one host; clients ask them over the network
  one_host,        // the clients themselves, all on that host
  shared_disk,     // the clients themselves, on hosts that share a disk over the network
  spread_servers,  // server processes, each on a host of its own
};

// What a server process is given whose program is not ours but the subject's own.
struct ServerParts {
  Executor executor;
  Endpoint& endpoint;
  Clock& clock;
  Random& random;
  BlockingLane& lane;
  std::shared_ptr<FileSystem> files;  // on the disk of its host
  std::uint32_t server = 0;           // which of `servers` it is
  std::vector<Address> servers;
  // Of this machine, for its host, for as long as the run: for programs that are started.
  std::function<std::string()> real_directory{};
};
// And what a client process gives to what it asks such servers by.
struct ClientParts {
  Executor executor;
  Endpoint& endpoint;
  Clock& clock;
  Random& random;
  std::uint32_t client = 0;
  std::vector<Address> servers;
};

// Properties that are judged by a store's own events, of which many stores tell none.
inline constexpr models::PropertySet kToldByStores =
    models::bit(models::Property::lease_exclusion) | models::bit(models::Property::idempotence) |
    models::bit(models::Property::durability) | models::bit(models::Property::events) |
    models::bit(models::Property::expiry) | models::bit(models::Property::fifo);

// And those that are judged by when leases end, of which a lock says nothing whose leases do not.
inline constexpr models::PropertySet kToldByExpiry = models::bit(models::Property::linearizable);

struct Subject {
  std::string name;
  std::string about;  // one sentence
  Claims claims;
  Deployment deployment = Deployment::servers;
  // Opens the store; fails only if the store refuses to be opened now.
  std::function<Awaitable<Result<OpenedStore>>(StoreParts)> open;
  // For spread servers instead of `open`: what a server process does, for as long as it lives, and how a client reaches
  // them. Such a store tells nothing of what it does: only what clients are told is judged.
  std::function<Awaitable<void>(ServerParts)> serve;
  std::function<std::shared_ptr<LockBackend>(ClientParts)> connect;
  std::uint32_t servers = 1;
  std::string (*describe)(std::string_view message) = wire::describe;  // for people
  LockClient::Options client;
  NameOrder order = by_storage_key;   // in which several locks are taken
  AcquireAll take_all = acquire_all;  // and how
  AcquireOne take = nullptr;          // null: LockClient::acquire
  GiveBackOne give_back = nullptr;    // null: HeldLock::release
  // What stands between the client library and its store; null: nothing. For planted client-side bugs.
  std::function<std::shared_ptr<LockBackend>(LockBackend& store, Executor executor, Clock& clock)> between;
  // Properties that cannot be judged: nothing that this lock tells bears on them.
  models::PropertySet untold = 0;
  bool resource_compares_tokens = true;
  bool on_real_files = false;  // a power failure takes nothing from it that it had not synced
  // For a store whose clock is the machine's: gives, at the beginning of a run, what waits until so much time has
  // passed since then. Such a run repeats only by chance. Null: time is the simulator's alone.
  std::function<std::function<void(Duration)>()> pacer;
  // For a planted bug: the mechanism's number in the catalogue and its source; empty for an honest lock.
  std::string planted;
  // The file that it was loaded from, if it is not part of this program; empty: it is.
  std::string library{};
  // Why it cannot be tried on this machine; empty: it can. Null: always.
  std::string (*lacks)() = nullptr;
};

Subject memory_subject();
Subject sqlite_subject();
Subject sqlite_direct_subject();
Subject filesystem_subject();
Subject filesystem_shared_subject();
std::vector<Subject> honest_subjects();

// Clients open the store themselves, one after the other, and where each sync takes a second or each call is a journey
// to a file server that takes longer than any of them should wait to begin anew: they would never come to use it.
inline constexpr Duration kClientsPatience = std::chrono::seconds(30);

// For subjects made of SQLite with other settings.
struct SqliteSettings {
  std::string journal_mode = "wal";
  std::string synchronous = "full";
  std::string begin = "BEGIN IMMEDIATE";
  std::string commit = "COMMIT";
  std::shared_ptr<const Ledger> ledger = honest_ledger();
  Duration patience = std::chrono::seconds(1);  // a server whose store is not open by then begins anew
};
Awaitable<Result<OpenedStore>> open_sqlite(StoreParts parts, SqliteSettings settings);
// Behind which the tokens of a store in memory begin this time.
Awaitable<Result<Token>> next_tokens(StoreParts parts);
// On the file system of the parts.
Awaitable<Result<OpenedStore>> open_directory(StoreParts parts, bool shared,
                                              std::shared_ptr<const Ledger> ledger = honest_ledger(),
                                              Duration patience = kClientsPatience);
Awaitable<Result<OpenedStore>> open_memory(StoreParts parts, std::shared_ptr<const Ledger> ledger = honest_ledger());

}  // namespace lockstep::scenarios
