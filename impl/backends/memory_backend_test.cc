// What is peculiar to the store in memory: it forgets at a restart, and keeps nothing about names that are done with.
#include "impl/backends/memory_backend.h"

#include <gtest/gtest.h>

#include "impl/backends/store_world_test.h"

namespace lockstep {
namespace {

struct MemoryStore : StoreWorld, testing::Test {
  TestAttempt attempt(const std::string& name, Duration ttl = seconds(10)) {
    return attempt_on(backend, {"", name}, ttl);
  }
  MemoryBackend backend{clock, &events};
};

TEST_F(MemoryStore, ClaimsNoDurability) {
  EXPECT_FALSE(backend.claims().durable);
  EXPECT_FALSE(backend.claims().survives_power_loss);
  EXPECT_FALSE(backend.claims().shared_store);
}

TEST_F(MemoryStore, ANameIsForgottenWithItsLastLease) {
  auto alice = attempt("db");
  alice.acquires();
  EXPECT_EQ(backend.names(), 1);
  alice.releases();
  EXPECT_EQ(backend.names(), 0);
}

TEST_F(MemoryStore, AskingAboutANameThatIsFreeLeavesNoTrace) {
  auto alice = attempt("db");
  alice.claims(1);
  alice.renews();
  alice.releases();
  alice.gives_up();
  alice.asks();  // too late, it has given up
  await(context, backend.inspect({"", "db"}, MonoTime::max()));
  EXPECT_EQ(backend.names(), 0);
}

TEST_F(MemoryStore, NamesWhoseHoldersVanishedDoNotStayForEver) {
  for (int i = 0; i < 100; ++i) attempt("abandoned " + std::to_string(i)).acquires();
  EXPECT_EQ(backend.names(), 100);
  clock.jump(seconds(10) + kRetryHorizon);
  attempt("db").acquires();
  EXPECT_EQ(backend.names(), 1);
}

TEST_F(MemoryStore, AnAbandonedLeaseIsToldToHaveExpiredOnce) {
  using Noted = NotedEvents::Noted;
  auto abandoned = attempt("abandoned");
  const Token token = abandoned.acquires();
  clock.jump(seconds(10) + kRetryHorizon);
  attempt("db").acquires();
  attempt("abandoned").acquires();
  const Noted expired{LeaseEvent::Kind::expired, "abandoned", token};
  EXPECT_EQ(std::count(events.all.begin(), events.all.end(), expired), 1);
}

TEST_F(MemoryStore, ARenewedLeaseOutlivesTheAnswersAboutItsGrant) {
  auto alice = attempt("db");
  alice.acquires();
  alice.renews(hours(1));
  clock.jump(seconds(10) + kRetryHorizon);
  attempt("cache").acquires();  // forgets what is to be forgotten
  attempt("db").is_refused();
  EXPECT_EQ(backend.names(), 2);
}

}  // namespace
}  // namespace lockstep
