// How a worker of a stress run witnesses itself: whatever it asks its store and is told, what its handles believe, and
// what its store applies, goes into its journal before anything else comes of it.
#pragma once

#include "cli/stress_record.h"
#include "impl/client/belief.h"
#include "impl/lock/observer.h"
#include "scenarios/recording_backend.h"

namespace lockstep::cli {

// Names of the locks of a stress run, and back. Requires: `name` is one.
LockName stress_lock(std::uint32_t lock, const std::string& space = "stress");
std::uint32_t number_of(const LockName& name);

class Witness final : public LeaseObserver, public BeliefObserver, public scenarios::RequestLog {
 public:
  // `process`: the ordinal in the history.
  Witness(Journal journal, std::uint32_t process) : journal_(journal), process_(process) {}

  // With the time and the process filled in. From any thread.
  void write(Record record) const;
  std::uint32_t lock_of(const LockName& name) const override { return number_of(name); }
  void write(models::Event event, AttemptId attempt, AttemptId holder) override;
  // On the lane's thread.
  void on(const LeaseEvent& event) override;
  void believes(AttemptId attempt, MonoTime deadline) override;
  void lost(AttemptId attempt, LossReason reason) override;

 private:
  Journal journal_;
  std::uint32_t process_;
};

}  // namespace lockstep::cli
