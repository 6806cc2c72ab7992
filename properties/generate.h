// Scenarios from numbers. Swarm: every run switches whole classes of faults off and draws the rates of the others
// wide, so that no class always hides behind another. Times are calibrated to the leases of the run, because a
// pause only matters when it is about as long as a lease.
// Source: Groce et al. 2012 (swarm testing); TigerBeetle's VOPR.
#pragma once

#include <rapidcheck/Gen.h>
#include <rapidcheck/Random.h>

#include <optional>
#include <string_view>

#include "impl/env/random.h"
#include "scenarios/scenario.h"
#include "scenarios/subject.h"

namespace lockstep::properties {

enum class Profile : std::uint8_t {
  within_claims,  // only faults that the subject claims to survive: any violation is a bug
  beyond_claims,  // clocks, crashes and power losses of any kind: a violation is a finding about limits
};
std::string_view name_of(Profile profile);
std::optional<Profile> profile_named(std::string_view name);

// The same seed, profile, subject name and claims always give the same scenario.
scenarios::Scenario generate(std::uint64_t seed, Profile profile, const scenarios::Subject& subject);

// What a profile allows to strike, and where: within claims only what the subject claims to survive.
bool allowed(const sim::Fault& fault, const scenarios::Scenario& scenario, const Claims& claims, Profile profile);
// Steps and faults by their times.
void put_in_order(scenarios::Scenario& scenario);
// Small numbers as likely as large ones. Both ends included; `low` above zero.
std::int64_t log_between(RandomStream& random, std::int64_t low, std::int64_t high);

// The same as a RapidCheck generator that shrinks as shrink.h does.
rc::Gen<scenarios::Scenario> scenarios_of(Profile profile, scenarios::Subject subject);

}  // namespace lockstep::properties
