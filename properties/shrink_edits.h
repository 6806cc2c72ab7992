// Edits that keep a scenario well formed: whoever is removed is removed from everything that names him.
#pragma once

#include <vector>

#include "scenarios/scenario.h"

namespace lockstep::properties {

scenarios::Scenario without_client(scenarios::Scenario scenario, std::uint32_t client);
scenarios::Scenario without_server(scenarios::Scenario scenario, std::uint32_t server);
// Its clients move to the host before it (or after it, for the first client host).
scenarios::Scenario without_host(scenarios::Scenario scenario, std::uint32_t host);
scenarios::Scenario without_lock(scenarios::Scenario scenario, std::uint32_t lock);
// Healing right after the last thing that happens; or everything moved to begin sooner.
scenarios::Scenario healed_after_last(scenarios::Scenario scenario);
scenarios::Scenario begun_at_first(scenarios::Scenario scenario);

// Quieter networks, quicker disks.
const std::vector<void (*)(scenarios::Scenario&)>& surroundings();
const std::vector<void (*)(scenarios::Step&)>& step_edits();
const std::vector<void (*)(sim::Fault&)>& fault_edits();

}  // namespace lockstep::properties
