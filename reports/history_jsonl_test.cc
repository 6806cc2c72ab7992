// The exchange form, line by line.
#include "reports/history_jsonl.h"

#include <gtest/gtest.h>

#include "reports/run_test.h"

namespace lockstep::reports {
namespace {

TEST(HistoryJsonl, HasOneEventPerLineWithTheFieldsOfTheExchangeFormFirst) {
  RunStory s;
  s.at(178852ns).wants(0, 17, 3s);
  s.at(473191ns).answered(0, 17, Op::try_lock, EventType::ok, 2);
  EXPECT_EQ(history_jsonl(s.result.history),
            R"({"process":1,"type":"invoke","op":"lock","lock":"A","owner":1,"sid":17,"token":17,"time_ns":178852,)"
            R"("ttl_ns":1000000000,"wait_ns":3000000000,"clock_ns":178852,"boot":0,"deadline_ns":990178852,)"
            R"("deadline_boot":0})"
            "\n"
            R"({"process":1,"type":"ok","op":"try_lock","lock":"A","owner":1,"sid":17,"token":17,"time_ns":473191,)"
            R"("request":2,"ttl_ns":1000000000,"clock_ns":473191,"boot":0,"deadline_ns":990473191,"deadline_boot":0})"
            "\n");
}

TEST(HistoryJsonl, LeavesOutWhatAnEventDoesNotHave) {
  models::History history{.processes = {{"client 0"}}, .locks = {"A"}};
  history.events.push_back({.at = 5ns, .type = EventType::process_crashed});
  history.events.push_back({.at = 6ns, .type = EventType::fault_began, .fault = 3});
  history.events.push_back({.at = 7ns, .type = EventType::healed});
  EXPECT_EQ(history_jsonl(history), R"({"process":0,"type":"process_crashed","time_ns":5}
{"type":"fault_began","time_ns":6,"fault":3}
{"type":"healed","time_ns":7}
)");
}

TEST(HistoryJsonl, TellsReasonsModesAndPermits) {
  models::History history{.processes = {{"client 0"}}, .locks = {"A"}};
  history.events.push_back(
      {.at = 5ns, .type = EventType::fail, .op = Op::lock, .reason = Reason::timed_out, .attempt = 1});
  history.events.push_back(
      {.at = 6ns, .type = EventType::believes, .mode = models::Mode::permits, .attempt = 1, .permits = 2});
  EXPECT_EQ(history_jsonl(history),
            R"({"process":0,"type":"fail","op":"lock","lock":"A","owner":0,"sid":1,"time_ns":5,"reason":"timed_out"}
{"process":0,"type":"believes","lock":"A","owner":0,"sid":1,"time_ns":6,"mode":"permits","permits":2}
)");
}

TEST(HistoryJsonl, SaysInTheFirstLineWhatTheRunWasHeldTo) {
  using enum models::Process::Role;
  const models::History history{.processes = {{"server 0", server}, {"client 0", client}, {"resource", resource}}};
  EXPECT_EQ(history_jsonl(history, {.max_drift_ppb = 5, .progress_slack = 7ns, .lateness = 6ns}),
            R"({"type":"history","leases_from":"asking","drift_ppb":5,"place_kept_ns":2000000000,"lateness_ns":6,)"
            R"("progress_slack_ns":7,"one_store_clock":true,"roles":["server","client","resource"]})"
            "\n");
}

TEST(HistoryJsonl, TellsLocksApartWhoseNamesAreCut) {
  models::History history{.processes = {{"client 0"}}, .locks = {"A", std::string(100, 'x')}, .capacities = {4}};
  history.events.push_back({.at = 5ns, .type = EventType::granted, .lock = 1, .attempt = 1});
  history.events.push_back({.at = 6ns, .type = EventType::granted, .mode = models::Mode::permits, .attempt = 2});
  EXPECT_EQ(history_jsonl(history), R"({"process":0,"type":"granted","lock":")" + std::string(80, 'x') +
                                        R"(...","sid":1,"time_ns":5,"lock_number":1}
{"process":0,"type":"granted","lock":"A","sid":2,"time_ns":6,"mode":"permits","permits":1,"capacity":4}
)");
}

TEST(HistoryJsonl, ShowsBytesThatAreNoText) {
  models::History history{.processes = {{"client 0"}}, .locks = {"A\xff\n"}};
  history.events.push_back({.at = 5ns, .type = EventType::granted, .attempt = 1});
  EXPECT_EQ(history_jsonl(history),
            "{\"process\":0,\"type\":\"granted\",\"lock\":\"A\\\\xff\\\\x0a\",\"sid\":1,\"time_ns\":5}\n");
}

}  // namespace
}  // namespace lockstep::reports
