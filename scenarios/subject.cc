// The honest locks.
#include "scenarios/subject.h"

#include "impl/backends/memory_backend.h"
#include "impl/backends/sqlite_backend.h"

namespace lockstep::scenarios {
namespace {

Awaitable<Result<OpenedStore>> open_memory(StoreParts parts) {
  co_return std::make_shared<MemoryBackend>(parts.clock, parts.observer);
}

Awaitable<Result<OpenedStore>> open_default_sqlite(StoreParts parts) {
  return open_sqlite(std::move(parts), SqliteSettings{});
}

}  // namespace

Awaitable<Result<OpenedStore>> open_sqlite(StoreParts parts, SqliteSettings settings) {
  SqliteOptions options;
  options.path = "/locks.db";
  options.vfs = parts.vfs->name();
  options.keeps = parts.vfs;
  options.journal_mode = settings.journal_mode;
  options.synchronous = settings.synchronous;
  auto store = std::make_shared<SqliteBackend>(options, parts.clock, parts.random, parts.lane, parts.observer);
  const auto opened = co_await store->open(saturating_add(parts.clock.monotonic(), std::chrono::seconds(1)));
  if (!opened) co_return std::unexpected(opened.error());
  co_return store;
}

Subject memory_subject() {
  return {.name = "memory",
          .about = "leases in the memory of one server process; forgets at a crash",
          .claims = MemoryBackend::its_claims(),
          .open = open_memory,
          .client = {},
          .between = {},
          .planted = {}};
}

Subject sqlite_subject() {
  return {.name = "sqlite",
          .about = "a lease table in SQLite, WAL with synchronous FULL, shared by the processes of a host",
          .claims = SqliteBackend::its_claims(),
          .open = open_default_sqlite,
          .client = {},
          .between = {},
          .planted = {}};
}

std::vector<Subject> honest_subjects() { return {sqlite_subject(), memory_subject()}; }

}  // namespace lockstep::scenarios
