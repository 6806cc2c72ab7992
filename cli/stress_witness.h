// How a worker of a stress run witnesses itself: whatever it asks its store and is told, what its handles believe, and
// what its store applies, goes into its journal before anything else comes of it.
#pragma once

#include "cli/stress_record.h"
#include "impl/client/belief.h"
#include "impl/lock/backend.h"
#include "impl/lock/observer.h"

namespace lockstep::cli {

// Names of the locks of a stress run, and back. Requires: `name` is one.
LockName stress_lock(std::uint32_t lock);
std::uint32_t number_of(const LockName& name);

class Witness final : public LeaseObserver, public BeliefObserver {
 public:
  // `process`: the ordinal in the history.
  Witness(Journal journal, std::uint32_t process) : journal_(journal), process_(process) {}

  // With the time and the process filled in. From any thread.
  void write(Record record) const;
  // On the lane's thread.
  void on(const LeaseEvent& event) override;
  void believes(AttemptId attempt, MonoTime deadline) override;
  void lost(AttemptId attempt, LossReason reason) override;

 private:
  Journal journal_;
  std::uint32_t process_;
};

// Passes everything on unchanged, and writes down what locks are asked for and given back.
class WitnessedBackend final : public LockBackend {
 public:
  WitnessedBackend(LockBackend& inner, const Witness& witness) : inner_(inner), witness_(witness) {}
  const Claims& claims() const override { return inner_.claims(); }
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;
  Awaitable<Result<Inspection>> inspect(LockName name, MonoTime give_up) override;

 private:
  void answered(Record record, models::EventType type, models::Reason reason) const;
  void failed(const Record& asked, const LockError& error) const;

  LockBackend& inner_;
  const Witness& witness_;
};

// The words of a history for errors of the library.
models::EventType outcome_of(const LockError& error);
models::Reason reason_of(const LockError& error);

}  // namespace lockstep::cli
