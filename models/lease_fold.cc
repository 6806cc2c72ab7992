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
  const bool may_be_breaking = a.lock < facts_.breaks.size() && facts_.breaks[a.lock] < index;
  return a.acknowledged < index && a.given_up > index && !may_be_breaking;
}

bool LeaseFold::may_have_run_out(const Lease& lease) const {
  return !lives(lease, now_) || up_until_ >= lease.may_run_out;
}

std::vector<const Lease*> LeaseFold::in_the_way(std::uint32_t attempt, std::uint32_t index) const {
  const AttemptFacts& a = facts_.attempts[attempt];
  const Event& e = facts_.event(index);
  const std::uint64_t most = facts_.capacity(a.lock);
  std::vector<const Lease*> beside;
  std::uint64_t taken = a.permits;
  for (const Lease& h : holders_[a.lock]) {
    if (h.attempt == attempt || !lives(h, e.clock)) continue;
    if (!compatible(h.mode, a.mode)) return {&h};
    beside.push_back(&h);
    taken += h.permits;
  }
  if (a.mode != Mode::permits || most == 0 || taken <= most) return {};
  std::ranges::stable_sort(beside, std::ranges::greater{}, &Lease::permits);
  taken = a.permits;
  std::size_t enough = 0;
  while (taken <= most) taken += beside[enough++]->permits;
  beside.resize(enough);
  return beside;
}

// A grant proves that the store had seen the end of whatever is in its way.
void LeaseFold::granted(const Event& e, std::uint32_t index) {
  if (e.clock.boot > now_.boot) rebooted(e, index);
  now_ = std::max(now_, e.clock);
  const AttemptFacts& a = facts_.attempts[e.attempt];
  auto& holders = holders_[a.lock];
  // Of too many permits it is not known whose have come back.
  const bool too_many = a.mode == Mode::permits && !in_the_way(e.attempt, index).empty();
  std::erase_if(holders, [&](const Lease& h) {
    return too_many || h.attempt == e.attempt || !lives(h, e.clock) || !compatible(h.mode, a.mode);
  });
  set_deadline(add(e.attempt, index), e, index);
}

Lease& LeaseFold::add(std::uint32_t attempt, std::uint32_t index) {
  known_[attempt] = true;
  Lease& lease = holders_[facts_.attempts[attempt].lock].emplace_back();
  lease.attempt = attempt;
  lease.shown = lease.extended = index;
  lease.mode = facts_.mode_at(attempt, index);
  lease.permits = facts_.attempts[attempt].permits;
  return lease;
}

void LeaseFold::renewed(const Event& e, std::uint32_t index) {
  if (e.clock.boot > now_.boot) rebooted(e, index);
  now_ = std::max(now_, e.clock);
  if (Lease* lease = find(e.attempt)) {
    if (lease->mode == Mode::exclusive && e.mode == Mode::shared) lease->mode = Mode::shared;
    return set_deadline(*lease, e, index);
  }
  // Known and no holder any more: ownership() has an opinion on that. Not known: the event of its grant is
  // missing, and it takes the lock unless somebody else is sure to have it.
  if (known_[e.attempt] || !in_the_way(e.attempt, index).empty()) return;
  set_deadline(add(e.attempt, index), e, index);
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
    lease = &add(e.attempt, index);
    lease->ttl = e.ttl > Duration::zero() ? e.ttl : a.ttl;
    lease->deadline =
        e.deadline.boot == now_.boot ? e.deadline : ClockReading{now_.boot, after(first_opened_.value, lease->ttl)};
    lease->may_run_out = after(e.at, shrunk(lease->deadline.value - opened_.value - e.lag, max_drift_ppb_));
    return;
  }
  if (lease->mode == Mode::exclusive && e.mode == Mode::shared) lease->mode = Mode::shared;
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
      h.mode = facts_.mode_at(h.attempt, index);
      h.deadline = {e.clock.boot, after(e.clock.value, h.ttl)};
      h.may_run_out = after(e.at, shrunk(h.ttl - e.lag, max_drift_ppb_));
      h.rebooted = true;
    }
  }
  first_opened_ = opened_ = e.clock;
}

void LeaseFold::forget_uncertain(std::uint32_t index) {
  for (auto& holders : holders_) {
    std::erase_if(holders, [&](const Lease& h) { return !relied_on(h, index); });
    for (Lease& h : holders) h.mode = facts_.mode_at(h.attempt, index);  // the event of a downgrade may be missing
  }
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
