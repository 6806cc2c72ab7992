// The recorder: turns what clients ask and are told, what stores apply, what holders believe and what the resource
// decides into one history, in the order in which it happens, and into the world's trace. It only listens.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "impl/client/belief.h"
#include "impl/lock/observer.h"
#include "models/history.h"
#include "scenarios/recording_backend.h"
#include "scenarios/scenario.h"
#include "sim/world.h"

namespace lockstep::scenarios {

class Recorder final : public sim::WorldObserver {
 public:
  // `max_drift_ppb`: how much faster or slower than true time a clock may run, at most.
  Recorder(const Scenario& scenario, std::int64_t max_drift_ppb);
  ~Recorder() override;
  // Once, before the world starts.
  void observe(sim::World& world) { world_ = &world; }

  // Fills in instant, process and the process's clock reading.
  void record(sim::Incarnation& self, std::uint32_t process, models::Event event);
  void healed();
  // The attempt's small number, from 1.
  std::uint32_t ordinal(AttemptId attempt);
  std::uint32_t lock_of(const LockName& name) const;

  // What a store in this incarnation tells. The observers live as long as the recorder.
  LeaseObserver& store_observer(sim::Incarnation& self, std::uint32_t process);
  BeliefObserver& belief_observer(sim::Incarnation& self, std::uint32_t process);
  // What a client in this incarnation asks of its store. Who asks to give a lease back has ended his belief himself.
  RequestLog& request_log(sim::Incarnation& self, std::uint32_t process);

  void process_changed(std::uint32_t process, Change change) override;
  void fault_changed(std::uint32_t fault, bool began) override;

  models::History take() { return std::move(history_); }
  const models::History& history() const { return history_; }

 private:
  class StoreListener;
  class BeliefListener;
  class RequestListener;
  struct BeliefWatch;
  void add(models::Event event);
  models::ClockReading reading(const sim::Host& host) const;

  void set_clocks(models::Event& event, const LeaseEvent& told, const sim::Incarnation& self);
  void belief_over(AttemptId attempt);
  void believes(sim::Incarnation& self, std::uint32_t process, AttemptId attempt, MonoTime deadline);

  sim::World* world_ = nullptr;
  // The store is kept by several hosts, so it has no clock of its own: its times are told in true time.
  bool many_clocks_;
  std::int64_t max_drift_ppb_;
  std::map<std::uint32_t, models::ClockReading> last_deadlines_;  // by attempt; of a store with many clocks
  models::History history_;
  std::map<AttemptId, std::uint32_t> ordinals_;
  std::vector<std::unique_ptr<BeliefWatch>> watches_;  // by attempt ordinal
  std::vector<std::unique_ptr<LeaseObserver>> store_listeners_;
  std::vector<std::unique_ptr<BeliefObserver>> belief_listeners_;
  std::vector<std::unique_ptr<RequestLog>> request_listeners_;
};

}  // namespace lockstep::scenarios
