// The check of witnesses refuses whatever is none: each kind of fault by itself, in a witness that is right without it.
#include "models/linear/replay.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "models/linear/judge.h"

namespace lockstep::linear {
namespace {

using Kind = Point::Kind;

std::string objection(const Log& log, const Witness& witness) {
  return Replay(log).objection(witness).value_or("none");
}

Witness witness_of(const Log& log) {
  Witnesses witnesses;
  EXPECT_EQ(judge(log, {}, &witnesses).front().outcome, Outcome::ok);
  EXPECT_TRUE(witnesses.front().has_value());
  return witnesses.front().value_or(Witness{});
}

// Lines are those of `operations`, from 1.
Log log_of(std::vector<Operation> operations, std::uint64_t capacity = 0) {
  Log log;
  log.locks.push_back({.name = "L", .capacity = capacity});
  for (std::uint32_t o = 0; o < operations.size(); ++o) {
    operations[o].line = o + 1;
    if (operations[o].hold != kNone) log.holds = std::max(log.holds, operations[o].hold + 1);
  }
  log.operations = std::move(operations);
  put_in_order(log);
  return log;
}

Operation acquire(std::uint32_t hold, Instant asked, Instant told, Answer answer = Answer::yes) {
  return {.invoked = asked, .returned = told, .hold = hold, .action = Action::acquire, .answer = answer};
}
Operation release(std::uint32_t hold, Instant asked, Instant told, Answer answer = Answer::yes) {
  return {.invoked = asked, .returned = told, .hold = hold, .action = Action::release, .answer = answer};
}
Point point(Instant at, std::uint32_t operation, std::uint32_t hold) {
  return {.at = at, .operation = operation, .hold = hold};
}

// One after the other, with a refusal in between: at 1, 2, 3, 4 and 5.
Log one_after_the_other() {
  return log_of(
      {acquire(0, 0, 10), acquire(1, 0, 10, Answer::no), release(0, 0, 10), acquire(2, 0, 10), release(2, 0, 10)});
}
Witness its_witness() {
  return {.points = {point(1, 0, 0), point(2, 1, 1), point(3, 2, 0), point(4, 3, 2), point(5, 4, 2)}};
}

TEST(Replay, BelievesWhatIsRight) {
  const Log log = one_after_the_other();
  EXPECT_EQ(objection(log, its_witness()), "none");
  EXPECT_EQ(objection(log, witness_of(log)), "none");
}

TEST(Replay, WantsPointsInOrderAndWithinTheirOperations) {
  const Log log = one_after_the_other();
  Witness witness = its_witness();
  std::swap(witness.points[1], witness.points[2]);
  EXPECT_EQ(objection(log, witness), "a point lies before the one before it");
  witness = its_witness();
  witness.points[4].at = 11;
  EXPECT_EQ(objection(log, witness), "line 5: the point does not lie between question and answer");
  witness = its_witness();
  witness.points[0].at = -1;
  EXPECT_EQ(objection(log, witness), "line 1: the point does not lie between question and answer");
}

TEST(Replay, WantsEachOperationOnce) {
  const Log log = one_after_the_other();
  for (std::size_t i = 0; i < 5; ++i) {
    Witness witness = its_witness();
    witness.points.erase(witness.points.begin() + static_cast<std::ptrdiff_t>(i));
    EXPECT_NE(objection(log, witness), "none") << i;
  }
  Witness witness = its_witness();
  witness.points.pop_back();
  EXPECT_EQ(objection(log, witness), "line 5: it was answered, and never happens");
  witness = its_witness();
  witness.points.push_back(point(5, 4, 2));
  EXPECT_EQ(objection(log, witness), "line 5: it happens twice");
  witness.points.back() = point(5, 5, 2);
  EXPECT_EQ(objection(log, witness), "a point is of no operation of the log");
  witness = its_witness();
  witness.points[1].hold = 2;
  EXPECT_EQ(objection(log, witness), "line 2: the point tells of another attempt");
  EXPECT_NE(objection(log, {}), "none");
}

TEST(Replay, WantsOperationsOfTheLockThatHadAnEffect) {
  Log log = one_after_the_other();
  log.locks.push_back({.name = "M"});
  log.operations.push_back({.invoked = 0, .returned = 9, .hold = 2, .line = 6, .action = Action::release});
  log.operations[5].answer = Answer::nothing;
  Witness witness = its_witness();
  EXPECT_EQ(objection(log, witness), "none");
  witness.points.push_back(point(5, 5, 2));
  EXPECT_EQ(objection(log, witness), "line 6: the operation had no effect");
  log.operations[5].answer = Answer::yes;
  EXPECT_EQ(objection(log, witness), "none") << "a second release of one that is over";
  log.operations[5].lock = 1;
  EXPECT_EQ(objection(log, witness), "line 6: the operation is of another lock");
}

TEST(Replay, WantsRoomForGrantsAndNoneForRefusals) {
  const Log log = one_after_the_other();
  Witness witness{.points = {point(1, 0, 0), point(2, 1, 1), point(3, 3, 2), point(4, 2, 0), point(5, 4, 2)}};
  EXPECT_EQ(objection(log, witness), "line 4: it was granted without room");
  witness.points = {point(0, 1, 1), point(1, 0, 0), point(3, 2, 0), point(4, 3, 2), point(5, 4, 2)};
  EXPECT_EQ(objection(log, witness), "line 2: somebody was refused though there was room");
  witness.points = {point(1, 0, 0), point(2, 1, 1), point(3, 2, 0), point(4, 4, 2), point(5, 3, 2)};
  EXPECT_EQ(objection(log, witness), "line 5: a release found that nobody had held");
}

TEST(Replay, CountsPermitsAndThoseInLine) {
  std::vector<Operation> all = {acquire(0, 0, 9), acquire(1, 0, 9), acquire(2, 0, 9, Answer::no)};
  for (Operation& op : all) op.mode = Mode::permits;
  const std::vector<Point> points = {point(1, 0, 0), point(2, 1, 1), point(3, 2, 2)};
  EXPECT_EQ(objection(log_of(all, 2), {.points = points}), "none");
  EXPECT_EQ(objection(log_of(all, 1), {.points = points}), "line 2: it was granted without room");
  EXPECT_EQ(objection(log_of(all, 3), {.points = points}), "line 3: somebody was refused though there was room");
  all[2].in_line = 1;
  EXPECT_EQ(objection(log_of(all, 3), {.points = points}), "none");
  all[2].named = 2;
  EXPECT_EQ(objection(log_of(all, 3), {.points = points}), "line 3: the one named in a refusal did not hold");
}

TEST(Replay, WantsTokensToRise) {
  std::vector<Operation> all = {acquire(0, 0, 9), release(0, 0, 9), acquire(1, 0, 9), release(1, 0, 9)};
  const std::vector<Point> points = {point(1, 0, 0), point(2, 1, 0), point(3, 2, 1), point(4, 3, 1)};
  all[0].token = 4, all[2].token = 5;
  EXPECT_EQ(objection(log_of(all), {.points = points}), "none");
  all[0].token = 5;
  EXPECT_EQ(objection(log_of(all), {.points = points}), "line 3: tokens went back");
}

TEST(Replay, WantsLeasesToLast) {
  std::vector<Operation> all = {acquire(0, 0, 9), {.invoked = 0, .returned = 9}, acquire(1, 0, 20)};
  all[1].hold = 0, all[1].action = Action::renew, all[1].answer = Answer::yes, all[1].ttl = 5;
  all[0].ttl = 5;
  Witness witness{
      .points = {point(1, 0, 0), point(3, 1, 0), {.kind = Kind::lease_end, .at = 8, .hold = 0}, point(8, 2, 1)}};
  EXPECT_EQ(objection(log_of(all), witness), "none");
  witness.points[2].at = 7;
  EXPECT_EQ(objection(log_of(all), witness), "a lease ends before its time");
  Log log = log_of(all);
  log.leases_from_asking = true;
  EXPECT_EQ(objection(log, witness), "none");
  witness.points[2].at = 4;
  EXPECT_EQ(objection(log, witness), "a lease ends before its time");
  witness.points[2].hold = 1;
  EXPECT_EQ(objection(log, witness), "a lease ends of somebody who does not hold");
  all[0].ttl = 0;
  witness.points[2] = {.kind = Kind::lease_end, .at = 8, .hold = 0};
  EXPECT_EQ(objection(log_of(all), witness), "a lease ends where there is none");
  witness.points.erase(witness.points.begin() + 2);
  EXPECT_EQ(objection(log_of(all), witness), "line 3: it was granted without room");
}

TEST(Replay, WantsAnswersThatNameSomebodyToBeRight) {
  std::vector<Operation> all = {
      acquire(0, 0, 9), release(0, 0, 9, Answer::no), {.invoked = 0, .returned = 9}, {.invoked = 0, .returned = 9}};
  all[2].action = all[3].action = Action::inspect, all[2].answer = all[3].answer = Answer::yes;
  all[3].hold = 0;
  const Log log = log_of(all);
  EXPECT_EQ(objection(log, {.points = {point(1, 1, 0), point(2, 2, kNone), point(3, 0, 0), point(4, 3, 0)}}), "none");
  EXPECT_EQ(objection(log, {.points = {point(1, 2, kNone), point(2, 0, 0), point(3, 1, 0), point(4, 3, 0)}}),
            "line 2: somebody was told that it did not hold, and did");
  EXPECT_EQ(objection(log, {.points = {point(1, 1, 0), point(2, 0, 0), point(3, 2, kNone), point(4, 3, 0)}}),
            "line 3: it was seen free while held");
  EXPECT_EQ(objection(log, {.points = {point(1, 1, 0), point(2, 2, kNone), point(3, 3, 0), point(4, 0, 0)}}),
            "line 4: it was seen held by somebody who does not hold it");
}

TEST(Replay, GrantsAnAttemptOnceHoweverOftenItIsTried) {
  std::vector<Operation> all = {acquire(0, 0, kNever, Answer::unknown), acquire(0, 0, 9), release(0, 0, 9)};
  Log log = log_of(all);
  EXPECT_EQ(objection(log, {.points = {point(1, 0, 0), point(2, 1, 0), point(3, 2, 0)}}), "none");
  EXPECT_EQ(objection(log, {.points = {point(1, 1, 0), point(2, 2, 0)}}), "none");
  EXPECT_EQ(objection(log, {.points = {point(1, 1, 0), point(2, 0, 0), point(3, 2, 0)}}),
            "line 1: an attempt was granted a second time");
}

}  // namespace
}  // namespace lockstep::linear
