// Journals made by hand, as processes leave them that are killed, stopped and told of things late; and what the
// judges say of the history that they make together.
#include "cli/stress_merge.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>

#include "models/checkers.h"

namespace lockstep::cli {
namespace {

using namespace std::chrono_literals;
using models::Event;
using models::EventType;
using models::Op;
using models::Outcome;

constexpr MonoTime kOrigin{1000s};
constexpr AttemptId kAlice{7, 1};
constexpr AttemptId kBob{9, 1};

// One process's journal.
class Writer {
 public:
  explicit Writer(std::uint32_t process) : process_(process) {}
  Writer& writes(Duration at, EventType type, AttemptId attempt = {}, Op op = Op::none, Token token = 0) {
    Record record;
    record.event.at = (kOrigin + at).time_since_epoch();
    record.event.clock = {0, record.event.at};
    record.event.type = type;
    record.event.op = op;
    record.event.process = process_;
    record.event.token = token;
    record.attempt = attempt;
    if (op == Op::lock && type == EventType::invoke) record.event.ttl = 1s;
    records.push_back(record);
    return *this;
  }
  Writer& until(Duration deadline) {
    records.back().event.deadline = reading_of(kOrigin + deadline);
    return *this;
  }
  // From asking to believing, with a lease of one second.
  Writer& acquires(Duration at, AttemptId attempt, Token token) {
    writes(at, EventType::invoke, attempt, Op::lock).writes(at, EventType::invoke, attempt, Op::try_lock);
    writes(at + 1ms, EventType::granted, attempt, Op::none, token).until(at + 1001ms);
    writes(at + 2ms, EventType::ok, attempt, Op::try_lock, token);
    writes(at + 2ms, EventType::believes, attempt).until(at + 1s);
    return writes(at + 2ms, EventType::ok, attempt, Op::lock, token);
  }
  std::vector<Record> records;

 private:
  std::uint32_t process_;
};

struct StressMerge : testing::Test {
  models::History merged(const std::vector<std::vector<Record>>& files) const {
    return merge(files, {.processes = {{"alice"}, {"bob"}}, .locks = {"A"}, .origin = kOrigin, .end = kOrigin + 20s});
  }
  models::History merged() const { return merged({world.records, alice.records, bob.records}); }
  static std::vector<Event> of(const models::History& history, EventType type) {
    std::vector<Event> found;
    std::ranges::copy_if(history.events, std::back_inserter(found), [&](const Event& e) { return e.type == type; });
    return found;
  }
  static Outcome judged(models::Verdict (*check)(const models::History&, const models::Bounds&),
                        const models::History& history) {
    return check(history, {.answer_slack = 1s, .loss_slack = 100ms, .progress_slack = 5s, .end = 20s}).outcome;
  }
  Writer world{0};
  Writer alice{0};
  Writer bob{1};
};

TEST_F(StressMerge, PutsTheFilesInTheOrderOfTheClockFromItsOrigin) {
  alice.acquires(1s, kAlice, 1);
  bob.acquires(3s, kBob, 2);
  const auto history = merged({bob.records, alice.records});
  EXPECT_TRUE(std::ranges::is_sorted(history.events, {}, &Event::at));
  EXPECT_EQ(history.events.front().at, 1s);
  EXPECT_EQ(history.events.front().attempt, 1u);
  EXPECT_EQ(history.events.back().attempt, 2u);
  EXPECT_EQ(of(history, EventType::granted).at(0).deadline.value, 2001ms);
}

TEST_F(StressMerge, AKilledProcessLeavesWhatItWroteAndItsBeliefEndsWithIt) {
  alice.acquires(1s, kAlice, 1);
  bob.acquires(3s, kBob, 2);
  world.writes(1500ms, EventType::process_crashed);
  const int file = ::memfd_create("journal", 0);
  Journal journal(file);
  for (const Record& record : alice.records) journal.write(record);
  ASSERT_EQ(::write(file, "cut off in the middle", 21), 21);
  const auto history = merged({world.records, read_records(file), bob.records});
  ::close(file);
  EXPECT_EQ(of(history, EventType::believes).size(), 2u);
  ASSERT_EQ(of(history, EventType::belief_ended).size(), 1u) << "the dead believe nothing";
  EXPECT_EQ(of(history, EventType::belief_ended)[0].process, 1u);
  EXPECT_EQ(judged(models::check_belief_exclusion, history), Outcome::ok);
  EXPECT_EQ(judged(models::check_lease_exclusion, history), Outcome::ok);
}

TEST_F(StressMerge, TheBeliefOfAStoppedProcessEndsAtItsDeadline) {
  alice.acquires(1s, kAlice, 1);
  world.writes(1100ms, EventType::process_paused).writes(5s, EventType::process_resumed);
  alice.writes(5s, EventType::lost, kAlice);
  bob.acquires(3s, kBob, 2).writes(4010ms, EventType::lost, kBob);
  const auto history = merged();
  const auto ends = of(history, EventType::belief_ended);
  ASSERT_EQ(ends.size(), 2u);
  EXPECT_EQ(ends[0].at, 2s);
  EXPECT_EQ(ends[0].process, 0u);
  EXPECT_EQ(judged(models::check_belief_exclusion, history), Outcome::ok);
  EXPECT_EQ(judged(models::check_timely, history), Outcome::ok) << "it could not say so while it was stopped";
}

TEST_F(StressMerge, ABeliefToldWhenItWasOverLastsForNoTime) {
  alice.acquires(1s, kAlice, 1);
  alice.records[alice.records.size() - 2].event.at = (kOrigin + 6s).time_since_epoch();
  bob.acquires(5500ms, kBob, 2);
  const auto history = merged();
  for (const Event& end : of(history, EventType::belief_ended)) EXPECT_GE(end.at, 6s);
  EXPECT_TRUE(std::ranges::is_sorted(history.events, {}, &Event::at));
  EXPECT_EQ(judged(models::check_belief_exclusion, history), Outcome::ok);
}

TEST_F(StressMerge, WhoGivesBackOrLosesEndsTheBeliefHimself) {
  alice.acquires(1s, kAlice, 1).writes(1200ms, EventType::invoke, kAlice, Op::unlock, 1);
  bob.acquires(3s, kBob, 2).writes(3100ms, EventType::lost, kBob);
  const auto history = merged();
  EXPECT_TRUE(of(history, EventType::belief_ended).empty());
  EXPECT_EQ(of(history, EventType::lost).at(0).lock, 0u);
}

TEST_F(StressMerge, TwoHoldersAtATimeAreFound) {
  alice.acquires(1s, kAlice, 1);
  bob.acquires(1500ms, kBob, 2);
  EXPECT_EQ(judged(models::check_belief_exclusion, merged()), Outcome::violation);
  EXPECT_EQ(judged(models::check_lease_exclusion, merged()), Outcome::violation);
}

// As when the telling process was stopped between its commit and the telling.
TEST_F(StressMerge, AStoreEventStandsWhereItWasDecidedAndAnOpeningWithWhatItFound) {
  alice.acquires(1s, kAlice, 1);
  bob.writes(4s, EventType::invoke, kBob, Op::lock);
  bob.writes(1500ms, EventType::restarted, {}, Op::none, 1);
  bob.writes(1500ms, EventType::recovered, kAlice, Op::none, 1).until(2001ms);
  world.writes(1500ms, EventType::process_started);
  const auto history = merged();
  const auto opened = std::ranges::find(history.events, EventType::restarted, &Event::type);
  ASSERT_NE(opened, history.events.end());
  EXPECT_EQ((opened + 1)->type, EventType::recovered) << "nothing may come between";
  EXPECT_EQ(history.events.back().at, 4s);
}

TEST_F(StressMerge, OnePauseWithinAnotherIsOnePause) {
  world.writes(1s, EventType::process_paused).writes(3s, EventType::process_resumed);
  alice.writes(1020ms, EventType::process_paused).writes(3010ms, EventType::process_resumed);
  alice.writes(4s, EventType::process_paused).writes(4100ms, EventType::process_resumed);
  const auto history = merged();
  const auto paused = of(history, EventType::process_paused);
  const auto resumed = of(history, EventType::process_resumed);
  ASSERT_EQ(paused.size(), 2u);
  ASSERT_EQ(resumed.size(), 2u);
  EXPECT_EQ(paused[0].at, 1s);
  EXPECT_EQ(resumed[0].at, 3010ms);
}

}  // namespace
}  // namespace lockstep::cli
