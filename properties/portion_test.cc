// A portion's result as it crosses a pipe and lies in a state file: back as it was, or refused; and the sums of its
// parts are the sums of the whole.
#include "properties/portion.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "impl/env/random.h"
#include "properties/zoo/planted.h"

namespace lockstep::properties {
namespace {

using scenarios::Failure;

std::uint64_t drawn(RandomStream& random) { return random.chance(1, 4) ? ~std::uint64_t{0} : random.below(1000); }

std::string words(RandomStream& random) {
  std::string text;
  for (auto left = random.below(20); left > 0; --left) text += static_cast<char>(random.below(256));
  return text;
}

PortionResult some_result(std::uint64_t seed) {
  RandomStream random(seed);
  PortionResult result;
  result.portion = {drawn(random), drawn(random)};
  result.sums.runs = drawn(random);
  result.sums.properties[3].exercised = drawn(random);
  result.sums.properties[models::kPropertyCount - 1].undecided = drawn(random);
  result.sums.faults[sim::kFaultKinds - 1] = drawn(random);
  result.sums.virtual_ns = static_cast<std::int64_t>(random.below(1'000'000'000'000));
  result.sums.crashed = drawn(random);
  for (auto left = random.below(4); left > 0; --left) {
    auto& counts = result.sums.coverage.endings[{static_cast<models::Op>(random.below(9)), models::EventType::fail,
                                                 static_cast<models::Reason>(random.below(11))}];
    counts.total = drawn(random);
    counts.during[random.below(sim::kFaultKinds)] = drawn(random);
  }
  for (auto left = random.below(3); left > 0; --left) {
    Failure failure;
    failure.seed = drawn(random);
    failure.property = static_cast<models::Property>(random.below(models::kPropertyCount));
    failure.shape = words(random);
    failure.sentence = words(random);
    failure.trace_hash = random.next();
    failure.file = words(random);
    failure.steps = 7;
    failure.faults = 3;
    failure.shrunk = random.chance(1, 2);
    failure.shrink_runs = drawn(random);
    failure.shrink_seconds = 0.25;
    failure.other = words(random);
    failure.other_file = words(random);
    (random.below(2) == 0 ? result.failures : result.findings).push_back(failure);
  }
  for (auto left = random.below(3); left > 0; --left) result.divergences.push_back(words(random));
  for (auto left = random.below(3); left > 0; --left) result.crashes.push_back(words(random));
  return result;
}

TEST(PortionText, BringsBackEveryFieldWhateverBytesTheWordsHave) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const PortionResult sent = some_result(seed);
    const auto got = decode_portion(encode(sent));
    ASSERT_TRUE(got);
    EXPECT_EQ(got->portion, sent.portion);
    EXPECT_EQ(got->sums, sent.sums);
    EXPECT_EQ(got->divergences, sent.divergences);
    EXPECT_EQ(got->crashes, sent.crashes);
    for (const auto list : {&PortionResult::failures, &PortionResult::findings}) {
      ASSERT_EQ(((*got).*list).size(), (sent.*list).size());
      for (std::size_t i = 0; i < (sent.*list).size(); ++i) {
        const Failure &a = ((*got).*list)[i], &b = (sent.*list)[i];
        EXPECT_EQ(std::tie(a.seed, a.property, a.shape, a.sentence, a.trace_hash, a.file, a.steps, a.faults),
                  std::tie(b.seed, b.property, b.shape, b.sentence, b.trace_hash, b.file, b.steps, b.faults));
        EXPECT_EQ(std::tie(a.shrunk, a.shrink_runs, a.shrink_seconds, a.other, a.other_file),
                  std::tie(b.shrunk, b.shrink_runs, b.shrink_seconds, b.other, b.other_file));
      }
    }
  }
}

TEST(PortionText, IsRefusedWhenAPieceIsMissingOrLeftOver) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const std::string whole = encode(some_result(seed));
    for (std::size_t length = 0; length < whole.size(); ++length) {
      EXPECT_FALSE(decode_portion(std::string_view(whole).substr(0, length))) << length << " of " << whole;
    }
    EXPECT_FALSE(decode_portion(whole + "0 "));
    EXPECT_FALSE(decode_portion(" " + whole));
  }
}

TEST(PortionText, IsRefusedWhenItIsNotOne) {
  for (const char* text : {"", "x", "1 50", "-1 50 ", "99999999999999999999 1 ", "1 50 \n", "{}"}) {
    EXPECT_FALSE(decode_portion(text)) << text;
  }
  // Damage anywhere is refused or changes a value; it is never followed to the end of memory.
  const std::string whole = encode(some_result(3));
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char c : {'9', ' ', 'x', '\0', '-'}) {
      std::string damaged = whole;
      damaged[i] = c;
      const auto read = decode_portion(damaged);
      EXPECT_FALSE(read && encode(*read).empty());
    }
  }
}

class PortionRuns : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(options_.directory); }
  void TearDown() override { std::filesystem::remove_all(options_.directory); }
  PortionResult run(Portion portion) {
    return run_portion(options_, portion, [this](std::uint64_t seed) { marked_.push_back(seed); });
  }
  CampaignOptions options_{.subject = *zoo::subject_named("memory+ignored-limit"),
                           .keep_going = true,
                           .determinism_every = 4,
                           .directory = testing::TempDir() + "portion_test_" + std::to_string(::getpid())};
  std::vector<std::uint64_t> marked_;
};

TEST_F(PortionRuns, AddUpToTheSameSumsInWhateverPortions) {
  const PortionResult whole = run({1, 30});
  for (const std::uint64_t cut : {1u, 7u, 29u}) {
    PortionResult parts = run({1, cut});
    const PortionResult rest = run({1 + cut, 30 - cut});
    parts.sums.add(rest.sums);
    EXPECT_EQ(parts.sums, whole.sums);
    EXPECT_EQ(parts.portion.count + rest.portion.count, whole.portion.count);
    EXPECT_EQ(parts.failures.size() + rest.failures.size(), whole.failures.size());
  }
  EXPECT_FALSE(whole.failures.empty());
  EXPECT_GT(whole.sums.coverage.endings.size(), 10u);
}

TEST_F(PortionRuns, MarkEachSeedBeforeItIsRun) {
  run({5, 3});
  EXPECT_EQ(marked_, (std::vector<std::uint64_t>{5, 6, 7}));
}

TEST_F(PortionRuns, StopAtTheFirstFailureUnlessToldToKeepGoing) {
  options_.keep_going = false;
  const PortionResult stopped = run({1, 30});
  ASSERT_EQ(stopped.failures.size(), 1u);
  EXPECT_EQ(stopped.portion.first + stopped.portion.count - 1, stopped.failures[0].seed);
  EXPECT_EQ(marked_.back(), stopped.failures[0].seed);
}

TEST_F(PortionRuns, LeaveTheScenarioOnDiskBeforeAnybodyHearsOfTheFailure) {
  const PortionResult found = run({1, 30});
  for (const Failure& failure : found.failures) EXPECT_TRUE(std::filesystem::exists(failure.file)) << failure.file;
}

}  // namespace
}  // namespace lockstep::properties
