// Several locks at once: all of them or none. They are taken in one order of their names, whatever the order in which
// they are asked for, so that those who take several never wait for each other in a circle.
// Source: Havender 1968 (resource ordering); redisson#4456 (what is got half-way must be given back).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "impl/client/lock_client.h"
#include "impl/client/lock_guard.h"

namespace lockstep {

// A handle over all locks of one acquisition. Move-only; its destructor gives them back as LockGuard's does.
class [[nodiscard]] HeldLocks {
 public:
  // Used by acquire_all; `in_order` as they were acquired, `places` where each stands among the wishes.
  HeldLocks(Clock& clock, std::vector<LockGuard> in_order, std::vector<std::size_t> places);
  HeldLocks(HeldLocks&&) noexcept = default;
  HeldLocks& operator=(HeldLocks&& other) noexcept;
  ~HeldLocks() { give_back(); }

  // In the order of the wishes. Requires: not yet released.
  std::size_t size() const { return places_.size(); }
  HeldLock& operator[](std::size_t wish) const { return *in_order_.at(places_.at(wish)); }

  // True while all of them may be treated as held. False if there are none (any more).
  bool valid() const;
  // How long all of them may be, at the least.
  Duration valid_for() const;
  // Why the first of them was lost. The others stay held, and are renewed, until they are released.
  std::optional<LossReason> loss() const { return ending_->loss; }
  // Set when the first of them is lost, or when they are released. Any number of waiters; lives as long as the handle.
  Latch& ended() { return ending_->latch; }

  // Gives all back, the last acquired first, one after the other, and leaves the handle empty. Errors: the first;
  // what has not been answered by `give_up` is asked for in the background.
  Awaitable<Result<void>> release(MonoTime give_up);
  void give_back();

 private:
  struct Ending {
    explicit Ending(Clock& clock) : latch(clock) {}
    Latch latch;
    std::optional<LossReason> loss;
  };
  static Awaitable<Result<void>> release_all(std::vector<LockGuard> guards, MonoTime give_up);

  std::shared_ptr<Ending> ending_;
  std::vector<LockGuard> in_order_;
  std::vector<std::size_t> places_;
};

struct NotAllAcquired {
  std::size_t wish = 0;  // which of the wishes could not be had
  NotAcquired refusal;   // why; too_late also if one that was acquired got lost while another was waited for
};
using AcquisitionOfAll = std::variant<NotAllAcquired, HeldLocks>;

// Which of two names is acquired first.
using NameOrder = bool (*)(const LockName&, const LockName&);
// By storage_key: total, and the same in every client of every version.
bool by_storage_key(const LockName& a, const LockName& b);

struct AcquireAllOptions {
  Duration wait_limit{};  // for all together; the wishes' own limits are not looked at. Zero: each is tried once
  NameOrder order = by_storage_key;
};
// How one of them is acquired: LockClient::acquire, or that with something around it.
using Acquire = std::function<Awaitable<Result<Acquisition>>(LockClient::Wish)>;

// All or none: on a refusal, a time-out, an error, a cancellation or when the coroutine is destroyed, whatever has been
// acquired is given back in the background and no longer renewed. May be cancelled as LockClient::acquire may.
// Errors: invalid, if a name is wished for twice, since locks are not reentrant; those of LockClient::acquire.
Awaitable<Result<AcquisitionOfAll>> acquire_all(LockClient& client, std::vector<LockClient::Wish> wishes,
                                                AcquireAllOptions options);
Awaitable<Result<AcquisitionOfAll>> acquire_all(Acquire acquire, Clock& clock, std::vector<LockClient::Wish> wishes,
                                                AcquireAllOptions options);
using AcquireAll = Awaitable<Result<AcquisitionOfAll>> (*)(Acquire, Clock&, std::vector<LockClient::Wish>,
                                                           AcquireAllOptions);

}  // namespace lockstep
