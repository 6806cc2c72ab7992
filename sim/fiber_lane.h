// Blocking work in simulation: one fiber per lane, one piece of work at a time. It is also the storage door of its
// process: every storage call of that work takes virtual time here, and may be overtaken, paused or crashed here.
#pragma once

#include <deque>
#include <memory>

#include "impl/env/blocking.h"
#include "impl/env/random.h"
#include "sim/fiber.h"
#include "sim/host_clock.h"
#include "sim/instant_stream.h"
#include "sim/scheduler.h"
#include "sim/storage_timing.h"
#include "sim/trace.h"

namespace lockstep::sim {

// What a lane needs of its host, shared by the processes of that host.
struct HostStorage {
  StorageTiming timing;
  Duration slower{};  // added to every sync: the sum of the active slow-disk faults
};

class FiberLane final : public BlockingLane, public StorageGate {
 public:
  FiberLane(Scheduler& scheduler, Trace& trace, Owner& owner, const HostClock& clock, const HostStorage& storage,
            std::uint32_t process, const RandomStream& random);
  ~FiberLane() override;

  void submit(Work work, Work done) override;

  bool enter(StorageCall call, std::uint32_t file, std::uint64_t offset, std::uint64_t bytes) override;
  bool alive() const override { return alive_; }
  std::uint64_t random() override { return entropy_.next(); }
  WallTime wall() override { return WallTime(clock_.wall.read(scheduler_.now())); }

  // Everything is healed: a sync that a slow disk holds up comes back as soon as the others.
  void heal();
  // The process has died: lets the work in hand run to its end with every storage call failing, drops the rest.
  void die();

 private:
  struct Job {
    Work work;
    Work done;
  };
  struct Step final : Timer {
    explicit Step(FiberLane& l) : lane(l) {}
    void fire() override { lane.fiber_->resume(); }
    void abandon() override {}
    FiberLane& lane;
  };
  void loop();

  Scheduler& scheduler_;
  Trace& trace_;
  Owner& owner_;
  const HostClock& clock_;
  const HostStorage& storage_;
  std::uint32_t process_;
  InstantStream latency_;
  RandomStream entropy_;
  std::deque<Job> jobs_;
  std::unique_ptr<Fiber> fiber_;
  Step step_{*this};
  TrueTime unhurried_ = TrueTime::max();  // when the sync in hand would be over on a healthy disk
  bool idle_ = true;
  bool alive_ = true;
};

}  // namespace lockstep::sim
