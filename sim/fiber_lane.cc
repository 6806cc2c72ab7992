// The fiber lives as long as the lane, so that a lock operation costs switches but no stack.
#include "sim/fiber_lane.h"

#include "impl/env/check.h"
#include "sim/executor.h"

namespace lockstep::sim {

FiberLane::FiberLane(Scheduler& scheduler, Trace& trace, Owner& owner, const HostClock& clock,
                     const HostStorage& storage, std::uint32_t process, const RandomStream& random,
                     std::optional<DiskRoute> route)
    : scheduler_(scheduler),
      trace_(trace),
      owner_(owner),
      clock_(clock),
      storage_(storage),
      process_(process),
      latency_(scheduler, random.fork("storage latency")),
      failures_(scheduler, random.fork("storage failures")),
      journey_(scheduler, random.fork("storage journey")),
      entropy_(random.fork("storage entropy")),
      route_(std::move(route)) {}

FiberLane::~FiberLane() { die(); }

void FiberLane::submit(Work work, Work done) {
  if (!alive_) return;
  jobs_.push_back({std::move(work), std::move(done)});
  if (!idle_) return;
  idle_ = false;
  if (!fiber_) fiber_ = std::make_unique<Fiber>([this] { loop(); });
  scheduler_.soon(step_, &owner_);
}

void FiberLane::loop() {
  while (alive_) {
    if (jobs_.empty()) {
      idle_ = true;
      fiber_->suspend();
      continue;
    }
    Job job = std::move(jobs_.front());
    jobs_.pop_front();
    job.work();
    job.work = nullptr;
    if (alive_) scheduler_.soon(*new PostedFunction<Work>(std::move(job.done)), &owner_);
  }
}

bool FiberLane::enter(StorageCall call, std::uint32_t file, std::uint64_t offset, std::uint64_t bytes) {
  if (!alive_) return false;
  if (!inside()) return true;  // closing without a fiber: nothing can interleave
  trace_.note(scheduler_.now(), TraceKind::storage, (std::uint64_t{process_} << 8) | static_cast<std::uint64_t>(call),
              (std::uint64_t{file} << 48) ^ (offset << 16) ^ bytes);
  if (!route_) return serve(call);
  do {
    if (!travel(true) || !serve(call)) return false;
  } while (!route_->open());  // it has not arrived, and is sent again
  return true;
}

bool FiberLane::serve(StorageCall call) {
  const TrueTime until = scheduler_.now() + storage_.timing.draw(call, latency_);
  const bool slow = call == StorageCall::sync && storage_.slower > Duration::zero();
  const TrueTime over = slow ? until + storage_.slower : until;
  if (scheduler_.pass(over)) return true;
  if (slow) unhurried_ = until;
  scheduler_.at(step_, over, &owner_);
  fiber_->suspend();
  unhurried_ = TrueTime::max();
  return alive_;
}

// The clock may be bent meanwhile.
bool FiberLane::rest(Duration time) {
  CHECK(inside());
  const Duration until = clock_.monotonic.read(scheduler_.now()) + time;
  while (alive_) {
    const Duration left = until - clock_.monotonic.read(scheduler_.now());
    if (left <= Duration::zero()) break;
    scheduler_.at(step_, scheduler_.now() + left, &owner_);
    fiber_->suspend();
  }
  return alive_;
}

bool FiberLane::travel(bool there) {
  do {
    while (!route_->open()) {
      cut_off_ = true;
      scheduler_.wait(step_, owner_);
      fiber_->suspend();
      cut_off_ = false;
      if (!alive_) return false;
    }
    const TrueTime over = scheduler_.now() + (there ? route_->there(journey_) : route_->back(journey_));
    if (scheduler_.pass(over)) continue;
    scheduler_.at(step_, over, &owner_);
    fiber_->suspend();
    if (!alive_) return false;
  } while (!route_->open());
  return true;
}

void FiberLane::route_changed() {
  if (!cut_off_ || !step_.pending() || !route_->open()) return;
  scheduler_.remove(step_);
  scheduler_.soon(step_, &owner_);
}

bool FiberLane::strikes(std::int64_t ppm) {
  return ppm != 0 && static_cast<std::int64_t>(failures_.below(1'000'000)) < ppm;
}

std::optional<std::uint64_t> FiberLane::refusal(StorageCall call) {
  if (!strikes(storage_.failing_ppm(call))) return std::nullopt;
  return failures_.next();
}

void FiberLane::heal() {
  if (unhurried_ == TrueTime::max() || !step_.pending()) return;
  scheduler_.remove(step_);
  scheduler_.at(step_, std::max(unhurried_, scheduler_.now()), &owner_);
  unhurried_ = TrueTime::max();
}

void FiberLane::die() {
  alive_ = false;
  scheduler_.remove(step_);
  if (fiber_ && !fiber_->done()) fiber_->resume();
  CHECK(!fiber_ || fiber_->done());
  jobs_.clear();
}

}  // namespace lockstep::sim
