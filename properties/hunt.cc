// Each hunt is one request to a worker, and so is each shrinking; a worker that dies has caught nothing.
#include "properties/hunt.h"

#include <fmt/format.h>

#include <bit>
#include <charconv>
#include <optional>

#include "properties/campaign.h"
#include "properties/shrink.h"
#include "properties/stopwatch.h"
#include "properties/work_off.h"
#include "scenarios/scenario_file.h"

namespace lockstep::properties {
namespace {

using scenarios::BugHunted;
using scenarios::Hunt;

// What there is to do: one hunt, or with `shrinks` the shrinking of what the first one caught.
struct Task {
  std::size_t bug = 0;
  std::size_t strategy = 0;
  std::uint32_t base = 0;
  bool shrinks = false;
};

std::string text_of(const Task& t) { return fmt::format("{} {} {} {}", t.bug, t.strategy, t.base, t.shrinks ? 1 : 0); }

Task task_of(const std::string& text) {
  unsigned long long bug = 0, strategy = 0, base = 0, shrinks = 0;
  std::sscanf(text.c_str(), "%llu %llu %llu %llu", &bug, &strategy, &base, &shrinks);
  return {bug, strategy, static_cast<std::uint32_t>(base), shrinks != 0};
}

// A run that broke something that is there to catch the bug.
struct Caught {
  scenarios::Scenario scenario;
  models::PropertySet broken = 0;
};

struct Hunted {
  Hunt hunt;
  std::optional<Caught> caught;
};

Hunted hunt_once(const HuntOptions& options, const Task& task) {
  const zoo::Planted& bug = options.bugs[task.bug];
  const Profile profile = Profile::within_claims;
  const models::PropertySet asserted = asserted_properties(profile, bug.subject);
  const auto search = options.strategies[task.strategy].begin(profile, bug.subject);
  const Stopwatch clock;
  Hunted hunted;
  while (clock.elapsed() < options.limit) {
    const std::uint64_t seed = first_seed_of(task.base) + hunted.hunt.runs++;
    scenarios::Scenario scenario = search->scenario(seed);
    const auto run = scenarios::run(scenario, bug.subject);
    const models::PropertySet broken = scenarios::violated(run) & asserted;
    if ((broken & bug.caught_by) != 0) {
      hunted.hunt.caught = true;
      hunted.caught = Caught{std::move(scenario), broken};
      break;
    }
    search->ran(seed, scenario, run);
  }
  hunted.hunt.took = clock.elapsed();
  return hunted;
}

// "caught runs nanoseconds broken".
std::string answer_of(const Hunted& h) {
  return fmt::format("{} {} {} {}", h.hunt.caught ? 1 : 0, h.hunt.runs, h.hunt.took.count(),
                     h.caught ? h.caught->broken : 0);
}

std::string file_of(const HuntOptions& options, std::string_view bug) {
  return fmt::format("{}/{}.min.json", options.directory, bug);
}

// "property steps faults nanoseconds sentence", or nothing if it was not caught again.
std::string shrink_first(const HuntOptions& options, const Task& task) {
  const zoo::Planted& bug = options.bugs[task.bug];
  const Hunted hunted = hunt_once(options, task);
  if (!hunted.caught) return "";
  const Stopwatch clock;
  ShrinkBudget budget;
  budget.enough = [&] { return clock.elapsed() > options.shrink_limit; };
  const auto property = static_cast<models::Property>(std::countr_zero(hunted.caught->broken & bug.caught_by));
  Shrunk shrunk = shrink(hunted.caught->scenario, bug.subject, property, budget);
  const Duration took = clock.elapsed();
  const auto run = scenarios::run(shrunk.scenario, bug.subject);
  shrunk.scenario.expect = property;
  shrunk.scenario.about = fmt::format("{}, found and shrunk", bug.subject.name);
  const auto saved = scenarios::save(shrunk.scenario, file_of(options, bug.subject.name));
  if (!saved) throw CampaignError(saved.error());
  return fmt::format("{} {} {} {} {}", static_cast<int>(property), shrunk.scenario.steps.size(),
                     shrunk.scenario.faults.size(), took.count(),
                     run.verdicts[static_cast<std::size_t>(property)].sentence);
}

class Hunter {
 public:
  Hunter(const HuntOptions& options, const HuntProgress& progress, const std::atomic<bool>& stop)
      : options_(options), progress_(progress), stop_(stop) {
    for (const zoo::Planted& bug : options.bugs) {
      BugHunted& row = table_.bugs.emplace_back();
      row.name = bug.subject.name;
      row.mechanism = bug.mechanism;
      row.source = bug.source;
      row.about = bug.subject.about;
      for (const Strategy& strategy : options.strategies)
        row.by_strategy.push_back({strategy.name, std::vector<Hunt>(options.bases)});
    }
  }

  scenarios::ZooTable run() {
    std::vector<Task> tasks;
    for (std::size_t bug = 0; bug < options_.bugs.size(); ++bug) {
      for (std::size_t strategy = 0; strategy < options_.strategies.size(); ++strategy) {
        for (std::uint32_t base = 0; base < options_.bases; ++base) tasks.push_back({bug, strategy, base, false});
      }
    }
    hunt_all(tasks);
    tasks.clear();
    for (std::size_t bug = 0; options_.shrink && bug < table_.bugs.size(); ++bug) {
      if (const auto first = first_caught(bug)) tasks.push_back({bug, 0, *first, true});
    }
    hunt_all(tasks);
    table_.bases = options_.bases;
    table_.limit = options_.limit;
    table_.complete = !stop_;
    table_.jobs = std::max(1u, options_.jobs);
    table_.took = clock_.elapsed();
    return std::move(table_);
  }

 private:
  std::optional<std::uint32_t> first_caught(std::size_t bug) const {
    const auto& hunts = table_.bugs[bug].by_strategy.front().hunts;
    for (std::uint32_t base = 0; base < hunts.size(); ++base) {
      if (hunts[base].caught) return base;
    }
    return std::nullopt;
  }

  void hunt_all(const std::vector<Task>& tasks) {
    WorkOrder order{.function =
                        [this](const std::string& request, const auto&) {
                          const Task asked = task_of(request);
                          return asked.shrinks ? shrink_first(options_, asked) : answer_of(hunt_once(options_, asked));
                        },
                    .requests = {},
                    .jobs = options_.jobs,
                    .hung_after = options_.limit + options_.shrink_limit + std::chrono::seconds(120)};
    for (const Task& task : tasks) order.requests.push_back(text_of(task));
    std::size_t done = 0;
    work_off(
        order,
        [&](const Ended& ended) {
          take(tasks[ended.request], ended);
          ++done;
        },
        stop_,
        [&] {
          const Task& shown = tasks[std::min(done, tasks.size() - 1)];
          progress_(done, tasks.size(), (shown.shrinks ? "shrinking " : "hunting ") + table_.bugs[shown.bug].name);
          return true;
        });
  }

  void take(const Task& task, const Ended& ended) {
    BugHunted& row = table_.bugs[task.bug];
    if (!ended.death.empty()) {
      table_.deaths.push_back(fmt::format("{}, hunt {} by {}: its worker {}", row.name, task.base,
                                          options_.strategies[task.strategy].name, ended.death));
    } else if (task.shrinks) {
      take_shrunk(row, ended.answer);
    } else {
      take_hunt(row, row.by_strategy[task.strategy].hunts[task.base], ended.answer);
    }
  }

  static void take_hunt(BugHunted& row, Hunt& hunt, const std::string& answer) {
    unsigned long long caught = 0, runs = 0;
    long long nanoseconds = 0;
    unsigned broken = 0;
    std::sscanf(answer.c_str(), "%llu %llu %lld %u", &caught, &runs, &nanoseconds, &broken);
    hunt = {runs, Duration(nanoseconds), caught != 0};
    row.caught_by |= broken;
  }

  void take_shrunk(BugHunted& row, const std::string& answer) const {
    int property = 0, text = 0;
    unsigned steps = 0, faults = 0;
    long long nanoseconds = 0;
    if (std::sscanf(answer.c_str(), "%d %u %u %lld %n", &property, &steps, &faults, &nanoseconds, &text) < 4) return;
    row.property = static_cast<models::Property>(property);
    row.steps = steps;
    row.faults = faults;
    row.shrinking = Duration(nanoseconds);
    row.file = file_of(options_, row.name);
    row.sentence = answer.substr(static_cast<std::size_t>(text));
  }

  const HuntOptions& options_;
  const HuntProgress& progress_;
  const std::atomic<bool>& stop_;
  Stopwatch clock_;
  scenarios::ZooTable table_;
};

}  // namespace

scenarios::ZooTable hunt(const HuntOptions& options, const HuntProgress& progress, const std::atomic<bool>& stop) {
  return Hunter(options, progress, stop).run();
}

}  // namespace lockstep::properties
