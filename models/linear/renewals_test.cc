// Renewals in logs that tell of no leases: each says that its attempt held, and no more.
#include <gtest/gtest.h>

#include "models/linear/judge.h"

namespace lockstep::linear {
namespace {

TEST(Renewals, WithoutLeasesMayComeBeforeAReleaseThatReturnsFirst) {
  Log log;
  log.locks.push_back({.name = "L"});
  log.holds = 1;
  log.operations = {{.invoked = 0, .returned = 1, .hold = 0, .action = Action::acquire, .answer = Answer::yes},
                    {.invoked = 2, .returned = 9, .hold = 0, .action = Action::renew, .answer = Answer::yes},
                    {.invoked = 3, .returned = 4, .hold = 0, .action = Action::release, .answer = Answer::yes}};
  put_in_order(log);
  EXPECT_EQ(judge(log).front().outcome, Outcome::ok) << judge(log).front().sentence;
  log.operations[1].invoked = 5;
  put_in_order(log);
  EXPECT_EQ(judge(log).front().outcome, Outcome::violation);
}

Operation acquisition(std::uint32_t hold, Instant asked, Instant told, Answer answer, Mode mode = Mode::exclusive) {
  return {.invoked = asked, .returned = told, .hold = hold, .action = Action::acquire, .answer = answer, .mode = mode};
}

Log two_writers_of_unknown_outcome_of_whom_one_may_read() {
  Log log;
  log.locks.push_back({.name = "L"});
  log.holds = 4;
  log.operations = {acquisition(0, 0, kNever, Answer::unknown),
                    acquisition(1, 0, kNever, Answer::unknown),
                    acquisition(2, 1, 5, Answer::no),
                    {.invoked = 6, .hold = 1, .action = Action::renew, .mode = Mode::shared},
                    acquisition(3, 7, 8, Answer::yes, Mode::shared)};
  return log;
}

TEST(Renewals, ThatMayMakeAReaderOfAWriterTellItFromOthersOfUnknownOutcome) {
  Log log = two_writers_of_unknown_outcome_of_whom_one_may_read();
  put_in_order(log);
  EXPECT_EQ(judge(log).front().outcome, Outcome::ok) << judge(log).front().sentence;
  // With leases that count, though none can have ended by itself when it matters.
  for (std::uint32_t o : {0u, 1u}) log.operations[o].ttl = 15;
  log.operations.push_back(acquisition(2, 20, 20, Answer::nothing));
  log.leases_from_asking = true;
  put_in_order(log);
  EXPECT_EQ(judge(log).front().outcome, Outcome::ok) << judge(log).front().sentence;
  log.operations[2].returned = 7;
  log.operations[4].invoked = 8, log.operations[4].returned = 9;
  put_in_order(log);
  EXPECT_EQ(judge(log).front().outcome, Outcome::ok) << judge(log).front().sentence;
}

TEST(Renewals, ThatMayMakeAReaderOfAWriterMakeNoneOfAnother) {
  Log log = two_writers_of_unknown_outcome_of_whom_one_may_read();
  log.operations[2].named = 0;
  put_in_order(log);
  EXPECT_EQ(judge(log).front().outcome, Outcome::violation);
  std::swap(log.operations[0], log.operations[1]);
  put_in_order(log);
  EXPECT_EQ(judge(log).front().outcome, Outcome::violation);
}

// The refusal says that the writer had not become a reader before 6: so its lease lasts until 8 at least.
TEST(Renewals, ThatMadeAReaderOfAWriterLastFromWhenTheyDid) {
  Log log;
  log.locks.push_back({.name = "L"});
  log.holds = 2;
  log.operations = {acquisition(0, 0, 0, Answer::yes),
                    acquisition(1, 6, 10, Answer::no, Mode::shared),
                    {.invoked = 1, .returned = 7, .ttl = 2, .hold = 0, .action = Action::renew, .answer = Answer::yes},
                    {.invoked = 7, .returned = 7, .hold = 0, .action = Action::release, .answer = Answer::no}};
  log.operations[0].ttl = 6;
  log.operations[2].mode = Mode::shared;
  put_in_order(log);
  EXPECT_EQ(judge(log).front().outcome, Outcome::violation);
  log.operations[3].returned = 8;
  put_in_order(log);
  EXPECT_EQ(judge(log).front().outcome, Outcome::ok) << judge(log).front().sentence;
}

}  // namespace
}  // namespace lockstep::linear
