// True time stands in for every clock: what they differ by within claims is less than what aiming spreads.
#include "properties/hazards.h"

#include <algorithm>
#include <map>

namespace lockstep::properties {
namespace {

using namespace std::chrono_literals;
using models::Event;
using models::EventType;
using models::Op;
using scenarios::Scenario;
using sim::Fault;
using sim::FaultKind;
using sim::TrueTime;

enum Kind : std::uint8_t { asking, committed, renewing, releasing, handing_over, deadline, kKinds };

class Watcher {
 public:
  explicit Watcher(const models::History& history) : history_(history) {}

  Moments run() && {
    for (const Event& e : history_.events) {
      if (e.type == EventType::healed) break;
      if (e.attempt != 0) take(e);
    }
    return std::move(moments_);
  }

 private:
  struct Attempt {
    std::uint32_t client = 0;
    std::uint32_t store = 0;
    TrueTime deadline = TrueTime::min();
  };

  void take(const Event& e) {
    Attempt& a = attempts_[e.attempt];
    const auto request = std::pair(e.attempt, e.op);
    switch (e.type) {
      case EventType::invoke:
        a.client = e.process;
        if (e.op == Op::try_lock || e.op == Op::renew || e.op == Op::unlock) asked_[request] = TrueTime(e.at);
        return;
      case EventType::ok:
      case EventType::fail:
      case EventType::info:
        if (const auto asked = asked_.find(request); asked != asked_.end()) {
          const Kind kind = e.op == Op::try_lock ? asking : e.op == Op::renew ? renewing : releasing;
          add(kind, asked->second, e, a);
          asked_.erase(asked);
        }
        if (e.op == Op::try_lock && e.type == EventType::ok && granted_at_.contains(e.attempt))
          add(committed, granted_at_[e.attempt], e, a);
        return;
      case EventType::granted:
        granted_at_[e.attempt] = TrueTime(e.at);
        if (const auto freed = freed_at_.find(e.lock); freed != freed_at_.end()) add(handing_over, freed->second, e, a);
        [[fallthrough]];
      case EventType::renewed:
        a.store = e.process;
        a.deadline = TrueTime(e.at + (e.deadline.value - e.clock.value) - e.lag);
        moments_[deadline].push_back({a.deadline, a.deadline, a.client, a.store, a.deadline});
        return;
      // Of a store that tells nothing itself.
      case EventType::believes:
        if (granted_at_.contains(e.attempt)) return;
        a.deadline = TrueTime(e.at + (e.deadline.value - e.clock.value));
        moments_[deadline].push_back({a.deadline, a.deadline, a.client, a.store, a.deadline});
        return;
      case EventType::released:
      case EventType::expired: freed_at_[e.lock] = TrueTime(e.at); return;
      default: return;
    }
  }

  void add(Kind kind, TrueTime from, const Event& to, const Attempt& a) {
    moments_[kind].push_back({from, TrueTime(to.at), a.client, a.store, a.deadline});
  }

  const models::History& history_;
  Moments moments_ = Moments(kKinds);
  std::map<std::uint32_t, Attempt> attempts_;
  std::map<std::pair<std::uint32_t, Op>, TrueTime> asked_;
  std::map<std::uint32_t, TrueTime> granted_at_;  // by attempt
  std::map<std::uint32_t, TrueTime> freed_at_;    // by lock
};

// Some time before or after, near ones as likely as far ones.
Duration beside(RandomStream& random) {
  const Duration away(log_between(random, 50'000, 50'000'000));
  return random.chance(1, 2) ? away : -away;
}

// What can be aimed: kinds whose instant matters more than their rate.
constexpr FaultKind kAimed[] = {FaultKind::crash_process, FaultKind::pause_process, FaultKind::pause_process,
                                FaultKind::reboot_host,   FaultKind::cut_link,      FaultKind::cut_one_way,
                                FaultKind::slow_link,     FaultKind::step_wall,     FaultKind::slow_disk,
                                FaultKind::failing_writes};

std::optional<Fault> one_fault(const Scenario& watched, const Moments& moments, RandomStream& random) {
  const auto& of_kind = moments[random.below(moments.size())];
  if (of_kind.empty()) return std::nullopt;
  const Moment& moment = of_kind[random.below(of_kind.size())];
  Fault fault{.kind = kAimed[random.below(std::size(kAimed))]};
  const bool instant = moment.from == moment.to;
  fault.at = instant ? moment.from + beside(random)
                     : moment.from + Duration(random.between(0, (moment.to - moment.from).count()));
  // A moment, or until the lease that it is about is just not over or just over, or for as long as that once more.
  fault.lasts = Duration(log_between(random, 100'000, 100'000'000));
  const Duration left = moment.deadline == TrueTime::min() ? Duration::zero() : moment.deadline - fault.at;
  if (!instant && left > 100ms && random.chance(1, 2)) fault.lasts = left + beside(random);
  if (random.chance(1, 4)) fault.lasts += std::max<Duration>(left, 500ms);
  const bool strikes_store = random.chance(1, 2);
  const bool spread = !watched.server_hosts.empty();
  const std::uint32_t store = spread ? static_cast<std::uint32_t>(random.below(watched.servers)) : moment.store;
  const std::uint32_t process = strikes_store ? store : moment.client;
  const std::uint32_t client_host = watched.host_of(moment.client), store_host = watched.host_of(store);
  switch (sim::facts_of(fault.kind).subject) {
    case sim::FaultSubject::process: fault.target = process; break;
    case sim::FaultSubject::host: fault.target = watched.host_of(process); break;
    case sim::FaultSubject::link:
      fault.target = strikes_store ? store_host : client_host;
      fault.other = strikes_store ? client_host : store_host;
      if (fault.target == fault.other) return std::nullopt;
      break;
  }
  if (fault.kind == FaultKind::slow_link || fault.kind == FaultKind::slow_disk) fault.amount = fault.lasts.count();
  if (fault.kind == FaultKind::step_wall)
    fault.amount = random.chance(1, 2) ? fault.lasts.count() : -fault.lasts.count();
  if (fault.kind == FaultKind::failing_writes) {
    fault.target = store_host;
    fault.amount = log_between(random, 10'000, 900'000);
  }
  if (fault.at < TrueTime() || fault.at >= watched.heal_at || fault.lasts <= Duration::zero()) return std::nullopt;
  return fault;
}

}  // namespace

Moments moments_of(const models::History& history) { return Watcher(history).run(); }

Scenario aimed_at(const Scenario& watched, const Moments& moments, RandomStream random, const Claims& claims,
                  Profile profile) {
  constexpr int kTries = 20;  // many a fault that is drawn cannot be
  Scenario scenario = watched;
  const std::size_t wanted = watched.faults.size() + 1 + random.below(2);
  for (int tries = 0; tries < kTries && scenario.faults.size() < wanted && !moments.empty(); ++tries) {
    const auto fault = one_fault(watched, moments, random);
    if (fault && allowed(*fault, watched, claims, profile)) scenario.faults.push_back(*fault);
  }
  put_in_order(scenario);
  return scenario;
}

}  // namespace lockstep::properties
