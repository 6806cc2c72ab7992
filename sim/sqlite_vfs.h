// What SQLite sees of a simulated host: a VFS for one process, on one Disk, through one StorageGate. SQLite
// runs unmodified above it. Nothing here reads a real clock, draws real randomness or sleeps.
//
// It does what the unix VFS does, where durability depends on it:
// - Device characteristics: SQLITE_IOCAP_POWERSAFE_OVERWRITE and nothing else, the unix default.
// - A journal or write-ahead log that was opened with SQLITE_OPEN_CREATE has its directory synced at its
// first
//   xSync, after its content. The main database file never has. xDelete syncs the directory when asked to.
// - For xAccess an empty file does not exist.
// - Locks are those of disk_locks.h. The wal-index is not a file: it lives as long as a living process has it
// open. Simpler than unix: no mmap, no loading of extensions, xFileControl knows nothing, and a full disk
// takes no part of a write.
// - What the device refuses is an SQLITE_IOERR of its kind, what finds no room SQLITE_FULL. A sync also fails,
//   once, if another process's sync of the file has.
//
// Every call is a scheduling point and may find the process dead, except these, which only touch memory:
// xUnlock, the unlocking xShmLock, xShmUnmap, xShmBarrier and xClose, so that the end of a commit is one step
// with its becoming visible; and xSectorSize, xDeviceCharacteristics, xFileControl, xFullPathname, xSleep. An
// xSync or xDelete that also syncs the directory is two scheduling points. Once the gate is dead every call
// fails with the fitting SQLITE_IOERR code and touches nothing; unlocking and closing succeed and release
// nobody's lock.
#pragma once

#include <sqlite3.h>

#include <cstdint>
#include <string>

#include "sim/disk.h"
#include "sim/storage_gate.h"

namespace lockstep::sim {

class SqliteVfs {
 public:
  // Registers under `name`, which must be unique in the program; pass it to sqlite3_open_v2. Relative paths
  // start at "/". Never the default VFS. All connections must be closed before it and the disk go.
  SqliteVfs(std::string name, Disk& disk, StorageGate& gate, DiskOwner owner);
  ~SqliteVfs();
  SqliteVfs(const SqliteVfs&) = delete;
  SqliteVfs& operator=(const SqliteVfs&) = delete;

  const char* name() const { return name_.c_str(); }
  Disk& disk() { return disk_; }
  StorageGate& gate() { return gate_; }
  DiskOwner owner() const { return owner_; }

 private:
  std::string name_;
  Disk& disk_;
  StorageGate& gate_;
  DiskOwner owner_;
  sqlite3_vfs vfs_{};
};

// Makes what SQLite keeps for the whole program a function of `seed`: its random generator. Call it at the
// start of a world, before its first SqliteVfs. The first call in a program, if nothing has used SQLite
// before, also turns off its memory statistics, which cost a global mutex at every allocation. *Source*:
// sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED).
void prepare_sqlite_for_world(std::uint64_t seed);

}  // namespace lockstep::sim
