// Opening a lock directory: what it is, whether its locks exclude, and recovery, all before the first lock. One process
// at a time opens it, under the lock of `.opening`.
#include <fmt/format.h>

#include <algorithm>

#include "impl/backends/file_guard.h"
#include "impl/backends/file_store.h"
#include "impl/lock/bytes.h"

namespace lockstep {
namespace {

constexpr std::string_view kOpening = ".opening";
constexpr std::string_view kBoot = ".boot";
constexpr std::string_view kOneHost = "lockstep directory 1, one host\n";
constexpr std::string_view kSharedByHosts = "lockstep directory 1, shared by hosts\n";

std::string text_of(BootId boot) { return fmt::format("{:016x}{:016x}\n", boot.high, boot.low); }

Result<std::string> content_of(File& file) {
  const auto size = file.size();
  if (!size) return std::unexpected(file_failure("read", kOpening, size.error(), true));
  std::string content(std::min<std::uint64_t>(*size, 4096), '\0');
  const auto got = file.read_at(0, std::as_writable_bytes(std::span(content)));
  if (!got) return std::unexpected(file_failure("read", kOpening, got.error(), true));
  content.resize(*got);
  return content;
}

std::string parent_of(const std::string& path) {
  const auto slash = path.find_last_of('/');
  if (slash == path.npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

Result<std::unique_ptr<BlockingStore>> FileStore::open(const FileOptions& options, Clock& clock,
                                                       LeaseObserver* observer) {
  std::unique_ptr<FileStore> store(new FileStore(options, clock, observer));
  if (auto begun = store->begin(); !begun) return std::unexpected(begun.error());
  return store;
}

Result<void> FileStore::begin() {
  FileSystem& files = *options_.files;
  const auto made = files.make_directory(options_.directory);
  if (!made && made.error() != std::errc::file_exists)
    return std::unexpected(file_failure("make", options_.directory, made.error(), true));
  if (made) {
    if (auto synced = files.sync_directory(parent_of(options_.directory)); !synced)
      return std::unexpected(file_failure("sync", parent_of(options_.directory), synced.error(), true));
  }
  const auto traits = files.traits_of(options_.directory);
  if (!traits) return std::unexpected(file_failure("look at", options_.directory, traits.error(), true));
  if (traits->kind == FileSystemKind::network && !options_.shared) {
    return definite(ErrorKind::invalid, fmt::format("{} is on a network file system, where other hosts may use it too; "
                                                    "make it a directory that hosts share",
                                                    options_.directory));
  }
  auto opened = files.open(path(kOpening), {.write = true, .create = true});
  if (!opened) return std::unexpected(file_failure("open", path(kOpening), opened.error(), true));
  File& opening = **opened;
  if (auto excludes = try_locks(opening); !excludes) return excludes;
  if (auto known = identify(opening); !known) return known;
  return recover();
}

// Leaves `opening` locked. A second opening of the same file must be refused its lock; on a file system without locks,
// or one that takes a lock for the whole process's, it is not.
Result<void> FileStore::try_locks(File& opening) {
  const auto cannot = [&](std::string_view why) {
    return definite(ErrorKind::invalid, fmt::format("{} cannot be locked: {}", options_.directory, why));
  };
  const auto first = opening.try_lock(FileLock::exclusive);
  if (!first) return cannot(first.error().message());
  if (!*first) return definite(ErrorKind::busy, "another process is opening the directory");
  auto again = options_.files->open(path(kOpening), {.write = true});
  if (!again) return std::unexpected(file_failure("open", path(kOpening), again.error(), true));
  const auto second = (*again)->try_lock(FileLock::exclusive);
  if (!second) return cannot(second.error().message());
  if (*second) return cannot("its locks do not exclude; is it on a file system without locks?");
  return {};
}

Result<void> FileStore::identify(File& opening) {
  const auto content = content_of(opening);
  if (!content) return std::unexpected(content.error());
  const std::string_view mine = options_.shared ? kSharedByHosts : kOneHost;
  if (*content == mine) return {};
  if (*content == kOneHost || *content == kSharedByHosts) {
    return definite(ErrorKind::invalid, fmt::format("{} was made for {}", options_.directory,
                                                    options_.shared ? "the processes of one host" : "several hosts"));
  }
  // Torn by a crash while it was being made; nothing can have been locked in it then.
  if (!mine.starts_with(*content) && content->find_first_not_of('\0') != content->npos &&
      !kOneHost.starts_with(*content) && !kSharedByHosts.starts_with(*content)) {
    return definite(ErrorKind::invalid, fmt::format("{} is not a lock directory of this version", options_.directory));
  }
  return make(opening);
}

Result<void> FileStore::make(File& opening) {
  const auto present = options_.files->list(options_.directory);
  if (!present) return std::unexpected(file_failure("list", options_.directory, present.error(), true));
  const auto foreign = std::ranges::find_if(*present, [](const std::string& file) { return !file.starts_with('.'); });
  if (std::ranges::count(*present, std::string(kBoot)) > 0 && foreign != present->end()) {
    return definite(ErrorKind::storage, fmt::format("{} is damaged: its file {} is empty, though there are locks in it",
                                                    options_.directory, kOpening));
  }
  if (foreign != present->end()) {
    return definite(ErrorKind::invalid, fmt::format("{} holds other files, such as {}; name an empty directory",
                                                    options_.directory, *foreign));
  }
  for (std::size_t number = 0; number < kGuards; ++number) {
    auto guard = options_.files->open(path(guard_name(number)), {.write = true, .create = true});
    if (!guard) return std::unexpected(file_failure("create", guard_name(number), guard.error(), true));
  }
  const auto fail = [](std::error_code error) { return std::unexpected(file_failure("write", kOpening, error, true)); };
  const std::string_view mine = options_.shared ? kSharedByHosts : kOneHost;
  if (auto synced = options_.files->sync_directory(options_.directory); !synced) return fail(synced.error());
  if (auto cut = opening.truncate(0); !cut) return fail(cut.error());
  if (auto written = opening.write_at(0, std::as_bytes(std::span(mine))); !written) return fail(written.error());
  if (auto synced = opening.sync(); !synced) return fail(synced.error());
  return {};
}

// Leases, places and answers of an earlier boot count from now: their clock is gone.
Result<void> FileStore::rebase(const std::string& file, FileRecords& records, Reading at) {
  bool changed = false;
  for (auto& [name, record] : records) {
    for (LeaseRow& row : record.lock.leases) {
      if (row.boot == at.boot) continue;
      row.deadline = at.now + row.ttl;
      row.since = at.now;
      row.boot = at.boot;
      changed = true;
    }
    for (WaiterRow& row : record.lock.waiters) {
      if (row.boot == at.boot) continue;
      row.deadline = at.now + kPlaceKept;
      row.boot = at.boot;
      changed = true;
    }
    for (Remembered& answer : record.answers) {
      if (answer.boot == at.boot) continue;
      answer.forget_at = at.now + answer.lives + kRetryHorizon;
      answer.boot = at.boot;
      changed = true;
    }
  }
  return changed ? replace(file, encode(records), kGuards) : Result<void>();
}

// Always syncs the directory before it tells anything: what it has read may not be durable yet. Holds every guard, so
// that what it tells is true at one instant, and reads the clock only then: before it, others may still have decided.
Result<void> FileStore::recover() {
  const std::string boot = text_of(clock_.boot());
  const auto last = read(std::string(kBoot), false);
  if (!last) return std::unexpected(last.error());
  const bool rebooted = !options_.shared && *last != boot;
  if (observer_ == nullptr && !rebooted) return {};
  std::vector<std::unique_ptr<FileGuard>> guards;
  for (std::size_t number = 0; number < kGuards; ++number) {
    guards.push_back(std::make_unique<FileGuard>(*options_.files, path(guard_name(number)), guards_[number]));
    if (!guards.back()->held()) return std::unexpected(guards.back()->why_not());
  }
  if (options_.shared) {
    // A host that mounts the directory forgets what it remembers of it when it changes a name there itself.
    if (auto noted = replace(std::string(kBoot), boot, kGuards); !noted) return noted;
  }
  const Reading at = reading();
  const auto files = record_files();
  if (!files) return std::unexpected(files.error());
  Token highest = 0;
  std::vector<FileRecords> all;
  for (const std::string& file : *files) {
    auto records = load(file, true);
    if (!records) return std::unexpected(records.error());
    if (rebooted) {
      if (auto rebased = rebase(file, *records, at); !rebased) return rebased;
    }
    for (const auto& [name, record] : *records) highest = std::max(highest, record.lock.last_token);
    all.push_back(std::move(*records));
  }
  if (rebooted) {
    if (auto noted = replace(std::string(kBoot), boot, kGuards); !noted) return noted;
  }
  if (auto synced = options_.files->sync_directory(options_.directory); !synced)
    return std::unexpected(file_failure("sync", ".", synced.error(), true));
  if (observer_ == nullptr) return {};
  observer_->on({.kind = LeaseEvent::Kind::restarted, .token = highest, .decided = at.now, .deadline = at.now});
  // What another host has written has been seen since now, not since the reading began.
  const Reading seen = reading();
  std::map<LockName, LockRecord> views;
  for (const FileRecords& records : all) {
    for (const auto& [name, record] : records) views.emplace(name, view_of(name, record, seen));
  }
  for (const auto& [name, view] : views) {
    for (const LeaseRow& row : view.leases) tell_recovered(*observer_, name, row, at.now);
  }
  for (const auto& [name, view] : views) {
    for (const WaiterRow& row : view.waiters) tell_recovered(*observer_, name, row, at.now);
  }
  return {};
}

}  // namespace lockstep
