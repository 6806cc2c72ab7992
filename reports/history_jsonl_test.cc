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

TEST(HistoryJsonl, ShowsBytesThatAreNoText) {
  models::History history{.processes = {{"client 0"}}, .locks = {"A\xff\n"}};
  history.events.push_back({.at = 5ns, .type = EventType::granted, .attempt = 1});
  EXPECT_EQ(history_jsonl(history),
            "{\"process\":0,\"type\":\"granted\",\"lock\":\"A\\\\xff\\\\x0a\",\"sid\":1,\"time_ns\":5}\n");
}

}  // namespace
}  // namespace lockstep::reports
