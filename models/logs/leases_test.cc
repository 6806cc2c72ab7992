// Renewals for shorter than what was left of the lease: a lock that takes them at their word is not accused, in random
// logs of such a one neither, and one that ends the lease even earlier is.
#include "models/logs/leases.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tuple>

#include "models/dice_test.h"
#include "models/logs/read_test.h"

namespace lockstep::models {
namespace {

std::string said(const std::string& story, bool from_asking = false) {
  return said_of(read_text(lines_of(story), {.leases_from_asking = from_asking}));
}

std::string granted(int sid, int asked, int told) {
  return fmt::format("{0} invoke try_lock {0} {1}\n{0} ok try_lock {0} {2}\n", sid, asked, told);
}

constexpr const char* kLongGrant = "1 invoke try_lock 1 0 \"ttl_ns\":50\n1 ok try_lock 1 1\n";
constexpr const char* kShortRenewal = "1 invoke renew 1 3 \"ttl_ns\":5\n1 ok renew 1 4\n";

TEST(Leases, EndAfterTheirLastRenewalWhereThatIsShorter) {
  const std::string story = std::string(kLongGrant) + kShortRenewal;
  EXPECT_EQ(said(kLongGrant + granted(2, 6, 9)), "two holders");
  EXPECT_EQ(said(story + granted(2, 6, 9)), "ok");
  EXPECT_EQ(said(story + granted(2, 6, 7)), "two holders") << "the renewal was for longer";
  EXPECT_EQ(said(story + granted(2, 6, 8), true), "ok");
  EXPECT_EQ(said(story + granted(2, 6, 7), true), "two holders");
  const std::string longer = "1 invoke renew 1 5 \"ttl_ns\":30\n1 ok renew 1 6\n";
  EXPECT_EQ(said(story + longer + granted(2, 6, 34)), "two holders");
  EXPECT_EQ(said(story + longer + granted(2, 6, 35)), "ok");
  EXPECT_EQ(said(kLongGrant + longer + kShortRenewal + granted(2, 36, 36)), "ok") << "lines need no order";
}

TEST(Leases, MayHaveBeenShortenedByRenewalsOfUnknownOutcomeOrAtTheSameTime) {
  EXPECT_EQ(said(std::string(kLongGrant) + "1 invoke renew 1 3 \"ttl_ns\":5\n1 info renew 1 4\n" + granted(2, 6, 9)),
            "ok");
  const std::string both =
      "1 invoke renew 1 3 \"ttl_ns\":5\n4 invoke renew 1 4 \"ttl_ns\":50\n1 ok renew 1 6\n4 ok renew 1 5\n";
  EXPECT_EQ(said(kLongGrant + both + granted(2, 7, 11)), "ok");
}

TEST(Leases, BeginWithARenewalThatTellsOneWhereTheGrantToldNone) {
  const std::string grant = "1 invoke try_lock 1 0\n1 ok try_lock 1 1\n";
  EXPECT_EQ(said(grant + kShortRenewal + granted(2, 6, 9)), "ok");
  EXPECT_EQ(said(grant + kShortRenewal + granted(2, 6, 7)), "two holders");
}

TEST(Leases, AreNotProlongedByARenewalThatTellsNone) {
  EXPECT_EQ(said("1 invoke try_lock 1 0 \"ttl_ns\":5\n1 ok try_lock 1 1\n1 invoke renew 1 3\n1 ok renew 1 4\n" +
                 granted(2, 6, 7)),
            "ok");
}

// One attempt, renewed one after the other by a lock whose leases end as long after the last renewal as it tells; then
// another attempt is granted as soon as it can be.
TEST(Leases, OfALockThatTakesEachRenewalAtItsWordAreRight) {
  Dice dice(3);
  for (int i = 0; i < 3000; ++i) {
    const bool from_asking = dice.chance(50);
    int now = 0, ends = 0;
    std::string story;
    const auto step = [&](const char* op, bool first) {
      const int asked = now, ttl = 1 + static_cast<int>(dice.below(30));
      const int at = asked + static_cast<int>(dice.below(4)), told = at + static_cast<int>(dice.below(4));
      if (!first && at >= ends) return false;
      const bool lost = !first && dice.chance(20);
      story +=
          fmt::format("1 invoke {} 1 {} \"ttl_ns\":{}\n1 {} {} 1 {}\n", op, asked, ttl, lost ? "info" : "ok", op, told);
      ends = (from_asking ? asked : at) + ttl;
      now = told + static_cast<int>(dice.below(4));
      return true;
    };
    step("try_lock", true);
    while (dice.chance(80) && step("renew", false)) {
    }
    story += granted(2, 0, std::max(ends, 1));
    EXPECT_EQ(said(story, from_asking), "ok") << story;
  }
}

}  // namespace
}  // namespace lockstep::models
