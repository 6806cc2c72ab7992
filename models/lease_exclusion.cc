// S1: the store's leases of incompatible attempts never overlap, judged on the store's own events and its own
// clock. One fold. Leaves out what clients believe (S2) and whether a renewal was allowed (S6).
#include <fmt/format.h>

#include "models/lease_fold.h"
#include "models/rules.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

// A semaphore: no two of them need be too many, but all of them are.
void overdrawn(Findings& findings, const Facts& facts, const std::vector<const Lease*>& held, std::uint32_t grant) {
  const Event& e = facts.event(grant);
  const AttemptFacts& a = facts.attempts[e.attempt];
  std::vector<std::uint32_t> evidence{grant};
  std::string holders;
  for (const Lease* lease : held) {
    evidence.push_back(lease->shown);
    evidence.push_back(lease->extended);
    holders += fmt::format("{}{} by {} until {}", holders.empty() ? "" : ", ", lease->permits,
                           client_name(facts, lease->attempt), seconds(lease->deadline.value));
  }
  findings.violation("overdrawn", std::move(evidence),
                     fmt::format("{} was granted {} of the {} permits of {} when the store's clock read {}, while "
                                 "others were held, on that clock: {}",
                                 client_name(facts, e.attempt), a.permits, facts.capacity(a.lock),
                                 lock_name(*facts.history, a.lock), seconds(e.clock.value), holders));
}

void two_leases(Findings& findings, const Facts& facts, const Lease& held, std::uint32_t grant) {
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
        const auto held = fold.in_the_way(e.attempt, i);
        if (!held.empty() && !findings.violated()) {
          // Either would be too many by itself, or only all of them are.
          if (held.size() == 1) {
            two_leases(findings, facts, *held.front(), i);
          } else {
            overdrawn(findings, facts, held, i);
          }
        }
      }
      if (e.type == EventType::granted || e.type == EventType::recovered) last_holder[a.lock] = e.attempt;
    }
    fold.apply(i);
  }
  return std::move(findings).verdict();
}

}  // namespace lockstep::models
