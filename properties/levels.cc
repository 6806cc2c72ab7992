// A level is earned by what was exercised and kept, never by what was not tried.
#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "properties/validate.h"

namespace lockstep::properties {
namespace {

using models::Property;
using scenarios::CaseResult;
using scenarios::Level;
using scenarios::Stage;
using scenarios::Subject;
using scenarios::Validation;
using sim::FaultKind;

constexpr models::PropertySet bits(std::initializer_list<Property> properties) {
  models::PropertySet set = 0;
  for (const Property p : properties) set |= models::bit(p);
  return set;
}

constexpr auto kExclusion =
    bits({Property::lease_exclusion, Property::belief_exclusion, Property::linearizable, Property::ownership,
          Property::idempotence, Property::durability, Property::no_phantom_hold, Property::events, Property::names});
constexpr auto kFencing = bits({Property::fencing_order, Property::fenced_writes});
constexpr auto kLiveness = bits({Property::expiry, Property::progress, Property::timely, Property::deadlock_free});
constexpr auto kFairness = bits({Property::fifo});

// What a level asks for.
struct Demand {
  std::string_view name, meaning;
  models::PropertySet properties = 0;
  std::vector<std::string_view> cases;              // those that bear on it, beside what breaks its properties
  std::vector<std::string_view> stages;             // in which its properties must hold
  Property exercised = Property::belief_exclusion;  // at least this one, in the last of the stages
  std::optional<FaultKind> struck{};                // there
  std::function<bool(const Subject&)> claimed = [](const Subject&) { return true; };
};

const std::vector<Demand>& demands() {
  static const std::vector<Demand> all = {
      {"excludes",
       "one at a time has it, also when clients pause or die, messages are late or lost and clocks differ",
       kExclusion,
       {"acquire-and-release",    "mutual-exclusion",     "release-is-idempotent",
        "owner-check-at-release", "late-release",         "double-acquire",
        "names-the-holder",       "locks-are-apart",      "longest-ttl",
        "renewal-extends",        "renewal-after-expiry", "late-renewal",
        "holder-after-restart",   "wall-goes-forward",    "retried-acquire",
        "retried-release",        "broken-lock",          "names-case",
        "names-unicode-form",     "names-zero-byte",      "names-long",
        "names-last-point",       "names-last-space",     "names-slash",
        "names-upwards",          "names-escaped",        "names-no-text",
        "readers-together",       "writer-alone",         "writer-becomes-reader",
        "permits-are-counted",    "all-at-once",          "hand-over",
        "about-the-end",          "asked-again",          "end-of-lease",
        "looked-at-when-over",    "renewed-too-late",     "renewed-by-nobody",
        "renewed-often",          "released-too-late",    "names-bytes",
        "granted-to-a-waiter"},
       {"calm"}},
      {"excludes under crashes",
       "also when what keeps it dies at any moment and comes back",
       kExclusion,
       {"lease-survives-restart", "release-survives-restart"},
       {"calm", "crashes"},
       Property::belief_exclusion,
       FaultKind::crash_process,
       [](const Subject& s) { return s.claims.durable; }},
      {"excludes under power loss",
       "also when the power fails and takes what was not synced",
       kExclusion,
       {},
       {"calm", "crashes", "power"},
       Property::belief_exclusion,
       FaultKind::reboot_host,
       [](const Subject& s) { return s.claims.survives_power_loss; }},
      {"comes free",
       "what nobody holds can be had, and whoever waits is answered in time",
       kLiveness,
       {"scoped-use", "expiry-after-ttl", "sub-second-ttl", "fractional-ttl", "shortest-ttl", "dead-holder",
        "wall-goes-back", "wait-limit", "waiter-at-release", "waiter-at-expiry", "who-gave-up", "gives-up-at-hand-over",
        "permits-expire", "everybody-waits"},
       {"calm", "crashes", "power"},
       Property::progress},
      {"fenced",
       "its tokens let a resource refuse whoever comes too late",
       kFencing,
       {"tokens-over-release", "tokens-over-expiry", "tokens-over-restart", "tokens-over-time", "many-grants"},
       {"calm", "crashes", "power"},
       Property::fencing_order,
       std::nullopt,
       [](const Subject& s) { return s.claims.fencing; }},
      {"fair",
       "who came first gets it first",
       kFairness,
       {"queue-order", "stale-waiter", "impatient-waiter"},
       {"calm", "crashes", "power"},
       Property::fifo,
       std::nullopt,
       [](const Subject& s) { return s.claims.fair; }},
  };
  return all;
}

bool bears_on(const CaseResult& result, const Demand& demand) {
  if (result.property) return (demand.properties & models::bit(*result.property)) != 0;
  return std::ranges::find(demand.cases, result.name) != demand.cases.end();
}

const scenarios::PropertySums& sums_of(const Stage& stage, Property property) {
  return stage.summary.sums.properties[static_cast<std::size_t>(property)];
}

// The cases that are right, in one sentence; those that are not, a sentence each.
void weigh_cases(const Validation& all, const Demand& demand, Level& level) {
  std::uint64_t right = 0;
  for (const CaseResult& result : all.contract) {
    if (!bears_on(result, demand) || !result.lacks.empty()) continue;
    if (!result.flaw.empty()) {
      level.state = Level::State::failed;
      level.evidence.push_back(fmt::format("{}: {}", result.name, result.flaw));
    } else if (!result.trouble.empty()) {
      if (level.state == Level::State::earned) level.state = Level::State::open;
      level.evidence.push_back(fmt::format("{}: {}", result.name, result.trouble));
    } else {
      ++right;
    }
  }
  if (right > 0) level.evidence.push_back(fmt::format("{} of the contract's cases are right", right));
}

void weigh_stage(const Stage& stage, const Demand& demand, bool last, Level& level) {
  const auto& summary = stage.summary;
  bool broken = false;
  for (const scenarios::Failure& failure : summary.failures) {
    if ((demand.properties & models::bit(failure.property)) == 0) continue;
    if (!broken) {
      level.evidence.push_back(fmt::format("campaign \"{}\", {}: {} {}: {}", stage.name, origin_of(failure),
                                           models::id_of(failure.property), models::name_of(failure.property),
                                           failure.sentence));
    }
    broken = true;
  }
  if (broken) level.state = Level::State::failed;
  if (!last || broken) return;
  const auto& sums = sums_of(stage, demand.exercised);
  const bool exercised = sums.exercised > 0 && summary.sums.crashed == 0 && summary.sums.determinism_mismatches == 0;
  const bool struck = !demand.struck || summary.sums.faults[static_cast<std::size_t>(*demand.struck)] > 0;
  if ((!exercised || !struck) && level.state == Level::State::earned) level.state = Level::State::open;
  std::string words = fmt::format("campaign \"{}\": {} runs, {} exercised {} times", stage.name, summary.sums.runs,
                                  models::id_of(demand.exercised), sums.exercised);
  if (demand.struck) {
    words += fmt::format(", {} struck {} times", sim::facts_of(*demand.struck).name,
                         summary.sums.faults[static_cast<std::size_t>(*demand.struck)]);
  }
  if (summary.sums.crashed > 0) words += fmt::format("; {} runs took their worker down", summary.sums.crashed);
  if (summary.sums.determinism_mismatches > 0) words += "; runs did not repeat";
  level.evidence.push_back(words);
}

Level level_of(const Demand& demand, const Validation& all, const Subject& subject) {
  Level level{.name = std::string(demand.name), .meaning = std::string(demand.meaning)};
  if (!demand.claimed(subject)) {
    level.state = Level::State::not_claimed;
    return level;
  }
  level.state = Level::State::earned;
  weigh_cases(all, demand, level);
  const Stage* last = nullptr;
  for (const Stage& stage : all.stages) {
    if (std::ranges::find(demand.stages, stage.name) != demand.stages.end()) last = &stage;
  }
  for (const Stage& stage : all.stages) {
    if (std::ranges::find(demand.stages, stage.name) != demand.stages.end()) {
      weigh_stage(stage, demand, &stage == last, level);
    }
  }
  if (subject.on_real_files && demand.stages.back() == "power" && demand.struck) {
    level.evidence.push_back("its files are real: a reboot was tried, and nothing was lost that it had not synced");
  }
  const bool broken_before = !all.stages.empty() && (last == nullptr || last->name != demand.stages.back()) &&
                             all.stages.back().summary.outcome == scenarios::CampaignOutcome::violation;
  if (broken_before && demand.struck) {
    level.state = Level::State::failed;
    level.evidence.push_back(
        fmt::format("not tried: the campaign \"{}\" broke something already", all.stages.back().name));
  }
  const bool tried = last != nullptr && (!demand.struck || last->name == demand.stages.back());
  if (level.state == Level::State::earned && (!tried || all.stopped)) level.state = Level::State::open;
  return level;
}

}  // namespace

std::vector<Level> levels_of(const Validation& validation, const Subject& subject) {
  std::vector<Level> levels;
  for (const Demand& demand : demands()) levels.push_back(level_of(demand, validation, subject));
  return levels;
}

}  // namespace lockstep::properties
