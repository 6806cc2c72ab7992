// Noise as a function of the instant: what is drawn at one moment does not depend on how often was drawn before it.
// So an operation or a fault that is taken out of a scenario moves no delay, no latency and no jitter elsewhere,
// which is what lets a failure shrink.
#pragma once

#include "impl/env/random.h"
#include "sim/scheduler.h"

namespace lockstep::sim {

class InstantStream final : public Random {
 public:
  InstantStream(const Scheduler& scheduler, const RandomStream& root) : scheduler_(scheduler), root_(root) {}
  std::uint64_t next() override {
    const auto now = static_cast<std::uint64_t>(scheduler_.now().time_since_epoch().count());
    if (now != instant_) {
      instant_ = now;
      draws_ = root_.at(now ^ scheduler_.noise_salt());
    }
    return draws_.next();
  }

 private:
  const Scheduler& scheduler_;
  RandomStream root_;
  RandomStream draws_ = root_.at(0);
  std::uint64_t instant_ = 0;
};

}  // namespace lockstep::sim
