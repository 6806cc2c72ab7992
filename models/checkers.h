// The property checkers. Each is a pure function of a history and of the bounds the run was held to, near
// linear in the number of events. `check_all` runs those asked for. Semantics: docs/notes/properties.md.
#pragma once

#include <vector>

#include "models/history.h"
#include "models/verdict.h"

namespace lockstep::models {

// What the run was held to; the checkers take nothing else from outside the history.
struct Bounds {
  // Largest relative rate difference of two clocks, parts per billion.
  std::int64_t max_drift_ppb = 0;
  // L4: how late an answer or a loss signal may come on the own clock of a client that was not paused.
  Duration answer_slack{};
  Duration loss_slack{};
  // L1, L2: from the later of healing and asking, within this much true time beyond ttl(1+rho).
  Duration progress_slack{};
  // True instant at which the run was stopped.
  Instant end{};
};

using PropertySet = std::uint32_t;  // bit i is Property i
inline constexpr PropertySet kAllProperties = (1u << kPropertyCount) - 1;
constexpr PropertySet bit(Property property) { return 1u << static_cast<unsigned>(property); }

Verdict check_lease_exclusion(const History&, const Bounds&);
Verdict check_belief_exclusion(const History&, const Bounds&);
Verdict check_fencing_order(const History&, const Bounds&);
Verdict check_fenced_writes(const History&, const Bounds&);
Verdict check_ownership(const History&, const Bounds&);
Verdict check_idempotence(const History&, const Bounds&);
Verdict check_durability(const History&, const Bounds&);
Verdict check_no_phantom_hold(const History&, const Bounds&);
Verdict check_expiry(const History&, const Bounds&);
Verdict check_progress(const History&, const Bounds&);
Verdict check_timely(const History&, const Bounds&);

// One verdict per property in `which`, in the order of Property.
std::vector<Verdict> check_all(const History& history, const Bounds& bounds,
                               PropertySet which = kAllProperties);

}  // namespace lockstep::models
