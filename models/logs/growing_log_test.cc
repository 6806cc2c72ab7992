// Logs of some size, judged while they grow.
#include "models/logs/growing_log.h"

#include <gtest/gtest.h>

#include <string>

#include "models/logs/made_log.h"

namespace lockstep::models {
namespace {

GrowingLog::Result follow(const MadeLog& recipe, std::size_t piece) {
  std::string text;
  make_log(recipe, [&](const LogEvent& event) { text += json_line(event); });
  text.append(kReadPadding, '\0');
  const std::string_view all(text.data(), text.size() - kReadPadding);
  GrowingLog log({}, LogFormat::json, {.patience = 20'000'000, .budget = {}});
  for (std::size_t from = 0; from < all.size();) {
    const std::size_t end = all.find('\n', std::min(from + piece, all.size() - 1)) + 1;
    log.take(all.substr(from, end - from));
    from = end;
  }
  return log.finish();
}

TEST(GrowingLog, IsJudgedInTheMemoryThatOpenOperationsNeed) {
  for (const auto family : {MadeLog::Family::try_lock, MadeLog::Family::lock, MadeLog::Family::readers_writers}) {
    const auto result =
        follow({.family = family, .operations = 100'000, .clients = 16, .unknown = 0, .seed = 5}, 5'000);
    ASSERT_EQ(result.read.bad_lines, 0u);
    ASSERT_EQ(result.judgements.size(), 1u);
    EXPECT_EQ(result.judgements[0].outcome, linear::Outcome::ok) << result.judgements[0].sentence;
    EXPECT_EQ(result.progress.operations, 100'000u);
    EXPECT_LT(result.progress.kept, 20'000u);
  }
}

TEST(GrowingLog, IsWrongAsSoonAsItIs) {
  const auto result =
      follow({.family = MadeLog::Family::try_lock, .operations = 20'000, .clients = 8, .wrong = true, .seed = 7}, 1);
  ASSERT_EQ(result.judgements.size(), 1u);
  EXPECT_EQ(result.judgements[0].outcome, linear::Outcome::violation);
  for (const std::uint32_t o : result.judgements[0].evidence) EXPECT_LT(o, result.read.log.operations.size());
}

TEST(GrowingLog, TellsForWhichAnswerItWaits) {
  GrowingLog log({}, LogFormat::json, {});
  EXPECT_EQ(log.progress().waits_for, 0u);
  std::string text = R"({"process":0,"type":"invoke","op":"try_lock","lock":"L","sid":1,"time_ns":5}
{"process":1,"type":"invoke","op":"try_lock","lock":"L","sid":2,"time_ns":7}
)";
  const std::size_t size = text.size();
  text.append(kReadPadding, '\0');
  log.take({text.data(), size});
  const auto progress = log.progress();
  EXPECT_EQ(progress.waits_for, 1u);
  EXPECT_EQ(progress.waits_since, 5);
  EXPECT_EQ(progress.now, 7);
  EXPECT_EQ(progress.undecided, 0u);
}

TEST(GrowingLog, MustNotGoBackInTime) {
  GrowingLog log({}, LogFormat::json, {});
  std::string text = R"({"process":0,"type":"invoke","op":"try_lock","lock":"L","sid":1,"time_ns":5}
{"process":0,"type":"ok","op":"try_lock","lock":"L","sid":1,"time_ns":4}
)";
  const std::size_t size = text.size();
  text.append(kReadPadding, '\0');
  log.take({text.data(), size});
  EXPECT_EQ(log.finish().read.bad_lines, 1u);
}

}  // namespace
}  // namespace lockstep::models
