// One pass is a function from (scenario, position) to a smaller scenario; a cursor walks the positions of all passes.
#include "properties/shrink.h"

#include <rapidcheck/shrinkable/Create.h>
#include <rapidcheck/shrinkable/Operations.h>

#include <algorithm>
#include <array>
#include <memory>

#include "properties/complexity.h"
#include "properties/shrink_passes.h"
#include "scenarios/run.h"

namespace lockstep::properties {
namespace {

using scenarios::Scenario;

// Where in the enumeration of a round a scenario's next candidate is.
struct Cursor {
  std::size_t pass = 0;
  std::size_t position = 0;
  bool changed = false;  // something was accepted in this round, so another round follows
};

rc::Shrinkable<Scenario> node(std::shared_ptr<const Scenario> scenario, Cursor cursor);

// The candidates of one scenario, as RapidCheck's Seq wants them.
struct Candidates {
  std::shared_ptr<const Scenario> scenario;
  Cursor cursor;
  Complexity complexity = complexity_of(*scenario);

  rc::Maybe<rc::Shrinkable<Scenario>> operator()() {
    const auto& passes = shrink_passes();
    for (;;) {
      if (cursor.pass == passes.size()) {
        if (!cursor.changed) return rc::Nothing;
        cursor = {};
      }
      auto tried = passes[cursor.pass](*scenario, cursor.position);
      if (tried.end) {
        ++cursor.pass;
        cursor.position = 0;
        continue;
      }
      // What is accepted has one element less here, so its next candidate stands at the same position.
      const Cursor child{cursor.pass, tried.removed ? cursor.position : cursor.position + 1, true};
      ++cursor.position;
      if (!tried.smaller || complexity_of(*tried.smaller) >= complexity || scenarios::find_flaw(*tried.smaller))
        continue;
      return node(std::make_shared<const Scenario>(std::move(*tried.smaller)), child);
    }
  }
};

rc::Shrinkable<Scenario> node(std::shared_ptr<const Scenario> scenario, Cursor cursor) {
  return rc::shrinkable::lambda([scenario] { return *scenario; },
                                [scenario, cursor] {
                                  return rc::Seq<rc::Shrinkable<Scenario>>(Candidates{scenario, cursor});
                                });
}

}  // namespace

rc::Shrinkable<Scenario> shrinkable(Scenario scenario) {
  return node(std::make_shared<const Scenario>(std::move(scenario)), {});
}

Shrunk shrink(const Scenario& scenario, const scenarios::Subject& subject, models::Property property,
              const ShrinkBudget& budget) {
  Shrunk result;
  const auto still_fails = [&](const Scenario& candidate) {
    if (result.runs >= budget.runs || budget.enough()) return false;
    ++result.runs;
    const auto outcome = scenarios::run(candidate, subject, {.properties = models::bit(property)});
    return scenarios::violated(outcome) != 0;
  };
  result.scenario = rc::shrinkable::findLocalMin(shrinkable(scenario), still_fails).first;
  return result;
}

}  // namespace lockstep::properties
