// The seeds are always the same, so that a report depends on its campaign alone.
#include "properties/canaries.h"

#include <fmt/format.h>

#include <algorithm>

#include "properties/campaign.h"
#include "properties/search.h"
#include "properties/work_off.h"

namespace lockstep::properties {
namespace {

constexpr std::uint64_t kRuns = 100;  // within which a canary must be caught

// "caught runs broken".
std::string hunt_one(const zoo::Planted& bug) {
  const models::PropertySet asserted = asserted_properties(Profile::within_claims, bug.subject);
  for (std::uint64_t seed = 1; seed <= kRuns; ++seed) {
    const auto run = scenarios::run(generate(seed, Profile::within_claims, bug.subject), bug.subject);
    const models::PropertySet broken = scenarios::violated(run) & asserted;
    if ((broken & bug.caught_by) != 0) return fmt::format("1 {} {}", seed, broken);
  }
  return fmt::format("0 {} 0", kRuns);
}

}  // namespace

std::vector<zoo::Planted> default_canaries() {
  std::vector<zoo::Planted> bugs = zoo::planted_bugs();
  std::erase_if(bugs, [](const zoo::Planted& bug) {
    const auto& name = bug.subject.name;
    return name != "memory+belief-from-answer" && name != "filesystem+unsynced-directory" &&
           name != "memory+ignored-limit";
  });
  return bugs;
}

std::vector<scenarios::Canary> hunt_canaries(const std::vector<zoo::Planted>& canaries, const std::atomic<bool>& stop) {
  std::vector<scenarios::Canary> all;
  WorkOrder order{
      .function = [&](const std::string& request,
                      const auto&) { return hunt_one(canaries[std::strtoull(request.c_str(), nullptr, 10)]); },
      .requests = {}};
  for (const zoo::Planted& bug : canaries) {
    order.requests.push_back(fmt::format("{}", all.size()));
    all.push_back({.name = bug.subject.name});
  }
  work_off(
      order,
      [&](const Ended& ended) {
        unsigned caught = 0, broken = 0;
        unsigned long long runs = 0;
        std::sscanf(ended.answer.c_str(), "%u %llu %u", &caught, &runs, &broken);
        scenarios::Canary& canary = all[ended.request];
        canary.caught = caught != 0;
        canary.runs = runs;
        canary.broken = broken;
      },
      stop);
  return all;
}

}  // namespace lockstep::properties
