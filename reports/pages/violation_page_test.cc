// The document of a run keeps what its header promises: every index leads somewhere, every instant lies within the
// run, nothing is open at its end, and the same run gives the same bytes.
#include "reports/pages/violation_page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "reports/pages/page.h"
#include "reports/run_test.h"
#include "scenarios/stories.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

Json document_of(const RunStory& s) {
  return violation_document(s.result, s.scenario, {.name = "sqlite", .about = "A store."}, "./lockstep replay x.json");
}

// A real run of a stored story on an honest lock, with its messages.
Json document_of_story(const std::string& name, const scenarios::Subject& subject = scenarios::sqlite_subject()) {
  const auto story = scenarios::story_named(name);
  const auto scenario = story ? scenarios::on(story->scenario, subject) : std::nullopt;
  if (!scenario) throw std::runtime_error(name + " cannot be told of " + subject.name);
  const auto result = scenarios::run(*scenario, subject, {.tell_messages = true});
  return violation_document(result, *scenario, subject, "./lockstep replay " + name);
}

void expect_sound(const Json& d) {
  const auto until = d["until"].get<std::int64_t>();
  const auto lanes = static_cast<std::int64_t>(d["lanes"].size()), texts = static_cast<std::int64_t>(d["texts"].size());
  const auto events = static_cast<std::int64_t>(d["events"].size()),
             locks = static_cast<std::int64_t>(d["locks"].size());
  const auto in = [](const Json& value, std::int64_t from, std::int64_t below) {
    const auto v = value.get<std::int64_t>();
    EXPECT_TRUE(from <= v && v < below) << v << " is not in [" << from << ", " << below << ")";
  };
  std::int64_t last = 0;
  for (const Json& e : d["events"]) {
    ASSERT_EQ(e.size(), 9u);
    in(e[0], last, until + 1);
    last = e[0];
    in(e[1], 0, texts), in(e[2], -1, lanes), in(e[3], 0, texts), in(e[4], -1, locks), in(e[7], -1, lanes);
  }
  for (const Json& m : d["messages"]) {
    ASSERT_EQ(m.size(), 7u);
    in(m[0], 0, until + 1);
    in(m[1], -1, until + 1), in(m[2], -1, until + 1), in(m[3], 0, lanes), in(m[4], 0, lanes), in(m[5], 0, texts);
    EXPECT_TRUE(m[1] < 0 || m[0] <= m[1]);
    EXPECT_TRUE(m[2] < 0 || m[1] <= m[2]);
  }
  for (const Json& l : d["leases"]) {
    ASSERT_EQ(l.size(), 6u);
    in(l[2], -1, lanes), in(l[3], 0, locks), in(l[4], 0, events), in(l[5], l[4], events + 1);
  }
  for (const Json& f : d["faults"]) {
    for (const Json& lane : f["lanes"]) in(lane, 0, lanes);
    if (!f["begin"].is_null()) in(f["begin"], 0, events);
    if (!f["end"].is_null()) in(f["end"], f["begin"], events);
  }
  for (const Json& e : d["evidence"]) in(e, 0, events);
  for (const Json& s : d["steps"]) in(s[1], 0, lanes);
  for (const Json& sentence : d["story"]) {
    for (const Json& segment : sentence) {
      if (segment.contains("event")) in(segment["event"], 0, events);
      if (segment.contains("proof")) in(segment["proof"], 0, events);
      if (segment.contains("message")) in(segment["message"], 0, static_cast<std::int64_t>(d["messages"].size()));
      if (segment.contains("lane")) in(segment["lane"], 0, lanes);
      if (segment.contains("fault")) in(segment["fault"], 0, static_cast<std::int64_t>(d["faults"].size()));
    }
  }
}

TEST(ViolationPage, HasNothingThatLeadsNowhere) {
  expect_sound(document_of(RunStory::two_holders()));
  for (const char* name : {"granted-before-durable", "dead-waiter-at-the-head", "example", "counted-from-the-answer"}) {
    SCOPED_TRACE(name);
    expect_sound(document_of_story(name));
  }
  expect_sound(document_of_story("closing-a-descriptor-unlocks", scenarios::sqlite_direct_subject()));
}

TEST(ViolationPage, OfTheSameRunHasTheSameBytes) {
  EXPECT_EQ(document_of_story("granted-before-durable").dump(), document_of_story("granted-before-durable").dump());
}

TEST(ViolationPage, SaysWhatWasBrokenAndWhatProvesIt) {
  const Json d = document_of(RunStory::two_holders());
  EXPECT_EQ(d["title"], "sqlite breaks S2 belief-exclusion");
  EXPECT_EQ(d["outcome"], "violation");
  EXPECT_EQ(d["evidence"].size(), 2u);
  EXPECT_THAT(d["answer"].get<std::string>(), HasSubstr("two holders for 9 ms"));
}

TEST(ViolationPage, OfARunThatBrokeNothingSaysSo) {
  const Json d = document_of_story("example");
  EXPECT_EQ(d["outcome"], "kept");
  EXPECT_TRUE(d["evidence"].empty());
  EXPECT_TRUE(d["likelihood"].is_null());
}

TEST(ViolationPage, TellsOfAMessageWhetherItCameNeverOnceOrTwice) {
  auto s = RunStory::two_holders();
  s.at(3s).loses(RunStory::client(0), RunStory::kServer, "renew A #1");
  s.sends(RunStory::client(1), RunStory::kServer, "renew A #2");
  s.result.messages_told.back().has_arrived_again = true;
  s.result.messages_told.back().arrived_again = sim::TrueTime(3005ms);
  const Json d = document_of(s);
  const auto count = d["messages"].size();
  EXPECT_EQ(d["messages"][0][2], -1);
  EXPECT_EQ(d["messages"][count - 2][1], -1);
  EXPECT_EQ(d["messages"][count - 1][2], 3'005'000'000);
}

TEST(ViolationPage, AHostileNameIsOnlyAName) {
  auto s = RunStory::two_holders();
  const std::string hostile = "</script><img src=x onerror=alert(1)>";
  s.result.history.locks[0] = hostile;
  s.scenario.about = hostile;
  expect_sound(document_of(s));
  EXPECT_THAT(page(document_of(s)), Not(HasSubstr("<img")));
}

TEST(ViolationPage, WithoutMessagesTellsTheEvents) {
  auto s = RunStory::two_holders();
  s.result.messages_told.clear();
  const Json d = document_of(s);
  expect_sound(d);
  EXPECT_TRUE(d["messages"].empty());
  EXPECT_EQ(d["events"].size(), s.result.history.events.size());
}

}  // namespace
}  // namespace lockstep::reports
