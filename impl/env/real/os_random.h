// Randomness of the operating system, a few hundred bytes at a time.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>

#include "impl/env/random.h"

namespace lockstep {

// For one thread. A process that was forked off draws anew instead of repeating its parent's numbers; for a child
// of vfork or clone that shares memory this does not hold.
class OsRandom final : public Random {
 public:
  // Throws std::system_error if the kernel gives none.
  std::uint64_t next() override;

 private:
  void draw();
  std::array<std::uint64_t, 32> numbers_{};
  std::size_t used_ = numbers_.size();
  pid_t drawn_by_ = 0;
};

}  // namespace lockstep
