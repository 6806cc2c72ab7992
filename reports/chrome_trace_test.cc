// What a viewer of traces is given: tracks with names, slices that nest, arrows with both ends, and everything that
// happened in words. Opened in Perfetto by hand; here its structure is checked, and the check on what it must find.
#include "reports/chrome_trace.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "reports/run_test.h"
#include "reports/trace_flaws_test.h"
#include "reports/trace_tracks.h"

namespace lockstep::reports {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using Json = nlohmann::json;

std::string trace_of(const RunStory& s) { return chrome_trace(s.result, s.scenario); }

// The events of a track, by its name.
std::vector<Json> on_track(const std::string& text, const std::string& name) {
  std::vector<Json> found;
  int track = -1;
  const Json trace = Json::parse(text);
  for (const Json& event : trace["traceEvents"]) {
    if (event["name"] == "thread_name" && event["args"]["name"] == name) track = event["tid"];
    if (event["tid"] == track && event["ph"] != "M") found.push_back(event);
  }
  return found;
}

Json slice_on(const std::string& text, const std::string& track) {
  for (const Json& event : on_track(text, track)) {
    if (event["ph"] == "X") return event;
  }
  return {};
}

TEST(ChromeTrace, OfAViolationHasWhatAViewerAsksFor) {
  EXPECT_THAT(flaws_of_trace(trace_of(RunStory::two_holders())), IsEmpty());
}

TEST(ChromeTrace, ShowsWhoHeldWhatAndWhoBelievedIt) {
  const std::string trace = trace_of(RunStory::two_holders());
  const Json lease = slice_on(trace, "leases of A");
  EXPECT_EQ(lease["name"], "A #1: client 0");
  EXPECT_EQ(lease["ts"], 1'003'000.0);
  EXPECT_EQ(lease["dur"], 1'009'000.0) << "until it expired at 2.012 s";
  EXPECT_EQ(lease["args"]["ends"], "A of client 0 expires");
  const Json belief = slice_on(trace, "client 0: beliefs");
  EXPECT_EQ(belief["name"], "believes to hold A #1");
  EXPECT_EQ(belief["ts"], 1'004'000.0);
  EXPECT_EQ(belief["args"]["ends"], "still so at the end of the run");
  const Json section = slice_on(trace, "client 0: critical sections");
  EXPECT_EQ(section["name"], "has A #1");
}

TEST(ChromeTrace, ShowsOperationsFromAskingToTheAnswer) {
  const std::string trace = trace_of(RunStory::two_holders());
  const auto operations = on_track(trace, "client 0: operations");
  ASSERT_EQ(operations.size(), 2u);
  EXPECT_EQ(operations[0]["name"], "wants A, ttl 1 s, waits up to 3 s");
  EXPECT_EQ(operations[0]["args"]["answer"], "has A #1");
  EXPECT_EQ(operations[1]["name"], "asks: acquire A") << "inside of it";
  EXPECT_EQ(slice_on(trace, "client 1: operations")["args"]["answer"], "none in this run");
}

TEST(ChromeTrace, ShowsFaultsAndWhatTheyDidToAProcess) {
  const std::string trace = trace_of(RunStory::two_holders());
  EXPECT_EQ(slice_on(trace, "faults")["name"], "pause-process client 0 for 5 s");
  EXPECT_EQ(slice_on(trace, "client 0")["name"], "paused");
}

TEST(ChromeTrace, ShowsWhatIsViolatedAndByWhichEvents) {
  const auto violated = on_track(trace_of(RunStory::two_holders()), "S2 belief-exclusion");
  ASSERT_EQ(violated.size(), 3u);
  EXPECT_EQ(violated[0]["name"], "violated: two holders");
  EXPECT_THAT(violated[0]["args"]["sentence"].get<std::string>(), HasSubstr("two holders for 9 ms"));
  EXPECT_EQ(violated[1]["name"], "client 0: believes to hold A for 990 ms");
  EXPECT_EQ(violated[1]["ph"], "i");
  EXPECT_EQ(violated[2]["ts"], 2'013'000.0);
}

TEST(ChromeTrace, DrawsAMessageAsAnArrowAndALostOneAsAMark) {
  RunStory s(1);
  s.at(1s).wants(0, 1).asks(0, 1, Op::try_lock, "acquire A");
  s.at(1500ms).loses(RunStory::client(0), RunStory::kServer, "acquire A");
  const std::string trace = trace_of(s);
  EXPECT_THAT(flaws_of_trace(trace), IsEmpty());
  const auto sent = on_track(trace, "client 0: messages"), heard = on_track(trace, "server 0: messages");
  ASSERT_EQ(sent.size(), 3u);
  ASSERT_EQ(heard.size(), 2u);
  EXPECT_EQ(sent[0]["name"], "sends to server 0: acquire A");
  EXPECT_EQ(sent[1]["ph"], "s");
  EXPECT_EQ(heard[0]["name"], "hears from client 0: acquire A");
  EXPECT_EQ(heard[1]["ph"], "f");
  EXPECT_EQ(heard[1]["id"], sent[1]["id"]);
  EXPECT_EQ(heard[1]["ts"], 1'001'000.0);
  EXPECT_EQ(sent[2]["name"], "lost: acquire A to server 0");
  EXPECT_EQ(sent[2]["ph"], "i");
}

TEST(ChromeTrace, KeepsNanosecondsAsFractions) {
  RunStory s(1);
  s.at(1ns).wants(0, 1);
  EXPECT_EQ(slice_on(trace_of(s), "client 0: operations")["ts"], 0.001);
}

TEST(ChromeTrace, EndsALeaseThatAReopenedStoreDoesNotKnow) {
  RunStory s(1);
  s.at(1s).store(EventType::granted, 1);
  s.at(2s).add(EventType::process_crashed, RunStory::kServer);
  s.at(3s).add(EventType::process_started, RunStory::kServer);
  s.store(EventType::restarted, 0).store(EventType::recovered, 2);
  const std::string trace = trace_of(s);
  EXPECT_THAT(flaws_of_trace(trace), IsEmpty());
  const auto leases = on_track(trace, "leases of A");
  ASSERT_EQ(leases.size(), 2u);
  EXPECT_EQ(leases[0]["dur"], 2'000'000.0);
  EXPECT_EQ(leases[0]["args"]["ends"], "not known any more once the store is opened again");
  EXPECT_EQ(leases[1]["args"]["ends"], "still so at the end of the run");
  EXPECT_EQ(slice_on(trace, "server 0")["name"], "down");
}

TEST(ChromeTrace, TakesNamesThatAreAnyBytes) {
  RunStory s = RunStory::two_holders();
  s.result.history.locks[0] = "\"},{\x01</script>\n\xff";
  EXPECT_THAT(flaws_of_trace(trace_of(s)), IsEmpty());
}

// Each damage is one that a mistake of ours could do.
TEST(ChromeTrace, IsCheckedForWhatTheCheckMustFind) {
  const Json whole = Json::parse(trace_of(RunStory::two_holders()));
  const auto damaged = [&](const std::function<bool(Json&)>& damage) {
    Json trace = whole;
    for (Json& event : trace["traceEvents"]) {
      if (damage(event)) return flaws_of_trace(trace.dump());
    }
    return std::vector<std::string>{"nothing to damage"};
  };
  const auto of_phase = [](const char* phase, const std::function<void(Json&)>& damage) {
    return [=](Json& event) { return event["ph"] == phase ? (damage(event), true) : false; };
  };
  EXPECT_THAT(damaged([](Json& e) { return e["name"] == "asks: acquire A" ? (e["dur"] = 3e9, true) : false; }),
              Contains(HasSubstr("does not nest")));
  EXPECT_THAT(damaged(of_phase("X", [](Json& e) { e.erase("dur"); })), Contains(HasSubstr("no length")));
  EXPECT_THAT(damaged(of_phase("X", [](Json& e) { e.erase("ts"); })), Contains(HasSubstr("no ts")));
  EXPECT_THAT(damaged(of_phase("X", [](Json& e) { e["tid"] = 7; })), Contains(HasSubstr("has no name")));
  EXPECT_THAT(damaged(of_phase("s", [](Json& e) { e["id"] = 999; })), Contains(HasSubstr("not both its ends")));
  EXPECT_THAT(damaged(of_phase("f", [](Json& e) { e.erase("bp"); })), Contains(HasSubstr("to the next slice")));
  EXPECT_THAT(damaged(of_phase("f", [](Json& e) { e["ts"] = 1; })), Contains(HasSubstr("back in time")));
  EXPECT_THAT(damaged(of_phase("i", [](Json& e) { e["ph"] = "?"; })), Contains(HasSubstr("unknown")));
  EXPECT_THAT(damaged(of_phase("M", [](Json& e) { e["args"] = Json::object(); })), Contains(HasSubstr("has no name")));
  EXPECT_THAT(flaws_of_trace("{"), Contains(HasSubstr("no object")));
}

TEST(TraceTracks, PutsWhatWouldCrossOnAFurtherTrack) {
  const auto slice = [](Duration from, Duration to, std::uint32_t whose) {
    return Slice{.from = from, .to = to, .whose = whose, .name = "s"};
  };
  Track track{.name = "t", .slices = {slice(1s, 4s, 1), slice(2s, 3s, 1), slice(2s, 5s, 1), slice(2s, 3s, 2)}};
  const std::string trace = trace_json({{"g", {track}}}, {});
  EXPECT_THAT(flaws_of_trace(trace), IsEmpty());
  EXPECT_EQ(on_track(trace, "t").size(), 2u) << "one inside the other";
  EXPECT_EQ(on_track(trace, "t (2)").size(), 1u) << "crosses";
  EXPECT_EQ(on_track(trace, "t (3)").size(), 1u) << "would lie inside another's";
}

}  // namespace
}  // namespace lockstep::reports
