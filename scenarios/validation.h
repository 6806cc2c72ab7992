// What a validation found, as a value: the contract case by case, the campaigns, and the levels that follow from them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "impl/lock/claims.h"
#include "scenarios/summary.h"

namespace lockstep::scenarios {

// What a case of the contract bears on, if it breaks no property that says so.
enum class Aspect : std::uint8_t { exclusion, crashes, liveness, fencing, fairness };

// A case of the contract on the lock.
struct CaseResult {
  std::string name;
  std::string promise;
  Aspect aspect{};
  std::string lacks;  // not empty: the lock does not claim that, so it was not asked
  std::uint64_t runs = 0;
  std::string flaw;                // empty: all runs were right
  models::PropertySet broken = 0;  // by the flaw; the first of them says it
  std::string file;                // the scenario on disk, if a property is broken
  std::string trouble;             // not empty: the case could not be tried to its end
};

// One step of what can go wrong, each beside all that went wrong before.
struct Stage {
  std::string name;   // "calm", "crashes", "power"
  std::string about;  // "pauses, partitions, lost messages, clocks, dying clients"
  CampaignSummary summary;
};

struct Level {
  enum class State : std::uint8_t {
    earned,
    failed,
    not_claimed,
    open,  // too little was exercised, or it was not tried to the end
  };
  std::string name;     // "excludes under crashes"
  std::string meaning;  // a sentence without its full stop
  State state = State::open;
  std::vector<std::string> evidence;  // sentences
};

struct Validation {
  std::string backend;
  std::string about;
  Claims claims;
  std::vector<CaseResult> contract;
  std::vector<Stage> stages;
  std::optional<CampaignSummary> beyond;  // on request: what claims do not cover
  std::vector<Level> levels;
  bool stopped = false;  // from outside, before its end
  Duration took{};       // of this machine, this time
};

}  // namespace lockstep::scenarios
