// The file system seam on a simulated disk, for one process: every call passes the storage gate and may find
// the process dead; then it fails with io_error and touches nothing. Unlocking and closing are no scheduling
// points, so that the end of a critical section is one step with the file's last write. Opening with truncate
// is one point.
#pragma once

#include "impl/env/file_system.h"
#include "sim/disk.h"
#include "sim/storage_gate.h"

namespace lockstep::sim {

class SimFileSystem : public FileSystem {
 public:
  // All must outlive it and its files. Paths are absolute.
  SimFileSystem(Disk& disk, StorageGate& gate, DiskOwner owner) : disk_(disk), gate_(gate), owner_(owner) {}

  IoResult<std::unique_ptr<File>> open(std::string_view path, OpenFlags flags) override;
  IoResult<void> remove(std::string_view path) override;
  IoResult<void> rename(std::string_view from, std::string_view to) override;
  IoResult<void> make_directory(std::string_view path) override;
  IoResult<void> sync_directory(std::string_view path) override;
  IoResult<std::vector<std::string>> list(std::string_view path) override;
  IoResult<bool> exists(std::string_view path) override;

 private:
  bool enter(StorageCall call, std::string_view path);

  Disk& disk_;
  StorageGate& gate_;
  DiskOwner owner_;
};

}  // namespace lockstep::sim
