// The content of one simulated file. There is one copy of the bytes, the current one; the durable content is
// that copy with a log of changes since the last sync undone. So a sync only forgets the log, and in the
// steady state no write allocates. Only after a failed sync, when what is read and what is durable have parted for
// good, are there two copies. Knows no names, no directories and no processes.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "impl/env/random.h"
#include "sim/digest.h"
#include "sim/disk_locks.h"
#include "sim/name_folding.h"

namespace lockstep::sim {

struct DiskOptions {
  std::uint32_t sector_bytes = 512;      // what the device writes all or nothing
  bool honours_sync = true;              // false, a lying disk: syncs report success and make nothing durable
  bool tears_writes = true;              // false: an unsynced write survives a power loss whole or not at all
  bool garbage_in_torn_sectors = false;  // true: what was being written may hold random bytes after a power loss
  std::uint64_t capacity_bytes = 0;      // of all file contents together; 0: unlimited
  NameFolding folding = NameFolding::none;
};

// How much of a disk its files occupy.
struct DiskSpace {
  std::uint64_t capacity_bytes = 0;
  std::uint64_t used_bytes = 0;
  int full = 0;  // counts who says so; not 0: nothing may grow, whatever the capacity
  bool take(std::uint64_t bytes) {
    if (full != 0) return false;
    if (capacity_bytes != 0 && (used_bytes > capacity_bytes || bytes > capacity_bytes - used_bytes)) return false;
    used_bytes += bytes;
    return true;
  }
};

class DiskFile {
 public:
  // `volatile_content`: nobody will ever ask what of it is durable (a temporary file); no log is kept.
  DiskFile(DiskSpace& space, bool volatile_content) : space_(space), volatile_content_(volatile_content) {}
  ~DiskFile() { space_.used_bytes -= bytes_.size(); }
  DiskFile(const DiskFile&) = delete;
  DiskFile& operator=(const DiskFile&) = delete;

  std::uint64_t size() const { return bytes_.size(); }
  // How many bytes were read; fewer than asked for only at the end of the file.
  std::size_t read(std::uint64_t offset, std::span<std::uint8_t> into) const;
  // A gap between the end of the file and `offset` reads as zeros. Errors: false, the disk is full, nothing
  // written.
  bool write(std::uint64_t offset, std::span<const std::uint8_t> data);
  // Cuts the file or extends it with zeros. Errors: false, the disk is full, nothing changed.
  bool truncate(std::uint64_t size);
  void sync();
  // A sync that fails. The system takes what it could not write for written, so of each change since the last sync
  // it is decided here and now, as at a power loss, what has arrived; the rest is still read, but no later sync
  // makes it durable, only writing it again does. *Source*: Linux since 4.13; Rebello et al. 2020.
  void fail_sync(const DiskOptions& options, Random& random);
  // How many syncs have failed. Each handle that was open then is told once.
  std::uint32_t failed_syncs() const { return failed_syncs_; }

  // Each change since the last sync survives or vanishes as the options say; what remains is durable.
  void lose_power(const DiskOptions& options, Random& random);

  void add_to(Digest& digest) const;

  FileLocks locks;
  std::shared_ptr<SharedMemory> shared_memory;  // null: no living handle has mapped it

 private:
  enum class ChangeKind : std::uint8_t { write, cut, extend };
  struct Change {
    std::uint64_t offset;
    std::uint64_t length;    // of what was written, cut off or added
    std::uint64_t old_size;  // of the file, before
    ChangeKind kind;
    // How many bytes of the old content it overwrote or cut off, from `offset` on. They stand in
    // `overwritten_`.
    std::uint64_t overlap() const {
      if (kind == ChangeKind::extend || offset >= old_size) return 0;
      return length < old_size - offset ? length : old_size - offset;
    }
  };
  std::vector<std::vector<std::uint8_t>> rewind();
  struct Survival;
  static void redo(std::vector<std::uint8_t>& bytes, const Change& change, std::span<const std::uint8_t> data);
  void sync_parted();

  std::vector<std::uint8_t> bytes_;
  std::vector<Change> changes_;            // since the last sync, in order
  std::vector<std::uint8_t> overwritten_;  // the bytes that they replaced, end to end
  // What the last sync left durable, if a failed one has made that another content than the one that is read.
  std::unique_ptr<std::vector<std::uint8_t>> parted_;
  DiskSpace& space_;
  std::uint32_t failed_syncs_ = 0;
  bool volatile_content_;
};

}  // namespace lockstep::sim
