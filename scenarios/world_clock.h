// The scenario's own clock: true time, for steps that begin at an appointed instant whatever the host's clocks say.
// For the driver of a run, never for the code under test.
#pragma once

#include "sim/process.h"

namespace lockstep::scenarios {

class WorldClock final : public Clock {
 public:
  WorldClock(sim::Scheduler& scheduler, sim::Incarnation& self) : scheduler_(scheduler), self_(self) {}
  MonoTime monotonic() const override { return MonoTime(scheduler_.now().time_since_epoch()); }
  WallTime wall() const override { return WallTime(scheduler_.now().time_since_epoch()); }
  BootId boot() const override { return {}; }
  void arm(Timer& timer, MonoTime deadline) override {
    if (deadline == MonoTime::max()) {
      scheduler_.wait(timer, self_);
    } else {
      scheduler_.at(timer, sim::TrueTime(deadline.time_since_epoch()), &self_);
    }
  }
  void expedite(Timer& timer) override { scheduler_.expedite(timer); }
  void disarm(Timer& timer) override { scheduler_.remove(timer); }

 private:
  sim::Scheduler& scheduler_;
  sim::Incarnation& self_;
};

}  // namespace lockstep::scenarios
