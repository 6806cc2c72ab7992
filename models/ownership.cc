// S6: what somebody who is not the living holder asks for changes nothing. Judges the store's renewals and
// releases, and the clients' positive answers to requests that they sent when somebody else already had the
// lock. Accuses only on events that were seen: an attempt whose grant is missing is nobody's impostor.
#include <fmt/format.h>

#include <array>

#include "models/rules.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

class Ownership {
 public:
  Ownership(const Facts& facts, const Bounds& bounds)
      : facts_(facts), bounds_(bounds), grants_(facts.locks), states_(facts.attempts.size()) {}

  Verdict run() && {
    const auto& events = facts_.history->events;
    for (std::uint32_t i = 0; i < events.size() && !findings_.violated(); ++i) take(events[i], i);
    return std::move(findings_).verdict();
  }

 private:
  struct State {
    std::uint32_t gone = kNever;      // its released or broken event
    std::uint32_t extended = kNever;  // the event that set its deadline
    std::uint32_t epoch = 0;          // server crashes before that
    ClockReading deadline;
    // The last renew request, the unlock, and the other's grant that was already there when they were sent.
    std::uint32_t renew_request = 0, renew_sent = kNever, renew_superseded = kNever;
    std::uint32_t unlock_sent = kNever, unlock_superseded = kNever;
  };
  // The last grants of one lock to two different attempts, newest first.
  struct Grant {
    std::uint32_t attempt = 0;
    std::uint32_t event = kNever;
  };
  using Newest = std::array<Grant, 2>;

  void take(const Event& e, std::uint32_t i) {
    switch (e.type) {
      case EventType::granted: {
        extended(e, i);
        Newest& newest = grants_[facts_.attempts[e.attempt].lock];
        if (newest[0].attempt != e.attempt) newest[1] = newest[0];
        newest[0] = {e.attempt, i};
        return;
      }
      case EventType::recovered:
        extended(e, i);
        states_[e.attempt].gone = kNever;
        return;
      case EventType::renewed: renewed(e, i); return extended(e, i);
      case EventType::released:
      case EventType::broken:
        if (e.type == EventType::released) judge_gone(e, i, "released");
        states_[e.attempt].gone = i;
        return;
      case EventType::invoke: return sent(e, i);
      case EventType::ok: return answered(e, i);
      case EventType::fail:
        if ((e.op == Op::renew && e.reason == Reason::lost) || (e.op == Op::unlock && e.reason == Reason::not_held))
          findings_.exercised();
        return;
      case EventType::process_crashed:
        if (facts_.keeps_store(e.process)) ++epoch_;
        return;
      default: return;
    }
  }

  void extended(const Event& e, std::uint32_t i) {
    State& s = states_[e.attempt];
    s.deadline = e.deadline;
    s.extended = i;
    s.epoch = epoch_;
  }

  // The grant that ended this attempt's lease: another's, incompatible, later than the first sign of it.
  std::uint32_t superseded(std::uint32_t attempt) const {
    const AttemptFacts& a = facts_.attempts[attempt];
    const Newest& newest = grants_[a.lock];
    const Grant& other = newest[0].attempt == attempt ? newest[1] : newest[0];
    if (other.event == kNever || a.sign == kNever || other.event < a.sign) return kNever;
    return facts_.fit(attempt, other.attempt, other.event) ? kNever : other.event;
  }

  bool judge_gone(const Event& e, std::uint32_t i, const char* what) {
    const State& s = states_[e.attempt];
    const std::uint32_t other = superseded(e.attempt);
    if (other != kNever) {
      const auto [stale, holder] = client_names(facts_, e.attempt, facts_.event(other).attempt);
      findings_.violation(fmt::format("{} by a former holder", what), {other, i},
                          fmt::format("the store {} the lease of {} on {} at {}, although {} was granted it at {}",
                                      what, stale, name(e), seconds(e.at), holder, seconds(facts_.event(other).at)));
      return true;
    }
    if (s.gone == kNever) return false;
    findings_.violation(
        fmt::format("{} after its end", what), {s.gone, i},
        fmt::format("the store {} the lease of {} on {} at {}, which had ended at {}", what,
                    client_name(facts_, e.attempt), name(e), seconds(e.at), seconds(facts_.event(s.gone).at)));
    return true;
  }

  void renewed(const Event& e, std::uint32_t i) {
    if (judge_gone(e, i, "renewed")) return;
    const State& s = states_[e.attempt];
    // A crash in between can have swallowed the event of another renewal.
    // With many clocks the deadline is a lower bound.
    if (!bounds_.one_store_clock || s.extended == kNever || s.epoch != epoch_ || s.deadline.boot != e.clock.boot)
      return;
    // The event's clock may have been read when the decision was already on disk.
    const Duration decided = e.ttl > Duration::zero() && e.deadline.boot == e.clock.boot
                                 ? std::min(e.clock.value, e.deadline.value - e.ttl)
                                 : e.clock.value;
    if (decided <= s.deadline.value) return;
    findings_.violation(
        "lease revived", {s.extended, i},
        fmt::format("the lease of {} on {} ran out at {} on the store's clock, and the store renewed "
                    "it when that clock read {}",
                    client_name(facts_, e.attempt), name(e), seconds(s.deadline.value), seconds(decided)));
  }

  void sent(const Event& e, std::uint32_t i) {
    if (e.op != Op::renew && e.op != Op::unlock) return;
    State& s = states_[e.attempt];
    if (e.op == Op::renew) {
      // Sent again with the same key: what counts is when it was sent first.
      if (s.renew_sent != kNever && s.renew_request == e.request && e.request != 0) return;
      s.renew_request = e.request;
      s.renew_sent = i;
      s.renew_superseded = superseded(e.attempt);
    } else if (s.unlock_sent == kNever) {
      s.unlock_sent = i;
      // A second release of the same attempt is no error.
      s.unlock_superseded = s.gone == kNever ? superseded(e.attempt) : kNever;
    }
  }

  void answered(const Event& e, std::uint32_t i) {
    if (e.op != Op::renew && e.op != Op::unlock) return;
    const State& s = states_[e.attempt];
    const bool renews = e.op == Op::renew;
    if (renews && e.request != s.renew_request) return;
    const std::uint32_t other = renews ? s.renew_superseded : s.unlock_superseded;
    if (other == kNever) return;
    const std::uint32_t asked = renews ? s.renew_sent : s.unlock_sent;
    const auto [stale, holder] = client_names(facts_, e.attempt, facts_.event(other).attempt);
    findings_.violation(renews ? "renewal confirmed to a former holder" : "release confirmed to a former holder",
                        {other, asked, i},
                        fmt::format("{} asked at {} to {} {}, which {} had been granted at {}, and was told yes", stale,
                                    seconds(facts_.event(asked).at), renews ? "renew" : "release", name(e), holder,
                                    seconds(facts_.event(other).at)));
  }

  std::string name(const Event& e) const { return lock_name(*facts_.history, facts_.attempts[e.attempt].lock); }

  const Facts& facts_;
  const Bounds& bounds_;
  Findings findings_{Property::ownership};
  std::vector<Newest> grants_;  // by lock
  std::vector<State> states_;   // by attempt
  std::uint32_t epoch_ = 0;
};

}  // namespace

Verdict ownership(const Facts& facts, const Bounds& bounds) { return Ownership(facts, bounds).run(); }

}  // namespace lockstep::models
