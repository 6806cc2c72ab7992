// L1: a lock whose holder is dead or gone when everything has healed is granted to somebody who waits for it,
// within ttl(1+rho) + progress_slack. Demands it only of waiters who really waited through that whole window.
#include <fmt/format.h>

#include "models/lease_fold.h"
#include "models/rules.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

class Expiry {
 public:
  Expiry(const Facts& facts, const Bounds& bounds)
      : facts_(facts), bounds_(bounds), fold_(facts, bounds.max_drift_ppb), locks_(facts.locks) {}

  Verdict run() && {
    if (facts_.healed == kNever) return std::move(findings_).verdict();
    healed_at_ = facts_.event(facts_.healed).at;
    const auto after_healing = std::ranges::lower_bound(facts_.store, facts_.healed);
    for (auto i = facts_.store.begin(); i != after_healing; ++i) fold_.apply(*i);
    see_locks();
    for (auto i = after_healing; i != facts_.store.end(); ++i) {
      const Event& e = facts_.event(*i);
      Lock& lock = locks_[facts_.attempts[e.attempt].lock];
      if (e.type == EventType::granted && facts_.awaited(e.attempt, e.at, bounds_.progress_slack + bounds_.lateness))
        lock.next_grant = std::min(lock.next_grant, *i);
      if (e.type == EventType::recovered) found_late(lock, e);
      if (e.type != EventType::renewed) continue;
      if (std::ranges::find(lock.orphans, e.attempt) != lock.orphans.end()) lock.renewed = true;
    }
    for (std::uint32_t attempt = 1; attempt < facts_.attempts.size(); ++attempt) waits(attempt);
    return std::move(findings_).verdict();
  }

 private:
  struct Lock {
    const Lease* orphan = nullptr;       // of the leases whose holders are gone at healing, one with the longest ttl
    Duration ttl{};                      // the longest of theirs
    std::vector<std::uint32_t> orphans;  // the attempts of all of them
    bool held_by_living = false;         // at healing, as the store or a client sees it
    bool renewed = false;                // one of them, after healing: not so gone after all
    std::uint32_t next_grant = kNever;   // the first one after healing, by the store or as told to a client
    bool counted = false;
  };

  void see_locks() {
    for (std::uint32_t lock = 0; lock < facts_.locks; ++lock) {
      for (const Lease& lease : fold_.holders(lock)) {
        if (!gone(lease.attempt)) {
          locks_[lock].held_by_living = true;
        } else if (may_still_run(lease)) {
          const Lease*& longest = locks_[lock].orphan;
          if (longest == nullptr || longest->ttl < lease.ttl) longest = &lease;
          locks_[lock].ttl = longest->ttl;
          locks_[lock].orphans.push_back(lease.attempt);
        }
      }
    }
    for (const Belief& belief : facts_.beliefs)
      if (belief.began < facts_.healed && (belief.ended == kNever || belief.ended > facts_.healed))
        locks_[facts_.attempts[belief.attempt].lock].held_by_living = true;
    for (const AttemptFacts& a : facts_.attempts) {
      if (a.answered == kNever || a.answered < facts_.healed || a.acknowledged != a.answered) continue;
      locks_[a.lock].next_grant = std::min(locks_[a.lock].next_grant, a.answered);
    }
  }

  // A store that is opened only after healing may know of leases that were uncertain until then: they were being given
  // back when it went down. They run from now on, and the bound is that of the longest.
  void found_late(Lock& lock, const Event& e) const {
    if (!gone(e.attempt)) lock.held_by_living = true;
    lock.ttl = std::max(lock.ttl, e.ttl > Duration::zero() ? e.ttl : facts_.attempts[e.attempt].ttl);
  }

  // Its client has crashed since it asked, has ended its belief, or was answered without a lease.
  bool gone(std::uint32_t attempt) const {
    const AttemptFacts& a = facts_.attempts[attempt];
    if (a.last_belief != kNever) {
      const Belief& last = facts_.beliefs[a.last_belief];
      return last.ended != kNever && last.ended < facts_.healed;
    }
    if (a.given_up < facts_.healed) return true;
    const std::uint32_t since = std::min(a.asked, a.sign);
    return since != kNever && facts_.crashed_within(a.client, since, healed_at_);
  }

  // Otherwise the lock was free already at healing, and its next grant says nothing about expiry.
  bool may_still_run(const Lease& lease) const {
    const Event& set = facts_.event(lease.extended);
    return lease.rebooted || after(set.at, stretched(lease.ttl, bounds_.max_drift_ppb)) > healed_at_;
  }

  void waits(std::uint32_t attempt) {
    const AttemptFacts& a = facts_.attempts[attempt];
    if (a.asked == kNever || a.answered < facts_.healed) return;
    Lock& lock = locks_[a.lock];
    if (lock.orphan == nullptr || lock.held_by_living || lock.renewed) return;
    const Event& asked = facts_.event(a.asked);
    const Instant from = std::max(healed_at_, asked.at);
    const Duration within = after(stretched(lock.ttl, bounds_.max_drift_ppb), bounds_.progress_slack);
    const Instant due = after(from, within);
    if (after(asked.at, asked.wait) < due) return;
    if (facts_.crashed_within(a.client, a.asked, due) || facts_.paused_within(a.client, from, due)) return;
    if (lock.next_grant != kNever && lock.next_grant < a.asked) return;  // not this waiter's lock to be freed
    const bool granted = lock.next_grant != kNever && facts_.event(lock.next_grant).at <= due;
    const bool left = a.answered != kNever && facts_.event(a.answered).at < due;
    if (!granted && (left || due > bounds_.end)) return;  // a run may end before it can be blamed
    if (!lock.counted) findings_.exercised();
    lock.counted = true;
    if (!granted) never_freed(*lock.orphan, a, attempt, from, within);
  }

  void never_freed(const Lease& orphan, const AttemptFacts& waiter, std::uint32_t attempt, Instant from,
                   Duration within) {
    if (findings_.violated()) return;
    const auto [holder, other] = client_names(facts_, orphan.attempt, attempt);
    const std::uint32_t grant = locks_[waiter.lock].next_grant;
    findings_.violation(
        "lock of a dead holder not freed", {orphan.extended, facts_.healed, waiter.asked},
        fmt::format("{} was gone and had left {} held; {} waited for it from {} on, and it was not granted within {}{} "
                    "(all healed at {})",
                    holder, lock_name(*facts_.history, waiter.lock), other, seconds(from), length(within),
                    grant == kNever ? "" : ", only at " + seconds(facts_.event(grant).at), seconds(healed_at_)));
  }

  const Facts& facts_;
  const Bounds& bounds_;
  LeaseFold fold_;
  Findings findings_{Property::expiry};
  std::vector<Lock> locks_;
  Instant healed_at_{};
};

}  // namespace

Verdict expiry(const Facts& facts, const Bounds& bounds) { return Expiry(facts, bounds).run(); }

}  // namespace lockstep::models
