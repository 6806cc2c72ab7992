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

}  // namespace
}  // namespace lockstep::linear
