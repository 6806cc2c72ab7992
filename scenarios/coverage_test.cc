// Which operation came to which end, and what was wrong with the world meanwhile.
#include "scenarios/coverage.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "scenarios/run.h"
#include "scenarios/stories.h"
#include "scenarios/subject.h"

namespace lockstep::scenarios {
namespace {

using models::EventType;
using models::Op;
using models::Reason;
using sim::FaultKind;

struct Life : testing::Test {
  Life& add(models::Event e) {
    history.events.push_back(e);
    return *this;
  }
  Life& asks(Op op, std::uint32_t process = 0) {
    return add({.type = EventType::invoke, .op = op, .process = process});
  }
  Life& is_told(EventType end, Op op, Reason reason = Reason::none) {
    return add({.type = end, .op = op, .reason = reason});
  }
  Life& begins(std::uint32_t fault) { return add({.type = EventType::fault_began, .fault = fault}); }
  Life& ends(std::uint32_t fault) { return add({.type = EventType::fault_ended, .fault = fault}); }
  Coverage::Counts counted(Op op, EventType end, Reason reason = Reason::none) const {
    Coverage coverage;
    coverage.add(history, faults);
    const auto found = coverage.endings.find({op, end, reason});
    return found == coverage.endings.end() ? Coverage::Counts{} : found->second;
  }
  std::uint64_t during(FaultKind kind, const Coverage::Counts& counts) const {
    return counts.during[static_cast<std::size_t>(kind)];
  }
  models::History history;
  std::vector<sim::Fault> faults = {
      {.kind = FaultKind::cut_link}, {.kind = FaultKind::cut_link}, {.kind = FaultKind::step_wall}};
};

TEST_F(Life, IsCountedByOperationAndOutcome) {
  asks(Op::lock).is_told(EventType::ok, Op::lock);
  asks(Op::renew).is_told(EventType::fail, Op::renew, Reason::lost);
  asks(Op::renew).is_told(EventType::info, Op::renew, Reason::unreachable);
  EXPECT_EQ(counted(Op::lock, EventType::ok).total, 1u);
  EXPECT_EQ(counted(Op::renew, EventType::fail, Reason::lost).total, 1u);
  EXPECT_EQ(counted(Op::renew, EventType::info, Reason::unreachable).total, 1u);
  EXPECT_EQ(counted(Op::renew, EventType::ok).total, 0u);
}

TEST_F(Life, BelongsToAFaultThatWasAtWorkAtSomeTimeBetweenAskingAndOutcome) {
  asks(Op::lock).begins(0).ends(0).is_told(EventType::ok, Op::lock);      // all of the fault within
  begins(0).asks(Op::renew).ends(0).is_told(EventType::ok, Op::renew);    // asked during it
  asks(Op::unlock).begins(0).is_told(EventType::ok, Op::unlock).ends(0);  // told during it
  asks(Op::write).is_told(EventType::ok, Op::write);                      // after it
  for (const Op op : {Op::lock, Op::renew, Op::unlock})
    EXPECT_EQ(during(FaultKind::cut_link, counted(op, EventType::ok)), 1u) << static_cast<int>(op);
  EXPECT_EQ(during(FaultKind::cut_link, counted(Op::write, EventType::ok)), 0u);
  EXPECT_EQ(during(FaultKind::step_wall, counted(Op::lock, EventType::ok)), 0u) << "another kind did not strike";
}

TEST_F(Life, KnowsThatTwoFaultsOfAKindEndOneByOne) {
  begins(0).begins(1).ends(0).asks(Op::lock).is_told(EventType::ok, Op::lock);
  ends(1).asks(Op::write).is_told(EventType::ok, Op::write);
  EXPECT_EQ(during(FaultKind::cut_link, counted(Op::lock, EventType::ok)), 1u);
  EXPECT_EQ(during(FaultKind::cut_link, counted(Op::write, EventType::ok)), 0u);
}

TEST_F(Life, IsWithoutFaultsOnceTheWorldIsHealed) {
  begins(0).add({.type = EventType::healed}).asks(Op::lock).is_told(EventType::ok, Op::lock);
  EXPECT_EQ(during(FaultKind::cut_link, counted(Op::lock, EventType::ok)), 0u);
}

TEST_F(Life, LeavesWithoutAnAnswerWhoeverDies) {
  asks(Op::lock, 3).asks(Op::lock, 4).add({.type = EventType::process_crashed, .process = 3}).begins(0);
  const auto unanswered = counted(Op::lock, EventType::invoke);
  EXPECT_EQ(unanswered.total, 2u) << "one died, the other was asking when the run was over";
  EXPECT_EQ(during(FaultKind::cut_link, unanswered), 1u) << "the dead one did not see the fault";
}

TEST(Coverage, OfRunsIsTheSameInWhateverOrderTheyAreAdded) {
  std::vector<Coverage> each;
  std::uint64_t asked = 0;
  for (const StoredStory& story : stored_stories()) {
    const auto scenario = on(story.scenario, memory_subject());
    if (!scenario) continue;
    const auto result = run(*scenario, memory_subject());
    each.emplace_back().add(result.history, scenario->faults);
    asked +=
        static_cast<std::uint64_t>(std::ranges::count(result.history.events, EventType::invoke, &models::Event::type));
  }
  ASSERT_GT(each.size(), 5u);
  Coverage forth, back;
  for (const auto& one : each) forth.add(one);
  std::ranges::reverse(each);
  for (const auto& one : each) back.add(one);
  EXPECT_EQ(forth, back);
  std::uint64_t counted = 0;
  for (const auto& [ending, counts] : forth.endings) counted += counts.total;
  EXPECT_EQ(counted, asked) << "whatever was asked comes to one end";
}

}  // namespace
}  // namespace lockstep::scenarios
