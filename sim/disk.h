// The disk of one simulated host: an in-memory file system with crash semantics. Not thread safe, knows no
// clock, and is honest about everything that the fault model below does not name: reads return what was last
// written, and a sync that a process has waited for holds for ever.
//
// THE FAULT MODEL
//
// Content. Every file has a current content, which all processes see, and a durable one. A sync of the file
// makes the current content durable, and nothing else: not the name of the file. At a power loss each write
// since the last sync is taken apart at sector boundaries, and each piece survives or vanishes by itself;
// truncations survive or vanish whole. Pieces that survive take effect in the order of the writes. So a later
// write may survive where an earlier one does not, even in the same sector, which is harsher than a page
// cache that merges the two. Bytes beside a write are never touched (SQLite calls it powersafe overwrite). A
// piece that survives beyond the durable end of a file extends it, with zeros where its neighbours vanished.
// How likely survival is, from impossible to certain, is drawn anew for each file at each power loss.
//
// Names. Creating, removing and renaming take effect at once for processes and are remembered in one ordered
// log for the whole disk, as a journalling file system does. A sync of a directory makes every change up to
// the last one in that directory durable. At a power loss a prefix of the remaining log survives, possibly
// none or all of it, and the rest is undone: a new file may vanish with its synced content, a removed file
// may come back, a rename is seen entirely or not at all. Nothing that a directory sync has covered is ever
// undone.
//
// Failed syncs. A sync that fails is not done later: what of the changes has not arrived is lost to every later
// sync, though it is read until the power goes (a kernel may forget it earlier, when memory is short). Each handle
// that was open at the time is told once, by the failure of its next sync. A sync of a directory that fails has
// done nothing; the changes wait for the next. Who decides that a call fails stands before the disk: see
// storage_gate.h.
//
// Processes. A crash of a process loses nothing that it has written. Its handles are dead for ever, its locks
// free at once. Shared memory lives as long as a living handle maps it. A power loss ends all handles, locks
// and shared memory of the disk.
//
// Worse disks, by option: one that ignores syncs of both kinds (and so remembers every change of the run);
// garbage where an unsynced piece was being written; and a full one, where a write that needs more room than
// there is writes nothing. The room of a removed file is free only when its removal is durable and no handle
// is open. Names, directories and shared memory take no room. By option too, names fold: see name_folding.h; a
// file keeps the spelling it was created with, until it is renamed to another spelling.
#pragma once

#include <cstdint>
#include <expected>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sim/disk_file.h"

namespace lockstep::sim {

// One incarnation of one process. Never used again after its crash.
using DiskOwner = std::uint64_t;

enum class DiskError : std::uint8_t { not_found, exists, is_directory, not_a_directory, not_empty };

struct OpenMode {
  bool create = false;        // if there is none
  bool exclusive = false;     // with create: fail if there is one
  bool record_locks = false;  // its locks on the whole file belong to the owner: see disk_locks.h
};

class Disk;

// An open file. Closing is destruction. Once dead (see Disk) it must only be closed.
class OpenFile {
 public:
  OpenFile(Disk& disk, DiskOwner owner, std::shared_ptr<DiskFile> file, std::uint32_t number);
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  bool dead() const { return dead_; }
  // Of the path that it was opened by, as Disk::number_of gives it; 0 for a temporary file.
  std::uint32_t number() const { return number_; }
  DiskFile& content() { return *file_; }
  const std::shared_ptr<DiskFile>& shared() const { return file_; }
  // False: it failed, now or through another handle since this one was told last.
  bool sync();
  // `draw` decides what arrived of the changes.
  void fail_sync(std::uint64_t draw);

  LockLevel level() const { return held_.level; }
  bool try_lock(LockLevel wanted) { return file_->locks.try_lock(held_, wanted); }
  void unlock(LockLevel to);
  bool anyone_reserved() const { return file_->locks.reserved(); }
  bool try_whole_lock(bool exclusive) { return file_->locks.try_whole_lock(held_, exclusive); }
  bool holds_whole_lock() const { return held_.whole != WholeLock::none; }
  void unlock_whole() { file_->locks.unlock_whole(held_); }

  bool try_log_lock(std::uint8_t mask, bool exclusive) { return file_->locks.try_log_lock(held_, mask, exclusive); }
  void unlock_log(std::uint8_t mask);
  // The region, all zeros when new; null if there is none and `extend` is false. The memory stays valid until
  // the handle is closed, whatever happens to the process or the disk.
  std::byte* map_shared_memory(std::size_t region, std::size_t region_bytes, bool extend);
  void unmap_shared_memory();

 private:
  friend class Disk;
  void die();

  Disk& disk_;
  DiskOwner owner_;
  std::shared_ptr<DiskFile> file_;
  std::shared_ptr<SharedMemory> memory_;
  HeldLocks held_;
  std::uint32_t number_;
  std::uint32_t failures_told_;
  bool dead_ = false;
};

// Paths are absolute, "/", "/a" or "/a/b", and taken literally unless names fold. Must outlive its open files.
class Disk {
 public:
  explicit Disk(DiskOptions options = {}) : options_(options), space_{options.capacity_bytes} {}
  ~Disk();
  Disk(const Disk&) = delete;
  Disk& operator=(const Disk&) = delete;

  // Where an error is not_found it is not_a_directory if a file stands in the middle of the path.

  // Errors: not_found (the file, or its directory), exists (exclusive), is_directory.
  std::expected<std::unique_ptr<OpenFile>, DiskError> open(DiskOwner owner, std::string_view path, OpenMode mode);
  // A file without a name, gone when closed.
  std::unique_ptr<OpenFile> open_temporary(DiskOwner owner);

  // Errors: not_found, is_directory. Open handles keep the file.
  std::expected<void, DiskError> remove(std::string_view path);
  // Replaces `to` if it is there; files only. Of two names of one file both stay. Errors: not_found, is_directory,
  // not_empty (`to` is a directory that leads to `from`).
  std::expected<void, DiskError> rename(std::string_view from, std::string_view to);
  // A second name; files only. Errors: not_found, exists, is_directory (`from`).
  std::expected<void, DiskError> link(std::string_view from, std::string_view to);
  // Errors: exists, not_found (the parent).
  std::expected<void, DiskError> make_directory(std::string_view path);
  // Errors: not_found, not_a_directory, not_empty.
  std::expected<void, DiskError> remove_directory(std::string_view path);
  // Errors: not_found, not_a_directory.
  std::expected<void, DiskError> sync_directory(std::string_view path);
  // Names without the directory, sorted. Errors: not_found, not_a_directory.
  std::expected<std::vector<std::string>, DiskError> list(std::string_view path) const;
  bool exists(std::string_view path) const;
  // Of a file; nothing for a directory or a name that is not there.
  std::optional<std::uint64_t> size_of(std::string_view path) const;
  // For caches of a network mount: the file of that name, null if it is none; and a handle on a file that has a
  // name still, whichever; null if it has lost its last one.
  std::shared_ptr<DiskFile> file_at(std::string_view path) const;
  std::unique_ptr<OpenFile> reopen(DiskOwner owner, const std::shared_ptr<DiskFile>& file, std::string_view path,
                                   OpenMode mode);

  // A small number for a path, in order of first mention, from 1; the same for ever, also for files to come.
  std::uint32_t number_of(std::string_view path);
  std::uint64_t used_bytes() const { return space_.used_bytes; }
  const DiskOptions& options() const { return options_; }
  void set_honours_sync(bool honours) { options_.honours_sync = honours; }
  // 0: unlimited. Less than is used: nothing may grow.
  void set_capacity_bytes(std::uint64_t bytes) { options_.capacity_bytes = space_.capacity_bytes = bytes; }
  // Until it is called with -1 as often as with 1, nothing may grow.
  void hold_full(int sign) { space_.full += sign; }

  // The death of a process, in two steps with its dead code running to its end in between and nobody else
  // running. crash_process frees its locks, ends its handles and copies every region of shared memory that it
  // had mapped together with a living process. While it unwinds, dead code may scribble there, because it has
  // the pointers. crash_finished puts the copies back, and so the dead have touched nothing.
  void crash_process(DiskOwner owner);
  void crash_finished(DiskOwner owner);

  // Ends every handle, then decides by the fault model what is left. All draws come from `random`.
  void power_loss(Random& random);

  // Of names, contents and what is not yet durable of either.
  std::uint64_t digest() const;

 private:
  friend class OpenFile;
  struct Entry {
    std::shared_ptr<DiskFile> file;  // null: a directory
  };
  // A name, and what it meant before.
  struct Renaming {
    std::string path;
    std::optional<Entry> before;
  };
  struct NameChange {
    Renaming first;
    std::optional<Renaming> second;  // of a rename
  };
  struct Snapshot {
    DiskOwner owner;
    std::shared_ptr<SharedMemory> memory;
    std::vector<std::byte> bytes;
  };
  using Names = std::map<std::string, Entry, std::less<>>;

  // A path as the disk spells it, where names fold; elsewhere as it is, at no cost.
  struct Spelled {
    Spelled(const Disk& disk, std::string_view given)
        : own(disk.options_.folding == NameFolding::none ? std::string() : disk.respelled(given)),
          path(own.empty() ? given : own) {}
    Spelled(const Spelled&) = delete;
    Spelled& operator=(const Spelled&) = delete;
    std::string own;
    std::string_view path;
  };
  std::string respelled(std::string_view path) const;
  std::string with_spelled_directory(std::string_view path) const;
  void change_name(const Names::iterator& source, std::string to);
  std::unique_ptr<OpenFile> opened(DiskOwner owner, std::shared_ptr<DiskFile> file, std::uint32_t number,
                                   OpenMode mode);
  const Entry* find(std::string_view path) const;
  bool is_directory(std::string_view path) const;
  DiskError why_missing(std::string_view path) const;
  void undo(const Renaming& change);
  void snapshot(DiskOwner owner, const std::shared_ptr<SharedMemory>& memory);

  DiskOptions options_;
  DiskSpace space_;
  Names names_;                           // current, the root left out
  std::vector<NameChange> name_changes_;  // since the last directory sync, in order
  std::map<std::string, std::uint32_t, std::less<>> numbers_;
  std::vector<OpenFile*> open_;
  std::vector<Snapshot> snapshots_;
};

}  // namespace lockstep::sim
