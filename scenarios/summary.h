// What a campaign found, as a value: sums over runs that depend on the seeds alone, and apart from them what
// depends on the machine. Adding up in another order, or in other portions, gives the same sums.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "models/verdict.h"
#include "scenarios/coverage.h"
#include "scenarios/run.h"
#include "sim/fault.h"

namespace lockstep::scenarios {

struct PropertySums {
  std::uint64_t runs = 0;            // in which the property was judged
  std::uint64_t exercised_runs = 0;  // of them, in which it could have been broken
  std::uint64_t exercised = 0;       // situations in which it could have been broken
  std::uint64_t violations = 0;      // runs
  std::uint64_t undecided = 0;       // runs
  friend bool operator==(const PropertySums&, const PropertySums&) = default;
};

struct Sums {
  std::uint64_t runs = 0;
  std::array<PropertySums, models::kPropertyCount> properties{};
  std::array<std::uint64_t, sim::kFaultKinds> faults{};  // activations by kind
  std::uint64_t steps = 0;                               // of schedulers
  std::uint64_t trace_events = 0;
  std::uint64_t history_events = 0;
  std::uint64_t messages = 0;
  std::uint64_t messages_lost = 0;
  std::uint64_t messages_duplicated = 0;
  std::int64_t virtual_ns = 0;
  std::uint64_t determinism_checked = 0;
  std::uint64_t determinism_mismatches = 0;
  std::uint64_t trace_digest = 0;  // sum of all trace hashes: two builds that agree on it ran the same runs
  std::uint64_t crashed = 0;       // runs that took the whole worker down
  Coverage coverage;
  friend bool operator==(const Sums&, const Sums&) = default;

  // `faults` are those of the scenario that was run.
  void add(const RunResult& result, const std::vector<sim::Fault>& faults);
  void add(const Sums& other);
};

// One seed that failed, or one stored story.
struct Failure {
  std::uint64_t seed = 0;
  std::string story;  // its name; empty: of the seed
  models::Property property{};
  std::string shape;
  std::string sentence;
  std::uint64_t trace_hash = 0;
  std::string file;  // the scenario on disk: as generated, and once shrunk, the smaller one
  bool shrunk = false;
  std::uint32_t steps = 0;  // of the scenario in `file`
  std::uint32_t faults = 0;
  std::uint64_t shrink_runs = 0;
  double shrink_seconds = 0;
  // What something simpler broke on the way, "S3 linearizable: told twice", and where that is; empty: nothing did.
  std::string other;
  std::string other_file;
};

// "seed 17", "story paused-holder".
std::string origin_of(const Failure& failure);

// A planted bug that was hunted beside.
struct Canary {
  std::string name;
  bool caught = false;
  std::uint64_t runs = 0;  // the last one caught it
  models::PropertySet broken = 0;
};

// A finished portion of a campaign's seeds, and when that was.
struct Moment {
  Duration at{};  // of real time since the campaign began, without what passed between its parts
  std::uint64_t runs = 0;
  std::uint64_t failures = 0;
};

// What the campaign as a whole comes to.
enum class CampaignOutcome : std::uint8_t { clean, violation, inconclusive, non_deterministic, interrupted };

struct CampaignSummary {
  std::string backend;
  std::string profile;  // "within-claims", "beyond-claims"
  std::uint64_t first_seed = 0;
  std::uint64_t seeds_wanted = 0;
  Sums sums;
  std::vector<Failure> failures;  // in order of seeds; at most one for each seed
  // The first seed that broke a property of which no failure tells: it is not asserted, or all its failures are told of
  // others that broke in the same runs. Without files, but for stories.
  std::vector<Failure> findings;
  std::vector<std::string> divergences;  // one line for each mismatch: seed and first event that differs
  std::vector<std::string> crashes;      // one line for each seed that took its worker down
  std::vector<Canary> canaries;
  std::uint64_t stories = 0;         // stored ones that were run first
  models::PropertySet asserted = 0;  // the properties whose violation fails the campaign
  CampaignOutcome outcome = CampaignOutcome::clean;
  std::uint64_t determinism_every = 0;  // one in so many seeds was run twice and compared; 0: only failing ones
  bool finished = true;                 // false: it was killed, or, if `at_work`, is not over yet
  bool at_work = false;
  std::string version;  // of Lockstep
  std::string program;  // which build of it, and of SQLite
  // Of this machine, this time.
  double seconds = 0;
  unsigned jobs = 1;
  std::vector<Moment> moments;  // in order of time
};

// Stories that went badly; those that did not are not among the runs.
std::uint64_t stories_failed(const CampaignSummary& summary);
// The runs of seeds alone.
std::uint64_t seeds_run(const CampaignSummary& summary);
// Properties of `asserted` that no run exercised.
std::vector<models::Property> not_exercised(const CampaignSummary& summary);
// Canaries that were not caught.
std::vector<std::string> escaped(const CampaignSummary& summary);

}  // namespace lockstep::scenarios
