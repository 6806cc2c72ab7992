// L3: nobody is granted past a living place in the line in front of his own, unless both fit beside what is held. On
// the store's events alone. One fold over the line. Accuses only for a place that certainly stood there: after a crash
// of the store an event may be missing, so all places are forgotten then, and learned again.
#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "models/lease_fold.h"
#include "models/rules.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

struct Place {
  std::uint32_t attempt = 0;
  std::uint32_t queued = kNever;  // the event that first told of it
  // Whoever took his place after `in_line` stands behind this one; this one stands behind those in line by `taken`, or,
  // without, somewhere, for all that is known.
  std::optional<ClockReading> taken;
  ClockReading in_line, deadline;
  // The last opening of the store at which the whole line was told, and this one's turn in that.
  std::uint32_t opening = kNever, turn = kNever;
};

class Fifo {
 public:
  Fifo(const Facts& facts, const Bounds& bounds)
      : facts_(facts), leases_(facts, bounds.max_drift_ppb), lines_(facts.locks), states_(facts.attempts.size()) {}

  Verdict run() && {
    const auto& events = facts_.history->events;
    see_ends();
    auto store = facts_.store.begin();
    for (std::uint32_t i = 0; i < events.size() && !findings_.violated(); ++i) {
      const Event& e = events[i];
      if (e.attempt != 0 || e.type == EventType::process_crashed || e.type == EventType::restarted) take(e, i);
      if (store == facts_.store.end() || *store != i) continue;
      ++store;
      leases_.apply(i);
    }
    return std::move(findings_).verdict();
  }

 private:
  struct State {
    std::vector<std::uint32_t> ends;   // its left and granted events
    Place last;                        // the place it gave up last
    std::optional<ClockReading> left;  // when
    bool granted = false;
  };

  void see_ends() {
    const auto& events = facts_.history->events;
    for (std::uint32_t i = 0; i < events.size(); ++i) {
      const Event& e = events[i];
      if (e.attempt != 0 && (e.type == EventType::left || e.type == EventType::granted))
        states_[e.attempt].ends.push_back(i);
    }
  }

  void take(const Event& e, std::uint32_t i) {
    switch (e.type) {
      case EventType::queued: return queued(e, i);
      case EventType::left: return left(e);
      case EventType::granted: return granted(e, i);
      case EventType::restarted: opening_ = i; return;
      case EventType::recovered: return;
      case EventType::process_crashed:
        if (!facts_.keeps_store(e.process)) return;
        for (auto& line : lines_) line.clear();
        crashed_ = i;
        return;
      default: return;
    }
  }

  std::vector<Place>& line_of(const Event& e) { return lines_[facts_.attempts[e.attempt].lock]; }

  void queued(const Event& e, std::uint32_t i) {
    const State& s = states_[e.attempt];
    // Told late: it was over already when it was told.
    if (s.granted || (s.left && *s.left > e.clock)) return;
    auto& line = line_of(e);
    const auto known = std::ranges::find(line, e.attempt, &Place::attempt);
    const bool opening = told_on_opening(e);
    if (known != line.end() && lives(*known, e.clock)) {
      known->deadline = std::max(known->deadline, e.deadline);
      if (opening && known->opening != opening_) known->opening = opening_, known->turn = i;
      return;
    }
    Place place{.attempt = e.attempt, .queued = i, .taken = {}, .in_line = told_at(e), .deadline = e.deadline};
    if (known != line.end()) {
      place.taken = known->taken;  // it had lapsed: kept where it was, or given anew at the end
      line.erase(known);
    } else if (opening) {
      place.in_line = e.clock;
    } else if (!may_be_forgotten(e.attempt)) {
      place.taken = e.clock;
    }
    if (opening) place.opening = opening_, place.turn = i;
    line.push_back(place);
  }

  // Whether `place` certainly stands in front of `own`.
  static bool in_front(const Place& place, const Place& own) {
    if (place.opening != kNever && place.opening == own.opening) return place.turn < own.turn;
    return own.taken && place.queued < own.queued && place.in_line <= *own.taken;
  }

  bool told_on_opening(const Event& e) const {
    return opening_ != kNever && facts_.event(opening_).process == e.process && facts_.event(opening_).at == e.at;
  }

  // Whether it may have a place that was forgotten at a crash.
  bool may_be_forgotten(std::uint32_t attempt) const {
    return crashed_ != kNever && facts_.attempts[attempt].first < crashed_;
  }

  void left(const Event& e) {
    State& s = states_[e.attempt];
    auto& line = line_of(e);
    const auto known = std::ranges::find(line, e.attempt, &Place::attempt);
    s.left = e.clock;
    s.last = known == line.end() ? Place{.attempt = e.attempt} : *known;
    if (known != line.end()) line.erase(known);
  }

  // Since when the grantee has stood in the line, if it did: a store may tell that it leaves just before it tells the
  // grant. Whoever has no place stands behind the whole line.
  Place place_of(const Event& e) {
    const auto& line = line_of(e);
    const auto known = std::ranges::find(line, e.attempt, &Place::attempt);
    if (known != line.end()) return *known;
    const State& s = states_[e.attempt];
    if (s.left && *s.left >= e.clock) return s.last;
    Place none{.attempt = e.attempt};
    if (!may_be_forgotten(e.attempt)) none.taken = e.clock;
    return none;
  }

  void granted(const Event& e, std::uint32_t i) {
    auto& line = line_of(e);
    const Place own = place_of(e);
    std::vector<const Place*> front;
    bool others = false;
    for (const Place& place : line) {
      if (place.attempt == e.attempt || !lives(place, e.clock)) continue;
      others = true;
      if (in_front(place, own) && stays(place, e, i)) front.push_back(&place);
    }
    if (others && (own.taken || own.opening != kNever)) findings_.exercised();
    judge(e, i, own, front);
    std::erase_if(line, [&](const Place& place) { return place.attempt == e.attempt; });
    states_[e.attempt].granted = true;
  }

  // Whether a place in the line at this grant was not given up before it and only told of later, or never.
  bool stays(const Place& place, const Event& grant, std::uint32_t i) const {
    const auto& ends = states_[place.attempt].ends;
    const auto next = std::ranges::upper_bound(ends, i);
    const std::uint32_t end = next == ends.end() ? kNever : *next;
    const auto crash = std::ranges::upper_bound(facts_.store_crashes, i);
    if (crash != facts_.store_crashes.end() && *crash < end) return false;
    return end == kNever || facts_.event(end).clock > told_at(grant);
  }

  // The rule of the line: beside all that is held and all that waits in front, as if that had been granted already.
  void judge(const Event& e, std::uint32_t i, const Place& own, const std::vector<const Place*>& front) {
    const AttemptFacts& a = facts_.attempts[e.attempt];
    const std::uint64_t most = facts_.capacity(a.lock);
    std::uint64_t taken = a.permits;
    for (const Lease& lease : leases_.holders(a.lock))
      if (lease.attempt != e.attempt && LeaseFold::lives(lease, e.clock)) taken += lease.permits;
    for (const Place* place : front) {
      const AttemptFacts& waiter = facts_.attempts[place->attempt];
      taken += waiter.permits;
      const bool too_many = a.mode == Mode::permits && most != 0 && taken > most;
      if (!compatible(waiter.mode, a.mode) || too_many) return passed_over(*place, own, e, i);
    }
  }

  void passed_over(const Place& place, const Place& own, const Event& e, std::uint32_t i) {
    const auto [first, second] = client_names(facts_, place.attempt, e.attempt);
    const bool waited = own.queued != kNever;
    findings_.violation(waited ? "overtaken in the line" : "the line was jumped", {place.queued, own.queued, i},
                        fmt::format("{} stood in the line for {} from {} on, {} {}, and was granted it at {}, while {} "
                                    "still had its place and could not be granted it as well",
                                    first, lock_name(*facts_.history, facts_.attempts[e.attempt].lock),
                                    seconds(facts_.event(place.queued).at), second,
                                    waited ? "came later" : "never stood in it", seconds(e.at), first));
  }

  static bool lives(const Place& place, const ClockReading& now) {
    return now.boot == place.deadline.boot && now.value < place.deadline.value;
  }
  static ClockReading told_at(const Event& e) { return {e.clock.boot, after(e.clock.value, e.lag)}; }

  const Facts& facts_;
  Findings findings_{Property::fifo};
  LeaseFold leases_;
  std::vector<std::vector<Place>> lines_;  // by lock, in the order in which their events were told
  std::vector<State> states_;              // by attempt
  std::uint32_t crashed_ = kNever;         // the last crash of a process that keeps the store
  std::uint32_t opening_ = kNever;         // the last `restarted`: what was found then is told at once
};

}  // namespace

Verdict fifo(const Facts& facts, const Bounds& bounds) { return Fifo(facts, bounds).run(); }

}  // namespace lockstep::models
