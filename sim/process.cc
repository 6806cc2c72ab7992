// The order within a crash matters: the disk lets go of the process first, then its blocking code unwinds against
// failing storage while the objects it uses still live, then its coroutines are destroyed, which only posts their
// unwinding, and that comes last.
#include "sim/process.h"

namespace lockstep::sim {

SimEndpoint::SimEndpoint(Incarnation& owner, Network& network, Address address)
    : network_(network), address_(address), arrival_(owner) {
  network_.attach(address_, *this);
}

void SimEndpoint::close() {
  if (!open_) return;
  open_ = false;
  network_.detach(address_);
  inbox_.clear();
}

void SimEndpoint::send(Address to, Bytes payload) {
  if (open_) network_.send(address_, to, std::move(payload));
}

std::optional<Message> SimEndpoint::poll() {
  if (inbox_.empty()) return std::nullopt;
  Message message = std::move(inbox_.front());
  inbox_.pop_front();
  return message;
}

void SimEndpoint::arrive(Message message) {
  inbox_.push_back(std::move(message));
  arrival_.set();
}

namespace {

std::optional<DiskRoute> route_of(const Incarnation::Parts& parts) {
  if (&parts.host == &parts.storage_host) return std::nullopt;
  return DiskRoute(parts.network, parts.host.index, parts.storage_host.index, parts.storage_host.down);
}

}  // namespace

Incarnation::Incarnation(const Parts& parts)
    : ExecutorTarget(parts.context, parts.scheduler),
      host_(parts.host),
      storage_host_(parts.storage_host),
      number_(parts.number),
      random_(parts.scheduler, parts.random.fork("process")),
      lane_(parts.scheduler, parts.trace, *this, parts.host.clock, parts.storage_host.storage, parts.process,
            parts.random, route_of(parts)),
      endpoint_(*this, parts.network, parts.address),
      second_endpoint_(*this, parts.network, parts.second_address) {
  Owner::host = parts.host.index;
}

Incarnation::~Incarnation() { die(); }

void arm_on_host(Scheduler& scheduler, const Host& host, Owner& owner, Timer& timer, MonoTime deadline) {
  timer.hook.deadline = deadline;
  timer.hook.monotonic = deadline != MonoTime::max();
  const TrueTime when =
      timer.hook.monotonic ? host.clock.monotonic.when(deadline.time_since_epoch(), scheduler.now()) : TrueTime::max();
  if (when == TrueTime::max()) {
    scheduler.wait(timer, owner);
  } else {
    scheduler.at(timer, when, &owner);
  }
}

void Incarnation::arm(Timer& timer, MonoTime deadline) { arm_on_host(scheduler_, host_, *this, timer, deadline); }

void Incarnation::die() {
  if (!alive_) return;
  alive_ = false;
  Owner::paused = false;
  endpoint_.close();
  second_endpoint_.close();
  if (storage_host_.disk) storage_host_.disk->crash_process(number_);
  lane_.die();
  // Coroutines that are being destroyed post their unwinding, and their destructors may start others: all of it is
  // destroyed too, which unwinds the former and never begins the latter.
  for (auto pending = scheduler_.take_all(*this); !pending.empty(); pending = scheduler_.take_all(*this)) {
    for (Timer* timer : pending) timer->abandon();
  }
  if (storage_host_.disk) storage_host_.disk->crash_finished(number_);
}

}  // namespace lockstep::sim
