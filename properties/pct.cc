// A pause begins a nanosecond behind its step, so that the step itself is as it was.
#include "properties/pct.h"

#include <algorithm>

namespace lockstep::properties {

using scenarios::Scenario;

std::vector<Turn> turns_of(const models::History& history) {
  std::vector<Turn> turns;
  for (const models::Event& e : history.events) {
    if (e.type == models::EventType::healed) break;
    if (e.type < models::EventType::process_started) turns.push_back({sim::TrueTime(e.at), e.process});
  }
  return turns;
}

Scenario overtaken(const Scenario& watched, const std::vector<Turn>& turns, int depth, RandomStream random,
                   const Claims& claims, Profile profile) {
  Scenario scenario = watched;
  Duration longest = std::chrono::milliseconds(100);
  for (const scenarios::Step& step : watched.steps) longest = std::max(longest, step.ttl);
  for (int change = 1; change < depth && !turns.empty(); ++change) {
    const Turn& turn = turns[random.below(turns.size())];
    sim::Fault pause{.kind = sim::FaultKind::pause_process, .at = turn.at + Duration(1)};
    pause.lasts = Duration(log_between(random, 1'000'000, 2 * longest.count()));
    pause.target = turn.process;
    if (pause.at < watched.heal_at && allowed(pause, watched, claims, profile)) scenario.faults.push_back(pause);
  }
  put_in_order(scenario);
  return scenario;
}

}  // namespace lockstep::properties
