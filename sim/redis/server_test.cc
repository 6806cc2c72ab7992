// Servers in a world: what a crash and a power loss leave of their keys, what a partition does to a connection, and
// what a promoted replica knows. Delays take one millisecond, syncs ten.
#include "sim/redis/server.h"

#include <gtest/gtest.h>

#include "sim/redis/link.h"
#include "sim/world_story_test.h"

namespace lockstep::sim::redis {
namespace {

using namespace std::chrono_literals;

class Servers : public WorldStory {
 public:
  std::uint32_t server(Server::Options options) {
    return process(host(), [options](Incarnation& self) { return serves(self, options); });
  }
  // What a client writes into the diary: the answers to its commands, each asked at its time.
  using Asking = std::vector<std::pair<Duration, Command>>;
  void client(std::uint32_t of, Asking asking, Duration patience = 500ms) {
    process(host(),
            [this, of, asking, patience](Incarnation& self) { return asks(self, *this, of, asking, patience); });
  }
  Address address_of(std::uint32_t number) { return world.process(number).address(); }

 private:
  static Awaitable<void> serves(Incarnation& self, Server::Options options) {
    const auto files = std::make_shared<SimFileSystem>(self.disk(), self.gate(), self.number(), self.mount());
    const Server::Parts parts{self.endpoint(), self, self.random(), self.lane(), files};
    Server server(parts, options);
    co_await server.run();
  }
  static Awaitable<void> asks(Incarnation& self, Servers& story, std::uint32_t of, Asking asking, Duration patience) {
    const auto links = std::make_shared<Links>(self.executor(), self.endpoint(), self, self.random());
    spawn(self.executor(), links->run());
    const auto server = links->to(story.address_of(of));
    for (const auto& [at, command] : asking) {
      co_await sleep_until(self, MonoTime(at));
      spawn(self.executor(), ask(self, story, server, command, patience));
    }
    co_await Signal(self).wait();
  }
  static Awaitable<void> ask(Incarnation& self, Servers& story, std::shared_ptr<lockstep::redis::Connection> server,
                             Command command, Duration patience) {
    const std::string asked = lockstep::redis::in_words(command);
    const auto reply = co_await server->command(std::move(command), self.monotonic() + patience);
    story.told.push_back(asked + ": " + (reply ? lockstep::redis::in_words(*reply) : reply.error().detail));
  }
};

const Server::Options kNone{.persistence = Server::Persistence::none};
const Server::Options kEverySecond{.persistence = Server::Persistence::everysec};
const Server::Options kAlways{.persistence = Server::Persistence::always};
using Diary = Servers::Diary;

TEST_F(Servers, AnswerWhatTheyAreAsked) {
  client(server(kAlways), {{0s, {"SET", "k", "v", "PX", "100"}}, {50ms, {"GET", "k"}}, {500ms, {"GET", "k"}}});
  EXPECT_EQ(told_until(1s), (Diary{"SET k v PX 100: OK", "GET k: v", "GET k: nil"}));
}

TEST_F(Servers, WithoutAFileACrashTakesAll) {
  client(server(kNone), {{0s, {"SET", "k", "v"}}, {3s, {"GET", "k"}}, {3s + 50ms, {"GET", "k"}}});
  strikes(FaultKind::crash_process, 1s, 100ms, 0);
  EXPECT_EQ(told_until(5s), (Diary{"SET k v: OK", "GET k: the server was started anew", "GET k: nil"}));
}

TEST_F(Servers, AFileSyncedEachTimeSurvivesCrashAndPowerLoss) {
  client(server(kAlways),
         {{0s, {"SET", "k", "v"}}, {3s, {"PING"}}, {4s, {"GET", "k"}}, {6s, {"PING"}}, {7s, {"GET", "k"}}});
  strikes(FaultKind::crash_process, 1s, 100ms, 0);
  strikes(FaultKind::reboot_host, 5s, 100ms, 0);
  EXPECT_EQ(told_until(8s), (Diary{"SET k v: OK", "PING: the server was started anew", "GET k: v",
                                   "PING: the server was started anew", "GET k: v"}));
}

TEST_F(Servers, AFileSyncedEachSecondSurvivesACrashButNotEveryPowerLoss) {
  client(server(kEverySecond), {{0s, {"SET", "old", "v"}},
                                {2s, {"SET", "k", "v"}},
                                {2s + 500ms, {"PING"}},
                                {3s, {"GET", "k"}},
                                {4s, {"SET", "new", "v"}},
                                {5s, {"PING"}},
                                {6s, {"EXISTS", "old", "k"}},
                                {6s, {"GET", "new"}}});
  strikes(FaultKind::crash_process, 2s + 100ms, 100ms, 0);
  strikes(FaultKind::reboot_host, 4s + 100ms, 100ms, 0);
  const Diary diary = told_until(8s);
  ASSERT_EQ(diary.size(), 8u);
  EXPECT_EQ(diary[3], "GET k: v");
  EXPECT_EQ(diary[6], "EXISTS old k: 1");  // k was written, but not synced, by a process that has died since
  EXPECT_EQ(diary[7], "GET new: nil");
}

TEST_F(Servers, KeepTheOrderOfAConnectionThroughACut) {
  client(server(kNone), {{0s, {"PING"}}, {1s, {"SET", "k", "v"}}, {1s, {"DEL", "k"}}, {3s, {"GET", "k"}}}, 300ms);
  strikes(FaultKind::cut_link, 900ms, 1s, 0, 1);
  EXPECT_EQ(told_until(5s), (Diary{"PING: PONG", "SET k v: the server did not answer in time",
                                   "DEL k: the server did not answer in time", "GET k: nil"}));
}

TEST_F(Servers, WhoWasNeverReachedWasNeverAsked) {
  client(server(kNone), {{1s, {"SET", "k", "v"}}, {3s, {"GET", "k"}}}, 300ms);
  strikes(FaultKind::cut_link, 900ms, 1s, 0, 1);
  EXPECT_EQ(told_until(5s), (Diary{"SET k v: the server cannot be reached", "GET k: nil"}));
}

TEST_F(Servers, CarryOutACommandOnceHoweverOftenItComes) {
  WorldStory::Diary first;
  client(server(kNone), {{0s, {"PING"}}, {1s, {"SET", "k", "v", "NX"}}, {2s, {"DEL", "k"}}, {3s, {"DEL", "k"}}});
  strikes(FaultKind::duplicating_link, 500ms, 5s, 1, 0, 1'000'000);
  EXPECT_EQ(told_until(5s), (Diary{"PING: PONG", "SET k v NX: OK", "DEL k: 1", "DEL k: 0"}));
}

// --- Two of them -----------------------------------------------------------------------------------------------------

class Replicas : public Servers {
 public:
  Replicas() {
    Server::Options options = kAlways;
    options.peer = Address{1, 3};
    server(options);
    options.peer = Address{0, 1};
    options.follows = true;
    server(options);
  }
};

TEST_F(Replicas, OnlyTheMasterIsWrittenTo) {
  client(1, {{500ms, {"SET", "k", "v"}}});
  EXPECT_EQ(told_until(1s), Diary{"SET k v: READONLY You can't write..."});
}

TEST_F(Replicas, WhatTheReplicaHasHeardOutlivesTheMaster) {
  client(0, {{500ms, {"SET", "k", "v"}}});
  client(1, {{3s, {"GET", "k"}}});
  strikes(FaultKind::crash_process, 1s, 5s, 0);
  EXPECT_EQ(told_until(4s), (Diary{"SET k v: OK", "GET k: v"}));
}

TEST_F(Replicas, WhatItHasNotHeardIsLostAlthoughItWasAnswered) {
  client(0, {{1s, {"SET", "k", "v"}}});
  client(1, {{3s, {"GET", "k"}}});
  strikes(FaultKind::cut_link, 900ms, 200ms, 0, 1);
  strikes(FaultKind::crash_process, 1050ms, 5s, 0);
  EXPECT_EQ(told_until(4s), (Diary{"SET k v: OK", "GET k: nil"}));
}

TEST_F(Replicas, TheOldMasterFollowsTheNewOne) {
  client(1, {{3s, {"SET", "k", "v"}}});
  client(0, {{4s, {"GET", "k"}}});
  strikes(FaultKind::crash_process, 1s, 1s, 0);
  EXPECT_EQ(told_until(5s), (Diary{"SET k v: OK", "GET k: READONLY You can't write..."}));
}

}  // namespace
}  // namespace lockstep::sim::redis
