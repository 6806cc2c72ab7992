// A LockBackend that writes down what a client asks of its store and is told, and passes everything on unchanged.
#pragma once

#include "impl/lock/backend.h"
#include "models/history.h"

namespace lockstep::scenarios {

// Where it is written down: the history of a simulated run, or the journal of a real process.
class RequestLog {
 public:
  virtual ~RequestLog() = default;
  virtual std::uint32_t lock_of(const LockName& name) const = 0;
  // `event` lacks its time, its process, its attempt and the holder that is in the way; an attempt of session 0 is
  // nobody.
  virtual void write(models::Event event, AttemptId attempt, AttemptId holder) = 0;
};

class RecordingBackend final : public LockBackend {
 public:
  RecordingBackend(LockBackend& inner, RequestLog& log) : inner_(inner), log_(log) {}
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
  struct Asked {
    models::Event event;
    AttemptId attempt;
    AttemptId holder;
  };
  Asked asking(models::Op op, const LockName& name, RequestKey key = {}) const;
  void write(const Asked& asked) { log_.write(asked.event, asked.attempt, asked.holder); }
  void answered(Asked asked, models::EventType type, models::Reason reason = models::Reason::none);
  void failed(Asked asked, const LockError& error);

  LockBackend& inner_;
  RequestLog& log_;
};

}  // namespace lockstep::scenarios
