// The honest locks.
#include "scenarios/subject.h"

#include "impl/backends/epoch_file.h"
#include "impl/backends/file_backend.h"
#include "impl/backends/memory_backend.h"
#include "impl/backends/sqlite_backend.h"
#include "scenarios/redis_subject.h"

namespace lockstep::scenarios {

Awaitable<Result<Token>> next_tokens(StoreParts parts) {
  const auto work = [files = parts.files] { return next_epoch(*files, ""); };
  const auto epoch = co_await blocking(parts.lane, parts.clock, work);
  if (!epoch) co_return definite(ErrorKind::cancelled);
  if (!*epoch) co_return std::unexpected(epoch->error());
  co_return first_token_of(**epoch);
}

namespace {

Awaitable<Result<OpenedStore>> open_by_client(StoreParts parts) {
  SqliteSettings settings;
  settings.patience = kClientsPatience;
  return open_sqlite(std::move(parts), std::move(settings));
}

Awaitable<Result<OpenedStore>> open_default_memory(StoreParts parts) { return open_memory(std::move(parts)); }

Awaitable<Result<OpenedStore>> open_default_sqlite(StoreParts parts) {
  return open_sqlite(std::move(parts), SqliteSettings{});
}

}  // namespace

Awaitable<Result<OpenedStore>> open_memory(StoreParts parts, std::shared_ptr<const Ledger> ledger) {
  const auto tokens = co_await next_tokens(parts);
  if (!tokens) co_return std::unexpected(tokens.error());
  co_return std::make_shared<MemoryBackend>(parts.clock, parts.observer, *tokens, std::move(ledger));
}

Awaitable<Result<OpenedStore>> open_sqlite(StoreParts parts, SqliteSettings settings) {
  SqliteOptions options;
  options.path = "/locks.db";
  options.vfs = parts.vfs->name();
  options.keeps = parts.vfs;
  options.journal_mode = settings.journal_mode;
  options.synchronous = settings.synchronous;
  options.begin = settings.begin;
  options.commit = settings.commit;
  options.ledger = settings.ledger;
  auto store = std::make_shared<SqliteBackend>(options, parts.clock, parts.random, parts.lane, parts.observer);
  const auto opened = co_await store->open(saturating_add(parts.clock.monotonic(), settings.patience));
  if (!opened) co_return std::unexpected(opened.error());
  co_return store;
}

Awaitable<Result<OpenedStore>> open_directory(StoreParts parts, bool shared, std::shared_ptr<const Ledger> ledger,
                                              Duration patience) {
  FileOptions options{"/locks", parts.files, shared, std::move(ledger)};
  auto store = std::make_shared<FileBackend>(std::move(options), parts.clock, parts.random, parts.lane, parts.observer);
  const auto opened = co_await store->open(saturating_add(parts.clock.monotonic(), patience));
  if (!opened) co_return std::unexpected(opened.error());
  co_return store;
}

namespace {

Awaitable<Result<OpenedStore>> open_one_host(StoreParts parts) { return open_directory(std::move(parts), false); }
Awaitable<Result<OpenedStore>> open_many_hosts(StoreParts parts) { return open_directory(std::move(parts), true); }

Subject subject(std::string name, std::string about, Claims claims, Deployment deployment,
                Awaitable<Result<OpenedStore>> (*open)(StoreParts)) {
  Subject subject{.name = std::move(name),
                  .about = std::move(about),
                  .claims = claims,
                  .deployment = deployment,
                  .open = open,
                  .client = {},
                  .between = {},
                  .planted = {}};
  return subject;
}

}  // namespace

Subject memory_subject() {
  return subject("memory", "leases in the memory of one server process, which a crash forgets; only tokens outlive it",
                 MemoryBackend::its_claims(), Deployment::servers, open_default_memory);
}

Subject sqlite_subject() {
  return subject("sqlite", "a lease table in SQLite, WAL with synchronous FULL, behind lock servers on its host",
                 SqliteBackend::its_claims(), Deployment::servers, open_default_sqlite);
}

Subject sqlite_direct_subject() {
  return subject("sqlite-direct", "the same lease table, opened by every client process of the host itself",
                 SqliteBackend::its_claims(), Deployment::one_host, open_by_client);
}

Subject filesystem_subject() {
  return subject("filesystem", "a directory with a record for each lock, used by the processes of one host",
                 FileBackend::its_claims(), Deployment::one_host, open_one_host);
}

Subject filesystem_shared_subject() {
  Claims claims = FileBackend::its_claims();
  // A restart of the file server has to be invisible to those who mount the disk, as the reclaiming of locks in NFS 4
  // makes it; a simulated one ends their locks.
  claims.survives_power_loss = false;
  return subject("filesystem-shared", "such a directory on a disk that several hosts mount; no clocks are compared",
                 claims, Deployment::shared_disk, open_many_hosts);
}

std::vector<Subject> honest_subjects() {
  return {
      sqlite_subject(), memory_subject(), sqlite_direct_subject(), filesystem_subject(), filesystem_shared_subject(),
      redis_subject(),  redlock_subject()};
}

}  // namespace lockstep::scenarios
