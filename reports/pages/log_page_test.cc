// The document of a judged log: the operations that prove it, bars for what is certain and possible, and nothing that
// leads nowhere.
#include "reports/pages/log_page.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "models/logs/log_reader.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;

CheckedLog judged(const std::string& lines) {
  CheckedLog log{.name = "a.jsonl", .unreadable = "", .read = {}};
  models::LogReader reader({}, models::LogFormat::json);
  reader.take(lines + std::string(models::kReadPadding, ' '));
  log.read = std::move(reader).result();
  log.judgements = linear::judge(log.read.log);
  return log;
}

std::string line(int process, const char* type, const char* op, int sid, std::int64_t ns) {
  return Json({{"process", process}, {"type", type}, {"op", op}, {"lock", "L"}, {"sid", sid}, {"time_ns", ns}}).dump() +
         "\n";
}

// 0 has it from 2 to 9 for certain, 1 is granted it at 6.
std::string two_holders(std::int64_t start = 0) {
  return line(0, "invoke", "try_lock", 1, start + 1) + line(0, "ok", "try_lock", 1, start + 2) +
         line(1, "invoke", "try_lock", 2, start + 5) + line(1, "ok", "try_lock", 2, start + 6) +
         line(0, "invoke", "unlock", 1, start + 9) + line(0, "ok", "unlock", 1, start + 10);
}

TEST(LogPage, ShowsWhoHeldItFromWhenToWhen) {
  const Json d = log_document(judged(two_holders()), "./lockstep check a.jsonl");
  EXPECT_EQ(d["outcome"], "violation");
  EXPECT_THAT(d["why"].get<std::string>(), HasSubstr("two holders"));
  ASSERT_EQ(d["leases"].size(), 4u);
  std::vector<std::string> bars;
  for (const Json& bar : d["leases"])
    bars.push_back(
        fmt::format("{} {} {}-{}", bar[0].get<std::string>(), bar[2].get<int>(), bar[6].get<int>(), bar[7].get<int>()));
  EXPECT_THAT(bars, testing::ElementsAre("possible 0 1-10", "certain 0 2-9", "possible 1 5-11", "certain 1 6-11"));
  EXPECT_EQ(d["evidence"].size(), 2u);
  EXPECT_EQ(d["faults"][0]["words"], "both certainly hold it, for 3 ns");
}

TEST(LogPage, HasNothingThatLeadsNowhere) {
  const Json d = log_document(judged(two_holders()), "");
  const auto events = d["events"].size(), lanes = d["lanes"].size(), texts = d["texts"].size();
  for (const Json& e : d["events"]) {
    EXPECT_TRUE(e[0] >= 0 && e[0] <= d["until"]);
    EXPECT_TRUE(e[1] < texts && e[3] < texts && (e[2] == -1 || e[2] < lanes));
  }
  for (const Json& bar : d["leases"])
    EXPECT_TRUE(bar[4] < events && bar[5] <= events && bar[6] <= bar[7] && bar[7] <= d["until"]);
  for (const Json& e : d["evidence"]) EXPECT_LT(e, events);
  EXPECT_LT(d["faults"][0]["begin"], events);
}

TEST(LogPage, CountsFromTheFirstInstantOfALogThatBeganLongAgo) {
  EXPECT_EQ(log_document(judged(two_holders()), "")["began"], "0");
  const Json d = log_document(judged(two_holders(1'700'000'000'000'000'000)), "");
  EXPECT_EQ(d["began"], "1700000000000000001");
  EXPECT_EQ(d["events"][0][0], 0);
}

TEST(LogPage, OfALongLogHasWhatIsNearToTheProof) {
  std::string lines;
  for (int i = 0; i < 1000; ++i) {
    const std::int64_t at = 10 * i;
    lines += line(2, "invoke", "try_lock", 10 + i, at + 1) + line(2, "ok", "try_lock", 10 + i, at + 2) +
             line(2, "invoke", "unlock", 10 + i, at + 3) + line(2, "ok", "unlock", 10 + i, at + 4);
  }
  const Json d = log_document(judged(lines + two_holders(20'000)), "");
  EXPECT_EQ(d["left_out"], 2003 - kOperationsOnPage);
  EXPECT_EQ(d["evidence"].size(), 2u);
}

TEST(LogPage, OfALogThatIsRightHasTheReportAndNoPicture) {
  const Json d = log_document(judged(line(0, "invoke", "try_lock", 1, 1) + line(0, "ok", "try_lock", 1, 2)), "");
  EXPECT_EQ(d["outcome"], "kept");
  EXPECT_EQ(d["picture"], false);
  EXPECT_THAT(d["report"].get<std::string>(), HasSubstr("right"));
}

}  // namespace
}  // namespace lockstep::reports
