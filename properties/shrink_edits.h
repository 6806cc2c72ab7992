// Edits that keep a scenario well formed: whoever is removed is removed from everything that names him. Whether what
// comes out is simpler, and still fails, is for others to judge.
#pragma once

#include <optional>
#include <vector>

#include "scenarios/scenario.h"

namespace lockstep::properties {

// His steps and the faults that strike him go with him; or another client takes the steps over.
scenarios::Scenario without_client(scenarios::Scenario scenario, std::uint32_t client);
scenarios::Scenario taken_over(scenarios::Scenario scenario, std::uint32_t client, std::uint32_t heir);
scenarios::Scenario without_server(scenarios::Scenario scenario, std::uint32_t server);
// Its clients move to the host before it (or after it, for the first client host).
scenarios::Scenario without_host(scenarios::Scenario scenario, std::uint32_t host);
scenarios::Scenario without_lock(scenarios::Scenario scenario, std::uint32_t lock);
// Healing right after the last thing that happens; or everything moved to begin sooner by a multiple of `unit`.
scenarios::Scenario healed_after_last(scenarios::Scenario scenario);
scenarios::Scenario begun_at_first(scenarios::Scenario scenario, Duration unit);

// One fault that lasts from the beginning of the earlier to the end of the later; nothing if they are of different
// kinds, strike different targets, or are more than a day apart.
std::optional<sim::Fault> merged(const sim::Fault& a, const sim::Fault& b);
// Simpler faults that may do as well: a cut for a loss, a crash for a power loss.
std::vector<sim::Fault> simpler_kinds(const scenarios::Scenario& scenario, const sim::Fault& fault);

// Quieter networks, quicker disks, right clocks.
const std::vector<void (*)(scenarios::Scenario&)>& surroundings();
const std::vector<void (*)(scenarios::HostSpec&)>& host_edits();
const std::vector<void (*)(scenarios::Step&)>& step_edits();
// Zero, half, rounder: what to try in place of a number.
const std::vector<Duration (*)(Duration)>& number_edits();

}  // namespace lockstep::properties
