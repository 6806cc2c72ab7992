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

namespace {

// What a candidate breaks, and whether that is what is looked for.
class Target {
 public:
  Target(const Scenario& scenario, const scenarios::Subject& subject, models::Property property,
         models::PropertySet others)
      : subject_(subject), property_(property), looked_at_(others | models::bit(property)) {
    for (const auto& verdict : scenarios::run(scenario, subject, {.properties = models::bit(property)}).verdicts) {
      if (verdict.outcome == models::Outcome::violation) shape_ = verdict.shape;
    }
  }

  bool met_by(const Scenario& candidate) {
    const models::Verdict* different = nullptr;
    const auto result = scenarios::run(candidate, subject_, {.properties = looked_at_});
    for (const auto& verdict : result.verdicts) {
      if (verdict.outcome != models::Outcome::violation) continue;
      if (verdict.property == property_ && verdict.shape == shape_) return true;
      if (different == nullptr) different = &verdict;
    }
    if (different == nullptr) return false;
    const Complexity complexity = complexity_of(candidate);
    if (other_ && complexity >= complexity_) return false;
    complexity_ = complexity;
    other_ = Shrunk::Other{candidate, different->property, different->shape};
    return false;
  }

  std::optional<Shrunk::Other> other_simpler_than(const Scenario& scenario) && {
    if (other_ && complexity_ >= complexity_of(scenario)) other_.reset();
    return std::move(other_);
  }

 private:
  const scenarios::Subject& subject_;
  models::Property property_;
  models::PropertySet looked_at_;
  std::string shape_;
  std::optional<Shrunk::Other> other_;
  Complexity complexity_;
};

}  // namespace

Shrunk shrink(const Scenario& scenario, const scenarios::Subject& subject, models::Property property,
              const ShrinkBudget& budget) {
  Shrunk result;
  Target target(scenario, subject, property, budget.others);
  const auto still_fails = [&](const Scenario& candidate) {
    if (result.runs >= budget.runs || budget.enough()) return false;
    ++result.runs;
    return target.met_by(candidate);
  };
  result.scenario = rc::shrinkable::findLocalMin(shrinkable(scenario), still_fails).first;
  result.other = std::move(target).other_simpler_than(result.scenario);
  return result;
}

}  // namespace lockstep::properties
