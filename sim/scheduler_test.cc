// What the scheduler promises: the order of what is ready and of what is due, what cancelling, pausing and taking away
// do to it, and, over random programs, the same as a list that is searched from end to end.
#include "sim/scheduler.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "impl/env/random.h"

namespace lockstep::sim {
namespace {

using namespace std::chrono_literals;

TrueTime at(Duration since_start) { return TrueTime(since_start); }

struct Bell final : Timer {
  Bell(std::string n, std::function<void(const Bell&)> r) : name(std::move(n)), rings(std::move(r)) {}
  void fire() override { rings(*this); }
  void abandon() override {}
  std::string name;
  std::function<void(const Bell&)> rings;
};

// Bells by name; what rang is kept as "a@3 b@3", with the virtual second.
struct SchedulerStory : testing::Test {
  Bell& bell(const std::string& name, std::function<void()> also = {}) {
    return bells.emplace_back(name, [this, also = std::move(also)](const Bell& rung) {
      heard += fmt::format("{}{}@{}", heard.empty() ? "" : " ", rung.name, scheduler.now().time_since_epoch() / 1s);
      if (also) also();
    });
  }
  std::string hears_until(Duration limit) {
    scheduler.run_until(at(limit));
    return std::exchange(heard, {});
  }

  Scheduler scheduler;
  Owner alice;
  Owner bob;
  std::deque<Bell> bells;
  std::string heard;
};

TEST_F(SchedulerStory, WhatIsReadyRunsInItsOrder) {
  for (const char* name : {"a", "b", "c"}) scheduler.soon(bell(name), &alice);
  EXPECT_EQ(hears_until(0s), "a@0 b@0 c@0");
}

// Whoever passes goes on at a later time as if he had waited for it: only if nobody would have run before him.
TEST_F(SchedulerStory, NobodyPassesWhoWouldBeOvertaken) {
  EXPECT_FALSE(scheduler.pass(at(1s))) << "nobody runs";
  std::string passed;
  const auto tries = [&](Duration until) {
    const bool may = scheduler.pass(at(until));
    passed += fmt::format("{}{} ", may ? "+" : "-", scheduler.now().time_since_epoch() / 1s);
  };
  scheduler.at(bell("a", [&] { tries(3s), tries(4s), tries(5s), tries(6s); }), at(2s), &alice);
  scheduler.at(bell("b"), at(5s), &bob);
  scheduler.at(bell("c", [&] { tries(9s), tries(10s); }), at(8s), &alice);
  scheduler.at(bell("d", [&] { scheduler.soon(bell("e"), &bob), tries(10s); }), at(9s), &alice);
  const std::uint64_t before = scheduler.steps();
  EXPECT_EQ(hears_until(9s), "a@2 b@5 c@8 d@9 e@9");
  EXPECT_EQ(passed, "+3 +4 -4 -4 -8 -8 -9 ") << "not past one who is due at that very instant, nor past the limit";
  EXPECT_EQ(scheduler.steps() - before, 7u) << "two passages are steps, too";
}

TEST_F(SchedulerStory, WhatIsDueRunsByTimeAndThenByTheOrderOfArming) {
  scheduler.at(bell("late"), at(3s), nullptr);
  scheduler.at(bell("first of two"), at(2s), &alice);
  scheduler.at(bell("second of two"), at(2s), &bob);
  scheduler.at(bell("early"), at(1s), &bob);
  EXPECT_EQ(hears_until(10s), "early@1 first of two@2 second of two@2 late@3");
}

TEST_F(SchedulerStory, WhatIsReadyRunsBeforeTimeMoves) {
  scheduler.at(bell("due", [&] { scheduler.soon(bell("ready"), &alice); }), at(1s), &alice);
  scheduler.at(bell("due at the same time"), at(1s), &bob);
  scheduler.at(bell("due later"), at(2s), &bob);
  EXPECT_EQ(hears_until(10s), "due@1 ready@1 due at the same time@1 due later@2");
}

TEST_F(SchedulerStory, WhatIsDueNowOrInThePastStillWaitsForWhatIsReady) {
  scheduler.at(bell("now",
                    [&] {
                      scheduler.at(bell("past"), at(1s), &alice);
                      scheduler.at(bell("present"), at(5s), &alice);
                      scheduler.soon(bell("ready"), &alice);
                    }),
               at(5s), &alice);
  EXPECT_EQ(hears_until(10s), "now@5 ready@5 past@5 present@5");
}

TEST_F(SchedulerStory, TheLimitIsIncludedAndTimeEndsThere) {
  scheduler.at(bell("at the limit"), at(4s), nullptr);
  scheduler.at(bell("beyond"), at(4s + 1ns), nullptr);
  EXPECT_EQ(hears_until(4s), "at the limit@4");
  EXPECT_EQ(scheduler.now(), at(4s));
  EXPECT_EQ(hears_until(3s), "");
  EXPECT_EQ(scheduler.now(), at(4s)) << "time went back";
  EXPECT_EQ(hears_until(5s), "beyond@4");
}

TEST_F(SchedulerStory, StepsCountWhatRan) {
  scheduler.soon(bell("a"), nullptr);
  scheduler.at(bell("b"), at(1s), nullptr);
  scheduler.at(bell("never"), at(9s), nullptr);
  scheduler.run_until(at(2s));
  EXPECT_EQ(scheduler.steps(), 2);
}

TEST_F(SchedulerStory, WhatIsCancelledNeverRunsWhereverItStood) {
  auto& ready = bell("ready");
  auto& due = bell("due");
  auto& waiting = bell("waiting");
  auto& parked = bell("parked");
  scheduler.soon(ready, &alice);
  scheduler.at(due, at(1s), &alice);
  scheduler.wait(waiting, alice);
  scheduler.soon(parked, &bob);
  scheduler.pause(bob);
  scheduler.remove(ready);
  scheduler.remove(waiting);
  EXPECT_EQ(hears_until(0s), "");
  scheduler.remove(due);
  scheduler.remove(parked);
  scheduler.resume(bob);
  scheduler.remove(parked);  // twice is no error
  EXPECT_EQ(hears_until(10s), "");
  EXPECT_EQ(scheduler.steps(), 0);
}

TEST_F(SchedulerStory, ACancelledTimerCanBeArmedAgainAndTakesItsNewPlace) {
  auto& again = bell("again");
  scheduler.at(again, at(1s), &alice);
  scheduler.at(bell("other"), at(1s), &alice);
  scheduler.remove(again);
  scheduler.at(again, at(1s), &alice);
  EXPECT_EQ(hears_until(2s), "other@1 again@1");
  scheduler.at(again, at(3s), &alice);
  EXPECT_EQ(hears_until(4s), "again@3");
}

TEST_F(SchedulerStory, OneBellCancelsAnotherOfTheSameInstant) {
  auto& victim = bell("victim");
  scheduler.soon(bell("killer", [&] { scheduler.remove(victim); }), &alice);
  scheduler.soon(victim, &bob);
  EXPECT_EQ(hears_until(1s), "killer@0");
}

TEST_F(SchedulerStory, WhatWaitsWithoutAnInstantRunsWhenItIsExpedited) {
  auto& waiting = bell("waiting");
  scheduler.wait(waiting, alice);
  EXPECT_EQ(hears_until(100s), "");
  scheduler.expedite(waiting);
  EXPECT_EQ(hears_until(100s), "waiting@100");
}

TEST_F(SchedulerStory, AnExpeditedTimerGoesToTheEndOfWhatIsReady) {
  auto& due = bell("due");
  scheduler.at(due, at(50s), &alice);
  scheduler.soon(bell("ready"), &alice);
  scheduler.expedite(due);
  scheduler.expedite(due);  // already about to run: no effect
  scheduler.soon(bell("later"), &alice);
  EXPECT_EQ(hears_until(100s), "ready@0 due@0 later@0");
  scheduler.expedite(due);  // not pending: no effect
  EXPECT_EQ(hears_until(200s), "");
}

TEST_F(SchedulerStory, APauseHoldsBackOneOwnerAndNobodyElse) {
  scheduler.pause(alice);
  scheduler.soon(bell("a"), &alice);
  scheduler.soon(bell("b"), &bob);
  scheduler.at(bell("A"), at(1s), &alice);
  scheduler.at(bell("B"), at(1s), &bob);
  scheduler.at(bell("world"), at(1s), nullptr);
  EXPECT_EQ(hears_until(10s), "b@0 B@1 world@1");
}

TEST_F(SchedulerStory, ResumingRunsWhatFellDueMeanwhileAtOnceAndInItsOrder) {
  scheduler.pause(alice);
  scheduler.at(bell("third"), at(3s), &alice);
  scheduler.at(bell("second"), at(2s), &alice);
  scheduler.soon(bell("first"), &alice);
  scheduler.at(bell("not yet"), at(20s), &alice);
  EXPECT_EQ(hears_until(10s), "");
  scheduler.resume(alice);
  EXPECT_EQ(hears_until(30s), "first@10 second@10 third@10 not yet@20");
}

TEST_F(SchedulerStory, APauseInTheMiddleOfAnInstantHoldsBackTheRestOfIt) {
  scheduler.soon(bell("before"), &alice);
  scheduler.soon(bell("pauses", [&] { scheduler.pause(alice); }), nullptr);
  scheduler.soon(bell("after"), &alice);
  EXPECT_EQ(hears_until(5s), "before@0 pauses@0");
  scheduler.resume(alice);
  EXPECT_EQ(hears_until(6s), "after@5");
}

TEST_F(SchedulerStory, PausingAgainKeepsWhatIsStillHeldBack) {
  scheduler.pause(alice);
  scheduler.soon(bell("a"), &alice);
  EXPECT_EQ(hears_until(1s), "");
  scheduler.resume(alice);
  scheduler.pause(alice);
  EXPECT_EQ(hears_until(2s), "");
  scheduler.resume(alice);
  EXPECT_EQ(hears_until(3s), "a@2");
}

TEST_F(SchedulerStory, TakingAllTakesEverythingOfOneOwnerFromEverywhere) {
  std::set<Timer*> alices = {&bell("parked"), &bell("ready"), &bell("due"), &bell("waiting")};
  scheduler.soon(bells[0], &alice);
  scheduler.pause(alice);
  scheduler.run_until(at(1s));
  scheduler.soon(bells[1], &alice);
  scheduler.at(bells[2], at(2s), &alice);
  scheduler.wait(bells[3], alice);
  scheduler.soon(bell("bob, ready"), &bob);
  scheduler.at(bell("bob, due"), at(2s), &bob);
  const auto taken = scheduler.take_all(alice);
  EXPECT_EQ(std::set<Timer*>(taken.begin(), taken.end()), alices);
  EXPECT_EQ(taken.size(), alices.size());
  EXPECT_TRUE(scheduler.take_all(alice).empty());
  scheduler.resume(alice);
  EXPECT_EQ(hears_until(10s), "bob, ready@1 bob, due@2");
}

// The same promises without any cleverness: a list, searched from end to end.
class NaiveScheduler {
 public:
  using Fired = std::function<void(int)>;
  explicit NaiveScheduler(Fired fired) : fired_(std::move(fired)) {}
  TrueTime now() const { return now_; }
  void at(int id, TrueTime when, int owner) { put(id, owner, Place::timed, std::max(when, now_)); }
  void soon(int id, int owner) { put(id, owner, Place::ready); }
  void wait(int id, int owner) { put(id, owner, Place::waiting); }
  void remove(int id) {
    std::erase_if(list_, [id](const Entry& e) { return e.id == id; });
  }
  void expedite(int id) {
    const auto found = std::ranges::find(list_, id, &Entry::id);
    if (found == list_.end() || found->place == Place::ready || found->place == Place::parked) return;
    move_to_end(found, Place::ready);
  }
  void pause(int owner) { paused_.insert(owner); }
  void resume(int owner) {
    paused_.erase(owner);
    for (;;) {
      const auto parked =
          std::ranges::find_if(list_, [owner](const Entry& e) { return e.place == Place::parked && e.owner == owner; });
      if (parked == list_.end()) return;
      move_to_end(parked, Place::ready);
    }
  }
  std::set<int> take_all(int owner) {
    std::set<int> taken;
    for (const Entry& e : list_) {
      if (e.owner == owner) taken.insert(e.id);
    }
    std::erase_if(list_, [owner](const Entry& e) { return e.owner == owner; });
    return taken;
  }
  void run_until(TrueTime limit) {
    for (auto next = first(limit); next != list_.end(); next = first(limit)) {
      if (next->place == Place::timed) now_ = next->when;
      if (paused_.contains(next->owner)) {
        move_to_end(next, Place::parked);
      } else {
        const int id = next->id;
        list_.erase(next);
        fired_(id);
      }
    }
    now_ = std::max(now_, limit);
  }

 private:
  enum class Place { ready, timed, waiting, parked };
  struct Entry {
    int id;
    int owner;
    Place place;
    TrueTime when;
  };
  using Entries = std::vector<Entry>;
  void put(int id, int owner, Place place, TrueTime when = {}) { list_.push_back({id, owner, place, when}); }
  void move_to_end(Entries::iterator entry, Place place) {
    Entry moved = *entry;
    moved.place = place;
    list_.erase(entry);
    list_.push_back(moved);
  }
  Entries::iterator first(TrueTime limit) {
    const auto ready = std::ranges::find(list_, Place::ready, &Entry::place);
    if (ready != list_.end()) return ready;
    auto best = list_.end();
    for (auto e = list_.begin(); e != list_.end(); ++e) {
      if (e->place == Place::timed && e->when <= limit && (best == list_.end() || e->when < best->when)) best = e;
    }
    return best;
  }

  Fired fired_;
  TrueTime now_{};
  Entries list_;  // in the order in which each came to its place
  std::set<int> paused_;
};

// The scheduler itself, with numbers for timers and owners. Owner 0 is nobody.
class NumberedScheduler {
 public:
  explicit NumberedScheduler(std::function<void(int)> fired) : fired_(std::move(fired)) {}
  ~NumberedScheduler() {
    for (auto& [id, timer] : timers_) scheduler_.remove(timer);
  }
  TrueTime now() const { return scheduler_.now(); }
  void at(int id, TrueTime when, int owner) { scheduler_.at(timer(id), when, owner == 0 ? nullptr : &owners_[owner]); }
  void soon(int id, int owner) { scheduler_.soon(timer(id), owner == 0 ? nullptr : &owners_[owner]); }
  void wait(int id, int owner) { scheduler_.wait(timer(id), owners_[owner]); }
  void remove(int id) { scheduler_.remove(timer(id)); }
  void expedite(int id) { scheduler_.expedite(timer(id)); }
  void pause(int owner) { scheduler_.pause(owners_[owner]); }
  void resume(int owner) { scheduler_.resume(owners_[owner]); }
  std::set<int> take_all(int owner) {
    std::set<int> taken;
    for (Timer* t : scheduler_.take_all(owners_[owner])) taken.insert(static_cast<Numbered*>(t)->id);
    return taken;
  }
  void run_until(TrueTime limit) { scheduler_.run_until(limit); }

 private:
  struct Numbered final : Timer {
    Numbered(int i, NumberedScheduler& q) : id(i), queue(q) {}
    void fire() override { queue.fired_(id); }
    void abandon() override {}
    int id;
    NumberedScheduler& queue;
  };
  Numbered& timer(int id) { return timers_.try_emplace(id, id, *this).first->second; }

  std::function<void(int)> fired_;
  Scheduler scheduler_;
  Owner owners_[4];
  std::map<int, Numbered> timers_;
};

// Draws what to do next, from outside and from within what fires, and writes down what happens.
template <typename Queue>
class RandomProgram {
 public:
  explicit RandomProgram(std::uint64_t seed) : random_(seed) {}
  std::string log() {
    for (int round = 0; round < 60; ++round) {
      for (auto n = random_.below(6); n > 0; --n) act();
      queue_.run_until(queue_.now() + Duration(random_.below(12)));
    }
    return std::move(log_);
  }

 private:
  void fired(int id) {
    pending_.erase(id);
    log_ += fmt::format("{}:{} ", queue_.now().time_since_epoch().count(), id);
    for (auto n = random_.below(3); n > 0; --n) act();
  }
  void act() {
    const int id = static_cast<int>(random_.below(24));
    const int owner = static_cast<int>(random_.below(4));
    const int some_owner = std::max(1, owner);
    const TrueTime when = queue_.now() + Duration(random_.between(-3, 20));
    const auto dice = random_.below(16);
    if (dice < 9) {
      if (!pending_.insert(id).second) return;
      dice < 5 ? queue_.at(id, when, owner) : dice < 7 ? queue_.soon(id, owner) : queue_.wait(id, some_owner);
    } else if (dice < 11) {
      queue_.remove(id);
      pending_.erase(id);
    } else if (dice < 13) {
      queue_.expedite(id);
    } else if (dice == 13) {
      queue_.pause(some_owner);
    } else if (dice == 14) {
      queue_.resume(some_owner);
    } else if (random_.chance(1, 4)) {
      log_ += "taken ";
      for (const int taken : queue_.take_all(some_owner)) {
        log_ += fmt::format("{} ", taken);
        pending_.erase(taken);
      }
    }
  }

  RandomStream random_;
  std::set<int> pending_;
  std::string log_;
  Queue queue_{[this](int id) { fired(id); }};
};

TEST(Scheduler, DoesWhatAListSearchedFromEndToEndDoes) {
  std::size_t happened = 0;
  for (std::uint64_t seed = 0; seed < 1000; ++seed) {
    const auto expected = RandomProgram<NaiveScheduler>(seed).log();
    ASSERT_EQ(RandomProgram<NumberedScheduler>(seed).log(), expected) << "seed " << seed;
    happened += static_cast<std::size_t>(std::ranges::count(expected, ' '));
  }
  EXPECT_GT(happened, 50'000) << "too little happened to mean anything";
}

}  // namespace
}  // namespace lockstep::sim
