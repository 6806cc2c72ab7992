// The picture of a violation, word for word: what somebody sees who wants to know at once why it is one.
#include "reports/window.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>

#include "models/dice_test.h"
#include "models/linear/judge.h"
#include "models/linear/random_log_test.h"

namespace lockstep::reports {
namespace {

using linear::Action;
using linear::Answer;
using linear::Instant;
using linear::kNever;
using linear::Mode;
using linear::Operation;
using testing::HasSubstr;
using testing::Not;

constexpr TextStyle kPlain{.colour = false, .width = 80};
constexpr Instant kMs = 1'000'000;

// A log of one lock, L. Times are milliseconds; attempts are named by small numbers, and each is made by one process.
class Story {
 public:
  explicit Story(std::uint64_t capacity = 0) { log.locks.push_back({.name = "L", .capacity = capacity}); }

  Operation& asks(std::uint32_t process, std::uint32_t sid, Instant from, Instant to, Answer answer) {
    if (sid >= log.holds) log.holds = sid + 1;
    Operation op{.invoked = from * kMs, .returned = to == kNever ? to : to * kMs, .hold = sid, .process = process};
    op.line = static_cast<std::uint32_t>(10 * (log.operations.size() + 1));
    op.action = Action::acquire;
    op.answer = answer;
    log.operations.push_back(op);
    return log.operations.back();
  }
  Operation& granted(std::uint32_t process, std::uint32_t sid, Instant from, Instant to) {
    return asks(process, sid, from, to, Answer::yes);
  }
  Operation& refused(std::uint32_t process, std::uint32_t sid, Instant from, Instant to) {
    return asks(process, sid, from, to, Answer::no);
  }
  Operation& released(std::uint32_t process, std::uint32_t sid, Instant from, Instant to) {
    return does(Action::release, process, sid, from, to);
  }
  Operation& does(Action action, std::uint32_t process, std::uint32_t sid, Instant from, Instant to) {
    Operation& op = asks(process, sid, from, to, Answer::yes);
    op.action = action;
    return op;
  }
  void struck(Instant at, Instant until, std::string what) {
    log.faults.push_back({at * kMs, until == kNever ? until : until * kMs, std::move(what), 1});
  }

  std::string window(const TextStyle& style = kPlain) {
    for (std::uint32_t h = 0; h < log.holds; ++h) log.sids.push_back(h);
    put_in_order(log);
    const auto judgements = linear::judge(log);
    return "\n" + window_text(log, judgements.front(), style);
  }

  linear::Log log;
};

Story two_holders() {
  Story s;
  s.granted(3, 41, 10, 20);
  s.granted(7, 44, 30, 40);
  s.released(3, 41, 50, 60);
  s.released(7, 44, 70, 80);
  return s;
}

TEST(Window, TwoHoldersOverlapWhereBothCertainlyHold) {
  EXPECT_EQ(two_holders().window(), R"(
                    0.010 s  0.020 s  0.030 s   0.040 s  0.050 s  0.060 s
               -----|--------|--------|---------|--------|--------|--------|----
    process 3       .........===================#########.........
                             ^ sid 41 granted, line 10
    process 7                         ..........#########==================.....
                                                ^ sid 44 granted, line 20
    wrong                                       ^^^^^^^^^
                                               both certainly hold it, for 10 ms
    . possibly holds   = certainly holds   # both certainly hold
    one column is about 1.05 ms
)");
}

TEST(Window, WhatOthersDidMeanwhileIsBelow) {
  Story s = two_holders();
  s.refused(1, 45, 22, 33);
  s.granted(2, 46, 12, 85);
  s.asks(4, 47, 35, 55, Answer::nothing);
  s.asks(5, 48, 65, kNever, Answer::unknown);
  EXPECT_EQ(s.window(), R"(
                    0.010 s  0.020 s  0.030 s   0.040 s  0.050 s  0.060 s
               -----|--------|--------|---------|--------|--------|--------|----
    process 3       .........===================#########.........
                             ^ sid 41 granted, line 10
    process 7                         ..........#########==================.....
                                                ^ sid 44 granted, line 20
    wrong                                       ^^^^^^^^^
                                               both certainly hold it, for 10 ms
    process 2        ------------------------------------------------------....>
    process 1                 -----------x
    process 4                              ------------------o
    process 5                                                         -----....>
    . possibly holds   = certainly holds   # both certainly hold
    - asks, and does not hold   x refused   o gives up   > the log tells no end
    one column is about 1.05 ms
)");
}

TEST(Window, ARefusalWhileNobodyCanHold) {
  Story s;
  s.granted(0, 1, 10, 20);
  s.released(0, 1, 50, 60);
  s.refused(1, 2, 80, 90);
  s.granted(2, 3, 120, 130);
  EXPECT_EQ(s.window(), R"(
                           0.060 s       0.080 s      0.100 s       0.120 s
               ------------|-------------|------------|-------------|-----------
    process 0  =====.......
                           ^ sid 1 has released it
    process 1                            -------x
                                                ^ sid 2 refused, line 30
    process 2                                                       .......====>
                                      sid 3 asks only here, line 40 ^
    wrong                  ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                           nobody can hold it here
    . possibly holds   = certainly holds   - asks, and does not hold   x refused
    > the log tells no end   one column is about 1.41 ms
)");
}

TEST(Window, ATokenThatWentBackIsNamedAtBothGrants) {
  Story s;
  s.granted(0, 1, 10, 20).token = 8;
  s.released(0, 1, 30, 40);
  s.granted(0, 2, 50, 60).token = 7;
  EXPECT_EQ(s.window(), R"(
                    0.010 s    0.020 s    0.030 s    0.040 s    0.050 s
               -----|----------|----------|----------|----------|----------|----
    process 0       ...........===========...........           ...........====>
                               ^ sid 1 granted, token 8, line 10
                                           sid 2 granted, token 7, line 30 ^
    wrong                                            token 7 after token 8 ^
    . possibly holds   = certainly holds   > the log tells no end
    one column is about 879 us
)");
}

TEST(Window, TooManyHoldersForThePermits) {
  Story s(3);
  for (std::uint32_t i = 0; i < 3; ++i) {
    Operation& op = s.granted(i, i, 10 * i, 10 * i + 5);
    op.mode = Mode::permits;
    op.permits = i == 1 ? 2 : 1;
  }
  s.released(0, 0, 60, 65);
  EXPECT_EQ(s.window(), R"(
               0.000 s   0.010 s   0.020 s  0.030 s 0.040 s  0.050 s  0.060 s
               |---------|---------|--------|-------|--------|--------|---------
    process 0  .....====================##############################.....
                    ^ sid 0 granted, line 10
    process 1            .....==========##############################=========>
                              ^ sid 1 granted 2 permits, line 20
    process 2                      .....##############################=========>
                                        ^ sid 2 granted, line 30
    wrong                               ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
                                    4 of 3 permits are certainly held, for 35 ms
    . possibly holds   = certainly holds   # too many certainly hold
    > the log tells no end   one column is about 1.07 ms
)");
}

TEST(Window, AReaderBesideAWriter) {
  Story s;
  s.granted(1, 1, 0, 10).mode = Mode::shared;
  s.granted(2, 2, 5, 15).mode = Mode::shared;
  s.released(2, 2, 20, 25);
  s.granted(3, 3, 30, 40);
  s.released(1, 1, 60, 70);
  EXPECT_EQ(s.window(), R"(
               0.000 s          0.020 s          0.040 s          0.060 s
               |----------------|----------------|----------------|-------------
    process 1  .........~~~~~~~~~~~~~~~~~~~~~~~~~#################.........
                        ^ sid 1 granted to read, line 10
    process 3                            ........#################=============>
                 sid 3 granted to write, line 40 ^
    wrong      both certainly hold it, for 20 ms ^^^^^^^^^^^^^^^^^
    process 2      .........~~~~....
    . possibly holds   = certainly writes   ~ certainly reads
    # both certainly hold   > the log tells no end   one column is about 1.15 ms
)");
}

TEST(Window, ALeaseThatMayEndByItselfSaysFromWhenOn) {
  Story s;
  s.granted(0, 1, 10, 20).ttl = 50 * kMs;
  s.does(Action::renew, 0, 1, 40, 45).ttl = 50 * kMs;
  s.granted(1, 2, 70, 80);
  EXPECT_EQ(s.window(), R"(
                           0.020 s      0.040 s      0.060 s        0.080 s
               ------------|------------|------------|--------------|-----------
    process 0       .......================r========================#######?...>
                           ^ sid 1 granted, line 10
    process 1                                               ........#######====>
                                             sid 2 granted, line 30 ^
    wrong                         both certainly hold it, for 10 ms ^^^^^^^
    . possibly holds   = certainly holds   # both certainly hold   r renewed
    ? the lease may end by itself   > the log tells no end
    one column is about 1.41 ms
)");
}

TEST(Window, FaultsStandOnTheSameAxis) {
  Story s = two_holders();
  s.struck(25, 45, "partition");
  s.struck(55, 55, "reboot host 2");
  s.struck(1000, 2000, "long after");
  EXPECT_EQ(s.window(), R"(
                    0.010 s  0.020 s  0.030 s   0.040 s  0.050 s  0.060 s
               -----|--------|--------|---------|--------|--------|--------|----
    process 3       .........===================#########.........
                             ^ sid 41 granted, line 10
    process 7                         ..........#########==================.....
                                                ^ sid 44 granted, line 20
    wrong                                       ^^^^^^^^^
                                               both certainly hold it, for 10 ms
    faults                       !!!!!!!!!!!!!!!!!!!         !
                                 ^ partition                 ^ reboot host 2
    . possibly holds   = certainly holds   # both certainly hold
    one column is about 1.05 ms
)");
}

TEST(Window, AnHourInWhichNothingMattersIsLeftOut) {
  constexpr Instant kHour = 3'600'000;
  Story s;
  s.granted(0, 1, 10, 20);
  s.granted(1, 2, kHour, kHour + 10);
  s.released(0, 1, kHour + 20, kHour + 30);
  s.refused(2, 3, kHour / 2, kHour / 2 + 1);
  EXPECT_EQ(s.window(), R"(
                   0.010 s     0.020 s   3600.000 s  3600.010 s 3600.020 s
               ----|-----------|---//----|-----------|----------|-----------|---
    process 0      ............====//================###########............
                               ^ sid 1 granted, line 10
    process 1                      //    ............###########===============>
                                                     ^ sid 2 granted, line 20
    wrong          both certainly hold it, for 10 ms ^^^^^^^^^^^
    . possibly holds   = certainly holds   # both certainly hold
    > the log tells no end   // 60 min 0 s left out   one column is about 816 us
)");
}

TEST(Window, NamesThatAreHostileAreOnlyShown) {
  Story s = two_holders();
  s.log.locks.front().name = "\x1b]0;mine\x07";
  s.struck(30, 40, "\x1b[2J" + std::string(300, 'z'));
  s.log.names[41] = "\x1b[31m" + std::string(300, 'y');
  EXPECT_EQ(s.window(), R"(
                    0.010 s  0.020 s  0.030 s   0.040 s  0.050 s  0.060 s
               -----|--------|--------|---------|--------|--------|--------|----
    process 3       .........===================#########.........
                             ^ sid \x1b[31myyyyyyyyyyyyy... granted, line 10
    process 7                         ..........#########==================.....
                                                ^ sid 44 granted, line 20
    wrong                                       ^^^^^^^^^
                                               both certainly hold it, for 10 ms
    faults                            !!!!!!!!!!
                                      ^ \x1b[2Jzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz...
    . possibly holds   = certainly holds   # both certainly hold
    one column is about 1.05 ms
)");
}

TEST(Window, ACrowdIsCounted) {
  Story s = two_holders();
  for (std::uint32_t i = 0; i < 30; ++i) s.refused(100 + i, 100 + i, 25, 35 + i);
  for (std::uint32_t i = 0; i < 9; ++i) s.struck(i, 60 + i, "fault " + std::to_string(i));
  const std::string text = s.window();
  EXPECT_THAT(text, HasSubstr("process 109  "));
  EXPECT_THAT(text, Not(HasSubstr("process 110  ")));
  EXPECT_THAT(text, HasSubstr("    and 20 more clients\n"));
  EXPECT_THAT(text, HasSubstr("fault 5"));
  EXPECT_THAT(text, Not(HasSubstr("fault 6")));
  EXPECT_THAT(text, HasSubstr("and 3 more faults\n"));
}

TEST(Window, NoLineIsWiderThanTheTerminal) {
  for (const int width : {80, 100, 132, 400}) {
    Story s = two_holders();
    s.log.operations[0].process = 4'294'967'295;
    s.log.operations[0].token = 18'446'744'073'709'551'614u;
    s.log.operations[1].token = 18'446'744'073'709'551'615u;
    for (Operation& op : s.log.operations) {
      op.invoked += 1'700'000'000'123'456'789;
      op.returned += 1'700'000'000'123'456'789;
    }
    s.log.names[41] = std::string(400, 'y');
    s.struck(0, kNever, std::string(400, 'z'));
    const std::string text = s.window({.colour = false, .width = width});
    for (std::size_t from = 0; from < text.size(); from = text.find('\n', from) + 1)
      EXPECT_LE(text.find('\n', from) - from, static_cast<std::size_t>(width)) << text.substr(from, 500);
  }
}

TEST(Window, ColoursAreThereOnlyWhenTheStyleHasThem) {
  EXPECT_THAT(two_holders().window(), Not(HasSubstr("\x1b")));
  EXPECT_THAT(two_holders().window({.colour = true, .width = 80}), HasSubstr("\x1b[1;31m"));
}

TEST(Window, InstantsAtTheEndsOfTimeAreNoTrouble) {
  Story s = two_holders();
  s.log.operations[0].invoked = std::numeric_limits<Instant>::min();
  s.log.operations[3].returned = kNever - 1;
  EXPECT_THAT(s.window(), HasSubstr("both certainly hold it, for 10 ms"));
}

TEST(Window, IsFoundForEveryViolationOfRandomLogs) {
  models::Dice dice{20};
  int violations = 0;
  for (int i = 0; i < 1000; ++i) {
    linear::LogRecipe recipe{.kind = static_cast<linear::LogRecipe::Kind>(dice.below(4)), .lies = 2};
    recipe.operations = 4 + static_cast<std::uint32_t>(dice.below(40));
    recipe.unknown = static_cast<std::uint32_t>(dice.below(20));
    recipe.inspections = static_cast<std::uint32_t>(dice.below(20));
    recipe.breaks = static_cast<std::uint32_t>(dice.below(10));
    recipe.leases = dice.chance(40);
    recipe.tokens = dice.chance(40);
    auto log = linear::RandomLog(recipe, dice).make();
    for (Operation& op : log.operations)
      for (Instant* at : {&op.invoked, &op.returned, &op.ttl})
        if (*at != kNever) *at *= *at % 7 == 0 ? 1'000'000 : 1'000;
    for (Operation& op : log.operations) op.returned = std::max(op.returned, op.invoked);
    put_in_order(log);
    const auto judgement = linear::judge(log).front();
    const std::string text = window_text(log, judgement, kPlain);
    if (judgement.outcome != linear::Outcome::violation) {
      EXPECT_EQ(text, "");
      continue;
    }
    ++violations;
    EXPECT_THAT(text, HasSubstr("\n    wrong "));
    EXPECT_EQ(text.back(), '\n');
    for (std::size_t from = 0; from < text.size(); from = text.find('\n', from) + 1)
      EXPECT_LE(text.find('\n', from) - from, 80u) << text;
  }
  EXPECT_GT(violations, 200);
}

TEST(Window, WhatIsRightHasNone) {
  Story s;
  s.granted(0, 1, 10, 20);
  EXPECT_EQ(s.window(), "\n");
}

}  // namespace
}  // namespace lockstep::reports
