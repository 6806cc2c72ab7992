// Who holds what on one simulated file: SQLite's five rollback lock levels, its eight write-ahead-log locks,
// the memory that its processes share, and one advisory lock on the whole file. The three kinds of lock know
// nothing of each other. A lock belongs to one open handle, so closing one handle releases no other's, with one
// exception that is there to be tripped over: POSIX record locks on the whole file, which belong to the process.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace lockstep::sim {

// The numbers are SQLite's (SQLITE_LOCK_NONE ... SQLITE_LOCK_EXCLUSIVE).
enum class LockLevel : std::uint8_t { none, shared, reserved, pending, exclusive };
enum class WholeLock : std::uint8_t { none, shared, exclusive };

// What one open handle holds on its file.
struct HeldLocks {
  LockLevel level = LockLevel::none;
  WholeLock whole = WholeLock::none;
  // Not 0: its locks on the whole file are record locks of this process. Its handles do not exclude each other,
  // and unlocking or closing any of them frees what all of them hold. *Source*: fcntl(2), F_SETLK.
  std::uint64_t process = 0;
  std::uint8_t log_shared = 0;     // one bit for each of the eight write-ahead-log locks
  std::uint8_t log_exclusive = 0;  // the same
};

class FileLocks {
 public:
  void join(HeldLocks& handle) { handles_.push_back(&handle); }
  void leave(HeldLocks& handle) {
    std::erase(handles_, &handle);
    unlock_whole(handle);
  }

  // Raises `self` to `wanted` as the unix VFS does: PENDING and EXCLUSIVE refuse every new SHARED, one handle
  // at a time is RESERVED or above, EXCLUSIVE needs that nobody else is even SHARED. A refused step from
  // RESERVED to EXCLUSIVE leaves `self` PENDING. Requires: wanted is shared, reserved or exclusive. Errors:
  // false, busy.
  bool try_lock(HeldLocks& self, LockLevel wanted);
  // Is any handle, `self` included, RESERVED or above?
  bool reserved() const;

  // All locks of `mask` or none. Errors: false, busy.
  bool try_log_lock(HeldLocks& self, std::uint8_t mask, bool exclusive);

  // Takes the lock on the whole file, or changes its kind. Errors: false, busy (what was held is kept).
  bool try_whole_lock(HeldLocks& self, bool exclusive);
  void unlock_whole(HeldLocks& self);

 private:
  LockLevel highest_of_others(const HeldLocks& self) const;

  std::vector<HeldLocks*> handles_;  // two or three: a scan is cheaper than any index
};

// The wal-index: regions that stay where they are, because SQLite writes to them by pointer. Handles share
// it; the file forgets it when the last living handle lets go.
struct SharedMemory {
  std::vector<std::unique_ptr<std::byte[]>> regions;
  std::size_t region_bytes = 0;
  int users = 0;  // living handles
};

}  // namespace lockstep::sim
