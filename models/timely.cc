// L4: answers keep the wait limit and loss signals come at the deadline, both on the client's own clock, and what a
// renewal was told of a loss ends the belief at once. Whoever gives a lock back is told of no loss any more. Says
// nothing about a client that was paused or crashed in between: it could not have done better.
#include <fmt/format.h>

#include "models/rules.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

class Timely {
 public:
  Timely(const Facts& facts, const Bounds& bounds)
      : facts_(facts), bounds_(bounds), first_loss_(facts.attempts.size(), kNever) {}

  Verdict run() && {
    const auto& events = facts_.history->events;
    // From the back, so that a loss signalled more than once counts from the first time.
    for (std::uint32_t i = static_cast<std::uint32_t>(events.size()); i-- > 0;)
      if (events[i].type == EventType::lost && events[i].attempt != 0) first_loss_[events[i].attempt] = i;
    for (const AttemptFacts& a : facts_.attempts)
      if (a.asked != kNever && a.answered != kNever) answered(a);
    for (const Belief& belief : facts_.beliefs)
      if (belief.ended != kNever) ended(belief);
    told_of_losses();
    told_after_release();
    return std::move(findings_).verdict();
  }

 private:
  void answered(const AttemptFacts& a) {
    const Event& asked = facts_.event(a.asked);
    const Event& answer = facts_.event(a.answered);
    if (asked.clock.boot != answer.clock.boot || facts_.paused_within(a.client, asked.at, answer.at)) return;
    findings_.exercised();
    const Duration limit = after(asked.clock.value, asked.wait);
    if (answer.clock.value > after(limit, bounds_.answer_slack)) {
      off_limit("answered late", "late", a, answer.clock.value - limit);
    } else if (answer.reason == Reason::timed_out && answer.clock.value < limit) {
      off_limit("timed out early", "early", a, limit - answer.clock.value);
    }
  }

  void off_limit(const char* shape, const char* how, const AttemptFacts& a, Duration by) {
    if (findings_.violated()) return;
    const Event& asked = facts_.event(a.asked);
    findings_.violation(
        shape, {a.asked, a.answered},
        fmt::format("{} asked for {} at {} with a wait limit of {} and was answered at {}: by its "
                    "own clock {} {} for that limit",
                    process_name(*facts_.history, a.client), lock_name(*facts_.history, a.lock), seconds(asked.at),
                    length(asked.wait), seconds(facts_.event(a.answered).at), length(by), how));
  }

  void ended(const Belief& belief) {
    const Event& e = facts_.event(belief.ended);
    if (e.type == EventType::belief_ended) ran_out(belief);
    // The handle was quicker than the simulator's word, at the same instant.
    if (e.type == EventType::lost && e.reason == Reason::expired) findings_.exercised();
  }

  void ran_out(const Belief& belief) {
    const AttemptFacts& a = facts_.attempts[belief.attempt];
    const Instant due = after(belief.to, stretched(bounds_.loss_slack, bounds_.max_drift_ppb));
    if (due > bounds_.end || facts_.paused_within(belief.process, belief.to, due)) return;
    if (facts_.crashed_within(belief.process, belief.began, due)) return;
    const std::uint32_t loss = first_loss_[belief.attempt];
    // An unlock asked for before the signal was due makes it pointless.
    if (a.given_up != loss && a.given_up != kNever && facts_.event(a.given_up).at <= due) return;
    findings_.exercised();
    const Event& last = facts_.event(belief.last);
    if (loss == kNever) return silent(belief, a, "never said so");
    const Event& lost = facts_.event(loss);
    if (lost.clock.boot != last.deadline.boot) return;
    const Duration latest = after(last.deadline.value, bounds_.loss_slack);
    if (lost.clock.value <= latest) return;
    silent(belief, a, "said so only at " + seconds(lost.at));
  }

  // A renewal that was answered that the lease is lost or broken, while its holder believes.
  void told_of_losses() {
    const auto& events = facts_.history->events;
    std::vector<std::uint32_t> told(facts_.attempts.size(), kNever);
    for (std::uint32_t i = 0; i < events.size(); ++i) {
      const Event& e = events[i];
      const bool lost = e.reason == Reason::lost || e.reason == Reason::broken;
      if (e.type == EventType::fail && e.op == Op::renew && lost) told[e.attempt] = std::min(told[e.attempt], i);
    }
    for (const Belief& belief : facts_.beliefs) {
      const std::uint32_t answer = told[belief.attempt];
      if (answer == kNever || belief.ended < answer || belief.process != facts_.event(answer).process) continue;
      not_passed_on(belief, answer);
    }
  }

  void not_passed_on(const Belief& belief, std::uint32_t answer) {
    const Event& e = facts_.event(answer);
    const Instant due = after(e.at, stretched(bounds_.loss_slack, bounds_.max_drift_ppb));
    if (due > bounds_.end || facts_.paused_within(belief.process, e.at, due)) return;
    if (facts_.crashed_within(belief.process, answer, due)) return;
    findings_.exercised();
    if (belief.to <= due || findings_.violated()) return;
    findings_.violation("loss not passed on", {answer, belief.ended == kNever ? belief.last : belief.ended},
                        fmt::format("{} was told at {} that its lease on {} is {}, and went on believing in it",
                                    process_name(*facts_.history, belief.process), seconds(e.at),
                                    lock_name(*facts_.history, e.lock), e.reason == Reason::lost ? "lost" : "broken"));
  }

  // From the moment at which the handle asks for its release.
  void told_after_release() {
    const auto& events = facts_.history->events;
    std::vector<std::uint32_t> unlock(facts_.attempts.size(), kNever);
    for (std::uint32_t i = 0; i < events.size(); ++i) {
      const Event& e = events[i];
      if (e.type == EventType::invoke && e.op == Op::unlock) unlock[e.attempt] = std::min(unlock[e.attempt], i);
      if (e.type != EventType::lost || unlock[e.attempt] == kNever || findings_.violated()) continue;
      findings_.violation("loss signalled after a release", {unlock[e.attempt], i},
                          fmt::format("{} gave {} back at {}, and at {} its handle signalled that it was lost",
                                      process_name(*facts_.history, e.process), lock_name(*facts_.history, e.lock),
                                      seconds(facts_.event(unlock[e.attempt]).at), seconds(e.at)));
    }
  }

  void silent(const Belief& belief, const AttemptFacts& a, const std::string& what) {
    if (findings_.violated()) return;
    const std::uint32_t loss = first_loss_[belief.attempt];
    findings_.violation(loss == kNever ? "loss not signalled" : "loss signalled late",
                        {belief.last, belief.ended, loss},
                        fmt::format("the lease of {} on {} ran out on its own clock at {}, and its handle {}",
                                    process_name(*facts_.history, belief.process), lock_name(*facts_.history, a.lock),
                                    seconds(belief.to), what));
  }

  const Facts& facts_;
  const Bounds& bounds_;
  Findings findings_{Property::timely};
  std::vector<std::uint32_t> first_loss_;  // by attempt
};

}  // namespace

Verdict timely(const Facts& facts, const Bounds& bounds) { return Timely(facts, bounds).run(); }

}  // namespace lockstep::models
