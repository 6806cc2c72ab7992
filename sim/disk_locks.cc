// The lock rules of a simulated file, each as a comparison with every other handle on it.
#include "sim/disk_locks.h"

#include <algorithm>

#include "impl/env/check.h"

namespace lockstep::sim {

LockLevel FileLocks::highest_of_others(const HeldLocks& self) const {
  auto highest = LockLevel::none;
  for (const auto* other : handles_) {
    if (other != &self) highest = std::max(highest, other->level);
  }
  return highest;
}

bool FileLocks::try_lock(HeldLocks& self, LockLevel wanted) {
  if (self.level >= wanted) return true;
  const auto others = highest_of_others(self);
  if (wanted == LockLevel::shared) {
    if (others >= LockLevel::pending) return false;
  } else if (wanted == LockLevel::reserved) {
    if (others >= LockLevel::reserved) return false;
  } else {
    CHECK(wanted == LockLevel::exclusive);
    // Without PENDING a stream of readers would starve the writer. A handle that jumps from SHARED (it rolls
    // back a hot journal) does not take it, or two that jump would block each other for ever.
    if (self.level == LockLevel::reserved) self.level = LockLevel::pending;
    if (others >= LockLevel::shared) return false;
  }
  self.level = wanted;
  return true;
}

bool FileLocks::reserved() const {
  return std::ranges::any_of(handles_, [](const auto* handle) { return handle->level >= LockLevel::reserved; });
}

bool FileLocks::try_log_lock(HeldLocks& self, std::uint8_t mask, bool exclusive) {
  for (const auto* other : handles_) {
    if (other == &self) continue;
    if ((other->log_exclusive & mask) != 0) return false;
    if (exclusive && (other->log_shared & mask) != 0) return false;
  }
  (exclusive ? self.log_exclusive : self.log_shared) |= mask;
  return true;
}

bool FileLocks::try_whole_lock(HeldLocks& self, bool exclusive) {
  for (const auto* other : handles_) {
    if (other == &self || other->whole == WholeLock::none) continue;
    if (self.process != 0 && other->process == self.process) continue;
    if (exclusive || other->whole == WholeLock::exclusive) return false;
  }
  unlock_whole(self);  // a record lock may have been taken through another handle
  self.whole = exclusive ? WholeLock::exclusive : WholeLock::shared;
  return true;
}

void FileLocks::unlock_whole(HeldLocks& self) {
  self.whole = WholeLock::none;
  if (self.process == 0) return;
  for (auto* other : handles_) {
    if (other->process == self.process) other->whole = WholeLock::none;
  }
}

}  // namespace lockstep::sim
