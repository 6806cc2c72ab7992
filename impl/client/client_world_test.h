// A client, its clock, and a store that answers when the test says so.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "impl/client/lock_client.h"
#include "impl/env/drive_test.h"
#include "impl/env/manual_clock_test.h"
#include "impl/lock/scripted_backend_test.h"

namespace lockstep {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

// What the handles said of themselves.
struct NotedBeliefs final : BeliefObserver {
  void believes(AttemptId, MonoTime deadline) override { deadlines.push_back(deadline); }
  void lost(AttemptId, LossReason reason) override { losses.push_back(reason); }
  std::vector<MonoTime> deadlines;
  std::vector<LossReason> losses;
};

struct ClientWorld : testing::Test {
  using Acquiring = Started<Result<Acquisition>>;

  static LockClient::Wish wish_for(std::string name, Duration wait_limit = {}) {
    return {.name = {"", std::move(name)}, .owner = "alice", .ttl = seconds(10), .wait_limit = wait_limit};
  }
  Acquiring starts_to_acquire(Duration ttl, Duration wait_limit, bool renew = true) {
    LockClient::Wish wish{.name = {"", "db"}, .owner = "alice", .ttl = ttl, .wait_limit = wait_limit, .renew = renew};
    auto acquiring = start(context, client.acquire(client.next_attempt(), std::move(wish)));
    passes({});
    return acquiring;
  }
  // What it came to; the test fails if it has not ended.
  std::shared_ptr<HeldLock> held_by(Acquiring& acquiring) {
    if (acquiring.done() && acquiring.result() &&
        std::holds_alternative<std::shared_ptr<HeldLock>>(*acquiring.result())) {
      return std::get<std::shared_ptr<HeldLock>>(*acquiring.result());
    }
    throw std::runtime_error("it is not held");
  }
  NotAcquired refusal_of(Acquiring& acquiring) {
    if (acquiring.done() && acquiring.result() && std::holds_alternative<NotAcquired>(*acquiring.result())) {
      return std::get<NotAcquired>(*acquiring.result());
    }
    throw std::runtime_error("it was not refused");
  }
  LockError error_of(Acquiring& acquiring) {
    if (acquiring.done() && !acquiring.result()) return acquiring.result().error();
    throw std::runtime_error("it did not fail");
  }
  // A lock that is granted without delay.
  std::shared_ptr<HeldLock> holds(Duration ttl, bool renew = true) {
    auto acquiring = starts_to_acquire(ttl, Duration::zero(), renew);
    store.acquires.answer(granted(ttl));
    passes({});
    return held_by(acquiring);
  }
  static Result<AcquireAnswer> granted(Duration ttl, Token token = 5) { return AcquireAnswer(Granted{token, ttl}); }
  static Result<AcquireAnswer> refused(std::string owner = "bob") {
    Refused refusal;
    refusal.holders.push_back({.name = {"", "db"}, .owner = std::move(owner)});
    return AcquireAnswer(std::move(refusal));
  }
  void passes(Duration duration) { clock.pass(duration); }
  MonoTime now() const { return clock.monotonic(); }

  asio::io_context context;
  ManualClock clock{context};
  RandomStream random{1};
  NotedBeliefs beliefs;
  ScriptedBackend store{clock};
  LockClient client{context.get_executor(), store, clock, random, &beliefs, {}};
};

}  // namespace lockstep
