// The check that makes a lock safe against paused holders: a resource remembers the highest token it has seen and
// refuses a write with a lower one. Source: Kleppmann 2016, "How to do distributed locking".
#pragma once

#include <algorithm>

#include "impl/lock/ids.h"

namespace lockstep {

class Fence {
 public:
  // True if a write with this token may be carried out.
  bool admit(Token token) {
    if (token == 0 || token < highest_) return false;
    highest_ = token;
    return true;
  }
  Token highest() const { return highest_; }

 private:
  Token highest_ = 0;
};

}  // namespace lockstep
