// The file system seam on a simulated disk, for one process: every call passes the storage gate and may find
// the process dead; then it fails with io_error and touches nothing. Unlocking and closing are no scheduling
// points, so that the end of a critical section is one step with the file's last write. Opening with truncate
// is one point. A disk of another host has one point more, when the answer comes back, and unlocking a file there
// and closing one that is locked are points too: they wait for the network.
//
// What the device refuses is an io_error: a write has then written a part of its bytes, from the first on, a sync
// has lost what disk.h says. A handle that a power loss of the disk has ended fails for ever with io_error; the
// file must be opened anew. A name changed over the network is durable at once, as a server that exports "sync" has
// it (RFC 1813, 4.8); contents are not. Over the network a lock tried through two handles is still decided on the disk,
// and appends of several hosts do not overwrite each other, which is better than NFS.
#pragma once

#include "impl/env/file_system.h"
#include "sim/disk.h"
#include "sim/mount_cache.h"
#include "sim/storage_gate.h"

namespace lockstep::sim {

class SimFileSystem : public FileSystem {
 public:
  // All must outlive it and its files. Paths are absolute.
  SimFileSystem(Disk& disk, StorageGate& gate, DiskOwner owner, MountOptions mount = {})
      : disk_(disk), gate_(gate), owner_(owner), mount_(mount) {}

  IoResult<std::unique_ptr<File>> open(std::string_view path, OpenFlags flags) override;
  IoResult<void> remove(std::string_view path) override;
  IoResult<void> rename(std::string_view from, std::string_view to) override;
  IoResult<void> link(std::string_view from, std::string_view to) override;
  IoResult<void> make_directory(std::string_view path) override;
  IoResult<void> remove_directory(std::string_view path) override;
  IoResult<void> sync_directory(std::string_view path) override;
  IoResult<std::vector<std::string>> list(std::string_view path) override;
  IoResult<bool> exists(std::string_view path) override;
  IoResult<FileSystemTraits> traits_of(std::string_view path) override;

 private:
  bool enter(StorageCall call, std::string_view path);
  void settle(std::string_view path);
  IoResult<void> changed(std::string_view path, std::expected<void, DiskError> result);
  std::expected<std::unique_ptr<OpenFile>, DiskError> open_on_disk(std::string_view path, OpenFlags flags);

  Disk& disk_;
  StorageGate& gate_;
  DiskOwner owner_;
  MountOptions mount_;
};

}  // namespace lockstep::sim
