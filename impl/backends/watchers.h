// Subscribers that wait for something to happen in this process, all woken by each thing that does.
#pragma once

#include <list>
#include <memory>

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
    for (Signal* signal : *waiting_) signal->set();
  }

 private:
  using List = std::shared_ptr<std::list<Signal*>>;
  struct Entry {
    Entry(List l, Signal& signal) : list(std::move(l)), place(list->insert(list->end(), &signal)) {}
    ~Entry() { list->erase(place); }
    Entry(const Entry&) = delete;
    List list;  // a coroutine that waits may be destroyed after the store
    std::list<Signal*>::iterator place;
  };
  List waiting_ = std::make_shared<std::list<Signal*>>();
};

}  // namespace lockstep
