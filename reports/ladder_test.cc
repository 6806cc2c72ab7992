// The ladder, drawn: whole pictures for small stories, and rules for long ones.
#include "reports/ladder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "reports/run_test.h"

namespace lockstep::reports {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr TextStyle kPlain{.colour = false, .width = 80};
constexpr std::string_view kLegend =
    "    | up, : paused, blank down; #A believes to hold A, %A likewise while paused\n";

// Without the legend, and after a line break, so that pictures stand on lines of their own.
std::string drawn(const RunStory& s, LadderOptions options = {.style = kPlain}) {
  auto text = ladder(s.result, s.scenario, options);
  return text.starts_with(kLegend) ? fmt::format("\n{}", text.substr(kLegend.size())) : text;
}
std::string drawn_whole(const RunStory& s) { return drawn(s, {.style = kPlain, .all = true}); }

TEST(Ladder, TellsAViolationWithItsProof) {
  EXPECT_EQ(drawn(RunStory::two_holders()), R"(
      seconds  server 0                client 0                client 1
     1.000000  |                       |* wants A, ttl 1 s, waits up to 3 s
     1.000000  |<----- acquire A ------|                       |
     1.003000  |* grants A #1 to client 0 for 1 s              |
     1.003000  |----- granted #1 ----->|                       |
>>   1.004000  |                       #A* believes to hold A for 990 ms
---  1.100000  pause-process client 0 for 5 s ----------------------------------
     2.010000  |            wants A, ttl 1 s, waits up to 3 s *|
     2.010000  |<----------------------%A----- acquire A ------|
     2.012000  |* A of client 0 expires                        |
     2.012000  |* grants A #2 to client 1 for 1 s              |
     2.012000  |----- granted #2 ------%A--------------------->|
>>   2.013000  |                believes to hold A for 990 ms *#A
>>  S2 belief-exclusion: client 0 held A from 1.004 s, client 1 was granted A
>>  at 2.013 s: two holders for 9 ms.
)");
}

TEST(Ladder, AMessageIsAnArrowFromTheSenderToTheReceiver) {
  RunStory s;
  s.at(1s).asks(0, 1, Op::try_lock, "acquire A").at(2s).asks(1, 2, Op::try_lock, "acquire A");
  s.at(3s).sends(RunStory::kServer, RunStory::client(1), "refused");
  EXPECT_EQ(drawn_whole(s), R"(
      seconds  server 0                client 0                client 1
     1.000000  |<----- acquire A ------|                       |
     2.000000  |<----------------------|------ acquire A ------|
     3.000000  |------- refused -------|---------------------->|
)");
}

TEST(Ladder, ALostMessageEndsInAnXOnTheWay) {
  RunStory s;
  s.at(1s).loses(RunStory::client(1), RunStory::kServer, "acquire A");
  s.at(2s).loses(RunStory::kServer, RunStory::client(1), "refused");
  EXPECT_EQ(drawn_whole(s), R"(
      seconds  server 0                client 1
     1.000000  |      x-- acquire A ---|
     2.000000  |--- refused --x        |
)");
}

TEST(Ladder, ALateMessageStandsWhereItWasSentAndWhereItArrived) {
  RunStory s;
  s.at(1s).sends(RunStory::client(0), RunStory::kServer, "acquire A", 300ms);
  s.at(1100ms).sends(RunStory::kServer, RunStory::client(0), "refused");
  EXPECT_EQ(drawn_whole(s), R"(
      seconds  server 0                client 0
     1.000000  |      ... acquire A ---|
     1.100000  |------- refused ------>|
     1.300000  |<-------------------...|  acquire A of 1.000000
)");
}

TEST(Ladder, AColumnShowsWhoIsPausedWhoIsDownAndWhoBelieves) {
  RunStory s;
  s.at(1s).believes(0, 1).believes(1, 2);
  s.result.history.events.back().lock = 1;
  s.at(2s).add(EventType::process_paused, RunStory::client(0));
  s.at(2500ms).store(EventType::repeated, 1);
  s.at(3s).add(EventType::process_crashed, RunStory::client(1));
  s.at(3500ms).store(EventType::repeated, 1);
  s.at(4s).add(EventType::belief_ended, RunStory::client(0), 1);
  s.at(5s).add(EventType::process_started, RunStory::client(1));
  s.add(EventType::process_resumed, RunStory::client(0));
  s.at(5500ms).store(EventType::repeated, 1);
  EXPECT_EQ(drawn_whole(s), R"(
      seconds  server 0                client 0                client 1
     1.000000  |                       #A* believes to hold A for 990 ms
     1.000000  |                believes to hold B for 990 ms *#B
     2.500000  |* answers client 0 from memory                 #B
     3.000000  |                       %A                       * dies
     3.500000  |* answers client 0 from memory
     4.000000  |                       :* belief in A runs out
     5.000000  |                       :                       |* starts
     5.500000  |* answers client 0 from memory                 |
)");
}

TEST(Ladder, TheResourceTellsWhatItDecided) {
  RunStory s;
  s.at(1s).believes(0, 1).at(2s).asks(0, 1, Op::write, "write");
  s.at(2001ms).add(EventType::write_accepted, s.resource(), 1, Op::write);
  s.sends(s.resource(), RunStory::client(0), "write");
  s.at(2003ms).answered(0, 1, Op::write, EventType::ok);
  s.at(3s).add(EventType::write_refused, s.resource(), 1, Op::write);
  s.at(4s).answered(0, 1, Op::write, EventType::info);
  s.result.history.events.back().reason = Reason::unreachable;
  EXPECT_EQ(drawn_whole(s), R"(
      seconds  client 0                resource
     1.000000  #A* believes to hold A for 990 ms
     2.000000  #A----- write A #1 ---->|
     2.001000  #A                      |* accepts A #1 of client 0
     2.001000  #A<----- accepted ------|
     2.003000  #A* write A: yes        |
     3.000000  #A                      |* refuses A #1 of client 0
     4.000000  #A* write A: no answer  |
)");
}

TEST(Ladder, FaultsRunAcrossAndSayWhenTheyAreOver) {
  RunStory s;
  s.at(1s).fault({sim::FaultKind::isolate_host, sim::TrueTime(1s), 3s, 2});
  s.at(2s).fault({sim::FaultKind::lossy_link, sim::TrueTime(2s), 1s, 0, 1, 305'000});
  s.at(3s).ends(1).at(4s).ends(0);
  s.at(5s).fault({sim::FaultKind::step_wall, sim::TrueTime(5s), {}, 0, 0, -1'500'000'000});
  s.at(6s).fault({sim::FaultKind::cut_one_way, sim::TrueTime(6s), 1s, 0, 3});
  s.at(7s).fault({sim::FaultKind::slow_link, sim::TrueTime(7s), 1500ms, 0, 3, 123'456'789});
  s.at(10s).ends(2).add(EventType::healed, 0);
  EXPECT_EQ(drawn(s), R"(
      seconds
---  1.000000  isolate-host host 2 (client 1) for 3 s --------------------------
---  2.000000  lossy-link host 0 (server 0) - host 1 (client 0), 30.5 % for 1 s
---  3.000000  over: lossy-link host 0 (server 0) - host 1 (client 0) ----------
---  4.000000  over: isolate-host host 2 (client 1) ----------------------------
---  5.000000  step-wall host 0 (server 0) by -1.5 s ---------------------------
---  6.000000  cut-one-way host 0 (server 0) -> host 3 (resource) for 1 s ------
---  7.000000  slow-link host 0 (server 0) - host 3 (resource) by 123.456789 ms
---            for 1.5 s -------------------------------------------------------
--- 10.000000  everything is healed, and no fault comes any more ---------------
)");
}

// A holder that renews often, and somebody else busy on another lock, before the two holders.
RunStory long_story() {
  RunStory s = RunStory::two_holders();
  auto proof = s.result.verdicts;
  const auto tail = s.result.history.events;
  s.result.history.events.clear();
  s.result.messages_told.clear();
  s.result.verdicts.clear();
  s.at(0s).fault({sim::FaultKind::slow_disk, {}, 10ms, 0, 0, 1'000'000});
  s.at(10ms).ends(1);
  for (std::uint32_t i = 0; i < 40; ++i)
    s.at(100ms + i * 1ms).store(EventType::granted, 9).result.history.events.back().lock = 1;
  const auto before = static_cast<std::uint32_t>(s.result.history.events.size());
  s.result.history.events.insert(s.result.history.events.end(), tail.begin(), tail.end());
  for (auto& index : proof.front().evidence) index += before;
  s.result.verdicts = proof;
  return s;
}

TEST(Ladder, AroundAViolationLeavesOutWhatIsOfOthersAndSaysHowMuch) {
  const auto text = drawn(long_story());
  EXPECT_THAT(text, HasSubstr("               ... 41 events not shown (--all shows them) ...\n"));
  EXPECT_THAT(text, Not(HasSubstr("B")));
  EXPECT_THAT(drawn(long_story(), {.style = kPlain, .all = true}),
              AllOf(HasSubstr("grants B"), Not(HasSubstr("not shown"))));
}

TEST(Ladder, FaultsFarFromTheViolationAreOneLine) {
  EXPECT_THAT(drawn(long_story()), AllOf(HasSubstr("slow-disk"), Not(HasSubstr("over: slow-disk"))));
  EXPECT_THAT(drawn(long_story(), {.style = kPlain, .all = true}), HasSubstr("over: slow-disk"));
}

TEST(Ladder, OfManyRenewalsOnlyTheLastBeforeTheViolationIsTold) {
  RunStory s;
  s.at(1s).wants(0, 1).store(EventType::granted, 1).believes(0, 1);
  for (std::uint32_t r = 2; r < 6; ++r) {
    s.at(r * 1s).asks(0, 1, Op::renew, "renew A #1", r).store(EventType::renewed, 1, r);
    s.answered(0, 1, Op::renew, EventType::ok, r).believes(0, 1);
  }
  s.at(9s).store(EventType::expired, 1);
  s.verdict(models::Property::durability, "lease lost", {s.last()}, "it was lost");
  const auto text = drawn(s);
  EXPECT_THAT(text, Not(HasSubstr("4.000000")));
  EXPECT_THAT(text, HasSubstr("5.000000  |<---- renew A #1 ------#A\n"));
}

TEST(Ladder, WithoutAViolationTellsWhoHadWhichLockWhen) {
  RunStory s = RunStory::two_holders();
  s.result.verdicts.clear();
  EXPECT_EQ(drawn(s), R"(
      seconds  server 0                client 0                client 1
     1.003000  |* grants A #1 to client 0 for 1 s              |
     1.004000  |                       #A* believes to hold A for 990 ms
---  1.100000  pause-process client 0 for 5 s ----------------------------------
     2.012000  |* A of client 0 expires                        |
     2.012000  |* grants A #2 to client 1 for 1 s              |
     2.013000  |                believes to hold A for 990 ms *#A
               ... 6 events not shown (--all shows them) ...
)");
}

TEST(Ladder, ProcessesThatDoNotFitShareTheLastColumn) {
  RunStory s(12);
  for (const std::uint32_t c : {0, 1, 2, 3, 11}) {
    s.at(c * 1s).wants(c, c + 1).sends(RunStory::client(c), RunStory::kServer, "acquire A");
    if (c < 3) s.sends(RunStory::kServer, RunStory::client(c), "refused");
  }
  s.sends(RunStory::kServer, RunStory::client(11), "refused");
  EXPECT_EQ(drawn_whole(s), R"(
      seconds  server 0      client 0      client 1      client 2      others
     0.000000  |             |* wants A, ttl 1 s, waits up to 3 s      |
     0.000000  |< acquire A -|             |             |             |
     0.000000  |-- refused ->|             |             |             |
     1.000000  |             |             |* wants A, ttl 1 s, waits up to 3 s
     1.000000  |<------- acquire A --------|             |             |
     1.000000  |-- refused --|------------>|             |             |
     2.000000  |      wants A, ttl 1 s, waits up to 3 s *|             |
     2.000000  |<------------|- acquire A -|-------------|             |
     2.000000  |-- refused --|-------------|------------>|             |
     3.000000  |           client 3 wants A, ttl 1 s, waits up to 3 s *|
     3.000000  |<------------|--- client 3: acquire A ---|-------------|
    11.000000  |          client 11 wants A, ttl 1 s, waits up to 3 s *|
    11.000000  |<------------|-- client 11: acquire A ---|-------------|
    11.000000  |-------------|-- refused to client 11 ---|------------>|
)");
}

TEST(Ladder, ColoursTheProofOnlyWhenAskedTo) {
  const RunStory s = RunStory::two_holders();
  EXPECT_THAT(ladder(s.result, s.scenario, {.style = kPlain}), Not(HasSubstr("\x1b")));
  EXPECT_THAT(ladder(s.result, s.scenario, {.style = {.colour = true, .width = 80}}),
              AllOf(HasSubstr("\x1b[1;31m>>"), HasSubstr("\x1b[36m---  1.100000")));
}

TEST(Ladder, NoLineIsLongerThanTheWidth) {
  for (const int width : {80, 100, 132}) {
    std::string line;
    for (const char c : ladder(long_story().result, long_story().scenario, {{false, width}, true})) {
      line = c == '\n' ? "" : line + c;
      EXPECT_LE(line.size(), static_cast<std::size_t>(width)) << line;
    }
  }
}

TEST(Ladder, TellsTheViolationThatTheScenarioExpects) {
  RunStory s = RunStory::two_holders();
  s.verdict(models::Property::fenced_writes, "stale", {0}, "a stale write");
  EXPECT_EQ(told_verdict(s.result, s.scenario)->property, models::Property::belief_exclusion);
  s.scenario.expect = models::Property::fenced_writes;
  EXPECT_EQ(told_verdict(s.result, s.scenario)->property, models::Property::fenced_writes);
}

}  // namespace
}  // namespace lockstep::reports
