// The rules of the fold, event by event. In doubt it forgets a lease: a missed violation is caught by another
// run, a false one costs a day.
#include "models/lease_fold.h"

#include <algorithm>

namespace lockstep::models {

LeaseFold::LeaseFold(const Facts& facts, std::int64_t max_drift_ppb)
    : facts_(facts), max_drift_ppb_(max_drift_ppb), holders_(facts.locks), known_(facts.attempts.size()) {}

void LeaseFold::apply(std::uint32_t index) {
  const Event& e = facts_.event(index);
  switch (e.type) {
    case EventType::granted: granted(e, index); break;
    case EventType::renewed: renewed(e, index); break;
    case EventType::recovered: recovered(e, index); break;
    case EventType::restarted: restarted(e, index); break;
    case EventType::released:
    case EventType::broken:
    case EventType::expired: ended(e); break;
    case EventType::process_crashed: forget_uncertain(index); break;
    default: break;
  }
  up_until_ = e.at;
}

bool LeaseFold::relied_on(const Lease& lease, std::uint32_t index) const {
  const AttemptFacts& a = facts_.attempts[lease.attempt];
  return a.acknowledged < index && a.given_up > index;
}

bool LeaseFold::may_have_run_out(const Lease& lease) const {
  return !lives(lease, now_) || up_until_ >= lease.may_run_out;
}

void LeaseFold::granted(const Event& e, std::uint32_t index) {
  if (e.clock.boot > now_.boot) rebooted(e, index);
  now_ = std::max(now_, e.clock);
  const AttemptFacts& a = facts_.attempts[e.attempt];
  auto& holders = holders_[a.lock];
  std::erase_if(holders, [&](const Lease& h) {
    return h.attempt == e.attempt || !lives(h, e.clock) || !compatible(facts_.attempts[h.attempt].mode, a.mode);
  });
  known_[e.attempt] = true;
  Lease& lease = holders.emplace_back(Lease{.attempt = e.attempt, .shown = index});
  set_deadline(lease, e, index);
}

void LeaseFold::renewed(const Event& e, std::uint32_t index) {
  if (e.clock.boot > now_.boot) rebooted(e, index);
  now_ = std::max(now_, e.clock);
  if (Lease* lease = find(e.attempt)) return set_deadline(*lease, e, index);
  // Known and no holder any more: ownership() has an opinion on that. Not known: the event of its grant is
  // missing, and it takes the lock unless somebody else is sure to have it.
  if (known_[e.attempt]) return;
  const AttemptFacts& a = facts_.attempts[e.attempt];
  auto& holders = holders_[a.lock];
  for (const Lease& h : holders)
    if (lives(h, e.clock) && !compatible(facts_.attempts[h.attempt].mode, a.mode)) return;
  known_[e.attempt] = true;
  set_deadline(holders.emplace_back(Lease{.attempt = e.attempt, .shown = index}), e, index);
}

void LeaseFold::restarted(const Event& e, std::uint32_t index) {
  if (e.clock.boot > now_.boot) rebooted(e, index);
  now_ = std::max(now_, e.clock);
  opened_ = e.clock;
  forget_uncertain(index);
}

// What the store holds at this moment, in its own words. A lease of an earlier boot runs its full ttl again
// from the first opening; the store's own new deadline is taken when it is the earlier one, for it may have
// read its clock a little before it told of the opening.
void LeaseFold::recovered(const Event& e, std::uint32_t index) {
  const AttemptFacts& a = facts_.attempts[e.attempt];
  Lease* lease = find(e.attempt);
  if (lease == nullptr) {
    lease = &holders_[a.lock].emplace_back(Lease{.attempt = e.attempt, .shown = index, .extended = index});
    lease->ttl = e.ttl > Duration::zero() ? e.ttl : a.ttl;
    lease->deadline =
        e.deadline.boot == now_.boot ? e.deadline : ClockReading{now_.boot, after(first_opened_.value, lease->ttl)};
    lease->may_run_out = after(e.at, shrunk(lease->deadline.value - opened_.value - e.lag, max_drift_ppb_));
    known_[e.attempt] = true;
    return;
  }
  if (e.deadline.boot != now_.boot) return;
  const bool sooner = e.deadline.value < lease->deadline.value;
  if (sooner != lease->rebooted) return;
  lease->deadline = e.deadline;
  lease->extended = index;
  lease->may_run_out = after(e.at, shrunk(e.deadline.value - opened_.value - e.lag, max_drift_ppb_));
  lease->rebooted = false;
}

void LeaseFold::rebooted(const Event& e, std::uint32_t index) {
  for (auto& holders : holders_) {
    std::erase_if(holders, [&](const Lease& h) { return !relied_on(h, index) || may_have_run_out(h); });
    for (Lease& h : holders) {
      h.deadline = {e.clock.boot, after(e.clock.value, h.ttl)};
      h.may_run_out = after(e.at, shrunk(h.ttl - e.lag, max_drift_ppb_));
      h.rebooted = true;
    }
  }
  first_opened_ = opened_ = e.clock;
}

void LeaseFold::forget_uncertain(std::uint32_t index) {
  for (auto& holders : holders_) std::erase_if(holders, [&](const Lease& h) { return !relied_on(h, index); });
}

void LeaseFold::ended(const Event& e) {
  auto& holders = holders_[facts_.attempts[e.attempt].lock];
  std::erase_if(holders, [&](const Lease& h) {
    if (h.attempt != e.attempt) return false;
    // A store that thinks too early that a lease has run out does not end it: only its deadline does.
    const bool early = e.type == EventType::expired && e.clock.value > Duration::zero() && lives(h, e.clock);
    return !early;
  });
}

Lease* LeaseFold::find(std::uint32_t attempt) {
  for (Lease& h : holders_[facts_.attempts[attempt].lock])
    if (h.attempt == attempt) return &h;
  return nullptr;
}

void LeaseFold::set_deadline(Lease& lease, const Event& e, std::uint32_t index) const {
  lease.ttl = e.ttl > Duration::zero() ? e.ttl : facts_.attempts[e.attempt].ttl;
  lease.extended = index;
  lease.deadline = e.deadline;
  lease.may_run_out = after(e.at, shrunk(e.deadline.value - e.clock.value - e.lag, max_drift_ppb_));
  lease.rebooted = false;
}

}  // namespace lockstep::models
