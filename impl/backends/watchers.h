// Subscribers that wait for something to happen in this process, all woken by each thing that does.
#pragma once

#include <list>

#include "impl/env/signal.h"

namespace lockstep {

class Watchers {
 public:
  // Until something happens, but no longer than `until`. Cancelled: by Asio's cancellation.
  Awaitable<Wake> wait(Clock& clock, MonoTime until) {
    Signal changed(clock);
    const Entry entry(waiting_, changed);
    co_return co_await changed.wait_until(until);
  }
  void wake() {
    for (Signal* signal : waiting_) signal->set();
  }

 private:
  struct Entry {
    Entry(std::list<Signal*>& l, Signal& signal) : list(l), place(l.insert(l.end(), &signal)) {}
    ~Entry() { list.erase(place); }
    Entry(const Entry&) = delete;
    std::list<Signal*>& list;
    std::list<Signal*>::iterator place;
  };
  std::list<Signal*> waiting_;
};

}  // namespace lockstep
