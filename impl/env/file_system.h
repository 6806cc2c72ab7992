// The seam for files: synchronous calls, to be run through the blocking seam. One vocabulary for the real
// file system and the simulated one, no wider than both can keep. What survives a power loss is only promised
// by the syncs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace lockstep {

// Errors compare equal to std::errc constants. Any call may also fail with io_error, which promises nothing
// about what it did; so does every call of a process that has died in simulation.
template <typename T>
using IoResult = std::expected<T, std::error_code>;

struct OpenFlags {
  bool write = false;      // else reading only
  bool create = false;     // if there is none; needs write
  bool exclusive = false;  // with create: fail if there is one
  bool truncate = false;   // to nothing; needs write
};

enum class FileLock : std::uint8_t { shared, exclusive };

enum class FileSystemKind : std::uint8_t {
  local,    // on a device of this host; all who use it do so through this kernel
  network,  // may be mounted by several hosts, and be cached by each: NFS, SMB, 9P, FUSE of any kind
  unknown,
};

// What can be known of a place without trying. A store that relies on one kind refuses or adapts.
struct FileSystemTraits {
  FileSystemKind kind = FileSystemKind::unknown;
  bool may_fold_names = true;  // false: names that differ in a single bit are surely different files
  friend bool operator==(const FileSystemTraits&, const FileSystemTraits&) = default;
};

// An open file. Destruction closes it, frees its lock, and makes nothing durable.
class File {
 public:
  virtual ~File() = default;

  // Reads from `offset` until `into` is full or the file ends. How many bytes, 0 at or beyond the end.
  virtual IoResult<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) = 0;
  // Writes all of `data`; a gap before `offset` reads as zeros. Errors: no_space_on_device (a part may be
  // written), bad_file_descriptor (not open for writing; so for append and truncate).
  virtual IoResult<void> write_at(std::uint64_t offset, std::span<const std::byte> data) = 0;
  // Writes all of `data` where the file ends at that moment, also if others append meanwhile. Errors: as
  // write_at.
  virtual IoResult<void> append(std::span<const std::byte> data) = 0;
  // Cuts the file, or extends it with zeros. Errors: as write_at.
  virtual IoResult<void> truncate(std::uint64_t size) = 0;
  // In bytes.
  virtual IoResult<std::uint64_t> size() = 0;
  // When it returns well, everything written to the file before, through whatever handle, survives a power
  // loss. The name of the file may not: see FileSystem::sync_directory. After an error assume nothing, and do not
  // try again: what was not written by then may never be, though a later sync returns well and reads show it.
  // *Source*: errseq_t, Linux 4.13; Rebello et al. 2020 (can applications recover from fsync failures).
  virtual IoResult<void> sync() = 0;

  // An advisory lock on the whole file, or the change of its kind. It belongs to this File, not to the
  // process: two Files of one process exclude each other, and closing one never frees the other's. False:
  // another has it, and what was held before is still held. Errors: bad_file_descriptor (exclusive, on a file
  // not open for writing). *Source*: Linux open file description locks, fcntl(2).
  virtual IoResult<bool> try_lock(FileLock kind) = 0;
  virtual void unlock() = 0;
};

// Paths use '/'. Names change at once for every process, and survive a power loss only after sync_directory
// on each directory concerned. Every error below is no_such_file_or_directory for a name that is not there,
// and not_a_directory for a path that leads through a file.
class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Errors: file_exists (exclusive), is_a_directory.
  virtual IoResult<std::unique_ptr<File>> open(std::string_view path, OpenFlags flags) = 0;
  // Removes a file's name; those who have it open keep the file. Errors: is_a_directory.
  virtual IoResult<void> remove(std::string_view path) = 0;
  // Replaces a file `to` in one step, before and after a power loss. Between two names of one file it does nothing.
  // Requires: `from` is a file. Errors: is_a_directory (`to`), directory_not_empty (`from` lies in `to`).
  virtual IoResult<void> rename(std::string_view from, std::string_view to) = 0;
  // Gives a file a second name in one step; the first one stays. Requires: `from` is a file. Errors: file_exists
  // (`to`), operation_not_supported or operation_not_permitted (a file system without links).
  virtual IoResult<void> link(std::string_view from, std::string_view to) = 0;
  // Errors: file_exists.
  virtual IoResult<void> make_directory(std::string_view path) = 0;
  // Errors: directory_not_empty, not_a_directory.
  virtual IoResult<void> remove_directory(std::string_view path) = 0;
  // When it returns well, every creation, removal and renaming in the directory so far survives a power loss.
  virtual IoResult<void> sync_directory(std::string_view path) = 0;
  // The names in a directory, without "." and "..", sorted by their bytes.
  virtual IoResult<std::vector<std::string>> list(std::string_view path) = 0;
  // Of a file or a directory.
  virtual IoResult<bool> exists(std::string_view path) = 0;
  // Of the file system that a file or directory stands on. *Source*: statfs(2).
  virtual IoResult<FileSystemTraits> traits_of(std::string_view path) = 0;
};

}  // namespace lockstep
