// Who holds what, as the store's own events tell it: a fold over Facts::store, for the checkers that ask
// about leases. Built to be sure of every holder it names. The event of a commit may be missing when the
// server crashed between the two, so after a crash it forgets each lease that somebody may have been giving
// back, and learns again from what a reopened store recovers. It judges nothing.
#pragma once

#include <cstdint>
#include <vector>

#include "models/facts.h"
#include "models/history.h"

namespace lockstep::models {

struct Lease {
  std::uint32_t attempt = 0;
  std::uint32_t shown = kNever;     // granted, or the recovered or renewed that first told of it
  std::uint32_t extended = kNever;  // the granted, renewed or recovered that set its deadline
  Mode mode = Mode::exclusive;  // shared from the store's word for it on, or from a crash that may have swallowed it
  std::uint32_t permits = 1;
  Duration ttl{};
  ClockReading deadline{};  // on the store's clock, in the boot that the store runs in now
  Instant may_run_out{};    // earliest true instant at which that deadline can pass, within the drift bound
  bool rebooted = false;    // the deadline was set by the reboot rule, not yet by the store
};

class LeaseFold {
 public:
  LeaseFold(const Facts& facts, std::int64_t max_drift_ppb);

  // Takes the event `index`, one of Facts::store. Call in order.
  void apply(std::uint32_t index);

  // Some may have run out: see `lives`.
  const std::vector<Lease>& holders(std::uint32_t lock) const { return holders_[lock]; }

  // Whether a lease goes on at this reading of the store's clock. It ends when the clock reaches the
  // deadline.
  static bool lives(const Lease& lease, const ClockReading& now) {
    return now.boot == lease.deadline.boot && now.value < lease.deadline.value;
  }

  // Those living holders of the attempt's lock beside whom it cannot be granted at event `index`: one whose mode
  // forbids it, or as many as together leave too few permits. Empty if it can be, for all that is known.
  std::vector<const Lease*> in_the_way(std::uint32_t attempt, std::uint32_t index) const;

  // Whether a client was told of the lease before event `index`, has not begun to give it back, and no administrator
  // may have been breaking it.
  bool relied_on(const Lease& lease, std::uint32_t index) const;

  // Whether the lease can have run out before the store went down, so that a reopened store may not know it.
  bool may_have_run_out(const Lease& lease) const;

 private:
  void granted(const Event& e, std::uint32_t index);
  void renewed(const Event& e, std::uint32_t index);
  void recovered(const Event& e, std::uint32_t index);
  void restarted(const Event& e, std::uint32_t index);
  void rebooted(const Event& e, std::uint32_t index);
  void forget_uncertain(std::uint32_t index);
  void ended(const Event& e);
  Lease* find(std::uint32_t attempt);
  Lease& add(std::uint32_t attempt, std::uint32_t index);
  void set_deadline(Lease& lease, const Event& e, std::uint32_t index) const;

  const Facts& facts_;
  std::int64_t max_drift_ppb_;
  std::vector<std::vector<Lease>> holders_;  // by lock
  std::vector<bool> known_;                  // by attempt: it was a holder at some time
  ClockReading now_;                         // the last reading of the store's clock
  Instant up_until_{};                       // last true instant at which the store is known to have run
  ClockReading opened_;                      // clock at the last `restarted`
  ClockReading first_opened_;                // clock at the first `restarted` of this boot
};

}  // namespace lockstep::models
