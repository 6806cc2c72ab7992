// Who waits at this server, name by name, in order of arrival. It only says whom to wake: who may be granted what is
// the store's to decide.
#pragma once

#include <list>
#include <map>

#include "impl/env/signal.h"
#include "impl/lock/name.h"

namespace lockstep {

// One waiting request.
struct Parked {
  explicit Parked(Clock& clock) : changed(clock) {}
  Signal changed;  // set when it may be its turn
};

class Line {
 public:
  // No effect if it is there.
  void enter(const LockName& name, Parked& parked) {
    auto& waiting = lines_[name];
    for (const Parked* other : waiting) {
      if (other == &parked) return;
    }
    waiting.push_back(&parked);
  }
  void erase(const LockName& name, Parked& parked) {
    const auto found = lines_.find(name);
    if (found == lines_.end()) return;
    found->second.remove(&parked);
    if (found->second.empty()) lines_.erase(found);
  }
  Parked* first(const LockName& name) const {
    const auto found = lines_.find(name);
    return found == lines_.end() ? nullptr : found->second.front();
  }

 private:
  std::map<LockName, std::list<Parked*>> lines_;  // none of them empty
};

}  // namespace lockstep
