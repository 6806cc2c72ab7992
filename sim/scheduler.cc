// An indexed 4-ary heap (each timer knows its slot, so cancelling is logarithmic) beside an intrusive FIFO.
#include "sim/scheduler.h"

#include <algorithm>

#include "impl/env/check.h"

namespace lockstep::sim {

using Place = Timer::Hook::Place;

void TimerList::push_back(Timer& timer) {
  timer.hook.previous = tail_;
  timer.hook.next = nullptr;
  (tail_ != nullptr ? tail_->hook.next : head_) = &timer;
  tail_ = &timer;
}

void TimerList::remove(Timer& timer) {
  auto& hook = timer.hook;
  (hook.previous != nullptr ? hook.previous->hook.next : head_) = hook.next;
  (hook.next != nullptr ? hook.next->hook.previous : tail_) = hook.previous;
  hook.previous = hook.next = nullptr;
}

void Scheduler::at(Timer& timer, TrueTime when, Owner* owner) {
  CHECK(timer.hook.place == Place::idle);
  timer.hook.owner = owner;
  timer.hook.place = Place::timed;
  timer.hook.order = order_++;
  heap_.emplace_back();
  sift_up(heap_.size() - 1, Due{std::max(when, now_), timer.hook.order, &timer});
}

void Scheduler::soon(Timer& timer, Owner* owner) {
  CHECK(timer.hook.place == Place::idle);
  timer.hook.owner = owner;
  timer.hook.place = Place::ready;
  timer.hook.slot = 0;
  ready_.push_back(timer);
}

void Scheduler::wait(Timer& timer, Owner& owner) {
  CHECK(timer.hook.place == Place::idle);
  timer.hook.owner = &owner;
  timer.hook.place = Place::waiting;
  owner.waiting.push_back(timer);
}

void Scheduler::expedite(Timer& timer) {
  if (timer.hook.place == Place::idle || timer.hook.place == Place::ready) return;
  auto* owner = static_cast<Owner*>(timer.hook.owner);
  remove(timer);
  soon(timer, owner);
}

void Scheduler::remove(Timer& timer) {
  auto* owner = static_cast<Owner*>(timer.hook.owner);
  switch (timer.hook.place) {
    case Place::idle: return;
    case Place::waiting: owner->waiting.remove(timer); break;
    case Place::timed: remove_due(timer); break;
    case Place::ready: (timer.hook.slot == 1 ? owner->parked : ready_).remove(timer); break;
  }
  timer.hook.place = Place::idle;
}

void Scheduler::resume(Owner& owner) {
  owner.paused = false;
  while (Timer* timer = owner.parked.front()) {
    owner.parked.remove(*timer);
    timer->hook.slot = 0;
    ready_.push_back(*timer);
  }
}

std::vector<Timer*> Scheduler::take_all(Owner& owner) {
  std::vector<Timer*> taken;
  for (Timer* t = ready_.front(); t != nullptr; t = t->hook.next) {
    if (t->hook.owner == &owner) taken.push_back(t);
  }
  for (Timer* t = owner.parked.front(); t != nullptr; t = t->hook.next) taken.push_back(t);
  for (Timer* t = owner.waiting.front(); t != nullptr; t = t->hook.next) taken.push_back(t);
  const auto first_timed = static_cast<std::ptrdiff_t>(taken.size());
  for (const Due& due : heap_) {
    if (due.timer->hook.owner == &owner) taken.push_back(due.timer);
  }
  std::sort(taken.begin() + first_timed, taken.end(),
            [](const Timer* a, const Timer* b) { return a->hook.order < b->hook.order; });
  for (Timer* t : taken) remove(*t);
  return taken;
}

std::vector<Timer*> Scheduler::monotonic_timers() const {
  std::vector<Timer*> found;
  for (const Due& due : heap_) {
    if (due.timer->hook.monotonic) found.push_back(due.timer);
  }
  std::sort(found.begin(), found.end(), [](const Timer* a, const Timer* b) { return a->hook.order < b->hook.order; });
  return found;
}

void Scheduler::run(Timer& timer) {
  auto* owner = static_cast<Owner*>(timer.hook.owner);
  if (owner != nullptr && owner->paused) {
    timer.hook.place = Place::ready;
    timer.hook.slot = 1;
    owner->parked.push_back(timer);
    return;
  }
  timer.hook.place = Place::idle;
  ++steps_;
  timer.fire();
}

bool Scheduler::pass(TrueTime when) {
  if (!ready_.empty() || when > limit_ || (!heap_.empty() && heap_.front().at <= when)) return false;
  now_ = when;
  ++steps_;
  return true;
}

void Scheduler::run_until(TrueTime limit) {
  limit_ = limit;
  for (;;) {
    if (Timer* timer = ready_.front()) {
      ready_.remove(*timer);
      run(*timer);
    } else if (!heap_.empty() && heap_.front().at <= limit) {
      now_ = heap_.front().at;
      Timer& due = *heap_.front().timer;
      remove_due(due);
      run(due);
    } else {
      break;
    }
  }
  now_ = std::max(now_, limit);
  limit_ = TrueTime::min();
}

void Scheduler::set(std::size_t index, const Due& due) {
  heap_[index] = due;
  due.timer->hook.slot = static_cast<std::uint32_t>(index);
}

void Scheduler::sift_up(std::size_t index, Due due) {
  while (index > 0) {
    const std::size_t parent = (index - 1) / 4;
    if (!due.before(heap_[parent])) break;
    set(index, heap_[parent]);
    index = parent;
  }
  set(index, due);
}

void Scheduler::sift_down(std::size_t index, Due due) {
  const std::size_t size = heap_.size();
  for (;;) {
    const std::size_t first = index * 4 + 1;
    if (first >= size) break;
    std::size_t least = first;
    for (std::size_t child = first + 1; child < std::min(first + 4, size); ++child) {
      if (heap_[child].before(heap_[least])) least = child;
    }
    if (!heap_[least].before(due)) break;
    set(index, heap_[least]);
    index = least;
  }
  set(index, due);
}

void Scheduler::remove_due(Timer& timer) {
  const std::size_t index = timer.hook.slot;
  const Due last = heap_.back();
  heap_.pop_back();
  timer.hook.place = Place::idle;
  if (index == heap_.size()) return;
  if (index > 0 && last.before(heap_[(index - 1) / 4])) {
    sift_up(index, last);
  } else {
    sift_down(index, last);
  }
}

}  // namespace lockstep::sim
