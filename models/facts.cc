// One pass over the events. The rules of what begins and ends a belief, and of what counts as an acknowledged
// or abandoned lease, live here and nowhere else.
#include "models/facts.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace lockstep::models {
namespace {

class Gatherer {
 public:
  explicit Gatherer(const History& history) {
    facts_.history = &history;
    facts_.locks = history.locks.size();
    facts_.processes.resize(history.processes.size());
    believing_.resize(history.processes.size());
    for (std::size_t i = 0; i < history.processes.size(); ++i)
      facts_.processes[i].keeps_store = history.processes[i].role == Process::Role::server;
    const std::size_t size = history.events.size();
    facts_.attempts.reserve(size / 8 + 16);
    facts_.attempts.resize(1);
    facts_.store.reserve(size / 3 + 16);
    facts_.beliefs.reserve(size / 16 + 16);
  }

  Facts run() && {
    const auto& events = facts_.history->events;
    for (std::uint32_t i = 0; i < events.size(); ++i) take(events[i], i);
    return std::move(facts_);
  }

 private:
  void take(const Event& e, std::uint32_t i) {
    const bool told = e.type == EventType::notified || e.type == EventType::gap;
    if (told || e.op == Op::break_lock || e.op == Op::watch) {
      facts_.locks = std::max<std::size_t>(facts_.locks, e.lock + std::size_t{1});
      if (e.op == Op::break_lock && e.type == EventType::invoke) break_asked(e.lock, i);
    } else if (e.attempt != 0) {
      facts_.locks = std::max<std::size_t>(facts_.locks, e.lock + std::size_t{1});
      AttemptFacts& a = attempt(e);
      a.first = std::min(a.first, i);
      if (e.ttl > Duration::zero() && a.ttl == Duration::zero()) a.ttl = e.ttl;
      of_attempt(e, i, a);
    } else if (e.type >= EventType::process_started || e.type == EventType::restarted) {
      of_world(e, i);
    } else if (e.type >= EventType::granted && e.type <= EventType::write_refused) {
      facts_.locks = std::max<std::size_t>(facts_.locks, e.lock + std::size_t{1});
    }
  }

  AttemptFacts& attempt(const Event& e) {
    if (e.attempt >= facts_.attempts.size()) facts_.attempts.resize(e.attempt + std::size_t{1});
    AttemptFacts& a = facts_.attempts[e.attempt];
    if (!a.seen) {
      a.seen = true;
      a.lock = e.lock;
      a.mode = e.mode;
      a.permits = e.permits;
    }
    return a;
  }

  void break_asked(std::uint32_t lock, std::uint32_t i) {
    if (lock >= facts_.breaks.size()) facts_.breaks.resize(lock + std::size_t{1}, kNever);
    facts_.breaks[lock] = std::min(facts_.breaks[lock], i);
  }

  void of_attempt(const Event& e, std::uint32_t i, AttemptFacts& a) {
    switch (e.type) {
      case EventType::invoke: return asked(e, i, a);
      case EventType::ok:
      case EventType::fail:
      case EventType::info: return answered(e, i, a);
      case EventType::believes: return believes(e, i, a);
      case EventType::lost: a.given_up = std::min(a.given_up, i); [[fallthrough]];
      case EventType::belief_ended: return end_belief(a, i);
      case EventType::granted: a.granted = std::min(a.granted, i); [[fallthrough]];
      case EventType::recovered:
      case EventType::renewed:
        show(e, i, a);
        if (e.mode == Mode::shared) downgraded(e, i, a);
        return of_store(e, i);
      case EventType::broken: a.broken = std::min(a.broken, i); [[fallthrough]];
      case EventType::released:
      case EventType::expired: return of_store(e, i);
      default: return;
    }
  }

  void of_store(const Event& e, std::uint32_t i) {
    facts_.store.push_back(i);
    process(e.process).keeps_store = true;
  }

  // Told by the store or by an answer: it may have been so since the request was first sent.
  void downgraded(const Event& e, std::uint32_t i, AttemptFacts& a) {
    if (a.mode != Mode::exclusive) return;
    const auto& [request, sent] = renewal(e.attempt);
    a.downgraded = std::min(a.downgraded, request == e.request ? std::min(sent, i) : i);
  }

  std::pair<std::uint32_t, std::uint32_t>& renewal(std::uint32_t attempt) {
    if (attempt >= renewals_.size()) renewals_.resize(attempt + std::size_t{1}, {0, kNever});
    return renewals_[attempt];
  }

  static void show(const Event& e, std::uint32_t i, AttemptFacts& a) {
    a.sign = std::min(a.sign, i);
    if (a.token == 0) a.token = e.token;
  }

  void asked(const Event& e, std::uint32_t i, AttemptFacts& a) {
    if (a.client == kNever) a.client = e.process;
    if (e.op == Op::lock && a.asked == kNever) a.asked = i;
    if (e.op == Op::try_lock) facts_.has_try_lock = true;
    if (e.group != 0) a.group = e.group;
    if ((e.op == Op::lock || e.op == Op::try_lock) && e.mode != Mode::exclusive) {
      a.mode = e.mode;
      a.permits = e.permits;
    }
    if (e.op == Op::renew) {
      auto& [request, sent] = renewal(e.attempt);
      if (sent == kNever || request != e.request) request = e.request, sent = i;
      if (e.mode == Mode::shared) downgraded(e, i, a);
    }
    if (e.op == Op::unlock) {
      a.given_up = std::min(a.given_up, i);
      end_belief(a, i);
    }
  }

  void answered(const Event& e, std::uint32_t i, AttemptFacts& a) {
    if (a.client == kNever) a.client = e.process;
    const bool acquires = e.op == Op::lock || e.op == Op::try_lock;
    if (e.type == EventType::ok && (acquires || e.op == Op::renew)) show(e, i, a);
    if (e.type == EventType::ok && e.op == Op::renew && e.mode == Mode::shared) downgraded(e, i, a);
    if (e.op == Op::try_lock) {
      facts_.has_try_lock = true;
      // Where the application's view is recorded, its ok counts: before it, the library may still hand back.
      if (e.type == EventType::ok && a.asked == kNever) a.acknowledged = std::min(a.acknowledged, i);
    }
    if (e.op != Op::lock || a.answered != kNever) return;
    a.answered = i;
    if (e.type == EventType::ok) {
      a.acknowledged = std::min(a.acknowledged, i);
      return;
    }
    a.given_up = std::min(a.given_up, i);
    a.turned_away = e.type == EventType::fail &&
                    (e.reason == Reason::refused || e.reason == Reason::timed_out || e.reason == Reason::cancelled);
  }

  void believes(const Event& e, std::uint32_t i, AttemptFacts& a) {
    if (a.client == kNever) a.client = e.process;
    if (a.believing) {
      facts_.beliefs[a.last_belief].last = i;
      return;
    }
    a.believing = true;
    a.last_belief = static_cast<std::uint32_t>(facts_.beliefs.size());
    facts_.beliefs.push_back({.attempt = e.attempt, .process = e.process, .began = i, .last = i, .from = e.at});
    process(e.process);
    believing_[e.process].push_back(e.attempt);
  }

  void end_belief(AttemptFacts& a, std::uint32_t i) {
    if (!a.believing) return;
    a.believing = false;
    Belief& belief = facts_.beliefs[a.last_belief];
    belief.ended = i;
    belief.to = facts_.event(i).at;
  }

  void of_world(const Event& e, std::uint32_t i) {
    switch (e.type) {
      case EventType::process_crashed: return crashed(e, i);
      case EventType::process_paused: process(e.process).pauses.push_back({.from = e.at}); return;
      case EventType::process_resumed: end_pause(process(e.process), e.at); return;
      case EventType::restarted: return of_store(e, i);
      case EventType::healed: facts_.healed = std::min(facts_.healed, i); return;
      default: return;
    }
  }

  void crashed(const Event& e, std::uint32_t i) {
    ProcessFacts& p = process(e.process);
    p.crashes.push_back(i);
    end_pause(p, e.at);
    for (const std::uint32_t a : believing_[e.process]) {
      AttemptFacts& facts = facts_.attempts[a];
      if (facts.believing && facts_.beliefs[facts.last_belief].process == e.process) end_belief(facts, i);
    }
    believing_[e.process].clear();
    if (!p.keeps_store) return;
    facts_.store.push_back(i);
    facts_.store_crashes.push_back(i);
  }

  static void end_pause(ProcessFacts& p, Instant at) {
    if (!p.pauses.empty() && p.pauses.back().to == Instant::max()) p.pauses.back().to = at;
  }

  ProcessFacts& process(std::uint32_t index) {
    if (index >= facts_.processes.size()) {
      facts_.processes.resize(index + std::size_t{1});
      believing_.resize(index + std::size_t{1});
    }
    return facts_.processes[index];
  }

  Facts facts_;
  std::vector<std::vector<std::uint32_t>> believing_;  // by process; may name beliefs that have ended
  // By attempt: the last request for a renewal, and the event of its first sending.
  std::vector<std::pair<std::uint32_t, std::uint32_t>> renewals_;
};

// |d| x ppb / 10^9, rounded up, in parts so that the product stays within 64 bits.
std::int64_t part(std::int64_t d, std::int64_t ppb) {
  constexpr std::int64_t kBillion = 1'000'000'000;
  return d / kBillion * ppb + (d % kBillion * ppb + kBillion - 1) / kBillion;
}

}  // namespace

Facts gather(const History& history) { return Gatherer(history).run(); }

bool Facts::fit(std::uint32_t a, std::uint32_t b, std::uint32_t index) const {
  if (!compatible(mode_at(a, index), mode_at(b, index))) return false;
  const std::uint32_t most = capacity(attempts[a].lock);
  return attempts[a].mode != Mode::permits || most == 0 ||
         std::uint64_t{attempts[a].permits} + attempts[b].permits <= most;
}

std::uint32_t Facts::may_be_broken(std::uint32_t attempt) const {
  const AttemptFacts& a = attempts[attempt];
  const std::uint32_t asked = a.lock < breaks.size() ? breaks[a.lock] : kNever;
  const std::uint32_t since = asked == kNever ? kNever : std::max(asked, a.first);
  const bool unseen = since != kNever && !store_crashes.empty() && store_crashes.back() > since;
  return unseen ? std::min(a.broken, asked) : a.broken;
}

std::uint32_t Facts::last_store_crash(std::uint32_t index) const {
  const auto next = std::ranges::lower_bound(store_crashes, index);
  return next == store_crashes.begin() ? kNever : *std::prev(next);
}

bool Facts::paused_within(std::uint32_t process, Instant from, Instant to) const {
  if (process >= processes.size()) return false;
  for (const Span& pause : processes[process].pauses)
    if (pause.from <= to && from <= pause.to) return true;
  return false;
}

bool Facts::crashed_within(std::uint32_t process, std::uint32_t from, Instant to) const {
  if (process >= processes.size()) return false;
  const auto& crashes = processes[process].crashes;
  const auto next = std::ranges::lower_bound(crashes, from);
  return next != crashes.end() && event(*next).at <= to;
}

bool Facts::awaited(std::uint32_t attempt, Instant at, Duration grace) const {
  const AttemptFacts& a = attempts[attempt];
  if (a.asked == kNever) return true;
  if (a.answered != kNever && a.answered != a.acknowledged && after(event(a.answered).at, grace) < at) return false;
  return !crashed_within(a.client, a.asked, at - grace);
}

Duration stretched(Duration d, std::int64_t ppb) { return after(d, Duration(part(d.count(), ppb))); }
Duration shrunk(Duration d, std::int64_t ppb) { return d - Duration(part(d.count(), ppb)); }

Instant after(Instant start, Duration d) {
  return start > Instant::zero() && d > Instant::max() - start ? Instant::max() : start + d;
}

}  // namespace lockstep::models
