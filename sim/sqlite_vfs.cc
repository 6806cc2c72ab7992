// SQLite's callbacks, each a thin translation to Disk and StorageGate. They are noexcept because SQLite's
// frames in between know nothing of exceptions.
#include "sim/sqlite_vfs.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

#include "impl/env/check.h"

namespace lockstep::sim {
namespace {

constexpr std::string_view root = "/";

// SQLite allocates it and sees only the first member. Trivial: it is born as raw memory.
struct VfsFile {
  sqlite3_file base;
  OpenFile* open;
  SqliteVfs* vfs;
  const char* path;        // SQLite keeps it until xClose; null for a temporary file
  bool directory_pending;  // the first xSync shall sync the directory too

  // A scheduling point. False: dead, touch nothing.
  bool enter(StorageCall call, std::uint64_t offset = 0, std::uint64_t bytes = 0) {
    return vfs->gate().enter(call, open->number(), offset, bytes) && !open->dead();
  }
  // After enter: the device fails the call.
  bool refused(StorageCall call) { return vfs->gate().refusal(call).has_value(); }
  bool alive() const { return vfs->gate().alive() && !open->dead(); }
};

VfsFile& file_of(sqlite3_file* file) { return *reinterpret_cast<VfsFile*>(file); }
SqliteVfs& vfs_of(sqlite3_vfs* vfs) { return *static_cast<SqliteVfs*>(vfs->pAppData); }

std::string absolute(const char* path) { return path[0] == '/' ? std::string(path) : std::string(root) + path; }

bool sync_directory_of(SqliteVfs& vfs, std::string_view path) {
  const auto slash = path.rfind('/');
  const auto directory = slash == 0 ? root : path.substr(0, slash);
  if (!vfs.gate().enter(StorageCall::sync, vfs.disk().number_of(directory), 0, 0)) return false;
  if (vfs.gate().refusal(StorageCall::sync)) return false;
  if (!vfs.gate().lies()) CHECK(vfs.disk().sync_directory(directory).has_value());
  return true;
}

int io_close(sqlite3_file* file) noexcept {
  delete std::exchange(file_of(file).open, nullptr);
  return SQLITE_OK;
}

int io_read(sqlite3_file* file, void* into, int amount, sqlite3_int64 offset) noexcept {
  auto& self = file_of(file);
  const auto at = static_cast<std::uint64_t>(offset);
  const auto wanted = static_cast<std::size_t>(amount);
  if (!self.enter(StorageCall::read, at, wanted) || self.refused(StorageCall::read)) return SQLITE_IOERR_READ;
  auto* bytes = static_cast<std::uint8_t*>(into);
  const auto got = self.open->content().read(at, {bytes, wanted});
  if (got == wanted) return SQLITE_OK;
  std::memset(bytes + got, 0, wanted - got);
  return SQLITE_IOERR_SHORT_READ;
}

int io_write(sqlite3_file* file, const void* from, int amount, sqlite3_int64 offset) noexcept {
  auto& self = file_of(file);
  const auto at = static_cast<std::uint64_t>(offset);
  const auto length = static_cast<std::size_t>(amount);
  if (!self.enter(StorageCall::write, at, length)) return SQLITE_IOERR_WRITE;
  const auto* bytes = static_cast<const std::uint8_t*>(from);
  if (const auto draw = self.vfs->gate().refusal(StorageCall::write)) {
    self.open->content().write(at, {bytes, *draw % length});
    return SQLITE_IOERR_WRITE;
  }
  return self.open->content().write(at, {bytes, length}) ? SQLITE_OK : SQLITE_FULL;
}

int io_truncate(sqlite3_file* file, sqlite3_int64 size) noexcept {
  auto& self = file_of(file);
  if (!self.enter(StorageCall::truncate, static_cast<std::uint64_t>(size))) return SQLITE_IOERR_TRUNCATE;
  if (self.refused(StorageCall::truncate)) return SQLITE_IOERR_TRUNCATE;
  return self.open->content().truncate(static_cast<std::uint64_t>(size)) ? SQLITE_OK : SQLITE_FULL;
}

int io_sync(sqlite3_file* file, int) noexcept {
  auto& self = file_of(file);
  if (!self.enter(StorageCall::sync)) return SQLITE_IOERR_FSYNC;
  if (const auto draw = self.vfs->gate().refusal(StorageCall::sync)) {
    self.open->fail_sync(*draw);
    return SQLITE_IOERR_FSYNC;
  }
  if (!self.vfs->gate().lies() && !self.open->sync()) return SQLITE_IOERR_FSYNC;
  if (self.directory_pending) {
    if (!sync_directory_of(*self.vfs, self.path)) return SQLITE_IOERR_DIR_FSYNC;
    self.directory_pending = false;
  }
  return SQLITE_OK;
}

int io_file_size(sqlite3_file* file, sqlite3_int64* size) noexcept {
  auto& self = file_of(file);
  if (!self.enter(StorageCall::size)) return SQLITE_IOERR_FSTAT;
  *size = static_cast<sqlite3_int64>(self.open->content().size());
  return SQLITE_OK;
}

int io_lock(sqlite3_file* file, int level) noexcept {
  auto& self = file_of(file);
  if (!self.enter(StorageCall::lock, static_cast<std::uint64_t>(level))) return SQLITE_IOERR_LOCK;
  return self.open->try_lock(static_cast<LockLevel>(level)) ? SQLITE_OK : SQLITE_BUSY;
}

int io_unlock(sqlite3_file* file, int level) noexcept {
  auto& self = file_of(file);
  if (self.alive()) self.open->unlock(static_cast<LockLevel>(level));
  return SQLITE_OK;
}

int io_check_reserved_lock(sqlite3_file* file, int* reserved) noexcept {
  auto& self = file_of(file);
  if (!self.enter(StorageCall::lock, SQLITE_LOCK_RESERVED)) return SQLITE_IOERR_CHECKRESERVEDLOCK;
  *reserved = self.open->anyone_reserved() ? 1 : 0;
  return SQLITE_OK;
}

int io_file_control(sqlite3_file*, int, void*) noexcept { return SQLITE_NOTFOUND; }

int io_sector_size(sqlite3_file* file) noexcept {
  return static_cast<int>(file_of(file).vfs->disk().options().sector_bytes);
}

int io_device_characteristics(sqlite3_file*) noexcept { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }

int io_shm_map(sqlite3_file* file, int region, int region_bytes, int extend, void volatile** memory) noexcept {
  auto& self = file_of(file);
  *memory = nullptr;
  if (!self.enter(StorageCall::map, static_cast<std::uint64_t>(region))) return SQLITE_IOERR_SHMMAP;
  *memory = self.open->map_shared_memory(static_cast<std::size_t>(region), static_cast<std::size_t>(region_bytes),
                                         extend != 0);
  return SQLITE_OK;
}

int io_shm_lock(sqlite3_file* file, int offset, int count, int flags) noexcept {
  auto& self = file_of(file);
  const auto mask = static_cast<std::uint8_t>(((1u << count) - 1u) << offset);
  if ((flags & SQLITE_SHM_UNLOCK) != 0) {
    if (self.alive()) self.open->unlock_log(mask);
    return SQLITE_OK;
  }
  if (!self.enter(StorageCall::lock, mask)) return SQLITE_IOERR_SHMLOCK;
  return self.open->try_log_lock(mask, (flags & SQLITE_SHM_EXCLUSIVE) != 0) ? SQLITE_OK : SQLITE_BUSY;
}

void io_shm_barrier(sqlite3_file*) noexcept {}

int io_shm_unmap(sqlite3_file* file, int) noexcept {
  auto& self = file_of(file);
  if (self.alive()) self.open->unmap_shared_memory();
  return SQLITE_OK;
}

constexpr sqlite3_io_methods io_methods = {
    .iVersion = 2,
    .xClose = io_close,
    .xRead = io_read,
    .xWrite = io_write,
    .xTruncate = io_truncate,
    .xSync = io_sync,
    .xFileSize = io_file_size,
    .xLock = io_lock,
    .xUnlock = io_unlock,
    .xCheckReservedLock = io_check_reserved_lock,
    .xFileControl = io_file_control,
    .xSectorSize = io_sector_size,
    .xDeviceCharacteristics = io_device_characteristics,
    .xShmMap = io_shm_map,
    .xShmLock = io_shm_lock,
    .xShmBarrier = io_shm_barrier,
    .xShmUnmap = io_shm_unmap,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int vfs_open(sqlite3_vfs* raw, sqlite3_filename path, sqlite3_file* file, int flags, int* flags_out) noexcept {
  auto& vfs = vfs_of(raw);
  auto& disk = vfs.disk();
  auto& self = file_of(file);
  self = {};  // no methods: SQLite does not close what could not be opened
  const auto number = path != nullptr ? disk.number_of(path) : 0;
  if (!vfs.gate().enter(StorageCall::open, number, 0, 0)) return SQLITE_IOERR;
  std::unique_ptr<OpenFile> open;
  if (path == nullptr) {
    open = disk.open_temporary(vfs.owner());
  } else {
    const OpenMode mode{.create = (flags & SQLITE_OPEN_CREATE) != 0, .exclusive = (flags & SQLITE_OPEN_EXCLUSIVE) != 0};
    auto opened = disk.open(vfs.owner(), path, mode);
    if (!opened) return SQLITE_CANTOPEN;
    open = std::move(*opened);
    // As on unix: it goes from the directory at once and from the disk when closed.
    if ((flags & SQLITE_OPEN_DELETEONCLOSE) != 0) CHECK(disk.remove(path).has_value());
  }
  const auto journal = SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL;
  self.directory_pending = path != nullptr && (flags & SQLITE_OPEN_CREATE) != 0 && (flags & journal) != 0;
  self.open = open.release();
  self.vfs = &vfs;
  self.path = path;
  self.base.pMethods = &io_methods;
  if (flags_out != nullptr) *flags_out = flags;
  return SQLITE_OK;
}

int vfs_delete(sqlite3_vfs* raw, const char* path, int sync_directory) noexcept {
  auto& vfs = vfs_of(raw);
  if (!vfs.gate().enter(StorageCall::remove, vfs.disk().number_of(path), 0, 0)) return SQLITE_IOERR_DELETE;
  if (const auto removed = vfs.disk().remove(path); !removed) {
    return removed.error() == DiskError::not_found ? SQLITE_IOERR_DELETE_NOENT : SQLITE_IOERR_DELETE;
  }
  if (sync_directory != 0 && !sync_directory_of(vfs, path)) return SQLITE_IOERR_DIR_FSYNC;
  return SQLITE_OK;
}

int vfs_access(sqlite3_vfs* raw, const char* path, int flags, int* result) noexcept {
  auto& vfs = vfs_of(raw);
  if (!vfs.gate().enter(StorageCall::access, vfs.disk().number_of(path), 0, 0)) return SQLITE_IOERR_ACCESS;
  const auto size = vfs.disk().size_of(path);
  const auto there = size ? flags != SQLITE_ACCESS_EXISTS || *size > 0 : vfs.disk().exists(path);
  *result = there ? 1 : 0;
  return SQLITE_OK;
}

int vfs_full_pathname(sqlite3_vfs*, const char* path, int capacity, char* into) noexcept {
  const auto full = absolute(path);
  if (full.size() >= static_cast<std::size_t>(capacity)) return SQLITE_CANTOPEN;
  std::memcpy(into, full.c_str(), full.size() + 1);
  return SQLITE_OK;
}

int vfs_randomness(sqlite3_vfs* raw, int count, char* into) noexcept {
  const auto wanted = static_cast<std::size_t>(count);
  for (std::size_t done = 0; done < wanted; done += sizeof(std::uint64_t)) {
    const auto word = vfs_of(raw).gate().random();
    std::memcpy(into + done, &word, std::min(sizeof word, wanted - done));
  }
  return count;
}

int vfs_sleep(sqlite3_vfs*, int microseconds) noexcept { return microseconds; }

// Milliseconds since noon in Greenwich on November 24, 4714 B.C.
int vfs_current_time_ms(sqlite3_vfs* raw, sqlite3_int64* julian) noexcept {
  constexpr sqlite3_int64 unix_epoch = 210866760000000;
  const auto since_epoch = vfs_of(raw).gate().wall().time_since_epoch();
  *julian = unix_epoch + std::chrono::floor<std::chrono::milliseconds>(since_epoch).count();
  return SQLITE_OK;
}

int vfs_current_time(sqlite3_vfs* raw, double* julian_days) noexcept {
  sqlite3_int64 milliseconds = 0;
  vfs_current_time_ms(raw, &milliseconds);
  *julian_days = static_cast<double>(milliseconds) / 86400000.0;
  return SQLITE_OK;
}

int vfs_last_error(sqlite3_vfs*, int, char*) noexcept { return 0; }

}  // namespace

SqliteVfs::SqliteVfs(std::string name, Disk& disk, StorageGate& gate, DiskOwner owner)
    : name_(std::move(name)), disk_(disk), gate_(gate), owner_(owner) {
  vfs_.iVersion = 2;
  vfs_.szOsFile = sizeof(VfsFile);
  vfs_.mxPathname = 512;
  vfs_.zName = name_.c_str();
  vfs_.pAppData = this;
  vfs_.xOpen = vfs_open;
  vfs_.xDelete = vfs_delete;
  vfs_.xAccess = vfs_access;
  vfs_.xFullPathname = vfs_full_pathname;
  vfs_.xRandomness = vfs_randomness;
  vfs_.xSleep = vfs_sleep;
  vfs_.xCurrentTime = vfs_current_time;
  vfs_.xGetLastError = vfs_last_error;
  vfs_.xCurrentTimeInt64 = vfs_current_time_ms;
  CHECK(sqlite3_vfs_find(name_.c_str()) == nullptr);
  CHECK(sqlite3_vfs_register(&vfs_, 0) == SQLITE_OK);
}

SqliteVfs::~SqliteVfs() { sqlite3_vfs_unregister(&vfs_); }

void prepare_sqlite_for_world(std::uint64_t seed) {
  sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);  // refused, harmlessly, once SQLite is in use
  // The control takes an int, and 0 would mean the operating system's randomness.
  const auto folded = static_cast<std::uint32_t>(RandomStream(seed).below(0x7fffffff)) + 1;
  sqlite3_test_control(SQLITE_TESTCTRL_PRNG_SEED, static_cast<int>(folded), static_cast<sqlite3*>(nullptr));
}

}  // namespace lockstep::sim
