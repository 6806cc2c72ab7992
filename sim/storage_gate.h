// The door between a simulated process and its disk. Every storage call of the process passes here first, and
// may be made to wait there, to be overtaken by another process, or to find that its process has died.
#pragma once

#include <cstdint>

#include "impl/env/time.h"

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
  list
};

class StorageGate {
 public:
  virtual ~StorageGate() = default;
  // A scheduling point before the call takes effect: other processes may run before it returns.
  // False: the process has died, the call must fail and touch nothing. A dead gate never switches away.
  // Must not be called while an exception is being handled. `file` is a stable small number of the file (0: none).
  virtual bool enter(StorageCall call, std::uint32_t file, std::uint64_t offset, std::uint64_t bytes) = 0;
  virtual bool alive() const = 0;
  virtual std::uint64_t random() = 0;
  virtual WallTime wall() = 0;
};

}  // namespace lockstep::sim
