// A lock server as seen by its client: a LockBackend whose every operation is a request that is sent again, with the
// same key, to one server after the other, until it is answered or the caller's time is up.
#pragma once

#include <map>
#include <memory>
#include <vector>

#include "impl/env/clock.h"
#include "impl/env/network.h"
#include "impl/env/random.h"
#include "impl/lock/backend.h"
#include "impl/lock/wire.h"

namespace lockstep {

class RemoteBackend final : public LockBackend {
 public:
  struct Options {
    std::vector<Address> servers;                     // of one store; at least one
    std::size_t first = 0;                            // whom to ask first
    Duration resend = std::chrono::milliseconds(50);  // doubles, with jitter, up to `resend_limit`
    Duration resend_limit = std::chrono::milliseconds(800);
  };
  // Everything referred to must outlive the backend.
  RemoteBackend(Endpoint& endpoint, Clock& clock, Random& random, Claims claims, Options options);

  // Takes in answers; to be spawned once, before any operation.
  Awaitable<void> run();

  const Claims& claims() const override { return claims_; }
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;
  Awaitable<Result<Inspection>> inspect(LockName name, MonoTime give_up) override;
  Awaitable<Result<Listing>> list(ListRequest request, MonoTime give_up) override;
  Awaitable<Result<BreakAnswer>> break_lock(BreakRequest request, MonoTime give_up) override;
  Awaitable<Result<WatchAnswer>> watch(WatchRequest request, MonoTime give_up) override;

 private:
  struct Call {
    Call(Clock& clock, RequestKey k, std::shared_ptr<std::map<RequestKey, Call*>> c);
    ~Call() { calls->erase(key); }
    Call(const Call&) = delete;
    RequestKey key;
    std::shared_ptr<std::map<RequestKey, Call*>> calls;
    Signal answered;
    std::optional<wire::Answer> answer;
  };
  void take_in(const Message& message);
  // When an acquisition was sent: whoever waits in a line repeats it, to keep the place and to know later from when
  // the lease may be counted.
  struct Sendings {
    Duration every{};  // at most
    std::vector<MonoTime> at;
  };
  Awaitable<wire::Answer> ask(RequestKey key, Bytes request, MonoTime give_up, Sendings* sendings = nullptr);

  Endpoint& endpoint_;
  Clock& clock_;
  Random& random_;
  Claims claims_;
  Options options_;
  std::size_t server_;
  template <typename T>
  Awaitable<Result<T>> asks(RequestKey key, wire::Request request, MonoTime give_up);
  RequestKey next_reading() { return {{session_, 0}, ++readings_}; }
  std::uint64_t session_;  // for the keys of requests that read, and so belong to no attempt
  std::uint32_t readings_ = 0;
  // Shared with the calls: one that is destroyed where it waits takes itself off, perhaps after the backend.
  std::shared_ptr<std::map<RequestKey, Call*>> calls_ = std::make_shared<std::map<RequestKey, Call*>>();
};

}  // namespace lockstep
