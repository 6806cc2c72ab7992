// Refusals are told from a record as it lies there: it is always whole. Everything else is decided under the guard of
// the name. An answer that confirms something without writing it syncs the directory first: who wrote it may have died
// between the renaming and the sync, and a power loss would take it back.
#include "impl/backends/file_store.h"

#include <fmt/format.h>

#include <algorithm>

#include "impl/backends/event_log.h"
#include "impl/backends/file_guard.h"
#include "impl/lock/bytes.h"
#include "impl/lock/page.h"

namespace lockstep {

FileStore::FileStore(const FileOptions& options, Clock& clock, LeaseObserver* observer)
    : options_(options), clock_(clock), observer_(observer) {}

// A host that mounts a disk remembers for a while that there was no file of a name. Opening one that may have to be
// made asks the file server; there, an empty record is the same as none.
Result<std::optional<std::string>> FileStore::read(const std::string& file, bool surely) {
  const bool ask = surely && options_.shared;
  auto opened = options_.files->open(path(file), {.write = ask, .create = ask});
  // A directory, lost+found say, is nobody's record; to put one in its place will fail.
  if (!opened && opened.error() == std::errc::is_a_directory) return std::nullopt;
  if (!opened && opened.error() == std::errc::no_such_file_or_directory) return std::nullopt;
  if (!opened) return std::unexpected(file_failure("open", file, opened.error(), true));
  const auto size = (*opened)->size();
  if (!size) return std::unexpected(file_failure("read", file, size.error(), true));
  std::string content(*size, '\0');
  const auto got = (*opened)->read_at(0, std::as_writable_bytes(std::span(content)));
  if (!got) return std::unexpected(file_failure("read", file, got.error(), true));
  content.resize(*got);
  return content;
}

Result<FileRecords> FileStore::load(const std::string& file, bool surely) {
  const auto content = read(file, surely);
  if (!content) return std::unexpected(content.error());
  if (!*content || (options_.shared && (*content)->empty())) return FileRecords();
  auto records = decode_records(**content);
  if (!records) return definite(ErrorKind::storage, fmt::format("the record {} is damaged", path(file)));
  return std::move(*records);
}

// Until the renaming nothing has happened; after it, the others see what has.
Result<void> FileStore::replace(const std::string& file, std::string_view content, std::size_t guard) {
  const std::string fresh = fmt::format(".new-{:02}", guard);
  const auto bytes = std::as_bytes(std::span(content));
  {
    auto opened = options_.files->open(path(fresh), {.write = true, .create = true, .truncate = true});
    if (!opened) return std::unexpected(file_failure("create", fresh, opened.error(), true));
    if (auto written = (*opened)->write_at(0, bytes); !written)
      return std::unexpected(file_failure("write", fresh, written.error(), true));
    if (auto synced = (*opened)->sync(); !synced)
      return std::unexpected(file_failure("sync", fresh, synced.error(), true));
  }
  if (auto renamed = options_.files->rename(path(fresh), path(file)); !renamed)
    return std::unexpected(file_failure("replace", file, renamed.error(), false));
  return {};
}

LockRecord FileStore::view_of(const LockName& name, const FileRecord& record, Reading at) {
  return options_.shared ? seen_.view(name, record, at) : record.lock;
}

void FileStore::tell_all(const LockName& name, const Changes& changes, Reading at) {
  if (observer_ == nullptr) return;
  for (const Change& change : changes) tell(*observer_, name, change, at);
}

Result<void> FileStore::write_out(const std::string& file, FileRecords& records, const LockName& name,
                                  const Changes& changes, Reading at, std::size_t guard) {
  FileRecord& record = records[name];
  if (options_.shared) seen_.forget_answers(name, record, at);
  write(record, name, changes, at);
  if (auto replaced = replace(file, encode(records), guard); !replaced) return replaced;
  const auto synced = options_.files->sync_directory(options_.directory);
  tell_all(name, changes, at);
  if (!synced) return std::unexpected(file_failure("sync", ".", synced.error(), false));
  return {};
}

template <typename Answer, typename Request>
Result<Answer> FileStore::carry_out(const Request& request, bool look_first) {
  if (!keys_.note(request.key, request.name))
    return definite(ErrorKind::key_reused, "this idempotency key was used for another name");
  const std::string file = file_name_of(request.name);
  if (look_first) {
    auto records = load(file, false);
    if (!records) return std::unexpected(records.error());
    const FileRecord& record = (*records)[request.name];
    const Reading at = reading();
    auto decision =
        options_.ledger->decide(request, view_of(request.name, record, at), memory_of(record, request.key), at);
    const bool final = options_.shared && !may_be_old(decision.answer);
    if (decision.changes.empty() && !confirms(decision.answer) && !final) return std::move(decision.answer);
  }
  const std::size_t number = guard_of(request.name);
  FileGuard guard(*options_.files, path(guard_name(number)), guards_[number]);
  if (!guard.held()) return std::unexpected(guard.why_not());
  auto records = load(file, true);
  if (!records) return std::unexpected(records.error());
  FileRecord& record = (*records)[request.name];
  const Reading at = reading();
  auto decision =
      options_.ledger->decide(request, view_of(request.name, record, at), memory_of(record, request.key), at);
  if (decision.writes()) {
    const auto written = write_out(file, *records, request.name, decision.changes, at, number);
    if (!written) return std::unexpected(written.error());
    return std::move(decision.answer);
  }
  if (confirms(decision.answer)) {
    if (auto synced = options_.files->sync_directory(options_.directory); !synced)
      return std::unexpected(file_failure("sync", ".", synced.error(), true));
  }
  tell_all(request.name, decision.changes, at);
  return std::move(decision.answer);
}

Result<AcquireAnswer> FileStore::acquire(const AcquireRequest& request) {
  return carry_out<AcquireAnswer>(request, true);
}
Result<RenewAnswer> FileStore::renew(const RenewRequest& request) { return carry_out<RenewAnswer>(request, false); }
Result<ReleaseAnswer> FileStore::release(const ReleaseRequest& request) {
  return carry_out<ReleaseAnswer>(request, false);
}
Result<BreakAnswer> FileStore::break_lock(const BreakRequest& request) {
  return carry_out<BreakAnswer>(request, false);
}

Result<Inspection> FileStore::inspect(const LockName& name) {
  auto records = load(file_name_of(name), false);
  if (!records) return std::unexpected(records.error());
  const Reading at = reading();
  return inspection_of(name, view_of(name, (*records)[name], at), at.now, at.boot);
}

Result<std::vector<std::string>> FileStore::record_files() {
  auto all = options_.files->list(options_.directory);
  if (!all) return std::unexpected(file_failure("list", ".", all.error(), true));
  std::erase_if(*all, [](const std::string& file) { return !may_be_record(file); });
  return std::move(*all);
}

// File names do not stand in the order of names, so every record of the directory is read.
Result<Listing> FileStore::list(const ListRequest& request) {
  const auto files = record_files();
  if (!files) return std::unexpected(files.error());
  std::map<LockName, std::vector<LeaseRow>> held;
  for (const std::string& file : *files) {
    const auto records = load(file, false);
    if (!records) return std::unexpected(records.error());
    const Reading at = reading();
    for (const auto& [name, record] : *records) {
      if (name.space == request.space) held.emplace(name, view_of(name, record, at).leases);
    }
  }
  Page page(request);
  const Reading at = reading();
  for (auto entry = held.lower_bound({request.space, page.from()}); entry != held.end(); ++entry) {
    if (!page.add(entry->first, entry->second, at)) break;
  }
  return page.take();
}

// Ends what is over of a name, and syncs what is written of it.
Result<FileRecord> FileStore::settle(const LockName& name) {
  const std::string file = file_name_of(name);
  const std::size_t number = guard_of(name);
  FileGuard guard(*options_.files, path(guard_name(number)), guards_[number]);
  if (!guard.held()) return std::unexpected(guard.why_not());
  auto records = load(file, true);
  if (!records) return std::unexpected(records.error());
  const Reading at = reading();
  const Changes changes = sweep(view_of(name, (*records)[name], at), at);
  if (!changes.empty()) {
    if (auto written = write_out(file, *records, name, changes, at, number); !written)
      return std::unexpected(written.error());
  } else if (auto synced = options_.files->sync_directory(options_.directory); !synced) {
    return std::unexpected(file_failure("sync", ".", synced.error(), true));
  }
  return std::move((*records)[name]);
}

namespace {

// Names and the numbers of the events to come, as far as a subscriber has read.
using Positions = std::map<LockName, std::uint64_t>;

std::string cursor_of(const Positions& positions) {
  ByteWriter writer;
  writer.integer(static_cast<std::uint32_t>(positions.size()));
  for (const auto& [name, next] : positions) writer.name(name).integer(next);
  return writer.take();
}

std::optional<Positions> positions_of(std::string_view cursor) {
  ByteReader reader(cursor);
  Positions positions;
  for (auto left = reader.integer<std::uint32_t>(); left > 0 && !reader.failed(); --left) {
    LockName name = reader.name();
    positions[std::move(name)] = reader.integer<std::uint64_t>();
  }
  if (!reader.finished()) return std::nullopt;
  return positions;
}

// What of a record a subscriber has not heard yet.
void read_events(const FileRecord& record, std::uint64_t from, WatchAnswer& answer) {
  const std::uint64_t oldest = record.next_event - record.events.size();
  if (from < oldest || from > record.next_event) answer.missed = true;
  for (std::uint64_t number = std::max(from, oldest); number < record.next_event; ++number) {
    answer.events.push_back(record.events[number - oldest]);
  }
}

}  // namespace

// A host that mounts a directory forgets what it remembers of it when it changes a name there itself.
Result<void> FileStore::look_anew() {
  const BootId boot = clock_.boot();
  const std::string mine = fmt::format(".look-{:016x}{:016x}", boot.high, boot.low);
  if (auto made = options_.files->open(path(mine), {.write = true, .create = true}); !made)
    return std::unexpected(file_failure("create", mine, made.error(), true));
  static_cast<void>(options_.files->remove(path(mine)));  // another process of this host may have done so
  return {};
}

Result<std::vector<std::string>> FileStore::files_for(const WatchRequest& request) {
  // Where a subscription begins must not rest on what a host remembers: it would be told later of what came before.
  if (options_.shared && request.cursor.empty()) {
    if (auto anew = look_anew(); !anew) return std::unexpected(anew.error());
    if (!request.prefix) {
      if (auto settled = settle({request.space, request.bytes}); !settled) return std::unexpected(settled.error());
    }
  }
  if (request.prefix) return record_files();
  return std::vector<std::string>{file_name_of({request.space, request.bytes})};
}

// Every record carries its last events, so nobody has to be told that somebody listens. What is new is told from under
// the guard, when whoever wrote it has synced it, or has died and this process does so: a power loss must not take back
// what a subscriber has heard.
Result<WatchAnswer> FileStore::watch(const WatchRequest& request) {
  const auto before = request.cursor.empty() ? Positions() : positions_of(request.cursor);
  if (!before) return std::unexpected(bad_cursor());
  auto files = files_for(request);
  if (!files) return std::unexpected(files.error());
  WatchAnswer answer;
  Positions now = *before;  // a host that remembers that there was no record must not begin anew
  for (const std::string& file : *files) {
    auto records = load(file, false);
    if (!records) return std::unexpected(records.error());
    for (auto& [name, record] : *records) {
      if (!concerns(request, name)) continue;
      const auto known = before->find(name);
      const std::uint64_t from = known == before->end() ? 1 : known->second;
      const Reading at = reading();
      if (from != record.next_event || !sweep(view_of(name, record, at), at).empty()) {
        auto settled = settle(name);
        if (!settled) return std::unexpected(settled.error());
        record = std::move(*settled);
      }
      if (!request.cursor.empty()) read_events(record, from, answer);
      now[name] = record.next_event;
    }
  }
  answer.cursor = cursor_of(now);
  return answer;
}

}  // namespace lockstep
