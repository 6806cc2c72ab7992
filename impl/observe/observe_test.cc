// What a client tells of itself, as metrics and as a timeline: told by a real client of a store that the test answers.
#include <prometheus/registry.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "impl/client/client_world_test.h"
#include "impl/client/lock_guard.h"
#include "impl/observe/chrome_trace.h"
#include "impl/observe/prometheus_telemetry.h"

namespace lockstep {
namespace {

struct AnObservedClient : ClientWorld {
  virtual LockTelemetry& telemetry() = 0;
  void SetUp() override {
    observed.emplace(context.get_executor(), store, clock, random, nullptr,
                     LockClient::Options{.telemetry = &telemetry()});
  }
  Acquiring asks(Duration wait_limit = seconds(2)) {
    auto acquiring = start(context, observed->acquire(wish_for("db", wait_limit)));
    passes({});
    return acquiring;
  }
  std::shared_ptr<HeldLock> its_lock() {
    auto acquiring = asks();
    store.acquires.answer(granted(seconds(10)));
    passes({});
    return held_by(acquiring);
  }
  void releases(const std::shared_ptr<HeldLock>& held) {
    auto releasing = start(context, held->release(MonoTime::max()));
    passes({});
    store.releases.answer(ReleaseAnswer::released);
    passes({});
    EXPECT_TRUE(releasing.result());
  }
  std::optional<LockClient> observed;
};

// --- Metrics ---------------------------------------------------------------------------------------------------------

struct Metrics : AnObservedClient {
  LockTelemetry& telemetry() override { return prometheus_telemetry; }
  // The line's value, as text; empty if there is no such line.
  std::string value(const std::string& metric) {
    std::istringstream text(text_of(registry));
    for (std::string line; std::getline(text, line);) {
      if (line.starts_with(metric + " ")) return line.substr(metric.size() + 1);
    }
    return {};
  }
  prometheus::Registry registry;
  PrometheusTelemetry prometheus_telemetry{registry};
};

TEST_F(Metrics, AreAllThereFromTheBeginning) {
  for (const std::string name :
       {"lockstep_acquisitions_total", "lockstep_active", "lockstep_contentions_total", "lockstep_releases_total",
        "lockstep_timeouts_total", "lockstep_losses_total{reason=\"outage\"}",
        "lockstep_losses_total{reason=\"expired\"}", "lockstep_losses_total{reason=\"broken\"}",
        "lockstep_wait_seconds_count"}) {
    EXPECT_EQ(value(name), "0") << name << " in\n" << text_of(registry);
  }
}

TEST_F(Metrics, CountALockFromItsWaitToItsRelease) {
  auto acquiring = asks();
  store.acquires.answer(refused());
  passes({});
  store.acquires.always(refused());
  passes(milliseconds(300));
  store.acquires.always(granted(seconds(10)));
  passes(milliseconds(400));
  const auto held = held_by(acquiring);
  EXPECT_EQ(value("lockstep_contentions_total"), "1") << "once in an acquisition";
  EXPECT_EQ(value("lockstep_acquisitions_total"), "1");
  EXPECT_EQ(value("lockstep_active"), "1");
  EXPECT_EQ(value("lockstep_wait_seconds_count"), "1");
  EXPECT_EQ(value("lockstep_wait_seconds_bucket{le=\"0.25\"}"), "0");
  EXPECT_EQ(value("lockstep_wait_seconds_bucket{le=\"1\"}"), "1");
  releases(held);
  EXPECT_EQ(value("lockstep_active"), "0");
  EXPECT_EQ(value("lockstep_releases_total"), "1");
}

TEST_F(Metrics, CountATimeOut) {
  store.acquires.always(refused());
  auto acquiring = asks(seconds(1));
  passes(seconds(1));
  EXPECT_EQ(value("lockstep_timeouts_total"), "1");
  EXPECT_EQ(value("lockstep_acquisitions_total"), "0");
}

TEST_F(Metrics, CountLossesByTheirReason) {
  const auto held = its_lock();
  passes(seconds(10));
  EXPECT_EQ(value("lockstep_losses_total{reason=\"outage\"}"), "1");
  EXPECT_EQ(value("lockstep_active"), "0");
  const auto another = its_lock();
  passes(Duration(seconds(10)) / 3);
  store.renewals.answer(RenewAnswer::broken);
  passes({});
  EXPECT_EQ(value("lockstep_losses_total{reason=\"broken\"}"), "1");
  releases(another);
  EXPECT_EQ(value("lockstep_active"), "0") << "it is not taken off twice";
}

TEST_F(Metrics, KnowOfLocksThatWereDroppedOrGivenBackByTheirGuard) {
  { const auto dropped = its_lock(); }
  EXPECT_EQ(value("lockstep_active"), "0");
  EXPECT_EQ(value("lockstep_releases_total"), "0");
  { LockGuard guard(its_lock()); }
  passes({});
  store.releases.answer(ReleaseAnswer::released);
  passes({});
  EXPECT_EQ(value("lockstep_active"), "0");
  EXPECT_EQ(value("lockstep_releases_total"), "1");
}

TEST_F(Metrics, OfTwoClientsAreToldApartByLabels) {
  PrometheusTelemetry second(registry, {{"client", "2"}});
  second.contended({LockName{"", "db"}, {1, 1}, now()});
  EXPECT_EQ(value("lockstep_contentions_total{client=\"2\"}"), "1");
  EXPECT_EQ(value("lockstep_contentions_total"), "0");
}

// --- A timeline ------------------------------------------------------------------------------------------------------

struct Timeline : AnObservedClient {
  LockTelemetry& telemetry() override { return trace; }
  nlohmann::json events() { return nlohmann::json::parse(out.str()); }
  // "name phase outcome" of each event.
  std::vector<std::string> told() {
    std::vector<std::string> lines;
    for (const auto& event : events()) {
      lines.push_back(event["name"].get<std::string>() + " " + event["ph"].get<std::string>() + " " +
                      event["args"].value("outcome", ""));
    }
    return lines;
  }
  std::stringstream out;
  ChromeTrace trace{out};
};

TEST_F(Timeline, HasSpansForAcquiringHoldingAndReleasing) {
  releases(its_lock());
  EXPECT_EQ(told(), (std::vector<std::string>{"acquire b ", "acquire e granted", "hold b ", "hold e given back",
                                              "release b ", "release e released"}));
}

TEST_F(Timeline, SaysHowAnAcquisitionEnded) {
  store.acquires.always(refused());
  auto acquiring = asks(seconds(1));
  passes(seconds(1));
  EXPECT_EQ(told(), (std::vector<std::string>{"acquire b ", "contended n ", "acquire e timed out"}));
}

TEST_F(Timeline, SaysWhyALockWasLost) {
  const auto held = its_lock();
  passes(seconds(10));
  EXPECT_EQ(told().back(), "hold e outage");
}

TEST_F(Timeline, IsWholeJsonAfterEachEvent) {
  EXPECT_EQ(events().size(), 0);
  auto acquiring = asks();
  EXPECT_EQ(events().size(), 1);
  store.acquires.answer(granted(seconds(10)));
  passes({});
  EXPECT_EQ(events().size(), 3);
}

TEST_F(Timeline, GivesTheSpansOfOneAttemptOneIdAndTimesInMicroseconds) {
  releases(its_lock());
  const auto all = events();
  for (const auto& event : all) {
    EXPECT_EQ(event["id"], all[0]["id"]);
    EXPECT_EQ(event["cat"], "lock");
    EXPECT_EQ(event["args"]["lock"], "db");
  }
  EXPECT_EQ(all[0]["ts"].get<double>(), 3'600'000'000.0) << "the clock began at one hour";
}

TEST_F(Timeline, CanShowAnyName) {
  trace.acquire_began({LockName{"\xff", "a\"\n\x80"}, {1, 1}, MonoTime(Duration(1'234'567))});
  EXPECT_EQ(events()[0]["args"]["lock"], "a\"\n\xef\xbf\xbd");
  EXPECT_EQ(events()[0]["ts"].get<double>(), 1234.567);
}

}  // namespace
}  // namespace lockstep
