// The door between a simulated process and its disk. Every storage call of the process passes here first, and
// may be made to wait there, to be overtaken by another process, to find that its process has died, or to be
// refused by the device.
#pragma once

#include <cstdint>
#include <optional>

#include "sim/time.h"

namespace lockstep::sim {

enum class StorageCall : std::uint8_t {
  open,
  read,
  write,
  truncate,
  sync,
  size,
  remove,
  rename,
  access,
  lock,
  map,
  list,
  link
};

class StorageGate {
 public:
  virtual ~StorageGate() = default;
  // A scheduling point before the call takes effect: other processes may run before it returns.
  // False: the process has died, the call must fail and touch nothing. A dead gate never switches away.
  // Must not be called while an exception is being handled. `file` is a stable small number of the file (0: none).
  virtual bool enter(StorageCall call, std::uint32_t file, std::uint64_t offset, std::uint64_t bytes) = 0;
  // After enter: whether the device fails this call, which then is an I/O error. The number decides how far the call
  // came before it failed.
  virtual std::optional<std::uint64_t> refusal(StorageCall call) = 0;
  // After a sync that was not refused: whether the device answers it without having done it.
  virtual bool lies() { return false; }
  // A scheduling point between the effect of a call and its answer, for disks that are far away. False as with enter.
  virtual bool leave() = 0;
  virtual bool alive() const = 0;
  virtual std::uint64_t random() = 0;
  virtual WallTime wall() = 0;
  // For caches that grow old; no program sees it.
  virtual TrueTime now() = 0;
};

}  // namespace lockstep::sim
