// S1: the store's leases of incompatible attempts never overlap, judged on the store's own events and its own
// clock. One fold. Leaves out what clients believe (S2) and whether a renewal was allowed (S6).
#include <fmt/format.h>

#include "models/lease_fold.h"
#include "models/rules.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

void two_leases(Findings& findings, const Facts& facts, const Lease& held, std::uint32_t grant) {
  if (findings.violated()) return;
  const Event& e = facts.event(grant);
  const auto [holder, other] = client_names(facts, held.attempt, e.attempt);
  findings.violation(
      "two leases", {held.shown, held.extended, grant},
      fmt::format("{} held {} until {} on the store's clock{}, but {} was granted it when that clock "
                  "read {}: {} too early",
                  holder, lock_name(*facts.history, facts.attempts[e.attempt].lock), seconds(held.deadline.value),
                  held.rebooted ? " (its full ttl again after the reboot)" : "", other, seconds(e.clock.value),
                  length(held.deadline.value - e.clock.value)));
}

}  // namespace

Verdict lease_exclusion(const Facts& facts, const Bounds& bounds) {
  Findings findings(Property::lease_exclusion);
  LeaseFold fold(facts, bounds.max_drift_ppb);
  std::vector<std::uint32_t> last_holder(facts.locks);  // by lock: an attempt
  for (const std::uint32_t i : facts.store) {
    const Event& e = facts.event(i);
    if (e.attempt != 0) {
      const AttemptFacts& a = facts.attempts[e.attempt];
      if (e.type == EventType::granted) {
        const std::uint32_t before = last_holder[a.lock];
        if (before != 0 && before != e.attempt) findings.exercised();
        for (const Lease& held : fold.holders(a.lock)) {
          if (held.attempt == e.attempt || !LeaseFold::lives(held, e.clock) ||
              compatible(facts.attempts[held.attempt].mode, a.mode))
            continue;
          two_leases(findings, facts, held, i);
        }
      }
      if (e.type == EventType::granted || e.type == EventType::recovered) last_holder[a.lock] = e.attempt;
    }
    fold.apply(i);
  }
  return std::move(findings).verdict();
}

}  // namespace lockstep::models
