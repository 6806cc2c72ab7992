// The vocabulary of the tests of campaigns: a directory of its own for each test, locks that misbehave as processes
// rather than as locks, and what of two reports has to be the same. For tests only.
#pragma once

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <string>

#include "impl/backends/memory_backend.h"
#include "properties/campaign.h"
#include "properties/zoo/planted.h"

namespace lockstep::properties {

using namespace std::chrono_literals;
using scenarios::CampaignOutcome;
using scenarios::CampaignSummary;
using scenarios::Subject;

// A lock in memory whose opening goes wrong in about one process of `one_in`: the same ones each time.
inline Subject memory_that(const std::string& name, std::uint64_t one_in, void (*goes_wrong)()) {
  Subject subject = scenarios::memory_subject();
  subject.name = name;
  subject.open = [one_in, goes_wrong, honest = subject.open](scenarios::StoreParts parts) {
    if (parts.random.below(one_in) == 0) goes_wrong();
    return honest(std::move(parts));
  };
  return subject;
}

class Campaign : public testing::Test, protected CampaignListener {
 protected:
  Campaign() {
    std::string pattern = testing::TempDir() + "campaign_XXXXXX";
    options.directory = ::mkdtemp(pattern.data());
    options.subject = scenarios::memory_subject();
    options.seeds = 120;
    options.shrink = false;
  }
  ~Campaign() override { std::filesystem::remove_all(options.directory); }

  CampaignSummary runs() { return run_campaign(options, *this, stop); }
  // What the campaign is refused with.
  std::string is_refused() {
    try {
      runs();
    } catch (const CampaignError& error) {
      return error.what();
    }
    return "not refused";
  }
  // Runs `story` in a process of its own and tells how that ended. Nothing of it is seen here but its files.
  template <typename Story>
  static int in_another_process(Story story) {
    const pid_t child = ::fork();
    if (child == 0) {
      story();
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return status;
  }
  std::string state() const { return options.directory + "/" + options.subject.name + "-within-claims.state"; }

  CampaignOptions options;
  std::atomic<bool> stop{false};
};

// Everything about failures that depends on the seeds alone.
inline std::string told(const CampaignSummary& summary) {
  std::string text;
  for (const auto& f : summary.failures) {
    text += std::to_string(f.seed) + " " + std::string(models::id_of(f.property)) + " " + f.shape + " " + f.sentence +
            " " + std::to_string(f.trace_hash) + " " + std::filesystem::path(f.file).filename().string() + "\n";
  }
  for (const auto& line : summary.divergences) text += line + "\n";
  for (const auto& line : summary.crashes) text += line + "\n";
  return text;
}

inline void expect_same(const CampaignSummary& a, const CampaignSummary& b) {
  EXPECT_EQ(a.sums, b.sums);
  EXPECT_EQ(told(a), told(b));
  EXPECT_EQ(a.outcome, b.outcome);
}

}  // namespace lockstep::properties
