// Whatever may have been in the way at any time between request and answer counts as if it had been there all the time.
#include "models/refusals.h"

#include <fmt/format.h>

#include <map>

#include "models/words.h"

namespace lockstep::models {
namespace {

// How long an attempt may have held its lock, or had a place in its line. Both ends included.
struct Stay {
  std::uint32_t attempt = 0;
  Instant from{};
  Instant to{};
};

class Refusals {
 public:
  Refusals(const Facts& facts, const Bounds& bounds, Findings& findings)
      : facts_(facts), rho_(bounds.max_drift_ppb), findings_(findings), stay_of_(facts.attempts.size(), kNever) {}

  void run() {
    const auto& events = facts_.history->events;
    for (const Event& e : events) {
      if (e.attempt != 0) take(e);
    }
    stays_by_lock_.resize(facts_.locks);
    for (const Stay& stay : stays_) stays_by_lock_[facts_.attempts[stay.attempt].lock].push_back(stay);
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint32_t> asked;
    for (std::uint32_t i = 0; i < events.size() && !findings_.violated(); ++i) {
      const Event& e = events[i];
      if (e.op != Op::try_lock) continue;
      if (e.type == EventType::invoke) asked.try_emplace({e.attempt, e.request}, i);
      const auto request = asked.find({e.attempt, e.request});
      if (e.type == EventType::fail && e.reason == Reason::refused && request != asked.end())
        refused(request->second, i);
    }
  }

 private:
  Stay& stay_of(const Event& e) {
    std::uint32_t& index = stay_of_[e.attempt];
    if (index == kNever) {
      index = static_cast<std::uint32_t>(stays_.size());
      const Instant first = facts_.event(facts_.attempts[e.attempt].first).at;
      stays_.push_back({.attempt = e.attempt, .from = first, .to = first});
    }
    return stays_[index];
  }

  void take(const Event& e) {
    switch (e.type) {
      case EventType::granted:
      case EventType::renewed:
      case EventType::recovered:
      case EventType::queued: return until(e, after(e.at - shrunk(e.lag, rho_), length_of(e)));
      case EventType::released:
      case EventType::broken:
      case EventType::expired:
      case EventType::left: return ends(e);
      // Whether it was carried out is not known, and if a disk failed on the way, the store may not know either.
      case EventType::info:
      case EventType::fail:
        if (e.op == Op::renew && e.reason != Reason::lost && e.reason != Reason::broken)
          return until(e, Instant::max());
        if (e.op == Op::try_lock && e.reason != Reason::refused) return until(e, Instant::max());
        return;
      default: return;
    }
  }

  Duration length_of(const Event& e) const { return stretched(e.deadline.value - e.clock.value, rho_); }

  void until(const Event& e, Instant to) {
    Stay& stay = stay_of(e);
    stay.to = std::max(stay.to, to);
  }

  // A place that is left may be followed by another, and a lease that was over may have been told late.
  void ends(const Event& e) {
    Stay& stay = stay_of(e);
    if (stay.to != Instant::max()) stay.to = std::max(stay.from, e.at);
  }

  void refused(std::uint32_t invoked, std::uint32_t answered) {
    const Event& e = facts_.event(answered);
    const AttemptFacts& a = facts_.attempts[e.attempt];
    const std::uint32_t capacity = facts_.capacity(a.lock);
    if ((a.mode == Mode::permits) != (capacity != 0)) return;
    const Instant from = facts_.event(invoked).at;
    std::uint64_t taken = 0;
    std::uint32_t last = 0;  // the attempt that was over last
    Instant over = Instant::min();
    for (const Stay& stay : stays_by_lock_[a.lock]) {
      if (stay.attempt == e.attempt || stay.from > e.at) continue;
      if (stay.to < from) {
        if (stay.to >= over) over = stay.to, last = stay.attempt;
        continue;
      }
      const AttemptFacts& other = facts_.attempts[stay.attempt];
      if (capacity == 0 && !compatible(a.mode, other.mode)) return;
      taken += other.permits;
    }
    if (capacity != 0 && taken + a.permits > capacity) return;
    std::string sentence =
        fmt::format("{} asked for {} at {} and was refused at {}, when ", client_name(facts_, e.attempt),
                    lock_name(*facts_.history, a.lock), seconds(from), seconds(e.at));
    sentence += capacity != 0 ? fmt::format("at most {} of {} permits were taken", taken, capacity)
                              : std::string("nobody could have been in its way");
    if (last != 0)
      sentence += fmt::format(": the lease of {} was over at {}", client_name(facts_, last), seconds(over));
    findings_.violation("refused with room", {invoked, answered, last == 0 ? kNever : facts_.attempts[last].granted},
                        std::move(sentence));
  }

  const Facts& facts_;
  std::int64_t rho_;
  Findings& findings_;
  std::vector<std::uint32_t> stay_of_;  // by attempt: index into stays_
  std::vector<Stay> stays_;
  std::vector<std::vector<Stay>> stays_by_lock_;
};

}  // namespace

void refused_with_room(const Facts& facts, const Bounds& bounds, Findings& findings) {
  if (!bounds.one_store_clock || !facts.store_crashes.empty() || facts.store.empty()) return;
  Refusals(facts, bounds, findings).run();
}

}  // namespace lockstep::models
