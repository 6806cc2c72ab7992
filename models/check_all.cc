// The public door of the checkers: gathers the facts once and runs the rules asked for, in the order of
// Property.
#include <array>

#include "models/checkers.h"
#include "models/facts.h"
#include "models/rules.h"

namespace lockstep::models {
namespace {

using Rule = Verdict (*)(const Facts&, const Bounds&);

constexpr std::array<Rule, kPropertyCount> kRules{
    lease_exclusion, belief_exclusion, linearizable, fencing_order, fenced_writes, ownership, idempotence,
    durability,      no_phantom_hold,  events,       names,         expiry,        progress,  fifo,
    timely,          deadlock_free,
};

}  // namespace

Verdict check_lease_exclusion(const History& h, const Bounds& b) { return lease_exclusion(gather(h), b); }
Verdict check_belief_exclusion(const History& h, const Bounds& b) { return belief_exclusion(gather(h), b); }
Verdict check_linearizable(const History& h, const Bounds& b) { return linearizable(gather(h), b); }
Verdict check_fencing_order(const History& h, const Bounds& b) { return fencing_order(gather(h), b); }
Verdict check_fenced_writes(const History& h, const Bounds& b) { return fenced_writes(gather(h), b); }
Verdict check_ownership(const History& h, const Bounds& b) { return ownership(gather(h), b); }
Verdict check_idempotence(const History& h, const Bounds& b) { return idempotence(gather(h), b); }
Verdict check_durability(const History& h, const Bounds& b) { return durability(gather(h), b); }
Verdict check_no_phantom_hold(const History& h, const Bounds& b) { return no_phantom_hold(gather(h), b); }
Verdict check_events(const History& h, const Bounds& b) { return events(gather(h), b); }
Verdict check_names(const History& h, const Bounds& b) { return names(gather(h), b); }
Verdict check_expiry(const History& h, const Bounds& b) { return expiry(gather(h), b); }
Verdict check_progress(const History& h, const Bounds& b) { return progress(gather(h), b); }
Verdict check_fifo(const History& h, const Bounds& b) { return fifo(gather(h), b); }
Verdict check_timely(const History& h, const Bounds& b) { return timely(gather(h), b); }
Verdict check_deadlock_free(const History& h, const Bounds& b) { return deadlock_free(gather(h), b); }

std::vector<Verdict> check_all(const History& history, const Bounds& bounds, PropertySet which) {
  const Facts facts = gather(history);
  std::vector<Verdict> verdicts;
  for (std::size_t i = 0; i < kRules.size(); ++i)
    if ((which & bit(static_cast<Property>(i))) != 0) verdicts.push_back(kRules[i](facts, bounds));
  return verdicts;
}

}  // namespace lockstep::models
