// Each attempt's requests become one grant, one release, and what it was told otherwise; whatever may be so is allowed.
#include "models/told_log.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "models/words.h"

namespace lockstep::models {
namespace {

// Before everything in a history, and far enough from the end of what can be counted.
constexpr linear::Instant kLongAgo = std::numeric_limits<linear::Instant>::min() / 4;

struct Request {
  Op op{};
  std::uint32_t number = 0;
  std::uint32_t invoked = kNever;  // when it was first sent
  std::uint32_t returned = kNever;
  std::uint32_t sent = kNever;  // when it was last sent
};

// What one attempt asked and was told.
struct Life {
  std::uint32_t attempt = 0;
  std::vector<Request> requests;
  std::uint32_t last = 0;       // the last event of its client
  std::uint32_t told = kNever;  // the first ok of its acquisition
  bool definite = true;         // no outcome is unknown
  bool may_hold = true;         // it was granted, or may have been without its client's knowing
  Instant from{}, to{};         // it may hold something, or have something under way
};

// When somebody may have a place in the line.
struct Stay {
  std::uint32_t attempt = 0;
  Instant from{}, to{};
  Instant latest{};  // of this one and all that began before
};

class Teller {
 public:
  Teller(const Facts& facts, const Bounds& bounds, bool waits_in_vain)
      : facts_(facts),
        bounds_(bounds),
        waits_in_vain_(waits_in_vain),
        acquires_(facts.has_try_lock ? Op::try_lock : Op::lock),
        lives_(facts.attempts.size()),
        by_lock_(facts.locks),
        stays_(facts.locks),
        longest_(facts.locks, stretched(2 * bounds.place_kept, bounds.max_drift_ppb)) {}

  ToldLog run() && {
    const auto& events = facts_.history->events;
    see_restarts();
    store_tells_ =
        std::ranges::any_of(facts_.store, [this](std::uint32_t i) { return event(i).type == EventType::granted; });
    for (std::uint32_t i = 0; i < events.size(); ++i)
      if (events[i].attempt != 0) see(events[i], i);
    for (std::uint32_t attempt = 1; attempt < lives_.size(); ++attempt) settle(attempt);
    told_.log.leases_from_asking = true;  // the store may have read its clock before it granted
    told_.log.holds = static_cast<std::uint32_t>(lives_.size());
    for (std::uint32_t lock = 0; lock < facts_.locks; ++lock) {
      std::ranges::stable_sort(by_lock_[lock], {}, &Life::from);
      sort(stays_[lock]);
      told_.log.locks.push_back({.name = lock_name(*facts_.history, lock), .capacity = facts_.capacity(lock)});
      write_down(by_lock_[lock]);
    }
    for (const Life& life : lives_) told_.granted.push_back(life.told);
    linear::put_in_order(told_.log);
    return std::move(told_);
  }

 private:
  void see(const Event& e, std::uint32_t i) {
    if (e.type > EventType::info || e.op == Op::none || e.op == Op::inspect || e.op == Op::write) return;
    Life& life = lives_[e.attempt];
    life.attempt = e.attempt;
    life.last = i;
    if (e.op == acquires_ && e.type == EventType::ok) life.told = std::min(life.told, i);
    if (e.op == Op::lock && acquires_ == Op::try_lock) return;
    const auto same = [&](const Request& r) { return r.op == e.op && r.number == e.request; };
    const auto found = std::find_if(life.requests.rbegin(), life.requests.rend(), same);
    if (e.type == EventType::invoke) {
      const bool again = found != life.requests.rend() && (e.request != 0 || found->returned == kNever);
      if (again && found->returned == kNever) {
        found->sent = i;
        return;
      }
      // A copy of an earlier sending may be what is answered.
      life.requests.push_back({.op = e.op, .number = e.request, .invoked = again ? found->invoked : i, .sent = i});
    } else if (found == life.requests.rend()) {
      life.requests.push_back({.op = e.op, .number = e.request, .invoked = i, .returned = i, .sent = i});
    } else if (found->returned == kNever) {
      found->returned = i;
    } else {
      Request another = *found;
      another.returned = i;
      life.requests.push_back(another);
    }
  }

  const Event& event(std::uint32_t i) const { return facts_.event(i); }

  // Until when something lasts that may last for `length` from `to` on, and anew from each opening of the store.
  Instant through_restarts(Instant from, Instant to, Duration length) const {
    for (const auto& [crashed, opened] : restarts_)
      if (crashed >= from && crashed <= to) to = std::max(to, after(opened, length));
    return to;
  }

  void see_restarts() {
    Instant opened = Instant::max();
    for (std::size_t k = facts_.store.size(); k-- > 0;) {
      const Event& e = event(facts_.store[k]);
      if (e.type == EventType::restarted) opened = e.at;
      if (e.type == EventType::process_crashed) restarts_.emplace_back(e.at, opened);
    }
    std::ranges::reverse(restarts_);
  }

  // From when to when the attempt matters to others.
  void settle(std::uint32_t attempt) {
    Life& life = lives_[attempt];
    if (life.requests.empty()) return;
    const AttemptFacts& a = facts_.attempts[attempt];
    const auto acquires = [&](const Request& r) { return r.op == acquires_; };
    const auto first = std::ranges::find_if(life.requests, acquires);
    // Of what was asked before the history began, nothing is known.
    life.from = first == life.requests.end() ? Instant::min() : event(first->invoked).at;
    Instant to = event(life.last).at;
    Duration ttl = a.ttl;
    bool given_back = false, open = false;
    for (const Request& r : life.requests) {
      ttl = std::max(ttl, event(r.sent).ttl);
      if (r.returned == kNever) {
        open = true;
        life.definite = false;
        continue;
      }
      const Event& e = event(r.returned);
      if (e.type == EventType::info) life.definite = false;
      if (r.op == Op::unlock && (e.type == EventType::ok || e.reason == Reason::not_held)) given_back = true;
    }
    if (open) to = std::max(to, cut_off(a.client, life.last));
    longest_[a.lock] = std::max(longest_[a.lock], stretched(ttl, bounds_.max_drift_ppb));
    // Where the store tells of its grants, one that it did not tell of was none, unless a crash swallowed its word.
    const bool crashed = !facts_.store_crashes.empty() && facts_.store_crashes.back() > a.first;
    life.may_hold = life.told != kNever || a.sign != kNever || !store_tells_ || crashed;
    const bool over = life.told != kNever && life.definite && given_back;
    if (life.may_hold && !over) {
      const bool late = !life.definite || life.told == kNever;
      if (late) to = after(to, after(after(bounds_.lateness, bounds_.place_kept), bounds_.progress_slack));
      const Duration lease = stretched(ttl, bounds_.max_drift_ppb);
      to = outlives_everybody_here() ? Instant::max() : through_restarts(life.from, after(to, lease), lease);
    }
    life.to = to;
    by_lock_[a.lock].push_back(life);
    stand(a, attempt, life);
  }

  // With many clocks what has not been given back ends for a process when it has seen it for long enough, however late
  // it first looked.
  bool outlives_everybody_here() const { return !bounds_.one_store_clock; }

  // When a request of the client that has no answer had stopped running: with its process.
  Instant cut_off(std::uint32_t client, std::uint32_t since) const {
    if (client >= facts_.processes.size()) return Instant::max();
    const auto& crashes = facts_.processes[client].crashes;
    const auto crash = std::ranges::upper_bound(crashes, since);
    return crash == crashes.end() ? Instant::max() : event(*crash).at;
  }

  void stand(const AttemptFacts& a, std::uint32_t attempt, const Life& life) {
    if (a.asked != kNever && !waits(a)) return;
    const Instant from = a.asked != kNever ? event(a.asked).at : life.from;
    Instant to = Instant::max();
    if (life.told != kNever) {
      to = event(life.told).at;  // who is granted has left the line
    } else if (a.answered != kNever || cut_off(a.client, life.last) != Instant::max()) {
      to = a.answered != kNever ? event(a.answered).at : cut_off(a.client, life.last);
      // A server may have spoken for him for as long as that, and then his place was kept once more.
      const Duration kept = stretched(2 * bounds_.place_kept, bounds_.max_drift_ppb);
      to = through_restarts(from, after(after(to, bounds_.lateness), kept), kept);
      if (outlives_everybody_here()) to = Instant::max();
    }
    stays_[a.lock].push_back({.attempt = attempt, .from = from, .to = to});
  }

  static void sort(std::vector<Stay>& stays) {
    std::ranges::stable_sort(stays, {}, &Stay::from);
    Instant latest = Instant::min();
    for (Stay& stay : stays) stay.latest = latest = std::max(latest, stay.to);
  }

  // A store that is opened after a reboot may let leases and places run again that it had not yet seen run out.
  bool just_opened(std::uint32_t lock, Instant from, Instant to) const {
    return std::ranges::any_of(restarts_, [&](const auto& restart) {
      return restart.first <= to && from <= after(restart.second, longest_[lock]);
    });
  }

  // Whether a refusal needs no other reason than that somebody may have waited; of permits, for how many.
  bool excused_by_line(std::uint32_t attempt, Instant from, Instant to, std::uint32_t& permits) const {
    const AttemptFacts& a = facts_.attempts[attempt];
    if (just_opened(a.lock, from, to)) return true;
    const auto& stays = stays_[a.lock];
    auto stay = std::ranges::upper_bound(stays, to, {}, &Stay::from);
    while (stay != stays.begin() && std::prev(stay)->latest >= from) {
      --stay;
      if (stay->attempt == attempt || stay->to < from) continue;
      const AttemptFacts& other = facts_.attempts[stay->attempt];
      if (!compatible(other.mode, a.mode)) return true;
      permits += other.permits;
    }
    return a.mode == Mode::permits && facts_.capacity(a.lock) == 0;
  }

  // `lives` in the order in which they begin: those that are not beside any other had no chance to be wronged.
  void write_down(const std::vector<Life>& lives) {
    std::uint64_t& chances = told_.chances.emplace_back(0);
    Instant until = Instant::min();
    for (const Life& life : lives) {
      if (life.from <= until && &life != &lives.front()) ++chances;
      until = std::max(until, life.to);
      write_down(life);
    }
  }

  void write_down(const Life& life) {
    const AttemptFacts& a = facts_.attempts[life.attempt];
    if (life.may_hold) write_grant(life, a);
    if (waits_in_vain_ && waits(a)) write_wait_in_vain(life, a);
    write_releases(life, a);
    for (const Request& r : life.requests) {
      const EventType how = r.returned == kNever ? EventType::info : event(r.returned).type;
      const Reason reason = r.returned == kNever ? Reason::none : event(r.returned).reason;
      linear::Operation op = operation(life.attempt, a, r);
      if (r.op == Op::unlock && reason == Reason::not_held) {
        op.action = linear::Action::release;
        op.answer = linear::Answer::no;
        write(op, r.invoked, r.returned);
      } else if (r.op == Op::renew) {
        write_renewal(op, r, a, how, reason);
      } else if (r.op == acquires_ && how == EventType::fail && reason == Reason::refused) {
        if (excused_by_line(life.attempt, event(r.invoked).at, event(r.returned).at, op.in_line)) continue;
        op.answer = linear::Answer::no;
        const std::uint32_t holder = event(r.returned).holder;
        const bool is_known = holder != 0 && holder < lives_.size() && !lives_[holder].requests.empty();
        if (is_known && facts_.attempts[holder].lock == a.lock) op.named = holder;
        ++told_.chances[a.lock];
        write(op, r.invoked, r.returned);
      }
    }
  }

  linear::Operation operation(std::uint32_t attempt, const AttemptFacts& a, const Request& r) const {
    linear::Operation op{.lock = a.lock, .hold = attempt, .process = a.client, .permits = a.permits};
    op.mode = a.mode == Mode::shared    ? linear::Mode::shared
              : a.mode == Mode::permits ? linear::Mode::permits
                                        : linear::Mode::exclusive;
    op.invoked = event(r.invoked).at.count();
    return op;
  }

  // `invoked` and `returned` are the events that prove it.
  void write(linear::Operation op, std::uint32_t invoked, std::uint32_t returned) {
    if (op.answer != linear::Answer::unknown) op.returned = event(returned).at.count();
    told_.log.operations.push_back(op);
    told_.proofs.emplace_back(invoked, returned);
  }

  // A lease of no known length may end at once.
  linear::Instant least(Duration ttl) const {
    return std::max<linear::Instant>(1, shrunk(ttl, bounds_.max_drift_ppb).count());
  }

  void write_grant(const Life& life, const AttemptFacts& a) {
    Request first{.op = acquires_, .invoked = 0};
    const bool is_known = life.from != Instant::min();
    if (is_known) first = *std::ranges::find(life.requests, acquires_, &Request::op);
    linear::Operation op = operation(life.attempt, a, first);
    if (!is_known) op.invoked = kLongAgo;
    op.ttl = least(a.ttl);
    if (life.told != kNever) {
      op.answer = linear::Answer::yes;
      op.token = event(life.told).token;
      op.waits = waits(a);
    }
    write(op, first.invoked, life.told);
    const Instant may_end = this->may_end(a);
    if (may_end == Instant::max()) return;
    op = operation(life.attempt, a, first);
    op.action = linear::Action::release;
    op.invoked = may_end.count();
    write(op, first.invoked, kNever);
  }

  bool waits(const AttemptFacts& a) const { return a.asked != kNever && event(a.asked).wait > Duration::zero(); }

  void write_wait_in_vain(const Life& life, const AttemptFacts& a) {
    if (life.told != kNever || a.answered == kNever || event(a.answered).type != EventType::fail) return;
    linear::Operation op = operation(life.attempt, a, {.op = Op::lock, .invoked = a.asked});
    op.answer = linear::Answer::nothing;
    op.waits = true;
    write(op, a.asked, a.answered);
  }

  // One release, by the first yes: whatever a second one is told is right. Without any yes it may have taken effect if
  // one of them has no answer, or was sent more than once.
  void write_releases(const Life& life, const AttemptFacts& a) {
    Request release{.op = Op::unlock};
    bool possible = false;
    for (const Request& r : life.requests) {
      if (r.op != Op::unlock) continue;
      const EventType how = r.returned == kNever ? EventType::info : event(r.returned).type;
      release.invoked = std::min(release.invoked, r.invoked);
      possible = possible || how != EventType::fail || r.sent != r.invoked;
      if (how == EventType::ok) release.returned = std::min(release.returned, r.returned);
    }
    if (!possible) return;
    linear::Operation op = operation(life.attempt, a, release);
    op.action = linear::Action::release;
    if (release.returned != kNever) op.answer = linear::Answer::yes;
    write(op, release.invoked, release.returned);
  }

  void write_renewal(linear::Operation op, const Request& r, const AttemptFacts& a, EventType how, Reason reason) {
    op.action = linear::Action::renew;
    op.ttl = least(event(r.sent).ttl > Duration::zero() ? event(r.sent).ttl : a.ttl);
    const bool downgrades =
        a.mode == Mode::exclusive &&
        (event(r.sent).mode == Mode::shared || (how == EventType::ok && event(r.returned).mode == Mode::shared));
    if (downgrades) op.mode = linear::Mode::shared;
    if (how == EventType::fail && (reason == Reason::lost || reason == Reason::broken)) {
      op.answer = linear::Answer::no;
      op.mode = linear::Mode::exclusive;
    } else if (how == EventType::ok) {
      op.answer = linear::Answer::yes;
    } else if (!downgrades || how == EventType::fail) {
      return;  // may have made the lease longer; but a lease may last in any case
    }
    write(op, r.invoked, r.returned);
  }

  // From when on the hold may end whatever was promised: after a crash of the store, or once a break was asked for.
  Instant may_end(const AttemptFacts& a) const {
    Instant from = Instant::max();
    if (a.lock < facts_.breaks.size() && facts_.breaks[a.lock] != kNever) from = event(facts_.breaks[a.lock]).at;
    if (a.broken != kNever) from = std::min(from, event(a.broken).at);
    const auto crash = std::ranges::upper_bound(facts_.store_crashes, a.first);
    if (crash != facts_.store_crashes.end()) from = std::min(from, event(*crash).at);
    return from;
  }

  const Facts& facts_;
  const Bounds& bounds_;
  bool waits_in_vain_;
  Op acquires_;
  ToldLog told_;
  bool store_tells_ = false;                           // the history has the store's grants
  std::vector<std::pair<Instant, Instant>> restarts_;  // each crash of the store, and when it was next opened
  std::vector<Life> lives_;                            // by attempt
  std::vector<std::vector<Life>> by_lock_;             // those that asked for anything
  std::vector<std::vector<Stay>> stays_;               // by lock
  std::vector<Duration> longest_;                      // by lock: what may be in the way, within the drift bound
};

}  // namespace

ToldLog told_log(const Facts& facts, const Bounds& bounds, bool waits_in_vain) {
  return Teller(facts, bounds, waits_in_vain).run();
}

}  // namespace lockstep::models
