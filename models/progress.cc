// L2: after healing every acquisition is answered when its wait limit is over, and no lock stays free while
// somebody waits for it; that also before healing as long as nothing is wrong (hand_over.h). A lock that a client
// believes to hold makes no promise to those who wait: how long a holder works is the application's business. A grant
// that comes just too late for its waiter excuses the store once: it may stand for its ttl. Who never comes to ask,
// since his store does not open, is not answered either.
#include <fmt/format.h>

#include "models/hand_over.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

class Progress {
 public:
  Progress(const Facts& facts, const Bounds& bounds) : facts_(facts), bounds_(bounds), locks_(facts.locks) {}

  Verdict run() && {
    hand_over(facts_, bounds_, findings_);
    if (facts_.healed == kNever) return std::move(findings_).verdict();
    healed_at_ = facts_.event(facts_.healed).at;
    for (Lock& lock : locks_) lock.idle_since = healed_at_;
    for (const AttemptFacts& a : facts_.attempts) {
      if (a.asked == kNever) continue;
      Lock& lock = locks_[a.lock];
      lock.longest_ttl = std::max(lock.longest_ttl, a.ttl);
    }
    see_idle_times();
    for (std::uint32_t attempt = 1; attempt < facts_.attempts.size(); ++attempt) judge(attempt);
    if (bounds_.each_client_asks && !findings_.violated()) see_who_never_asked();
    return std::move(findings_).verdict();
  }

 private:
  struct Lock {
    Duration longest_ttl{};
    Instant idle_since{};    // while the idle times are being collected
    std::vector<Span> idle;  // longer than the bound, with neither a grant nor a belief inside; in order
  };

  Duration bound(const Lock& lock) const {
    return after(stretched(lock.longest_ttl, bounds_.max_drift_ppb), bounds_.progress_slack);
  }

  // Beliefs are in the order in which they began, and every answered grant begins one at its instant, or
  // would if its client had not died just then.
  void see_idle_times() {
    const auto& events = facts_.history->events;
    auto belief = facts_.beliefs.begin();
    for (std::uint32_t i = 0; i < events.size(); ++i) {
      const Event& e = events[i];
      if (e.type == EventType::ok && e.op == Op::lock && e.attempt != 0) busy(e, e.at);
      if (e.type == EventType::granted && facts_.awaited(e.attempt, e.at, bounds_.progress_slack + bounds_.lateness))
        busy(e, e.at);
      if (e.type != EventType::believes) continue;
      if (belief == facts_.beliefs.end() || belief->began != i) continue;
      busy(e, belief->to);
      ++belief;
    }
    for (Lock& lock : locks_) idle_until(lock, bounds_.end);
  }

  void busy(const Event& e, Instant until) {
    Lock& lock = locks_[facts_.attempts[e.attempt].lock];
    idle_until(lock, e.at);
    lock.idle_since = std::max(lock.idle_since, until);
  }

  void idle_until(Lock& lock, Instant to) {
    if (to > lock.idle_since && to - lock.idle_since > bound(lock)) lock.idle.push_back({lock.idle_since, to});
  }

  void judge(std::uint32_t attempt) {
    const AttemptFacts& a = facts_.attempts[attempt];
    if (a.asked == kNever || a.answered < facts_.healed) return;
    const Event& asked = facts_.event(a.asked);
    const Instant from = std::max(healed_at_, asked.at);
    const Instant answered = a.answered == kNever ? Instant::max() : facts_.event(a.answered).at;
    const Instant until = std::min(answered, bounds_.end);
    if (facts_.crashed_within(a.client, a.asked, until) || facts_.paused_within(a.client, from, until)) return;
    const Duration limit = stretched(after(asked.wait, bounds_.answer_slack), bounds_.max_drift_ppb);
    const Instant due = after(from, limit);
    if (a.answered != kNever || due <= bounds_.end) findings_.exercised();
    if (due <= bounds_.end && answered > due) unanswered(a, attempt, due);
    if (a.answered != kNever && asked.at >= healed_at_) failed(a, attempt);
    waited_in_vain(a, attempt, from, until);
  }

  void waited_in_vain(const AttemptFacts& a, std::uint32_t attempt, Instant from, Instant until) {
    const Lock& lock = locks_[a.lock];
    auto idle = std::ranges::lower_bound(lock.idle, from, {}, &Span::to);
    for (; idle != lock.idle.end() && idle->from < until; ++idle) {
      const Instant since = std::max(idle->from, from);
      const Duration time = std::min(idle->to, until) - since;
      if (time <= bound(lock) || findings_.violated()) continue;
      findings_.violation("wanted lock not granted", {facts_.healed, a.asked},
                          fmt::format("{} waited for {} from {} on, nobody held it, and nobody was granted it for {}, "
                                      "more than ttl and slack of {}",
                                      client_name(facts_, attempt), lock_name(*facts_.history, a.lock), seconds(since),
                                      length(time), length(bound(lock))));
      return;
    }
  }

  // An error is no answer when all is well: whoever asks only then is granted or refused, or waits out his limit.
  void failed(const AttemptFacts& a, std::uint32_t attempt) {
    const Event& answer = facts_.event(a.answered);
    const bool error = answer.reason == Reason::unreachable || answer.reason == Reason::failed;
    if (!error || findings_.violated()) return;
    findings_.violation("acquisition failed", {facts_.healed, a.asked, a.answered},
                        fmt::format("{} asked for {} at {}, after all had healed at {}, and got an error at {}",
                                    client_name(facts_, attempt), lock_name(*facts_.history, a.lock),
                                    seconds(facts_.event(a.asked).at), seconds(healed_at_), seconds(answer.at)));
  }

  void unanswered(const AttemptFacts& a, std::uint32_t attempt, Instant due) {
    if (findings_.violated()) return;
    const Event& asked = facts_.event(a.asked);
    const bool never = a.answered == kNever;
    findings_.violation(
        never ? "acquisition never answered" : "acquisition answered late", {facts_.healed, a.asked, a.answered},
        fmt::format("{} asked for {} at {} with a wait limit of {}; all healed at {}, the answer was due by "
                    "{} and {}",
                    client_name(facts_, attempt), lock_name(*facts_.history, a.lock), seconds(asked.at),
                    length(asked.wait), seconds(healed_at_), seconds(due),
                    never ? "never came" : "came at " + seconds(facts_.event(a.answered).at)));
  }

  void see_who_never_asked() {
    const History& history = *facts_.history;
    std::vector<std::uint32_t> started(history.processes.size(), kNever);  // kNever: it is down, or has asked since
    for (std::uint32_t i = 0; i < history.events.size(); ++i) {
      const Event& e = history.events[i];
      if (e.type == EventType::process_started) started[e.process] = i;
      const bool asks = e.type == EventType::invoke && e.op == Op::lock && e.at >= healed_at_;
      if (e.type == EventType::process_crashed || asks) started[e.process] = kNever;
    }
    for (std::uint32_t p = 0; p < started.size(); ++p) {
      if (history.processes[p].role != Process::Role::client || started[p] == kNever) continue;
      const Instant from = std::max(healed_at_, facts_.event(started[p]).at);
      if (bounds_.end - from <= bounds_.progress_slack) continue;
      findings_.violation(
          "store never opened", {started[p], facts_.healed},
          fmt::format("{} was started at {}, and {} after all had healed it had still no store that it "
                      "could ask for a lock",
                      process_name(history, p), seconds(facts_.event(started[p]).at), length(bounds_.end - from)));
      return;
    }
  }

  const Facts& facts_;
  const Bounds& bounds_;
  Findings findings_{Property::progress};
  std::vector<Lock> locks_;
  Instant healed_at_{};
};

}  // namespace

Verdict progress(const Facts& facts, const Bounds& bounds) { return Progress(facts, bounds).run(); }

}  // namespace lockstep::models
