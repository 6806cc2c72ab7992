// Well-formed scenarios over every field, drawn from a seed for tests of the file format: edges more often than chance
// would have it, and no thought for whether a run would be worth watching.
#pragma once

#include <limits>

#include "impl/env/random.h"
#include "scenarios/scenario.h"

namespace lockstep::scenarios {

class RandomScenario {
 public:
  explicit RandomScenario(std::uint64_t seed) : random_(seed) {}

  Scenario draw() {
    Scenario s;
    s.about = text(40);
    s.backend = std::string(1, 'b').append(text(10));
    s.seed = random_.chance(1, 4) ? edge<std::uint64_t>() : random_.next();
    s.hosts.resize(small(2, 6));
    for (HostSpec& host : s.hosts) host = draw_host();
    s.servers = small(0, 3);
    if (s.servers > 0 && sometimes()) s.server_hosts.resize(s.servers);
    for (auto& host : s.server_hosts) host = below(s.hosts.size());
    s.clients.resize(small(1, 5));
    s.shared_disk = s.servers == 0 && sometimes();
    if (s.shared_disk && sometimes()) s.mount_cache = duration(kMinute);
    const bool at_home = s.servers == 0 && !s.shared_disk;
    for (auto& client : s.clients) client = at_home ? 0 : below(s.hosts.size());
    s.locks = small(1, 64);
    if (sometimes()) s.capacities.resize(below(s.locks + 1));
    for (auto& capacity : s.capacities) capacity = sometimes() ? 0 : small(1, 9);
    s.names = sometimes() ? 0 : below(65);
    s.heal_at = sim::TrueTime(duration(kDay));
    draw_noise(s);
    s.steps.resize(below(6));
    for (Step& step : s.steps) step = draw_step(s);
    s.faults.resize(below(8));
    for (sim::Fault& fault : s.faults) fault = draw_fault(s);
    if (sometimes()) s.source = text(20);
    s.outcomes.resize(below(4));
    for (Outcome& outcome : s.outcomes) {
      outcome.backend = text(10);
      if (sometimes()) outcome.breaks = static_cast<models::Property>(below(models::kPropertyCount));
    }
    if (sometimes()) s.expect = static_cast<models::Property>(below(models::kPropertyCount));
    return s;
  }

 private:
  static constexpr Duration kDay = std::chrono::hours(24);
  static constexpr Duration kMinute = std::chrono::minutes(1);

  bool sometimes() { return random_.chance(1, 2); }
  std::uint32_t below(std::uint64_t bound) { return static_cast<std::uint32_t>(random_.below(bound)); }
  std::uint32_t small(std::uint32_t low, std::uint32_t high) { return low + below(high - low + 1); }
  template <typename T>
  T edge() {
    return sometimes() ? std::numeric_limits<T>::min() : std::numeric_limits<T>::max();
  }
  // Zero to `most`: either end, or a round number of some unit.
  Duration duration(Duration most) {
    if (random_.chance(1, 4)) return sometimes() ? Duration::zero() : most;
    std::int64_t unit = 1;
    for (std::uint32_t thousands = below(4); thousands > 0; --thousands) unit *= 1000;
    return Duration(random_.between(0, most.count() / unit) * unit);
  }
  Duration signed_duration(Duration most) { return sometimes() ? duration(most) : -duration(most); }
  std::int64_t rate() { return random_.chance(1, 3) ? 0 : random_.between(-999'999'999, 999'999'999); }
  std::uint32_t share() { return random_.chance(1, 3) ? 0 : small(0, 1'000'000); }
  std::string text(std::uint32_t most) {
    static constexpr std::string_view pieces[] = {"a", "lease ", "\"", "\\", "\n", "\t", "/",    "{",      "\x01",
                                                  "é", "漢",     "🔒",  "'",  "0",  ":",  "\x7f", "\u2028", " "};
    std::string text;
    for (std::uint32_t i = below(most); i > 0; --i) text += pieces[below(std::size(pieces))];
    if (random_.chance(1, 20)) text += '\0';
    return text;
  }

  HostSpec draw_host() {
    if (random_.chance(1, 3)) return {};
    return {signed_duration(kDay * 4000), rate(), rate(), duration(kDay * 4000)};
  }
  void draw_noise(Scenario& s) {
    if (sometimes()) {
      const Duration most = duration(kMinute);
      s.network = {duration(most), most, share(), duration(kMinute), share(), share()};
    }
    if (sometimes()) {
      const Duration call = duration(kMinute);
      const Duration sync = duration(kMinute);
      s.storage = {duration(call), call, duration(sync), sync};
    }
  }
  Step draw_step(const Scenario& s) {
    Step step;
    step.at = sim::TrueTime(duration(s.heal_at.time_since_epoch()));
    step.client = below(s.clients.size());
    step.lock = below(s.locks);
    step.act = static_cast<Act>(below(4));
    if (const std::uint32_t capacity = capacity_of(s, step.lock)) {
      step.permits = small(1, capacity);
    } else if (sometimes()) {
      step.shared = sometimes();
      step.downgrade = !step.shared && sometimes();
    } else if (step.act == Act::lock) {
      for (std::uint32_t lock = 0; lock < s.locks; ++lock) {
        if (lock != step.lock && capacity_of(s, lock) == 0 && random_.chance(1, 8)) step.also.push_back(lock);
      }
    }
    step.cancel_after = sometimes() ? Duration::zero() : duration(kDay);
    step.ttl = std::chrono::milliseconds(1) + duration(std::chrono::minutes(59));
    step.wait = duration(kDay);
    step.hold = duration(kDay);
    step.writes = small(0, 1000);
    step.renew = sometimes();
    step.careless = sometimes();
    step.ending = static_cast<Ending>(below(4));
    return step;
  }
  sim::Fault draw_fault(const Scenario& s) {
    sim::Fault fault;
    fault.kind = static_cast<sim::FaultKind>(below(sim::kFaultKinds));
    const auto& facts = sim::facts_of(fault.kind);
    fault.at = sim::TrueTime(duration(s.heal_at.time_since_epoch()));
    fault.lasts = duration(kDay);
    fault.target = below(facts.subject == sim::FaultSubject::process ? s.processes() : s.hosts.size());
    if (facts.subject == sim::FaultSubject::link) {
      fault.other = (fault.target + 1 + below(s.hosts.size() - 1)) % static_cast<std::uint32_t>(s.hosts.size());
    } else if (random_.chance(1, 4)) {
      fault.other = sometimes() ? below(5) : edge<std::uint32_t>();  // means nothing, and is kept
    }
    const bool either_way = fault.kind == sim::FaultKind::step_wall || fault.kind == sim::FaultKind::drift_monotonic;
    if (facts.amount == "ns") {
      fault.amount = (either_way ? signed_duration(kDay * 400) : duration(kDay * 400)).count();
    } else if (!facts.amount.empty() || random_.chance(1, 4)) {
      fault.amount = either_way ? rate() : share();
    }
    return fault;
  }

  RandomStream random_;
};

}  // namespace lockstep::scenarios
