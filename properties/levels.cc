// A level is earned by what was exercised and kept, never by what was not tried.
#include <fmt/format.h>

#include <algorithm>

#include "properties/validate.h"

namespace lockstep::properties {
namespace {

using models::Property;
using scenarios::Aspect;
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
  Aspect aspect;                         // of the cases that bear on it, beside what breaks its properties
  std::vector<std::string_view> stages;  // in which its properties must hold
  std::optional<FaultKind> struck{};     // in the last of them
  bool (*claimed)(const Subject&) = [](const Subject&) { return true; };
};

const std::vector<Demand>& demands() {
  static const std::vector<std::string_view> all_stages = {"calm", "crashes", "power"};
  static const std::vector<Demand> all = {
      {"excludes",
       "one at a time has it, also when clients pause or die, messages are late or lost and clocks differ",
       kExclusion,
       Aspect::exclusion,
       {"calm"}},
      {"excludes under crashes",
       "also when what keeps it dies at any moment and comes back",
       kExclusion,
       Aspect::crashes,
       {"calm", "crashes"},
       FaultKind::crash_process,
       [](const Subject& s) { return s.claims.durable; }},
      {"excludes under power loss", "also when the power fails and takes what was not synced", kExclusion,
       Aspect::crashes, all_stages, FaultKind::reboot_host,
       [](const Subject& s) { return s.claims.survives_power_loss; }},
      {"comes free", "what nobody holds can be had, and whoever waits is answered in time", kLiveness, Aspect::liveness,
       all_stages},
      {"fenced", "its tokens let a resource refuse whoever comes too late", kFencing, Aspect::fencing, all_stages,
       std::nullopt, [](const Subject& s) { return s.claims.fencing; }},
      {"fair", "who came first gets it first", kFairness, Aspect::fairness, all_stages, std::nullopt,
       [](const Subject& s) { return s.claims.fair; }},
  };
  return all;
}

bool bears_on(const CaseResult& result, const Demand& demand) {
  return result.broken != 0 ? (demand.properties & result.broken) != 0 : demand.aspect == result.aspect;
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

// A failing run is listed under the first promise that it broke; how often each was broken the sums say.
bool weigh_violations(const Stage& stage, const Demand& demand, Level& level) {
  bool broken = false;
  for (int i = 0; i < models::kPropertyCount; ++i) {
    const auto property = static_cast<Property>(i);
    const models::PropertySet held_to = demand.properties & stage.summary.asserted;
    const std::uint64_t times = sums_of(stage, property).violations;
    if ((held_to & models::bit(property)) == 0 || times == 0) continue;
    broken = true;
    level.state = Level::State::failed;
    const auto shown = std::ranges::find(stage.summary.failures, property, &scenarios::Failure::property);
    const std::string sentence =
        shown == stage.summary.failures.end() ? "beside others" : origin_of(*shown) + ": " + shown->sentence;
    level.evidence.push_back(fmt::format("campaign \"{}\" broke {} {} in {} of {} runs; {}", stage.name,
                                         models::id_of(property), models::name_of(property), times,
                                         stage.summary.sums.runs, sentence));
  }
  return broken;
}

// What the campaign left out: a property that no run exercised, or that was not decided; a planted bug that got away.
std::vector<std::string> left_open(const Stage& stage, const Demand& demand, bool last) {
  std::vector<std::string> open;
  for (int i = 0; i < models::kPropertyCount; ++i) {
    const auto property = static_cast<Property>(i);
    if ((demand.properties & stage.summary.asserted & models::bit(property)) == 0) continue;
    const auto& sums = sums_of(stage, property);
    if (sums.exercised == 0) open.push_back(fmt::format("{} was not exercised", models::id_of(property)));
    if (sums.undecided > 0)
      open.push_back(fmt::format("{} is undecided in {} runs", models::id_of(property), sums.undecided));
  }
  for (const std::string& name : escaped(stage.summary)) open.push_back(name + " was not caught");
  const auto& sums = stage.summary.sums;
  if (last && demand.struck && sums.faults[static_cast<std::size_t>(*demand.struck)] == 0) {
    open.push_back(fmt::format("{} did not strike", sim::facts_of(*demand.struck).name));
  }
  if (sums.crashed > 0) open.push_back(fmt::format("{} runs took their worker down", sums.crashed));
  if (sums.determinism_mismatches > 0) open.push_back("runs did not repeat");
  return open;
}

void weigh_stage(const Stage& stage, const Demand& demand, bool last, Level& level) {
  if (weigh_violations(stage, demand, level)) return;
  for (const std::string& what : left_open(stage, demand, last)) {
    if (level.state == Level::State::earned) level.state = Level::State::open;
    level.evidence.push_back(fmt::format("campaign \"{}\": {}", stage.name, what));
  }
  if (!last) return;
  std::string words = fmt::format("campaign \"{}\": {} runs; exercised", stage.name, stage.summary.sums.runs);
  for (int i = 0; i < models::kPropertyCount; ++i) {
    const auto property = static_cast<Property>(i);
    const std::uint64_t times = sums_of(stage, property).exercised;
    if ((demand.properties & stage.summary.asserted & models::bit(property)) == 0 || times == 0) continue;
    words += fmt::format("{}{} {}", words.ends_with("exercised") ? " " : ", ", models::id_of(property), times);
  }
  if (demand.struck) {
    words += fmt::format("; {} struck {} times", sim::facts_of(*demand.struck).name,
                         stage.summary.sums.faults[static_cast<std::size_t>(*demand.struck)]);
  }
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
