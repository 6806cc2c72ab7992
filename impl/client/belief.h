// How long a client may treat a lease as its own: from when the request was *sent*, shortened by the worst drift of
// its clock against the store's. The one computation on which mutual exclusion rests at the client's side.
#pragma once

#include <string_view>

#include "impl/env/time.h"
#include "impl/env/wide.h"
#include "impl/lock/ids.h"

namespace lockstep {

// Units: `sent` and `answered` are readings of the client's monotonic clock, drift in parts per billion.
using BeliefRule = MonoTime (*)(MonoTime sent, MonoTime answered, Duration valid_for, std::int64_t max_drift_ppb);

// sent + valid_for x (1 - max_drift), rounded down. The store decided after `sent`, so its lease ends later.
inline MonoTime believe_from_sending(MonoTime sent, MonoTime, Duration valid_for, std::int64_t max_drift_ppb) {
  constexpr std::int64_t billion = 1'000'000'000;
  const auto lost = (static_cast<Wide>(valid_for.count()) * max_drift_ppb + billion - 1) / billion;
  return sent + (valid_for - Duration(static_cast<std::int64_t>(lost)));
}

// Why a handle was lost.
enum class LossReason : std::uint8_t {
  outage,   // the belief deadline passed and no renewal had been answered: nobody knows what the store holds
  expired,  // the store said that the lease has run out
  broken,   // the store said that an administrator has ended it
};

constexpr std::string_view name_of(LossReason reason) {
  switch (reason) {
    case LossReason::outage: return "outage";
    case LossReason::expired: return "expired";
    case LossReason::broken: return "broken";
  }
  return "?";
}

// Told, on the client's executor, of what its handles believe.
class BeliefObserver {
 public:
  virtual ~BeliefObserver() = default;
  // The handle is valid until `deadline`, which only ever moves forward.
  virtual void believes(AttemptId attempt, MonoTime deadline) = 0;
  virtual void lost(AttemptId attempt, LossReason reason) = 0;
};

}  // namespace lockstep
