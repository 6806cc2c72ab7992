// Blocking work in simulation: one fiber per lane, one piece of work at a time. It is also the storage door of its
// process: every storage call of that work takes virtual time here, and may be overtaken, paused, crashed or refused
// here, and if the disk is another host's it travels there first and its answer back.
#pragma once

#include <deque>
#include <memory>
#include <optional>

#include "impl/env/blocking.h"
#include "impl/env/random.h"
#include "sim/disk_route.h"
#include "sim/fiber.h"
#include "sim/host_clock.h"
#include "sim/instant_stream.h"
#include "sim/scheduler.h"
#include "sim/storage_timing.h"
#include "sim/trace.h"

namespace lockstep::sim {

// What a lane needs of the host that keeps its disk, shared by all whose disk it is.
struct HostStorage {
  StorageTiming timing;
  Duration slower{};  // added to every sync: the sum of the active slow-disk faults
  // The share of calls that fail, each the sum of the active faults.
  std::int64_t failing_reads_ppm = 0;
  std::int64_t failing_writes_ppm = 0;
  std::int64_t failing_syncs_ppm = 0;
  std::int64_t lying_syncs_ppm = 0;  // of the syncs, those that are answered and not done
  std::int64_t failing_ppm(StorageCall call) const {
    switch (call) {
      case StorageCall::read:
      case StorageCall::list: return failing_reads_ppm;
      case StorageCall::write:
      case StorageCall::truncate: return failing_writes_ppm;
      case StorageCall::sync: return failing_syncs_ppm;
      default: return 0;
    }
  }
};

class FiberLane final : public BlockingLane, public StorageGate {
 public:
  FiberLane(Scheduler& scheduler, Trace& trace, Owner& owner, const HostClock& clock, const HostStorage& storage,
            std::uint32_t process, const RandomStream& random, std::optional<DiskRoute> route = std::nullopt);
  ~FiberLane() override;

  void submit(Work work, Work done) override;

  bool enter(StorageCall call, std::uint32_t file, std::uint64_t offset, std::uint64_t bytes) override;
  std::optional<std::uint64_t> refusal(StorageCall call) override;
  bool lies() override { return strikes(storage_.lying_syncs_ppm); }
  bool leave() override { return !route_ || !inside() ? alive_ : travel(false); }
  bool alive() const override { return alive_; }
  std::uint64_t random() override { return entropy_.next(); }
  WallTime wall() override { return WallTime(clock_.wall.read(scheduler_.now())); }
  TrueTime now() override { return scheduler_.now(); }

  // For work in the lane: it goes on so much later, by the host's monotonic clock. False: the process has died.
  bool rest(Duration time);

  // A link or the host of the disk has come back: what waits for the way looks again.
  void route_changed();
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
  bool strikes(std::int64_t ppm);
  bool inside() const { return fiber_ != nullptr && fiber_->running(); }
  bool serve(StorageCall call);
  bool travel(bool there);

  Scheduler& scheduler_;
  Trace& trace_;
  Owner& owner_;
  const HostClock& clock_;
  const HostStorage& storage_;
  std::uint32_t process_;
  InstantStream latency_;
  InstantStream failures_;
  InstantStream journey_;
  RandomStream entropy_;
  std::optional<DiskRoute> route_;  // to the disk, if it is another host's
  std::deque<Job> jobs_;
  std::unique_ptr<Fiber> fiber_;
  Step step_{*this};
  TrueTime unhurried_ = TrueTime::max();  // when the sync in hand would be over on a healthy disk
  bool cut_off_ = false;                  // waits until the way to the disk is open
  bool idle_ = true;
  bool alive_ = true;
};

}  // namespace lockstep::sim
