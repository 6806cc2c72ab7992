// The worker writes the smaller scenario and answers with what it is like; if it dies or cannot, the failure stays as
// it was.
#include "properties/shrink_failures.h"

#include <fmt/format.h>

#include <set>

#include "properties/shrink.h"
#include "properties/stopwatch.h"
#include "properties/work_off.h"
#include "scenarios/scenario_file.h"

namespace lockstep::properties {
namespace {

using scenarios::Failure;

std::string beside(const std::string& file, const char* ending) { return file.substr(0, file.rfind(".json")) + ending; }
std::string minimal_file(const std::string& file) { return beside(file, ".min.json"); }
std::string other_file(const std::string& file) { return beside(file, ".other.json"); }

// "S3 linearizable: told twice".
std::string words_of(const Shrunk::Other& other) {
  return fmt::format("{} {}: {}", models::id_of(other.property), models::name_of(other.property), other.shape);
}

// In the worker: "steps faults runs nanoseconds hash sentence", and behind a tab what else broke.
std::string shrink_one(const CampaignOptions& options, const Failure& failure) {
  const Stopwatch clock;
  const auto scenario = scenarios::load(failure.file);
  if (!scenario) throw CampaignError(scenario.error());
  ShrinkBudget budget;
  budget.enough = [&] { return clock.elapsed() > options.shrink_limit; };
  budget.others = asserted_properties(options.profile, options.subject);
  Shrunk shrunk = shrink(*scenario, options.subject, failure.property, budget);
  const auto run = scenarios::run(shrunk.scenario, options.subject);
  if ((scenarios::violated(run) & models::bit(failure.property)) == 0)
    throw CampaignError("it fails only now and then");
  shrunk.scenario.expect = failure.property;
  shrunk.scenario.about = fmt::format("{} of a {} campaign on {}, shrunk", scenarios::origin_of(failure),
                                      name_of(options.profile), options.subject.name);
  if (auto saved = scenarios::save(shrunk.scenario, minimal_file(failure.file)); !saved) {
    throw CampaignError(saved.error());
  }
  if (shrunk.other) {
    shrunk.other->scenario.expect = shrunk.other->property;
    shrunk.other->scenario.about = fmt::format("Met while {} was made smaller", scenarios::origin_of(failure));
    if (!scenarios::save(shrunk.other->scenario, other_file(failure.file))) shrunk.other.reset();
  }
  return fmt::format("{} {} {} {} {} {}\t{}", shrunk.scenario.steps.size(), shrunk.scenario.faults.size(), shrunk.runs,
                     clock.elapsed().count(), run.trace_hash,
                     run.verdicts[static_cast<std::size_t>(failure.property)].sentence,
                     shrunk.other ? words_of(*shrunk.other) : "");
}

void take_over(Failure& failure, const std::string& answer) {
  unsigned long long steps = 0, faults = 0, runs = 0, nanoseconds = 0, hash = 0;
  int text = 0;
  if (std::sscanf(answer.c_str(), "%llu %llu %llu %llu %llu %n", &steps, &faults, &runs, &nanoseconds, &hash, &text) <
      5) {
    return;
  }
  failure.shrunk = true;
  failure.steps = static_cast<std::uint32_t>(steps);
  failure.faults = static_cast<std::uint32_t>(faults);
  failure.shrink_runs = runs;
  failure.shrink_seconds = static_cast<double>(nanoseconds) / 1e9;
  failure.trace_hash = hash;
  const std::size_t tab = answer.rfind('\t');
  failure.sentence = answer.substr(static_cast<std::size_t>(text), tab - static_cast<std::size_t>(text));
  failure.other = answer.substr(tab + 1);
  if (!failure.other.empty()) failure.other_file = other_file(failure.file);
  failure.file = minimal_file(failure.file);
}

}  // namespace

void shrink_failures(const CampaignOptions& options, scenarios::CampaignSummary& summary,
                     const std::function<void(const std::string&)>& report, const std::atomic<bool>& stop) {
  std::set<std::pair<models::Property, std::string>> kinds;
  for (Failure& failure : summary.failures) {
    if (stop || kinds.size() >= options.shrink_at_most) return;
    if (!kinds.emplace(failure.property, failure.shape).second) continue;
    const WorkOrder order{.function = [&](const std::string&, const auto&) { return shrink_one(options, failure); },
                          .requests = {"shrink"},
                          .jobs = 1,
                          .hung_after = options.shrink_limit * 2 + std::chrono::seconds(10)};
    try {
      work_off(
          order, [&](const Ended& ended) { take_over(failure, ended.answer); }, stop,
          [&] {
            report(fmt::format("shrinking {}", scenarios::origin_of(failure)));
            return true;
          });
    } catch (const CampaignError&) {  // it stays as it was
    }
  }
}

}  // namespace lockstep::properties
