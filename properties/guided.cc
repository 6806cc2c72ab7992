// Every other scenario is a new one, so that no run's taste becomes that of the whole search.
#include "properties/guided.h"

#include <algorithm>

namespace lockstep::properties {
namespace {

using models::Event;
using models::EventType;
using scenarios::Scenario;

constexpr std::size_t kMostKept = 256;

std::uint64_t mixed(std::uint64_t hash, std::uint64_t value) { return (hash ^ value) * 0x9e3779b97f4a7c15u; }

// Small numbers for what a run showed, some of them the same for different things.
std::vector<std::uint32_t> features_of(const Scenario& scenario, const models::History& history) {
  std::vector<std::uint32_t> features;
  std::vector<std::uint64_t> before(scenario.locks + std::size_t{1});
  std::uint64_t at_work = 0;  // kinds of faults
  for (const Event& e : history.events) {
    if (e.type == EventType::healed) break;
    if (e.type == EventType::fault_began) at_work |= 1u << static_cast<unsigned>(scenario.faults[e.fault].kind);
    if (e.type == EventType::fault_ended) at_work &= ~(1u << static_cast<unsigned>(scenario.faults[e.fault].kind));
    const auto what = static_cast<std::uint64_t>(e.type) << 16 | static_cast<std::uint64_t>(e.op) << 8 |
                      static_cast<std::uint64_t>(e.reason);
    std::uint64_t& last = before[std::min<std::size_t>(e.lock, scenario.locks)];
    for (const std::uint64_t hash : {mixed(mixed(1, what), last), mixed(mixed(2, what), at_work)})
      features.push_back(static_cast<std::uint32_t>(hash >> 48));
    last = what;
  }
  return features;
}

// A little earlier or later, near as likely as far.
void shift(sim::TrueTime& at, sim::TrueTime heal_at, RandomStream& random) {
  const Duration by(log_between(random, 100'000, 1'000'000'000));
  at += random.chance(1, 2) ? by : -by;
  at = std::clamp(at, sim::TrueTime(), heal_at - Duration(1));
}

}  // namespace

Scenario Guided::changed(const Kept& kept, RandomStream random) const {
  Scenario s = kept.scenario;
  const auto one_of = [&](auto& list) -> auto& { return list[random.below(list.size())]; };
  for (std::int64_t changes = random.between(1, 3); changes > 0; --changes) {
    switch (random.below(6)) {
      case 0:
        s = aimed_at(s, kept.moments, random.fork("aim", static_cast<std::uint64_t>(changes)), subject_.claims,
                     profile_);
        break;
      case 1:
        if (!s.faults.empty())
          s.faults.erase(s.faults.begin() + static_cast<std::ptrdiff_t>(random.below(s.faults.size())));
        break;
      case 2:
        if (!s.faults.empty()) shift(one_of(s.faults).at, s.heal_at, random);
        break;
      case 3: shift(one_of(s.steps).at, s.heal_at, random); break;
      case 4: one_of(s.steps).hold = Duration(log_between(random, 1'000'000, 4'000'000'000)); break;
      case 5: s.seed = random.next(); break;
    }
  }
  put_in_order(s);
  return find_flaw(s) ? kept.scenario : s;
}

Scenario Guided::scenario(std::uint64_t seed) {
  RandomStream random = RandomStream(seed).fork("guided");
  if (kept_.empty() || random.chance(1, 2)) return generate(seed, profile_, subject_);
  return changed(kept_[random.below(kept_.size())], random.fork("change"));
}

void Guided::ran(std::uint64_t, const Scenario& scenario, const scenarios::RunResult& result) {
  std::size_t fresh = 0;
  for (const std::uint32_t feature : features_of(scenario, result.history)) {
    if (seen_[feature]) continue;
    seen_[feature] = true;
    ++fresh;
  }
  if (fresh == 0) return;
  Kept kept{scenario, moments_of(result.history)};
  if (kept_.size() == kMostKept) kept_.erase(kept_.begin());
  kept_.push_back(std::move(kept));
}

}  // namespace lockstep::properties
