// S3: what clients are told about a lock is what one sequential lock could have told them. Cuts each lock's history
// where nothing is under way and nothing can be held, and searches each piece. Whatever may be so is allowed: a lease
// may end as soon as it can run out or be broken, an unknown outcome may come late, a place in the line may still be
// kept. A piece that is too large is left out and does not count as exercised.
#include <fmt/format.h>

#include <algorithm>

#include "models/describe.h"
#include "models/rules.h"
#include "models/window_search.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

using Kind = WindowOp::Kind;

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

class Linearizable {
 public:
  Linearizable(const Facts& facts, const Bounds& bounds)
      : facts_(facts),
        bounds_(bounds),
        acquires_(facts.has_try_lock ? Op::try_lock : Op::lock),
        lives_(facts.attempts.size()),
        by_lock_(facts.locks),
        stays_(facts.locks),
        longest_(facts.locks, stretched(2 * bounds.place_kept, bounds.max_drift_ppb)) {}

  Verdict run() && {
    const auto& events = facts_.history->events;
    see_restarts();
    store_tells_ =
        std::ranges::any_of(facts_.store, [this](std::uint32_t i) { return event(i).type == EventType::granted; });
    for (std::uint32_t i = 0; i < events.size(); ++i)
      if (events[i].attempt != 0) see(events[i], i);
    for (std::uint32_t attempt = 1; attempt < lives_.size(); ++attempt) settle(attempt);
    for (std::uint32_t lock = 0; lock < facts_.locks && !findings_.violated(); ++lock) {
      auto& lives = by_lock_[lock];
      std::ranges::stable_sort(lives, {}, &Life::from);
      sort(stays_[lock]);
      judge(lock, lives);
    }
    return std::move(findings_).verdict();
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
    if (a.asked != kNever && event(a.asked).wait <= Duration::zero()) return;
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

  // `lives` in the order in which they begin: a piece ends where all of them so far have ended.
  void judge(std::uint32_t lock, const std::vector<Life>& lives) {
    std::uint64_t token = 0;
    for (std::size_t from = 0; from < lives.size() && !findings_.violated();) {
      std::size_t to = from;
      Instant until = lives[from].to;
      while (to < lives.size() && lives[to].from <= until) until = std::max(until, lives[to++].to);
      Window window{.capacity = facts_.capacity(lock), .token = token, .holders = {}, .ops = {}};
      for (std::size_t i = from; i < to; ++i) add(window, lives, from, to, i);
      judge(window);
      for (const WindowOp& op : window.ops) token = std::max(token, op.token);
      from = to;
    }
  }

  void add(Window& window, const std::vector<Life>& lives, std::size_t from, std::size_t to, std::size_t i) const {
    const Life& life = lives[i];
    const AttemptFacts& a = facts_.attempts[life.attempt];
    const auto who = static_cast<std::uint32_t>(window.holders.size());
    window.holders.push_back({a.mode, a.permits, life.attempt, may_end(a)});
    WindowOp grant{.kind = Kind::grant, .who = who};
    if (life.from != Instant::min()) grant.invoked = std::ranges::find(life.requests, acquires_, &Request::op)->invoked;
    if (life.told != kNever) {
      grant.returned = life.told;
      grant.token = event(life.told).token;
    }
    grant.runs_out = after(event(grant.invoked).at, shrunk(a.ttl, bounds_.max_drift_ppb));
    if (life.may_hold) window.ops.push_back(grant);
    add_release(window, life, who);
    for (const Request& r : life.requests) {
      WindowOp op{.who = who, .invoked = r.invoked, .returned = r.returned};
      const EventType how = r.returned == kNever ? EventType::info : event(r.returned).type;
      const Reason reason = r.returned == kNever ? Reason::none : event(r.returned).reason;
      if (how == EventType::info) op.returned = kNever;
      if (r.op == Op::unlock && reason == Reason::not_held) {
        op.kind = Kind::not_held;
        window.ops.push_back(op);
      } else if (r.op == Op::renew) {
        add_renewal(window, op, r, a, how, reason);
      } else if (r.op == acquires_ && how == EventType::fail && reason == Reason::refused) {
        if (excused_by_line(life.attempt, event(r.invoked).at, event(r.returned).at, op.line)) continue;
        op.kind = Kind::refusal;
        for (std::size_t k = from; k < to; ++k)
          if (lives[k].attempt == event(r.returned).holder) op.named = static_cast<std::uint32_t>(k - from);
        window.ops.push_back(op);
      }
    }
  }

  // One release, by the first yes: whatever a second one is told is right. Without any yes it may have taken effect if
  // one of them has no answer, or was sent more than once.
  void add_release(Window& window, const Life& life, std::uint32_t who) const {
    WindowOp release{.kind = Kind::release, .who = who, .invoked = kNever};
    bool possible = false;
    for (const Request& r : life.requests) {
      if (r.op != Op::unlock) continue;
      const EventType how = r.returned == kNever ? EventType::info : event(r.returned).type;
      release.invoked = std::min(release.invoked, r.invoked);
      possible = possible || how != EventType::fail || r.sent != r.invoked;
      if (how == EventType::ok) release.returned = std::min(release.returned, r.returned);
    }
    if (possible) window.ops.push_back(release);
  }

  void add_renewal(Window& window, WindowOp op, const Request& r, const AttemptFacts& a, EventType how,
                   Reason reason) const {
    const Duration ttl = event(r.sent).ttl > Duration::zero() ? event(r.sent).ttl : a.ttl;
    op.runs_out = after(event(r.invoked).at, shrunk(ttl, bounds_.max_drift_ppb));
    const bool downgrades =
        a.mode == Mode::exclusive &&
        (event(r.sent).mode == Mode::shared || (how == EventType::ok && event(r.returned).mode == Mode::shared));
    if (how == EventType::fail && (reason == Reason::lost || reason == Reason::broken)) {
      op.kind = Kind::not_held;
    } else if (downgrades && how != EventType::fail) {
      op.kind = Kind::downgrade;
    } else if (how == EventType::ok) {
      op.kind = Kind::renewal;
    } else {
      return;  // may have made the lease longer; but a lease may last in any case
    }
    window.ops.push_back(op);
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

  void judge(const Window& window) {
    const auto refusals =
        std::ranges::count_if(window.ops, [](const WindowOp& op) { return op.kind == Kind::refusal; });
    const auto chances = window.holders.size() - 1 + static_cast<std::size_t>(refusals);
    if (chances == 0) return;
    const auto changing = std::ranges::count_if(window.ops, [](const WindowOp& op) {
      return op.kind == Kind::grant || op.kind == Kind::release || op.kind == Kind::downgrade;
    });
    const auto most = static_cast<std::ptrdiff_t>(kMostChanges);
    const auto answers = static_cast<std::ptrdiff_t>(window.ops.size()) - changing;
    if (changing > most || answers > static_cast<std::ptrdiff_t>(kMostAnswers)) return;
    const WindowAnswer answer = search(window, *facts_.history);
    if (answer.found == WindowAnswer::Found::too_long) return;
    findings_.exercised(chances);
    if (answer.found == WindowAnswer::Found::none) unexplained(window, answer);
  }

  void unexplained(const Window& window, const WindowAnswer& answer) {
    const WindowOp& op = window.ops[answer.stuck];
    const std::uint32_t attempt = window.holders[op.who].attempt;
    const Event& told = event(op.returned);
    std::vector<std::uint32_t> evidence{op.invoked, op.returned};
    std::string holders;
    for (const std::uint32_t h : answer.holding) {
      if (h == op.who) continue;
      const WindowHolder& holder = window.holders[h];
      if (evidence.size() < 3) evidence.push_back(lives_[holder.attempt].told);
      holders += fmt::format("{}{}", holders.empty() ? "" : ", ", client_name(facts_, holder.attempt));
    }
    const char* shape = op.kind == Kind::grant     ? "granted while held"
                        : op.kind == Kind::refusal ? "refused while free"
                        : op.kind == Kind::release ? "released without a lease"
                        : op.kind == Kind::renewal ? "renewed without a lease"
                                                   : "living lease denied";
    findings_.violation(
        shape, std::move(evidence),
        fmt::format("{} asked at {} and was told \"{}{}\" about {} at {}; no order of what clients were told explains "
                    "that: the best one has {} there",
                    client_name(facts_, attempt), seconds(event(op.invoked).at), name_of(told.op),
                    told.type == EventType::ok ? " ok" : fmt::format(" {}", name_of(told.reason)),
                    lock_name(*facts_.history, facts_.attempts[attempt].lock), seconds(told.at),
                    holders.empty() ? "nobody else holding it" : "it held by " + holders));
  }

  const Facts& facts_;
  const Bounds& bounds_;
  Op acquires_;
  Findings findings_{Property::linearizable};
  bool store_tells_ = false;                           // the history has the store's grants
  std::vector<std::pair<Instant, Instant>> restarts_;  // each crash of the store, and when it was next opened
  std::vector<Life> lives_;                            // by attempt
  std::vector<std::vector<Life>> by_lock_;             // those that asked for anything
  std::vector<std::vector<Stay>> stays_;               // by lock
  std::vector<Duration> longest_;                      // by lock: what may be in the way, within the drift bound
};

}  // namespace

Verdict linearizable(const Facts& facts, const Bounds& bounds) { return Linearizable(facts, bounds).run(); }

}  // namespace lockstep::models
