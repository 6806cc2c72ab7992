// A lock store in the memory of one process: for tests, for a single server that may forget, and as the plainest
// reading of the contract. Claims no durability: a crash loses leases and tokens alike.
#pragma once

#include <map>
#include <set>
#include <tuple>

#include "impl/env/clock.h"
#include "impl/lock/backend.h"
#include "impl/lock/observer.h"
#include "impl/lock/rules.h"

namespace lockstep {

class MemoryBackend final : public LockBackend {
 public:
  // The observer may be null. Clock and observer must outlive the backend.
  MemoryBackend(Clock& clock, LeaseObserver* observer);

  static Claims its_claims();
  const Claims& claims() const override { return claims_; }
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;
  Awaitable<Result<std::vector<Holder>>> inspect(LockName name, MonoTime give_up) override;
  // How many names it keeps anything about.
  std::size_t names() const { return records_.size(); }

 private:
  using AnyAnswer = std::variant<Granted, RenewAnswer, ReleaseAnswer>;
  struct Remembered {
    std::uint64_t fingerprint;
    AnyAnswer answer;
    LockName name;
  };
  template <typename Answer, typename Request>
  std::optional<Result<Answer>> remembered(const Request& request);
  // True if a mutation of this attempt is remembered: it has held a lease, or given up.
  bool has_acted(AttemptId attempt) const;
  template <typename Request>
  void remember(const Request& request, AnyAnswer answer, MonoTime now, Duration lease);
  void forget(MonoTime now);
  // Ends what is over of a name: dead leases and lapsed places. A name about which nothing is left goes too.
  void tidy(const LockName& name, MonoTime now);
  void leave_line(const LockName& name, RequestKey key, MonoTime now);
  void keep_place(const AcquireRequest& request, MonoTime now);
  const LockRecord& record_of(const LockName& name) const;
  void tell(LeaseEvent::Kind kind, const LockName& name, RequestKey key, const LeaseRow& row, MonoTime now);

  Clock& clock_;
  LeaseObserver* observer_;
  Claims claims_ = its_claims();
  Token last_token_ = 0;
  std::map<LockName, LockRecord> records_;
  const LockRecord nothing_;
  std::map<RequestKey, Remembered> answers_;
  std::set<std::pair<MonoTime, RequestKey>> forget_at_;
};

}  // namespace lockstep
