// Envelopes of real locks: two boundaries against what theory says of them, and that the same question has the same
// answer whoever works it out.
#include "properties/envelope.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "properties/bisect.h"
#include "properties/campaign.h"
#include "properties/zoo/planted.h"

namespace lockstep::properties {
namespace {

using namespace std::chrono_literals;
using models::Property;
using scenarios::Boundary;
using scenarios::Envelope;
using scenarios::EnvelopeAxis;

constexpr std::int64_t kBillion = 1'000'000'000;

EnvelopeOptions options_for(std::string_view backend, const std::string& axis) {
  EnvelopeOptions options{.subject = *zoo::subject_named(backend)};
  options.axes = {axis};
  options.maps = false;
  options.runs = 40;
  options.resolution_ppm = 5'000;
  options.directory = "";
  return options;
}

Envelope measured(const EnvelopeOptions& options) {
  const std::atomic<bool> never = false;
  return measure_envelope(
      options, [](const EnvelopeProgress&) {}, never);
}

const Boundary* boundary_of(const EnvelopeAxis& axis, Property property) {
  const auto found = std::ranges::find(axis.boundaries, property, &Boundary::property);
  return found == axis.boundaries.end() ? nullptr : &*found;
}

// How much faster than the holder's clock the store's must run so that leases of `ttl` end `late` before the belief
// does: ttl / (1 + x) = ttl (1 - rho) - late, in true time as the holder's clock is right. The margin rho of the client
// is not the bound itself: it is 1 / (1 - rho) - 1 = rho + rho^2 + ..., and messages add to it.
std::int64_t drift_that_breaks(Duration ttl, std::int64_t rho_ppb, Duration late) {
  const auto lease = static_cast<long double>(ttl.count());
  const long double belief = lease * (1 - static_cast<long double>(rho_ppb) / kBillion) - late.count();
  return static_cast<std::int64_t>((lease / belief - 1) * kBillion);
}

// The holder believes from when it asked. The store's lease begins a message later, and the next one believes a message
// after its end: 50 to 100 us each. What is below the first bound cannot break in any run, what is above the second
// does in all in which the holder does not renew. So the boundary lies between, to the resolution of the bisection.
TEST(TheEnvelope, OfBeliefBreaksWhereTheDriftExceedsTheStatedBound) {
  for (const Duration ttl : {500ms, 2000ms, 20'000ms}) {
    EnvelopeOptions options = options_for("memory", "drift");
    options.ttl = ttl;
    const Envelope envelope = measured(options);
    const Boundary* s2 = boundary_of(envelope.axes[0], Property::belief_exclusion);
    ASSERT_NE(s2, nullptr);
    ASSERT_TRUE(s2->kept);
    const std::int64_t rho = options.subject.claims.max_drift_ppb;
    EXPECT_GT(s2->broken, drift_that_breaks(ttl, rho, 100us)) << ttl / 1ms << " ms";
    EXPECT_LE(*s2->kept, drift_that_breaks(ttl, rho, 200us)) << ttl / 1ms << " ms";
    EXPECT_LE(s2->broken - *s2->kept, *s2->kept / 200 + 1);
    EXPECT_GT(s2->broken, rho) << "within the claim nothing may break";
    EXPECT_FALSE(s2->claimed);
  }
}

// Redlock's servers let go of a key when their wall clocks say so. The rule that one hears, "a step larger than the
// validity that remains when it strikes", is right only for whoever asks just then. Who asks later needs less: a key
// that was set at t and has been stepped over by S is free from t + ttl - S on, and the holder believes until t + ttl
// (1 - rho). So any step above rho ttl and what a round takes lets two in; the duel asks at that very instant. The
// third client asks 60 to 400 us after it, its round takes 100 to 200 us, and a server syncs its file, in 100 us and
// some calls, before it answers. One that polls needs at least a round less the difference of two messages.
TEST(TheEnvelope, OfRedlockBreaksWhereAStepExceedsWhatRemainsOfTheMargin) {
  for (const Duration ttl : {1000ms, 4000ms}) {
    EnvelopeOptions options = options_for("redlock", "step");
    options.ttl = ttl;
    const Envelope envelope = measured(options);
    const Boundary* s2 = boundary_of(envelope.axes[0], Property::belief_exclusion);
    ASSERT_NE(s2, nullptr);
    ASSERT_TRUE(s2->kept);
    const Duration margin = ttl * options.subject.claims.max_drift_ppb / kBillion;
    EXPECT_GT(Duration(s2->broken), margin + 50us);
    EXPECT_LE(Duration(*s2->kept), margin + 750us);
    EXPECT_FALSE(s2->claimed) << "it does not claim to survive steps";
  }
}

// And for whoever asks once, right after the step, the rule that one hears holds: the validity that remains, which is
// 7/8 of the ttl here, within the millisecond that the question comes later.
TEST(TheEnvelope, OfRedlockIsTheRemainingValidityForWhoeverAsksJustThen) {
  const scenarios::Subject redlock = *zoo::subject_named("redlock");
  const Trouble& step = *trouble_named("step");
  const Duration ttl = 2s;
  const auto breaks = [&](std::int64_t ns) {
    for (std::uint64_t seed = 8; seed < 24; seed += step.variants) {  // servers step forward, nobody renews
      scenarios::Scenario s = duel_with(step, ns, redlock, ttl, seed);
      const sim::TrueTime stepped = s.faults.front().at;
      const auto holder = *std::ranges::find(s.steps, 0u, &scenarios::Step::client);
      std::erase_if(s.steps, [](const scenarios::Step& use) { return use.client != 0; });
      s.steps.push_back({.at = stepped + 500us, .client = 2, .ttl = ttl, .hold = ttl / 4});
      EXPECT_EQ(s.faults.front().amount, ns);
      const auto result = scenarios::run(s, redlock);
      if ((scenarios::violated(result) & models::bit(Property::belief_exclusion)) != 0) return true;
    }
    return false;
  };
  Bracket bracket{.kept = 100'000'000, .broken = 4'000'000'000};
  ASSERT_FALSE(breaks(*bracket.kept));
  ASSERT_TRUE(breaks(*bracket.broken));
  while (const auto middle = between(bracket, 200)) (breaks(*middle) ? bracket.broken : bracket.kept) = *middle;
  EXPECT_NEAR(static_cast<double>(*bracket.broken), static_cast<double>((ttl - ttl / 8).count()), 1.2e6);
}

TEST(TheEnvelope, IsTheSameForAnyNumberOfWorkers) {
  EnvelopeOptions options{.subject = *zoo::subject_named("memory+wall-clock")};
  options.axes = {"step", "crash"};
  options.runs = 25;
  options.runs_of_map = 2;
  options.directory = "";
  const Envelope one = measured(options);
  options.jobs = 3;
  const Envelope three = measured(options);
  EXPECT_EQ(one.calm, three.calm);
  EXPECT_EQ(one.axes, three.axes);
  EXPECT_EQ(one.maps, three.maps);
  EXPECT_EQ(one.runs_in_all, three.runs_in_all);
  EXPECT_EQ(one.maps.size(), 1u) << "of the two only step has a map";
  EXPECT_GT(one.axes[0].boundaries.size(), 0u);
}

TEST(TheEnvelope, SaysWhatIsClaimedAndWhatIsNot) {
  const Envelope wrong = measured(options_for("memory+wall-clock", "step"));
  const Boundary* s2 = boundary_of(wrong.axes[0], Property::belief_exclusion);
  ASSERT_NE(s2, nullptr);
  EXPECT_TRUE(s2->claimed) << "it claims to be immune";
  EXPECT_NE(s2->sentence.find("two holders"), std::string::npos) << s2->sentence;
  EXPECT_TRUE(measured(options_for("memory", "step")).axes[0].boundaries.empty());
}

// Short outages take the leases of a lock in memory away while they last; long ones outlive them.
TEST(TheEnvelope, OfALockThatForgetsIsKeptAgainWhereTheOutageIsLongerThanTheLease) {
  const Envelope envelope = measured(options_for("memory", "crash"));
  const Boundary* s2 = boundary_of(envelope.axes[0], Property::belief_exclusion);
  ASSERT_NE(s2, nullptr);
  EXPECT_EQ(s2->kept, std::nullopt);
  EXPECT_TRUE(s2->returns);
  EXPECT_TRUE(measured(options_for("sqlite", "crash")).axes[0].boundaries.empty());
}

// Honest syncs hold whatever the power does; a disk that lies takes tokens back, and then S4 is gone for whoever it is.
TEST(TheEnvelope, OfADiskThatLiesTellsHowSoonItShows) {
  const Envelope envelope = measured(options_for("sqlite", "lies"));
  const Boundary* s4 = boundary_of(envelope.axes[0], Property::fencing_order);
  ASSERT_NE(s4, nullptr);
  EXPECT_FALSE(s4->claimed);
  EXPECT_TRUE(measured(options_for("sqlite", "power")).axes[0].boundaries.empty());
}

TEST(TheEnvelope, LeavesOutWhatDoesNotBearOnTheLock) {
  const Envelope envelope = measured(options_for("filesystem", "delay"));
  EXPECT_NE(envelope.axes[0].lacks, "");
  EXPECT_TRUE(envelope.axes[0].points.empty());
}

TEST(TheEnvelope, ThatIsStoppedSaysSo) {
  const std::atomic<bool> stopped = true;
  const Envelope none = measure_envelope(
      options_for("memory", "drift"), [](const EnvelopeProgress&) {}, stopped);
  EXPECT_EQ(none.end, Envelope::End::interrupted);
  EnvelopeOptions options = options_for("memory", "drift");
  options.time_limit = Duration::zero();
  EXPECT_EQ(measured(options).end, Envelope::End::out_of_time);
}

TEST(TheEnvelope, OfAnUnknownAxisIsRefused) { EXPECT_THROW(measured(options_for("memory", "weather")), CampaignError); }

}  // namespace
}  // namespace lockstep::properties
