// What is the same in all duels. The network is that of one machine room and the disk a quick one, so that a boundary
// tells of the lock and of its leases, and not of them.
#include <algorithm>

#include "impl/env/check.h"
#include "properties/contract/plot.h"
#include "properties/generate.h"
#include "properties/trouble.h"

namespace lockstep::properties {
namespace {

using namespace std::chrono_literals;
using scenarios::Ending;
using scenarios::Scenario;
using scenarios::Step;
using scenarios::Subject;
using sim::TrueTime;

constexpr std::uint32_t kHolder = 0, kWaiter = 1, kThird = 2;

Duel begin(const Subject& subject, Duration ttl, std::uint64_t seed, std::uint64_t variants) {
  CHECK(ttl >= 1ms);
  Duel d{.scenario = contract::quiet_scenario(subject, 3), .ttl = ttl};
  d.random = RandomStream(seed).fork("duel");
  d.variant = seed % variants;
  d.scenario.seed = seed;
  d.scenario.network.delay_min = 50us;
  d.scenario.network.delay_max = 100us;
  d.scenario.storage.sync_min = d.scenario.storage.sync_max = 100us;
  d.asked = TrueTime(100ms + std::chrono::microseconds(d.random.between(0, 1000)));
  // Soon, since some locks count a lease from when somebody first looks at it.
  d.waiting = d.asked + std::min<Duration>(ttl / 8, std::chrono::microseconds(d.random.between(2000, 10'000)));
  d.scenario.heal_at = d.asked + 6 * ttl;
  return d;
}

void holder_takes_it(Duel& d, const Subject& subject, bool renews) {
  Step step{.at = d.asked, .client = kHolder, .ttl = d.ttl, .hold = 3 * d.ttl, .writes = 4, .renew = renews};
  step.careless = true;
  step.ending = renews || !subject.claims.leases_end ? Ending::release : Ending::late;
  d.scenario.steps.push_back(step);
}

// And the third behind it, where the lock keeps a line; where it does not they would only be in each other's way.
void others_wait(Duel& d, const Subject& subject) {
  Step step{.at = d.waiting, .client = kWaiter, .ttl = d.ttl, .wait = 4 * d.ttl, .hold = d.ttl / 2};
  step.writes = 2;
  d.scenario.steps.push_back(step);
  if (!subject.claims.fair) return;
  step.at = d.asked + d.ttl / 2;
  step.client = kThird;
  step.hold = d.ttl / 4;
  d.scenario.steps.push_back(step);
}

// At each opening a moment later: the news of the lock travelled as long as the question does.
void third_tries(Duel& d) {
  const TrueTime last = d.scenario.heal_at - d.ttl;
  for (const TrueTime opening : d.openings) {
    const TrueTime at = opening + std::chrono::microseconds(d.random.between(60, 400));
    if (at <= d.asked || at >= last) continue;
    Step step{.at = at, .client = kThird, .ttl = d.ttl, .hold = d.ttl / 4, .writes = 1};
    d.scenario.steps.push_back(step);
  }
}

// Shortly before everything heals somebody takes it and forgets it: its lease has to end by itself.
void forgets_it(Duel& d, const Subject& subject) {
  if (!subject.claims.leases_end) return;
  Step step{.at = d.scenario.heal_at - d.ttl, .client = kThird, .ttl = d.ttl, .wait = d.ttl / 2};
  step.renew = false;
  step.ending = Ending::forget;
  d.scenario.steps.push_back(step);
}

Scenario finished(Duel& d, const Subject& subject, bool renews) {
  d.openings.push_back(d.asked + d.ttl);
  holder_takes_it(d, subject, renews);
  others_wait(d, subject);
  third_tries(d);
  forgets_it(d, subject);
  put_in_order(d.scenario);
  return std::move(d.scenario);
}

// One in four renews; the variants of a trouble each see both.
bool renews(std::uint64_t seed, std::uint64_t variants) { return seed / variants % 4 == 3; }

}  // namespace

Scenario calm_duel(const Subject& subject, Duration ttl, std::uint64_t seed) {
  Duel d = begin(subject, ttl, seed, 1);
  return finished(d, subject, renews(seed, 1));
}

Scenario duel_with(const Trouble& trouble, std::int64_t magnitude, const Subject& subject, Duration ttl,
                   std::uint64_t seed) {
  Duel d = begin(subject, trouble.is_ttl ? Duration(magnitude) : ttl, seed, trouble.variants);
  trouble.strike(d, magnitude);
  d.scenario.about = std::string(trouble.about);
  return finished(d, subject, renews(seed, trouble.variants));
}

}  // namespace lockstep::properties
