// What a program sees of its process: a crash that ends it without a last word, blocking work that it leaves in the
// middle, a pause that it does not notice, timers and signals that wake it, and being told apart from its predecessor.
#include "sim/process.h"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <memory>
#include <stdexcept>

#include "impl/env/blocking.h"
#include "sim/sim_file_system.h"
#include "sim/world_story_test.h"

namespace lockstep::sim {
namespace {

class ACrash : public WorldStory {};
class BlockingWork : public WorldStory {};
class ARestart : public WorldStory {};
class APause : public WorldStory {};

using Diary = WorldStory::Diary;

Awaitable<void> sleeps(Incarnation& self, WorldStory& story, Duration duration) {
  const Witness witness(story, "destroyed");
  co_await sleep_for(self, duration);
  story.tells("woke");
}

Awaitable<void> says(Incarnation& self, Address to, Bytes words) {
  self.endpoint().send(to, words);
  co_await sleep_for(self, 1ms);
  self.endpoint().send(to, words + " again");
}

struct AtTheEnd {
  ~AtTheEnd() { act(); }
  std::function<void()> act;
};

Awaitable<void> sleeps_and_then(Incarnation& self, Duration duration, std::function<void()> act) {
  const AtTheEnd at_the_end{std::move(act)};
  co_await sleep_for(self, duration);
}

TEST_F(ACrash, DestroysCoroutinesAndRunsTheirDestructorsAtThatInstant) {
  process(host(), [this](Incarnation& self) { return sleeps(self, *this, 5s); });
  strikes(FaultKind::crash_process, 1s, 10s, 0);
  EXPECT_EQ(told_until(30s), Diary({"1s destroyed", "16s woke", "16s destroyed"}));
}

TEST_F(ACrash, DestroysCoroutinesThatWaitForOthers) {
  process(host(), [this](Incarnation& self) {
    spawn(self.executor(), sleeps(self, *this, 5s));
    return listens(self, *this);
  });
  strikes(FaultKind::crash_process, 1s, 100s, 0);
  EXPECT_EQ(told_until(30s), Diary({"1s destroyed"}));
}

TEST_F(ACrash, LetsNothingOutThatDestructorsSend) {
  const auto listener = process(host(), [this](Incarnation& self) { return listens(self, *this); });
  const auto talk = [this, to = world.process(listener).address()](Incarnation& self) {
    return sleeps_and_then(self, 5s, [&self, to] { self.endpoint().send(to, "last words"); });
  };
  const auto crashes = process(host(), talk);
  process(host(), talk);
  strikes(FaultKind::crash_process, 1s, 100s, crashes);
  EXPECT_EQ(told_until(30s), Diary({"5001ms heard last words"})) << "only who ended by itself is heard";
}

TEST_F(ACrash, LetsNothingOutOfCoroutinesThatDestructorsStart) {
  const auto listener = process(host(), [this](Incarnation& self) { return listens(self, *this); });
  const auto crashes = process(host(), [this, to = world.process(listener).address()](Incarnation& self) {
    return sleeps_and_then(self, 5s, [&self, to] { spawn(self.executor(), says(self, to, "release my lock")); });
  });
  strikes(FaultKind::crash_process, 1s, 100s, crashes);
  EXPECT_EQ(told_until(30s), Diary());
}

TEST_F(ACrash, LetsDestructorsTouchNoStorage) {
  const auto home = host();
  const auto write = [this, home](Incarnation& self) {
    return sleeps_and_then(self, 5s, [this, home, &self] {
      SimFileSystem files(*world.host(home).disk, self.gate(), self.number());
      const auto file = files.open("/f", {.write = true, .create = true});
      tells(file ? "written" : "failed");
    });
  };
  process(home, write);
  strikes(FaultKind::crash_process, 1s, 2s, 0);
  begins();
  until(4s);
  EXPECT_EQ(told, Diary({"1s failed"}));
  EXPECT_FALSE(world.host(home).disk->exists("/f"));
  until(30s);
  EXPECT_EQ(told, Diary({"1s failed", "8s written"})) << "the next incarnation may";
}

TEST_F(ACrash, LosesTheMessagesThatNobodyHadRead) {
  const auto home = host();
  const auto deaf = process(home, [this](Incarnation& self) {
    spawn(self.executor(), sleeps_and_then(self, 5s, [] {}));
    return ticks(self, *this, 10s);
  });
  process(host(), [this, deaf](Incarnation& self) { return counts(self, world.process(deaf).address(), 1s); });
  strikes(FaultKind::crash_process, 3500ms, 0s, deaf);
  begins();
  until(3600ms);
  EXPECT_EQ(world.process(deaf).running->endpoint().poll(), std::nullopt);
  until(4600ms);
  EXPECT_EQ(world.process(deaf).running->endpoint().poll()->payload, "4");
}

TEST_F(ACrash, LetsMessagesToTheDeadVanishAndTheNextIncarnationHearTheLaterOnes) {
  const auto listener = process(host(), [this](Incarnation& self) { return listens(self, *this); });
  process(host(), [this, listener](Incarnation& self) { return counts(self, world.process(listener).address(), 1s); });
  strikes(FaultKind::crash_process, 1500ms, 2s, listener);
  EXPECT_EQ(told_until(4500ms), Diary({"1001ms heard 1", "4001ms heard 4"}));
}

TEST_F(ACrash, IsOnlyOfThatProcess) {
  const auto home = host();
  idler(home);
  process(home, [this](Incarnation& self) { return ticks(self, *this, 1s); });
  strikes(FaultKind::crash_process, 1500ms, 10s, 0);
  EXPECT_EQ(told_until(3s), Diary({"1s tick", "2s tick", "3s tick"}));
}

// Blocking work: writes a byte to /f every millisecond, and says how it ended.
int writes_bytes(Incarnation& self, WorldStory& story, int count) {
  const Witness witness(story, "unwound");
  SimFileSystem files(self.disk(), self.gate(), self.number());
  auto file = files.open("/f", {.write = true, .create = true});
  if (!file) return -1;
  const std::byte byte{7};
  for (int i = 0; i < count; ++i) {
    const auto written = (*file)->write_at(static_cast<std::uint64_t>(i), std::span(&byte, 1));
    if (!written) {
      story.tells(fmt::format("byte {} failed", i));
      return i;
    }
  }
  return count;
}

Awaitable<void> works(Incarnation& self, WorldStory& story, int count, MonoTime deadline = MonoTime::max()) {
  auto work = [&self, &story, count] { return writes_bytes(self, story, count); };
  const auto written = co_await blocking(self.lane(), self, std::move(work), deadline);
  story.tells(written ? fmt::format("{} bytes written", *written) : "gave up");
}

TEST_F(BlockingWork, TakesVirtualTimeAndReturnsItsValue) {
  process(host(), [this](Incarnation& self) { return works(self, *this, 9); });
  EXPECT_EQ(told_until(1s), Diary({"10ms unwound", "10ms 9 bytes written"}));
}

TEST_F(BlockingWork, LetsOthersRunBetweenItsStorageCalls) {
  const auto home = host();
  process(home, [this](Incarnation& self) { return works(self, *this, 3); });
  process(home, [this](Incarnation& self) { return ticks(self, *this, 1500us); });
  EXPECT_EQ(told_until(4ms), Diary({"1500000ns tick", "3ms tick", "4ms unwound", "4ms 3 bytes written"}));
}

TEST_F(BlockingWork, IsDoneOneByOneInItsOrder) {
  process(host(), [this](Incarnation& self) {
    spawn(self.executor(), works(self, *this, 4));
    return works(self, *this, 2);
  });
  const auto diary = told_until(1s);
  EXPECT_EQ(diary.back().substr(0, 4), "8ms ") << "4 calls and one opening, then 2 and one";
  EXPECT_EQ(diary.size(), 4);
}

TEST_F(BlockingWork, GoesOnByItselfWhenNobodyWaitsAnyMore) {
  process(host(), [this](Incarnation& self) { return works(self, *this, 9, MonoTime(5ms)); });
  EXPECT_EQ(told_until(1s), Diary({"5ms gave up", "10ms unwound"}));
  EXPECT_EQ(world.host(0).disk->size_of("/f"), 9);
}

Awaitable<void> works_in_vain(Incarnation& self, WorldStory& story) {
  auto work = [&self]() -> int {
    self.gate().enter(StorageCall::access, 0, 0, 0);
    throw std::runtime_error("no luck");
  };
  try {
    co_await blocking(self.lane(), self, std::move(work));
  } catch (const std::runtime_error& error) {
    story.tells(error.what());
  }
}

TEST_F(BlockingWork, ThrowsWhereItIsAwaited) {
  process(host(), [this](Incarnation& self) { return works_in_vain(self, *this); });
  EXPECT_EQ(told_until(1s), Diary({"1ms no luck"}));
}

TEST_F(BlockingWork, CrashedInTheMiddleRunsToItsEndAtThatInstantAndTouchesNothing) {
  process(host(), [this](Incarnation& self) { return works(self, *this, 100); });
  strikes(FaultKind::crash_process, 10ms + 500us, 1h, 0);
  EXPECT_EQ(told_until(1s), Diary({"10500000ns byte 9 failed", "10500000ns unwound"})) << "and nobody gets an answer";
  EXPECT_EQ(world.host(0).disk->size_of("/f"), 9);
}

TEST_F(BlockingWork, NotYetBegunAtACrashIsDestroyedUnrun) {
  const auto submit = [this](Incarnation& self) -> Awaitable<void> {
    auto kept = std::make_shared<Witness>(*this, "second destroyed");
    self.lane().submit([this, &self] { tells(fmt::format("first {}", writes_bytes(self, *this, 100))); }, [] {});
    self.lane().submit([this, kept] { tells("second ran"); }, [this, kept] { tells("second done"); });
    return listens(self, *this);
  };
  process(host(), submit);
  strikes(FaultKind::crash_process, 5500us, 1h, 0);
  EXPECT_EQ(told_until(1s),
            Diary({"5500000ns byte 4 failed", "5500000ns unwound", "5500000ns first 4", "5500000ns second destroyed"}));
}

TEST_F(BlockingWork, CrashedAtItsFirstStorageCallLeavesNoTrace) {
  process(host(), [this](Incarnation& self) { return works(self, *this, 3); });
  strikes(FaultKind::crash_process, 0s, 1h, 0);
  EXPECT_EQ(told_until(1s), Diary({"0s unwound"}));
  EXPECT_FALSE(world.host(0).disk->exists("/f"));
}

TEST_F(BlockingWork, BeginsAnewInTheNextIncarnation) {
  process(host(), [this](Incarnation& self) { return works(self, *this, 9); });
  strikes(FaultKind::crash_process, 5500us, 1s, 0);
  EXPECT_EQ(told_until(2s), Diary({"5500000ns byte 4 failed", "5500000ns unwound", "1015500000ns unwound",
                                   "1015500000ns 9 bytes written"}));
}

struct Papers {
  std::vector<std::uint64_t> randoms;
  std::vector<std::uint64_t> entropies;
  std::vector<std::uint64_t> numbers;
  std::vector<BootId> boots;
};

Awaitable<void> shows_papers(Incarnation& self, Papers& papers) {
  papers.randoms.push_back(self.random().next());
  papers.entropies.push_back(self.gate().random());
  papers.numbers.push_back(self.number());
  papers.boots.push_back(self.boot());
  co_await Signal(self).wait();
}

TEST_F(ARestart, GivesAnotherRandomStreamAndNumberInTheSameBoot) {
  Papers papers;
  process(host(), [&papers](Incarnation& self) { return shows_papers(self, papers); });
  strikes(FaultKind::crash_process, 1s, 1s, 0);
  strikes(FaultKind::crash_process, 3s, 0s, 0);
  told_until(10s);
  ASSERT_EQ(papers.randoms.size(), 3);
  for (const auto& [first, second] : {std::pair{0, 1}, {1, 2}, {0, 2}}) {
    EXPECT_NE(papers.randoms[first], papers.randoms[second]);
    EXPECT_NE(papers.entropies[first], papers.entropies[second]);
    EXPECT_NE(papers.numbers[first], papers.numbers[second]);
    EXPECT_EQ(papers.boots[first], papers.boots[second]) << "the host has gone on";
  }
}

TEST_F(ARestart, OfTheHostGivesAnotherBoot) {
  Papers papers;
  const auto home = host();
  process(home, [&papers](Incarnation& self) { return shows_papers(self, papers); });
  process(host(), [&papers](Incarnation& self) { return shows_papers(self, papers); });
  strikes(FaultKind::reboot_host, 1s, 1s, home);
  told_until(10s);
  ASSERT_EQ(papers.boots.size(), 3);
  EXPECT_NE(papers.boots[0], papers.boots[1]) << "two hosts";
  EXPECT_NE(papers.boots[2], papers.boots[0]) << "two boots";
}

TEST_F(APause, HoldsTimersBackAndGoesOnAtOnceAfterIt) {
  process(host(), [this](Incarnation& self) { return ticks(self, *this, 1s); });
  strikes(FaultKind::pause_process, 2500ms, 3s, 0);
  EXPECT_EQ(told_until(7s), Diary({"1s tick", "2s tick", "5500ms tick", "6500ms tick"}));
}

TEST_F(APause, HoldsMessagesBackAndLosesNone) {
  const auto listener = process(host(), [this](Incarnation& self) { return listens(self, *this); });
  process(host(), [this, listener](Incarnation& self) { return counts(self, world.process(listener).address(), 1s); });
  strikes(FaultKind::pause_process, 1500ms, 2s, listener);
  EXPECT_EQ(told_until(4500ms), Diary({"1001ms heard 1", "3500ms heard 2", "3500ms heard 3", "4001ms heard 4"}));
}

TEST_F(APause, StopsBlockingWorkBetweenTwoStorageCalls) {
  process(host(), [this](Incarnation& self) { return works(self, *this, 9); });
  strikes(FaultKind::pause_process, 5500us, 1s, 0);
  begins();
  until(900ms);
  EXPECT_EQ(world.host(0).disk->size_of("/f"), 4);
  until(2s);
  EXPECT_EQ(told, Diary({"1009500000ns unwound", "1009500000ns 9 bytes written"}));
}

TEST_F(APause, IsNotSeenOnTheClock) {
  process(host(), [this](Incarnation& self) { return ticks(self, *this, 1s); });
  strikes(FaultKind::pause_process, 1s, 5s, 0);
  begins();
  until(6s);
  EXPECT_EQ(world.process(0).running->monotonic(), MonoTime(6s));
}

TEST_F(APause, EndsWithACrashButItsSuccessorIsPausedToo) {
  process(host(), [this](Incarnation& self) { return ticks(self, *this, 1s); });
  strikes(FaultKind::pause_process, 1500ms, 10s, 0);
  strikes(FaultKind::crash_process, 3s, 1s, 0);
  EXPECT_EQ(told_until(13s), Diary({"1s tick", "12500ms tick"}));
  EXPECT_EQ(changes,
            Diary({"0s 0 started", "1500ms fault 0 began", "1500ms 0 paused", "3s fault 1 began", "3s 0 crashed",
                   "4s fault 1 ended", "4s 0 started", "4s 0 paused", "11500ms fault 0 ended", "11500ms 0 resumed"}));
}

std::string in_words(Wake wake) {
  return wake == Wake::signalled ? "signalled" : wake == Wake::deadline ? "deadline" : "cancelled";
}

Awaitable<void> waits(WorldStory& story, Signal& signal, MonoTime deadline = MonoTime::max()) {
  const Wake how = co_await signal.wait_until(deadline);
  story.tells(in_words(how));
}

// A process of the story with a signal that the test sets.
struct Waiting : WorldStory {
  void waits_until(MonoTime deadline = MonoTime::max()) {
    process(host(), [this, deadline](Incarnation& self) {
      signal = std::make_unique<Signal>(self);
      return waits(*this, *signal, deadline);
    });
    begins();
  }
  std::unique_ptr<Signal> signal;
  ~Waiting() override {
    world.end();  // before the signal goes
  }
};

TEST_F(Waiting, EndsExactlyAtTheDeadline) {
  waits_until(MonoTime(3s + 1ns));
  until(10s);
  EXPECT_EQ(told, Diary({"3000000001ns deadline"}));
}

TEST_F(Waiting, ForThePastEndsAtOnce) {
  waits_until(MonoTime(-1s));
  until(10s);
  EXPECT_EQ(told, Diary({"0s deadline"}));
}

TEST_F(Waiting, EndsWhenItIsSignalledAndNotOnceMoreAtTheDeadline) {
  waits_until(MonoTime(3s));
  until(1s);
  signal->set();
  EXPECT_EQ(told, Diary()) << "never from within set()";
  until(10s);
  EXPECT_EQ(told, Diary({"1s signalled"}));
}

TEST_F(Waiting, WithoutADeadlineIsWithoutEnd) {
  waits_until();
  until(10h);
  EXPECT_EQ(told, Diary());
  signal->set();
  until(11h);
  EXPECT_EQ(told, Diary({"36000s signalled"}));
}

TEST_F(Waiting, ForASignalThatIsDestroyedIsCancelled) {
  waits_until(MonoTime(3s));
  until(1s);
  signal.reset();
  until(10s);
  EXPECT_EQ(told, Diary({"1s cancelled"}));
}

Awaitable<void> waits_twice(WorldStory& story, Signal& signal) {
  co_await waits(story, signal, MonoTime(1s));
  co_await waits(story, signal, MonoTime(2s));
}

TEST_F(Waiting, ForASignalThatWasSetBeforeEndsAtOnceAndOnce) {
  process(host(), [this](Incarnation& self) {
    signal = std::make_unique<Signal>(self);
    signal->set();
    signal->set();
    return waits_twice(*this, *signal);
  });
  EXPECT_EQ(told_until(10s), Diary({"0s signalled", "2s deadline"}));
}

TEST_F(Waiting, EndsWhenItIsCancelledAndNotOnceMoreAtTheDeadline) {
  asio::cancellation_signal cancel;
  process(host(), [&, this](Incarnation& self) {
    signal = std::make_unique<Signal>(self);
    auto finished = asio::bind_cancellation_slot(cancel.slot(), [this](std::exception_ptr) { tells("over"); });
    asio::co_spawn(self.executor(), waits(*this, *signal, MonoTime(3s)), std::move(finished));
    return ticks(self, *this, 2s);
  });
  begins();
  until(1s);
  cancel.emit(asio::cancellation_type::terminal);
  EXPECT_EQ(told, Diary());
  until(5s);
  EXPECT_EQ(told, Diary({"1s cancelled", "1s over", "2s tick", "4s tick"}));
}

TEST_F(Waiting, CancelledAfterItsEndIsNothing) {
  asio::cancellation_signal cancel;
  process(host(), [&, this](Incarnation& self) {
    signal = std::make_unique<Signal>(self);
    auto finished = asio::bind_cancellation_slot(cancel.slot(), [](std::exception_ptr) {});
    asio::co_spawn(self.executor(), waits_twice(*this, *signal), std::move(finished));
    return ticks(self, *this, 1h);
  });
  begins();
  until(5s);
  cancel.emit(asio::cancellation_type::terminal);
  until(6s);
  EXPECT_EQ(told, Diary({"1s deadline", "2s deadline"}));
}

TEST_F(Waiting, SignalledInThePauseIsSignalledAfterIt) {
  strikes(FaultKind::pause_process, 500ms, 10s, 0);
  waits_until(MonoTime(20s));
  until(1s);
  signal->set();
  until(30s);
  EXPECT_EQ(told, Diary({"10500ms signalled"}));
}

TEST_F(Waiting, WhoseDeadlinePassedInThePauseEndsByItEvenIfItIsSignalledThen) {
  strikes(FaultKind::pause_process, 500ms, 10s, 0);
  waits_until(MonoTime(1s));
  until(11s);
  signal->set();
  until(30s);
  EXPECT_EQ(told, Diary({"10500ms deadline"}));
}

}  // namespace
}  // namespace lockstep::sim
