// The cases are worked off side by side, and the campaigns one after the other.
#include "properties/validate.h"

#include <fmt/format.h>

#include <algorithm>

#include "properties/canaries.h"
#include "properties/contract/contract.h"
#include "properties/stopwatch.h"
#include "properties/work_off.h"
#include "scenarios/scenario_file.h"

namespace lockstep::properties {
namespace {

using scenarios::CaseResult;
using scenarios::Subject;
using scenarios::Validation;

std::vector<contract::Case> wanted_cases(const ValidateOptions& options) {
  if (options.only.empty()) return contract::contract();
  std::vector<contract::Case> cases;
  for (const std::string& name : options.only) {
    const auto found = std::ranges::find(contract::contract(), name, &contract::Case::name);
    if (found == contract::contract().end()) {
      throw CampaignError(
          fmt::format("there is no case \"{}\" in the contract; `lockstep list --contract` names them", name));
    }
    cases.push_back(*found);
  }
  return cases;
}

std::string file_of(const ValidateOptions& options, std::string_view name) {
  return fmt::format("{}/{}-{}.json", options.directory, options.subject.name, name);
}

// "runs broken flaw", the second a set of properties.
std::string try_one(const ValidateOptions& options, const contract::Case& which, models::PropertySet asserted) {
  const auto outcome = contract::try_case(which, options.subject, asserted, options.noises);
  if (!outcome.flaw.empty() && which.plot != nullptr) {
    const auto saved = scenarios::save(outcome.scenario, file_of(options, which.name));
    if (!saved) throw CampaignError(saved.error());
  }
  return fmt::format("{} {} {}", outcome.runs, outcome.broke, outcome.flaw);
}

void take(CaseResult& result, const std::string& answer, const ValidateOptions& options) {
  unsigned long long runs = 0;
  int text = 0;
  std::sscanf(answer.c_str(), "%llu %u %n", &runs, &result.broken, &text);
  result.runs = runs;
  result.flaw = answer.substr(static_cast<std::size_t>(text));
  if (result.broken != 0) result.file = file_of(options, result.name);
}

std::string trouble_of(const std::string& death) {
  if (death.empty()) return "";
  return death.starts_with(kGaveUp) ? death.substr(kGaveUp.size()) : "its worker " + death;
}

// A program that cannot even be asked is not worth campaigns: each run would tell the same again.
bool worth_campaigns(const Validation& all) {
  const auto asked = std::ranges::count_if(all.contract, [](const auto& r) { return r.lacks.empty(); });
  const auto trouble = std::ranges::count_if(all.contract, [](const auto& r) { return !r.trouble.empty(); });
  return 2 * trouble <= asked;
}

// When the first cases all end in trouble, no more are tried: a program that hangs would cost ten seconds each time.
constexpr std::size_t kHopeless = 6;

void try_contract(const ValidateOptions& options, Validation& all, const ValidateProgress& progress,
                  const std::atomic<bool>& stop) {
  const auto cases = wanted_cases(options);
  const models::PropertySet asserted = asserted_properties(Profile::within_claims, options.subject);
  WorkOrder order{.function =
                      [&](const std::string& request, const auto&) {
                        return try_one(options, cases[std::strtoull(request.c_str(), nullptr, 10)], asserted);
                      },
                  .requests = {},
                  .jobs = options.jobs};
  std::vector<std::size_t> asked;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    const std::string_view lacks = contract::lacking(cases[i], options.subject);
    all.contract.push_back({.name = std::string(cases[i].name),
                            .promise = std::string(cases[i].promise),
                            .aspect = cases[i].aspect,
                            .lacks = std::string(lacks)});
    if (!lacks.empty()) continue;
    order.requests.push_back(fmt::format("{}", i));
    asked.push_back(i);
  }
  std::size_t done = 0, troubles = 0;
  bool hopeless = false;
  std::vector<bool> tried(all.contract.size());
  progress("contract", 0, asked.size());
  work_off(
      order,
      [&](const Ended& ended) {
        CaseResult& result = all.contract[asked[ended.request]];
        tried[asked[ended.request]] = true;
        result.trouble = trouble_of(ended.death);
        if (ended.death.empty()) take(result, ended.answer, options);
        progress("contract", ++done, asked.size());
        troubles += ended.death.empty() ? 0 : 1;
        hopeless = hopeless || (done == kHopeless && troubles == done);
      },
      stop, [&] { return !hopeless; });
  for (const std::size_t i : asked) {
    if (tried[i]) continue;
    all.contract[i].trouble =
        hopeless ? "it was not tried: all before it ended in trouble" : "it was not tried: interrupted";
  }
}

// What a lock says that it survives, up to a stage.
struct Strain {
  std::string_view name, about;
  bool (*claimed)(const Claims&);
  void (*mask)(Claims&);
};

const std::vector<Strain>& strains() {
  static const std::vector<Strain> all = {
      {"calm", "pauses, partitions, lost and late messages, clocks and dying clients",
       [](const Claims&) { return true; },
       [](Claims& c) { c.durable = c.survives_power_loss = c.survives_full_disk = c.survives_io_errors = false; }},
      {"crashes", "all of that, and the process that keeps the lock dies and comes back",
       [](const Claims& c) { return c.durable; },
       [](Claims& c) { c.survives_power_loss = c.survives_full_disk = c.survives_io_errors = false; }},
      {"power", "all of that, and the power fails, and the disk as far as is claimed",
       [](const Claims& c) { return c.survives_power_loss; }, [](Claims&) {}},
  };
  return all;
}

class Listener final : public CampaignListener {
 public:
  Listener(const ValidateProgress& progress, std::string doing) : progress_(progress), doing_(std::move(doing)) {}
  void progressed(const CampaignProgress& p) override { progress_(doing_, p.done, p.wanted); }

 private:
  const ValidateProgress& progress_;
  std::string doing_;
};

scenarios::CampaignSummary campaign_of(const ValidateOptions& options, Subject subject, Profile profile,
                                       std::string_view name, const ValidateProgress& progress,
                                       const std::atomic<bool>& stop) {
  CampaignOptions campaign{.subject = std::move(subject), .profile = profile};
  campaign.seeds = options.seeds;
  campaign.time_limit = options.time_limit;
  campaign.jobs = options.jobs;
  campaign.keep_going = true;
  campaign.shrink_at_most = 1;
  campaign.shrink_limit = std::chrono::seconds(10);
  campaign.directory = fmt::format("{}/{}", options.directory, name);
  campaign.version = options.version;
  const bool all = profile == Profile::within_claims;
  if (all) campaign.stories = scenarios::stored_stories();
  if (all && name == "calm") campaign.canaries = default_canaries();
  Listener listener(progress, fmt::format("campaign \"{}\"", name));
  return run_campaign(campaign, listener, stop);
}

}  // namespace

Validation validate(const ValidateOptions& options, const ValidateProgress& progress, const std::atomic<bool>& stop) {
  const Stopwatch clock;
  Validation all{.backend = options.subject.name, .about = options.subject.about, .claims = options.subject.claims};
  try_contract(options, all, progress, stop);
  const bool campaigns = options.only.empty() && worth_campaigns(all);
  for (const Strain& strain : strains()) {
    if (!campaigns || stop || !strain.claimed(options.subject.claims)) continue;
    // Who breaks something in the calm would break it in the storm.
    if (!all.stages.empty() && all.stages.back().summary.outcome == scenarios::CampaignOutcome::violation) continue;
    Subject subject = options.subject;
    strain.mask(subject.claims);
    all.stages.push_back(
        {std::string(strain.name), std::string(strain.about),
         campaign_of(options, std::move(subject), Profile::within_claims, strain.name, progress, stop)});
  }
  if (options.beyond && campaigns && !stop) {
    all.beyond = campaign_of(options, options.subject, Profile::beyond_claims, "beyond", progress, stop);
  }
  all.stopped = stop;
  all.levels = levels_of(all, options.subject);
  all.took = clock.elapsed();
  return all;
}

}  // namespace lockstep::properties
