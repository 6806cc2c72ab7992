// A lock store in the memory of one process: for tests, for a single server that may forget, and as the plainest
// reading of the contract. Claims no durability: a crash loses the leases. Tokens go on rising if each start is given a
// higher one to begin behind, as from epoch_file.h.
#pragma once

#include <map>
#include <set>

#include "impl/backends/event_log.h"
#include "impl/backends/watchers.h"
#include "impl/env/clock.h"
#include "impl/lock/backend.h"
#include "impl/lock/ledger.h"

namespace lockstep {

class MemoryBackend final : public LockBackend {
 public:
  // The observer may be null. Clock and observer must outlive the backend.
  MemoryBackend(Clock& clock, LeaseObserver* observer, Token tokens_behind = 0,
                std::shared_ptr<const Ledger> ledger = honest_ledger());

  static Claims its_claims();
  const Claims& claims() const override { return claims_; }
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override;
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override;
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override;
  Awaitable<Result<Inspection>> inspect(LockName name, MonoTime give_up) override;
  Awaitable<Result<Listing>> list(ListRequest request, MonoTime give_up) override;
  Awaitable<Result<BreakAnswer>> break_lock(BreakRequest request, MonoTime give_up) override;
  Awaitable<Result<WatchAnswer>> watch(WatchRequest request, MonoTime give_up) override;
  // How many names it keeps anything about.
  std::size_t names() const { return records_.size(); }

 private:
  Reading reading() const { return {clock_.monotonic(), clock_.boot()}; }
  template <typename Answer, typename Request>
  Result<Answer> carry_out(const Request& request);
  Memory memory_of(RequestKey key) const;
  void write(const LockName& name, const Changes& changes, Reading at);
  void forget(Reading at);
  const LockRecord& record_of(const LockName& name);
  // Ends what is over among the names that a subscription hears of; when the next of their leases is over.
  MonoTime sweep_for(const WatchRequest& request, Reading at);

  Clock& clock_;
  LeaseObserver* observer_;
  std::shared_ptr<const Ledger> ledger_;
  Claims claims_ = its_claims();
  Token last_token_;
  std::map<LockName, LockRecord> records_;
  LockRecord nothing_;
  struct Kept {
    Remembered answer;
    LockName name;
  };
  std::map<RequestKey, Kept> answers_;
  std::set<std::pair<MonoTime, RequestKey>> forget_at_;
  EventLog log_;
  Watchers watchers_;
};

}  // namespace lockstep
