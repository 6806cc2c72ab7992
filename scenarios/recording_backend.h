// A LockBackend that writes down what a client asks of its store and is told, and passes everything on unchanged.
#pragma once

#include "impl/lock/backend.h"
#include "scenarios/recorder.h"

namespace lockstep::scenarios {

class RecordingBackend final : public LockBackend {
 public:
  RecordingBackend(LockBackend& inner, Recorder& recorder, sim::Incarnation& self, std::uint32_t process)
      : inner_(inner), recorder_(recorder), self_(self), process_(process) {}
  const Claims& claims() const override { return inner_.claims(); }
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;
  Awaitable<Result<Inspection>> inspect(LockName name, MonoTime give_up) override;
  Awaitable<Result<Listing>> list(ListRequest request, MonoTime give_up) override;
  Awaitable<Result<BreakAnswer>> break_lock(BreakRequest request, MonoTime give_up) override;
  // A subscription is one thing to those who judge, and its requests are many: whoever subscribes records it.
  Awaitable<Result<WatchAnswer>> watch(WatchRequest request, MonoTime give_up) override;

 private:
  models::Event event(models::Op op, const LockName& name, RequestKey key) const;
  void answered(models::Event event, models::EventType type, models::Reason reason);
  void failed(const models::Event& event, const LockError& error);

  LockBackend& inner_;
  Recorder& recorder_;
  sim::Incarnation& self_;
  std::uint32_t process_;
};

}  // namespace lockstep::scenarios
