// One pass gathers when each lock was free for longer than the slack and what could excuse that; then each wait is laid
// beside it. A lease counts until it is given back, ended, or its deadline has passed on the slowest clock there may
// be.
#include "models/hand_over.h"

#include <fmt/format.h>

#include <map>

#include "models/words.h"

namespace lockstep::models {
namespace {

class HandOver {
 public:
  HandOver(const Facts& facts, const Bounds& bounds, Findings& findings)
      : facts_(facts),
        bounds_(bounds),
        findings_(findings),
        locks_(facts.locks),
        heard_(facts.attempts.size(), kNever) {}

  void run() && {
    if (!bounds_.one_store_clock || bounds_.hand_over_slack == Duration::zero()) return;
    const auto& events = facts_.history->events;
    const std::uint32_t crash = facts_.store_crashes.empty() ? kNever : facts_.store_crashes.front();
    const auto count = static_cast<std::uint32_t>(std::min<std::size_t>(events.size(), crash));
    for (std::uint32_t i = 0; i < count; ++i) take(events[i], i);
    const Instant end = crash == kNever ? bounds_.end : facts_.event(crash).at;
    for (Lock& lock : locks_) free_until(lock, end);
    if (std::ranges::all_of(locks_, [](const Lock& lock) { return lock.free.empty(); })) return;
    see_what_is_wrong();
    see_places();
    for (std::uint32_t attempt = 1; attempt < facts_.attempts.size(); ++attempt) waits(attempt);
  }

 private:
  struct Free {
    Span span;
    std::uint32_t freed = kNever;  // the event that ended the last lease; kNever: it ran out, or there was none
  };
  struct Lock {
    std::map<std::uint32_t, Instant> leases;  // by attempt: when it is over for sure
    std::map<std::uint32_t, Instant> places;  // likewise, of its last place
    Instant free_from{};
    std::uint32_t freed = kNever;
    std::vector<Free> free;      // for longer than the slack, in order
    std::vector<Span> excluded;  // places of those who are gone, and what is wrong for everybody
  };

  void take(const Event& e, std::uint32_t i) {
    switch (e.type) {
      case EventType::granted:
      case EventType::renewed:
      case EventType::recovered: return held(lock_of(e), e);
      case EventType::released:
      case EventType::broken:
      case EventType::expired: return ended(lock_of(e), e, i);
      case EventType::queued: heard_[e.attempt] = std::min(heard_[e.attempt], i); [[fallthrough]];
      case EventType::left: lock_of(e).places[e.attempt] = e.type == EventType::left ? e.at : over(e); return;
      case EventType::fail:
        if (e.op == Op::try_lock && e.reason == Reason::refused) heard_[e.attempt] = std::min(heard_[e.attempt], i);
        return;
      default: return;
    }
  }

  Lock& lock_of(const Event& e) { return locks_[facts_.attempts[e.attempt].lock]; }

  // The latest instant at which the deadline that the event sets can pass.
  Instant over(const Event& e) const {
    return after(e.at, stretched(std::max(Duration::zero(), e.deadline.value - e.clock.value), bounds_.max_drift_ppb));
  }

  void held(Lock& lock, const Event& e) {
    free_until(lock, e.at - stretched(e.lag, bounds_.max_drift_ppb));
    std::erase_if(lock.leases, [&](const auto& lease) { return lease.second <= e.at; });
    lock.leases[e.attempt] = over(e);
    lock.freed = kNever;
    free_when_all_are_over(lock, e.at);
  }

  // That a lease has run out may be told long after.
  void ended(Lock& lock, const Event& e, std::uint32_t i) {
    if (lock.leases.erase(e.attempt) == 0 || lock.free_from <= e.at) return;
    const Instant before = lock.free_from;
    free_when_all_are_over(lock, e.at);
    if (lock.free_from < before) lock.freed = i;
  }

  static void free_when_all_are_over(Lock& lock, Instant now) {
    lock.free_from = now;
    for (const auto& [attempt, until] : lock.leases) lock.free_from = std::max(lock.free_from, until);
  }

  void free_until(Lock& lock, Instant to) const {
    if (to > lock.free_from && to - lock.free_from > bounds_.hand_over_slack)
      lock.free.push_back({{lock.free_from, to}, lock.freed});
  }

  void see_what_is_wrong() {
    for (const auto& [from, to] : bounds_.hold_ups) wrong_.push_back({from, to});
    for (const ProcessFacts& process : facts_.processes) {
      wrong_.insert(wrong_.end(), process.pauses.begin(), process.pauses.end());
    }
  }

  void see_places() {
    for (Lock& lock : locks_) {
      if (lock.free.empty()) continue;
      lock.excluded = wrong_;
      for (const auto& [attempt, until] : lock.places) {
        const Instant from = gone(facts_.attempts[attempt]);
        if (from < until) lock.excluded.push_back({from, until});
      }
      std::ranges::sort(lock.excluded, {}, &Span::from);
    }
  }

  // From when on nobody wants the lock for this attempt any more.
  Instant gone(const AttemptFacts& a) const {
    if (a.asked == kNever) return Instant::zero();
    Instant at = a.answered == kNever ? Instant::max() : facts_.event(a.answered).at;
    const auto& crashes = facts_.processes[a.client].crashes;
    const auto crash = std::ranges::lower_bound(crashes, a.asked);
    return crash == crashes.end() ? at : std::min(at, facts_.event(*crash).at);
  }

  void waits(std::uint32_t attempt) {
    const AttemptFacts& a = facts_.attempts[attempt];
    if (a.asked == kNever || heard_[attempt] == kNever || findings_.violated()) return;
    const Event& asked = facts_.event(a.asked);
    const Instant from = std::max(asked.at, facts_.event(heard_[attempt]).at);
    const Instant until = std::min(gone(a), after(asked.at, shrunk(asked.wait, bounds_.max_drift_ppb)));
    for (const Free& free : locks_[a.lock].free) {
      const Span both{std::max(from, free.span.from), std::min(until, free.span.to)};
      if (!long_enough(both)) continue;
      Instant well = both.from;  // since when nothing is wrong
      for (const Span& wrong : locks_[a.lock].excluded) {
        if (wrong.to < well || wrong.from > both.to) continue;
        if (long_enough({well, wrong.from})) return left_lying(attempt, free, {well, wrong.from});
        well = std::max(well, wrong.to);
      }
      if (long_enough({well, both.to})) return left_lying(attempt, free, {well, both.to});
    }
  }

  bool long_enough(Span span) const { return span.to > span.from && span.to - span.from > bounds_.hand_over_slack; }

  void left_lying(std::uint32_t attempt, const Free& free, Span span) {
    const AttemptFacts& a = facts_.attempts[attempt];
    findings_.violation("free lock left lying", {free.freed, a.asked, heard_[attempt]},
                        fmt::format("{} waited for {}, nobody held it from {} on, nothing was wrong, and nobody was "
                                    "granted it for {}, more than the slack of {}",
                                    client_name(facts_, attempt), lock_name(*facts_.history, a.lock),
                                    seconds(span.from), length(span.to - span.from), length(bounds_.hand_over_slack)));
  }

  const Facts& facts_;
  const Bounds& bounds_;
  Findings& findings_;
  std::vector<Lock> locks_;
  std::vector<std::uint32_t> heard_;  // by attempt: the first sign that the store knows that it waits
  std::vector<Span> wrong_;           // for everybody
};

}  // namespace

void hand_over(const Facts& facts, const Bounds& bounds, Findings& findings) {
  HandOver(facts, bounds, findings).run();
}

}  // namespace lockstep::models
