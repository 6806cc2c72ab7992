// Honest locks keep the contract, and there is no case that none of the planted bugs breaks.
#include "properties/contract/contract.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "properties/zoo/planted.h"

namespace lockstep::properties::contract {
namespace {

using scenarios::Subject;

models::PropertySet judged(const Subject& subject) { return models::kAllProperties & ~subject.untold; }

class HonestLock : public testing::TestWithParam<Subject> {};

TEST_P(HonestLock, KeepsEveryCaseThatItClaims) {
  std::size_t asked = 0;
  for (const Case& one : contract()) {
    if (!lacking(one, GetParam()).empty()) continue;
    const Outcome outcome = try_case(one, GetParam(), judged(GetParam()), 2);
    EXPECT_EQ(outcome.flaw, "") << one.name;
    EXPECT_GT(outcome.runs, 0u) << one.name;
    ++asked;
  }
  EXPECT_GT(asked, 30u);
}

INSTANTIATE_TEST_SUITE_P(All, HonestLock, testing::ValuesIn(scenarios::honest_subjects()), [](const auto& instance) {
  std::string name = instance.param.name;
  std::erase(name, '-');
  return name;
});

// Each case, and a planted bug that it must not let pass: the most particular one there is.
const std::vector<std::pair<std::string_view, std::string_view>> kBreakers = {
    {"acquire-and-release", "memory+token-of-the-row"},
    {"mutual-exclusion", "memory+takes-no-for-yes"},
    {"expiry-after-ttl", "memory+deaf-to-expiry"},
    {"scoped-use", "filesystem+unlinked-guards"},
    {"release-is-idempotent", "memory+token-of-the-row"},
    {"owner-check-at-release", "memory+stale-release"},
    {"late-release", "redis+plain-del"},
    {"double-acquire", "sqlite+second-grant"},
    {"names-the-holder", "sqlite+second-grant"},
    {"locks-are-apart", "memory+takes-no-for-yes"},
    {"sub-second-ttl", "memory+deaf-to-expiry"},
    {"fractional-ttl", "memory+belief-from-answer"},
    {"shortest-ttl", "sqlite+second-grant"},
    {"longest-ttl", "memory+takes-no-for-yes"},
    {"renewal-extends", "sqlite+one-key-for-renewals"},
    {"renewal-after-expiry", "memory+stops-renewing"},
    {"late-renewal", "sqlite+one-key-for-renewals"},
    {"dead-holder", "memory+deaf-to-expiry"},
    {"holder-after-restart", "memory+takes-no-for-yes"},
    {"lease-survives-restart", "redlock+empty-restart"},
    {"release-survives-restart", "sqlite+memory-tokens"},
    {"wall-goes-forward", "memory+wall-clock"},
    {"wall-goes-back", "memory+wall-clock"},
    {"tokens-over-release", "memory+token-of-the-row"},
    {"tokens-over-expiry", "memory+token-of-the-row"},
    {"tokens-over-restart", "sqlite+memory-tokens"},
    {"tokens-over-time", "memory+token-of-the-row"},
    {"broken-lock", "memory+revived-renewal"},
    {"retried-acquire", "sqlite+refused-by-itself"},
    {"retried-release", "memory+compared-then-deleted"},
    {"wait-limit", "memory+tries-once-when-woken"},
    {"waiter-at-release", "memory+tries-once-when-woken"},
    {"waiter-at-expiry", "memory+deaf-to-expiry"},
    {"who-gave-up", "memory+deaf-to-giving-up"},
    {"gives-up-at-hand-over", "sqlite+deferred-transaction"},
    {"queue-order", "sqlite+barging"},
    {"stale-waiter", "memory+tries-once-when-woken"},
    {"impatient-waiter", "memory+takes-no-for-yes"},
    {"names-case", "memory+case-of-names"},
    {"names-zero-byte", "memory+names-cut-off"},
    {"readers-together", "sqlite+reader-deletes-all"},
    {"writer-alone", "memory+takes-no-for-yes"},
    {"writer-becomes-reader", "sqlite+reader-deletes-all"},
    {"permits-are-counted", "memory+counted-anew"},
    {"permits-expire", "memory+permits-of-the-dead"},
    {"all-at-once", "sqlite+deferred-transaction"},
    {"hand-over", "memory+tries-once-when-woken"},
    {"about-the-end", "memory+stops-renewing"},
    {"everybody-waits", "memory+tries-once-when-woken"},
    {"granted-to-a-waiter", "memory+takes-no-for-yes"},
};

const Case& named(std::string_view name) {
  const auto found = std::ranges::find(contract(), name, &Case::name);
  if (found == contract().end()) throw std::invalid_argument(std::string(name));
  return *found;
}

TEST(Contract, LetsNoPlantedBugPassThatACaseIsMeantFor) {
  for (const auto& [name, bug] : kBreakers) {
    const auto subject = zoo::subject_named(bug);
    ASSERT_TRUE(subject) << bug;
    EXPECT_NE(try_case(named(name), *subject, judged(*subject), 4).flaw, "") << name << " on " << bug;
  }
}

// Stands before a store and takes some names for others.
class Careless final : public LockBackend {
 public:
  using Fold = std::string (*)(std::string);
  Careless(LockBackend& inner, Fold fold) : inner_(inner), fold_(fold) {}
  const Claims& claims() const override { return inner_.claims(); }
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override {
    request.name.bytes = fold_(std::move(request.name.bytes));
    return inner_.acquire(std::move(request), give_up);
  }
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override {
    request.name.bytes = fold_(std::move(request.name.bytes));
    return inner_.renew(std::move(request), give_up);
  }
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override {
    request.name.bytes = fold_(std::move(request.name.bytes));
    return inner_.release(std::move(request), give_up);
  }
  Awaitable<Result<Inspection>> inspect(LockName name, MonoTime give_up) override {
    name.bytes = fold_(std::move(name.bytes));
    return inner_.inspect(std::move(name), give_up);
  }

 private:
  LockBackend& inner_;
  Fold fold_;
};

Subject careless(Careless::Fold fold) {
  Subject subject = scenarios::memory_subject();
  subject.between = [fold](LockBackend& store, Executor, Clock&) { return std::make_shared<Careless>(store, fold); };
  return subject;
}

std::string as(std::string name, std::string_view taken, std::string_view for_this) {
  return name == taken ? std::string(for_this) : name;
}

TEST(Contract, FindsEachWayOfTakingOneNameForAnother) {
  const std::vector<std::pair<std::string_view, Subject>> ways = {
      {"names-case", careless([](std::string n) { return as(n, "DB", "db"); })},
      {"names-unicode-form", careless([](std::string n) { return as(n, "cafe\xcc\x81", "caf\xc3\xa9"); })},
      {"names-zero-byte", careless([](std::string n) { return std::string(n.c_str()); })},
      {"names-long", careless([](std::string n) { return n.substr(0, 255); })},
      {"names-last-point", careless([](std::string n) { return as(n, "end.", "end"); })},
      {"names-last-space", careless([](std::string n) { return as(n, "stop ", "stop"); })},
      {"names-slash", careless([](std::string n) { return as(n, "a/b", "a_b"); })},
      {"names-upwards", careless([](std::string n) { return as(n, "../up", "up"); })},
      {"names-escaped", careless([](std::string n) { return as(n, "%41", "A"); })},
      {"names-no-text", careless([](std::string n) { return n == "\xff" || n == "\xfe" ? std::string("?") : n; })},
  };
  for (const auto& [name, subject] : ways) {
    for (const Case& one : name_cases()) {
      const Outcome outcome = try_case(one, subject, judged(subject), 1);
      EXPECT_EQ(outcome.flaw.empty(), one.name != name)
          << name << " folded, asked by " << one.name << ": " << outcome.flaw;
    }
  }
}

TEST(Contract, HasNoCaseThatNothingBreaks) {
  for (const Case& one : contract()) {
    const bool a_name = one.name.starts_with("names-") && one.name != "names-the-holder";
    const bool meant = std::ranges::any_of(kBreakers, [&](const auto& pair) { return pair.first == one.name; });
    EXPECT_TRUE(a_name || meant || one.plot == nullptr) << one.name;
  }
}

TEST(Contract, DoesNotAskWhatALockDoesNotClaim) {
  Subject subject = scenarios::memory_subject();
  subject.claims.fencing = subject.claims.fair = subject.claims.shared_mode = subject.claims.permits = false;
  subject.claims.leases_end = false;
  for (const auto& [name, lacks] : std::vector<std::pair<std::string_view, std::string_view>>{
           {"tokens-over-release", "fencing tokens"},
           {"queue-order", "a line: first come, first served"},
           {"readers-together", "readers that hold it together"},
           {"permits-expire", "permits of a semaphore"},
           {"expiry-after-ttl", "leases that end by themselves"},
           {"lease-survives-restart", "to survive a crash"},
       }) {
    EXPECT_EQ(lacking(named(name), subject), lacks);
  }
}

// What is not tried must not count as right.
TEST(Contract, DoesNotAskForHoursOfTheMachinesTime) {
  Subject subject = scenarios::memory_subject();
  subject.claims.on_machine_time = true;
  EXPECT_NE(lacking(named("tokens-over-time"), subject), "");
  EXPECT_NE(lacking(named("end-of-lease"), subject), "");
  EXPECT_EQ(lacking(named("mutual-exclusion"), subject), "");
}

}  // namespace
}  // namespace lockstep::properties::contract
