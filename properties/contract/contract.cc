// How a case is tried, and what it may need.
#include "properties/contract/contract.h"

#include <bit>

#include "impl/env/check.h"

namespace lockstep::properties::contract {

using scenarios::Deployment;
using scenarios::Subject;

namespace {

constexpr sim::TrueTime kLongestOnMachineTime = sim::TrueTime(std::chrono::seconds(30));

}  // namespace

const std::vector<Case>& contract() {
  static const std::vector<Case> all = [] {
    std::vector<Case> cases;
    for (auto* group :
         {basic_cases, lease_cases, token_cases, waiting_cases, name_cases, mode_cases, race_cases, direct_cases}) {
      const auto some = group();
      cases.insert(cases.end(), some.begin(), some.end());
    }
    return cases;
  }();
  return all;
}

std::string_view lacking(const Case& which, const Subject& subject) {
  const std::string_view lacks = which.lacks(subject);
  if (!lacks.empty() || which.plot == nullptr || !subject.claims.on_machine_time) return lacks;
  const bool too_long = which.plot(subject).scenario(1).heal_at > kLongestOnMachineTime;
  return too_long ? "simulated time, without which that would take too long" : "";
}

Outcome try_case(const Case& which, const Subject& subject, models::PropertySet asserted, std::uint64_t noises) {
  CHECK(lacking(which, subject).empty());
  Outcome outcome{.flaw = {}, .broke = 0};
  if (which.plot == nullptr) {
    outcome.flaw = flaw_of(which.script, subject);
    outcome.runs = outcome.flaw.empty() ? 1 : 0;
    return outcome;
  }
  const Plot plot = which.plot(subject);
  for (std::uint64_t noise = 1; noise <= noises; ++noise) {
    scenarios::Scenario scenario = plot.scenario(noise);
    scenario.about = std::string(which.promise) + ".";
    CHECK(!find_flaw(scenario));
    const auto result = scenarios::run(scenario, subject);
    outcome.broke = scenarios::violated(result) & asserted;
    if (const auto flaw = flaw_of_answers(plot, result)) outcome.flaw = *flaw;
    if (outcome.broke != 0) {
      const auto property = static_cast<models::Property>(std::countr_zero(outcome.broke));
      scenario.expect = property;
      outcome.flaw = result.verdicts[static_cast<std::size_t>(property)].sentence;
    }
    if (!outcome.flaw.empty()) {
      outcome.scenario = std::move(scenario);
      return outcome;
    }
    ++outcome.runs;
  }
  return outcome;
}

std::string_view nothing(const Subject&) { return ""; }
std::string_view leases_that_end(const Subject& s) {
  return s.claims.leases_end ? "" : "leases that end by themselves";
}
std::string_view tokens(const Subject& s) { return s.claims.fencing ? "" : "fencing tokens"; }
std::string_view servers(const Subject& s) {
  const bool serves = s.deployment == Deployment::servers || s.deployment == Deployment::spread_servers;
  return serves ? "" : "a server that is asked over a network";
}
std::string_view tokens_and_ends(const Subject& s) { return tokens(s).empty() ? leases_that_end(s) : tokens(s); }
std::string_view servers_and_ends(const Subject& s) { return servers(s).empty() ? leases_that_end(s) : servers(s); }
std::string_view durable_servers(const Subject& s) { return !s.claims.durable ? "to survive a crash" : servers(s); }
std::string_view tokens_and_servers(const Subject& s) { return tokens(s).empty() ? durable_servers(s) : tokens(s); }

}  // namespace lockstep::properties::contract
