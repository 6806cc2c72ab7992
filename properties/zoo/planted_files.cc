// Bugs of the file system under the honest lock directory.
#include "impl/backends/file_backend.h"
#include "impl/env/signal.h"
#include "properties/zoo/files.h"
#include "properties/zoo/guard_files.h"
#include "properties/zoo/plant.h"

namespace lockstep::zoo {
namespace {

template <typename Bug>
void lives_on(Subject& subject) {
  subject.open = [](StoreParts parts) {
    parts.files = std::make_shared<Bug>(std::move(parts.files));
    return scenarios::open_directory(std::move(parts), false);
  };
}

// Its file system is the process's for as long as it lives, also while it cannot open the store.
Awaitable<Result<OpenedStore>> open_at_last(StoreParts parts, bool shared) {
  for (;;) {
    StoreParts again = parts;
    auto store = co_await scenarios::open_directory(std::move(again), shared, honest_ledger(), std::chrono::seconds(1));
    if (store) co_return store;
    co_await sleep_for(parts.clock, std::chrono::milliseconds(50));
  }
}

Awaitable<Result<OpenedStore>> open_with_lock_files(StoreParts parts) {
  parts.files = std::make_shared<LockFiles>(std::move(parts.files), parts.random.next());
  return open_at_last(std::move(parts), true);
}

Awaitable<Result<OpenedStore>> open_with_process_numbers(StoreParts parts) {
  parts.files = std::make_shared<ProcessNumbers>(std::move(parts.files));
  return open_at_last(std::move(parts), false);
}

Awaitable<Result<OpenedStore>> open_without_a_second_try(StoreParts parts) {
  FileOptions options{"/locks", parts.files, false};
  auto store = std::make_shared<FileBackend>(std::move(options), parts.clock, parts.random, parts.lane, parts.observer);
  const auto opened = co_await store->open(parts.clock.monotonic());
  if (opened) co_return store;
  if (opened.error().kind == ErrorKind::busy) co_await sleep_until(parts.clock, MonoTime::max());
  co_return std::unexpected(opened.error());
}

}  // namespace

std::vector<Planted> file_bugs() {
  using enum Property;
  const Subject directory = scenarios::filesystem_subject();
  const PropertySet two_inside = any_of(lease_exclusion, belief_exclusion, fencing_order, idempotence, ownership);
  return {
      plant(directory, "unsynced-directory", 35, "",
            "the directory is never synced: power loss brings old records back",
            any_of(durability, fencing_order, lease_exclusion, belief_exclusion), lives_on<UnsyncedDirectory>),
      plant(directory, "plain-overwrite", 32, "claude-remember#181", "a record is overwritten in place, not replaced",
            any_of(durability, progress, fencing_order, lease_exclusion, belief_exclusion), lives_on<PlainOverwrite>),
      plant(directory, "unlinked-guards", 33, "filelock#27", "the guard file is removed and made anew by each process",
            two_inside, lives_on<UnlinkedGuards>),
      plant(scenarios::filesystem_shared_subject(), "stale-lock-files", 31, "lockfile#4",
            "who finds a lock file stale unlinks it, and it may be the fresh one of another", two_inside,
            [](Subject& s) { s.open = open_with_lock_files; }),
      plant(directory, "record-locks", 34, "fslock#6",
            "a guard is a POSIX record lock, and free when any descriptor of its file is closed", two_inside,
            lives_on<RecordLocks>),
      plant(directory, "process-numbers", 36, "filelock#639",
            "a guard is held by the process whose number stands in it, and the number is given anew",
            any_of(expiry, progress), [](Subject& s) { s.open = open_with_process_numbers; }),
      plant(directory, "no-second-try", 101, "our own invention",
            "who finds that another is opening the directory waits for ever", any_of(progress),
            [](Subject& s) { s.open = open_without_a_second_try; }),
  };
}

}  // namespace lockstep::zoo
