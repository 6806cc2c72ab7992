// S9: an attempt that was refused, timed out or was cancelled asks for nothing any more, believes nothing,
// and a lease that it was granted behind its back runs out by itself; an attempt that has given back what it may hold,
// and was answered, is not granted any more. One pass.
#include <fmt/format.h>

#include "models/rules.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

class NoPhantomHold {
 public:
  NoPhantomHold(const Facts& facts, const Bounds& bounds)
      : facts_(facts), rho_(bounds.max_drift_ppb), given_back_(facts.attempts.size(), kNever) {}

  Verdict run() && {
    for (const AttemptFacts& a : facts_.attempts)
      if (a.turned_away) findings_.exercised();
    const auto& events = facts_.history->events;
    for (std::uint32_t i = 0; i < events.size(); ++i) {
      const Event& e = events[i];
      if (e.type == EventType::restarted) opened_ = e.clock;
      if (e.attempt == 0) continue;
      const AttemptFacts& a = facts_.attempts[e.attempt];
      const bool confirmed = e.type == EventType::ok || (e.type == EventType::fail && e.reason == Reason::not_held);
      if (confirmed && e.op == Op::unlock) given_back_[e.attempt] = std::min(given_back_[e.attempt], i);
      if (e.type == EventType::granted && given_back_[e.attempt] < i) granted_after_all(e, i);
      if (a.turned_away && a.answered < i) afterwards(e, i, a);
    }
    return std::move(findings_).verdict();
  }

 private:
  // A grant may be told later than it was decided.
  void granted_after_all(const Event& e, std::uint32_t i) {
    const Event& answer = facts_.event(given_back_[e.attempt]);
    if (e.at - stretched(e.lag, rho_) <= answer.at || findings_.violated()) return;
    findings_.violation(
        "granted after it was given back", {given_back_[e.attempt], i},
        fmt::format(
            "{} gave {} back and was told so at {} (attempt {}), and at {} the store granted it to this attempt",
            client_name(facts_, e.attempt), lock_name(*facts_.history, e.lock), seconds(answer.at), e.attempt,
            seconds(e.at)));
  }

  void afterwards(const Event& e, std::uint32_t i, const AttemptFacts& a) {
    const Event& no = facts_.event(a.answered);
    switch (e.type) {
      case EventType::invoke:
        if (e.op == Op::try_lock || e.op == Op::renew)
          violation("request after the answer", a.answered, i,
                    e.op == Op::renew ? "it asked for a renewal" : "it asked for the lock again");
        return;
      case EventType::believes:
        return violation("belief after the answer", a.answered, i, "it took itself for the holder");
      case EventType::renewed:
        if (e.at > after(no.at, stretched(e.ttl > Duration::zero() ? e.ttl : a.ttl, rho_)))
          violation("phantom renewed", a.answered, i, "the store renewed its lease, more than a ttl later");
        return;
      case EventType::recovered: return recovered(e, i, a);
      default: return;
    }
  }

  // A late grant may stand for its ttl. Nobody renews it, so it must not be found alive after twice that
  // time. Another boot starts its ttl anew; that is the store's good right.
  void recovered(const Event& e, std::uint32_t i, const AttemptFacts& a) {
    if (a.granted == kNever) return;
    const Event& grant = facts_.event(a.granted);
    const bool same_boot = grant.clock.boot == opened_.boot && e.deadline.boot == opened_.boot;
    if (!same_boot || e.deadline.value <= opened_.value) return;
    // On the store's own clock: a pause may separate what it read from the moment at which it tells.
    const Duration life = stretched(a.ttl, rho_);
    if (opened_.value > after(after(grant.clock.value, life), life))
      violation("phantom lease", a.answered, i, "the store still kept its lease, more than two ttl after granting it");
  }

  void violation(const char* shape, std::uint32_t answer, std::uint32_t i, const char* what) {
    if (findings_.violated()) return;
    const Event& no = facts_.event(answer);
    const char* how = no.reason == Reason::refused     ? "was refused"
                      : no.reason == Reason::timed_out ? "timed out on"
                                                       : "cancelled its wait for";
    findings_.violation(shape, {answer, i},
                        fmt::format("{} {} {} at {} (attempt {}), and at {} {}", client_name(facts_, no.attempt), how,
                                    lock_name(*facts_.history, facts_.attempts[no.attempt].lock), seconds(no.at),
                                    no.attempt, seconds(facts_.event(i).at), what));
  }

  const Facts& facts_;
  std::int64_t rho_;
  Findings findings_{Property::no_phantom_hold};
  std::vector<std::uint32_t> given_back_;  // by attempt: the first event that confirms it
  ClockReading opened_;                    // the store's clock when it was last opened
};

}  // namespace

Verdict no_phantom_hold(const Facts& facts, const Bounds& bounds) { return NoPhantomHold(facts, bounds).run(); }

}  // namespace lockstep::models
