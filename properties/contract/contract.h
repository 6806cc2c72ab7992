// The contract of a lock, case by case: in plain sequence, with at most one thing that goes wrong, and in small races.
// The first five are those that every list of such tests has (acquire and release, mutual exclusion, expiry, scoped
// use, release twice); the others are what those five let pass. What a lock does not claim is not asked of it.
#pragma once

#include <string_view>
#include <vector>

#include "properties/contract/direct.h"
#include "properties/contract/plot.h"
#include "scenarios/validation.h"

namespace lockstep::properties::contract {

using scenarios::Aspect;

struct Case {
  std::string_view name;     // "owner-check-at-release"
  std::string_view promise;  // a sentence without its full stop
  Aspect aspect;
  // What a lock must claim for it, in words that follow "it does not claim"; null: nothing.
  std::string_view (*lacks)(const scenarios::Subject&);
  Plot (*plot)(const scenarios::Subject&);  // or, if it is null:
  Script script = nullptr;
};

// All, in the order in which they are asked.
const std::vector<Case>& contract();

// What the lock lacks for it, in words that follow "it does not claim"; empty: nothing, so it is to be tried.
std::string_view lacking(const Case& which, const scenarios::Subject& subject);

// A case on a lock, with several noises.
struct Outcome {
  std::uint64_t runs = 0;          // so many were right
  std::string flaw;                // empty: all of them were
  models::PropertySet broke;       // properties that are broken by it, if any
  scenarios::Scenario scenario{};  // of the run that was not right
};
// `asserted`: the properties that the lock is held to. The first run that is not right ends it. Requires: the lock
// lacks nothing for it.
Outcome try_case(const Case& which, const scenarios::Subject& subject, models::PropertySet asserted,
                 std::uint64_t noises);

// Used by contract().
std::vector<Case> basic_cases();
std::vector<Case> lease_cases();
std::vector<Case> token_cases();
std::vector<Case> waiting_cases();
std::vector<Case> name_cases();
std::vector<Case> mode_cases();
std::vector<Case> race_cases();
std::vector<Case> direct_cases();

// What a case may need.
std::string_view nothing(const scenarios::Subject&);
std::string_view leases_that_end(const scenarios::Subject&);
std::string_view tokens(const scenarios::Subject&);
std::string_view tokens_and_ends(const scenarios::Subject&);
std::string_view tokens_and_servers(const scenarios::Subject&);
std::string_view servers(const scenarios::Subject&);
std::string_view servers_and_ends(const scenarios::Subject&);
std::string_view durable_servers(const scenarios::Subject&);

}  // namespace lockstep::properties::contract
