// Children that end well, badly and by force; and the fenced resource that several of them share.
#include "cli/worker_processes.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <filesystem>
#include <new>
#include <stdexcept>
#include <thread>

#include "cli/stress_resource.h"

namespace lockstep::cli {
namespace {

using namespace std::chrono_literals;

// Waits for it; what it says when it has ended.
std::string end_of(ChildProcess& child) {
  for (int i = 0; i < 10'000; ++i) {
    if (const auto how = child.ended()) return *how;
    std::this_thread::sleep_for(1ms);
  }
  return "never";
}

TEST(ChildProcesses, TellHowTheyEnded) {
  ChildProcess good([] {});
  EXPECT_EQ(end_of(good), "");
  EXPECT_FALSE(good.running());
  ChildProcess bad([] { ::_exit(3); });
  EXPECT_EQ(end_of(bad), "ended with exit code 3");
  ChildProcess throwing([] { throw std::runtime_error("as planned"); });
  EXPECT_EQ(end_of(throwing), "ended with exit code 70");
  ChildProcess aborted([] { ::raise(SIGABRT); });
  EXPECT_EQ(end_of(aborted), "was ended by signal 6 (Aborted)");
}

TEST(ChildProcesses, DoNotMindInterruptsAndCanBeKilledWhileTheyAreStopped) {
  ChildProcess child([] { std::this_thread::sleep_for(1h); });
  child.signal(SIGINT);
  child.signal(SIGTERM);
  child.signal(SIGSTOP);
  std::this_thread::sleep_for(20ms);
  EXPECT_EQ(child.ended(), std::nullopt);
  child.kill();
  EXPECT_FALSE(child.running());
}

TEST(ChildProcesses, DieWithTheirParentAlsoWhenTheyAreStopped) {
  auto* grandchild = new (shared_memory(sizeof(std::atomic<pid_t>))) std::atomic<pid_t>(0);
  ChildProcess parent([grandchild] {
    ChildProcess child([] { std::this_thread::sleep_for(1h); });
    child.signal(SIGSTOP);
    *grandchild = child.id();
    std::this_thread::sleep_for(1h);
  });
  while (*grandchild == 0) std::this_thread::sleep_for(1ms);
  parent.kill();
  // Whoever inherits it may take a while to bury it: a zombie is dead enough.
  const auto state = std::filesystem::path("/proc/" + std::to_string(*grandchild) + "/exe");
  std::error_code gone;
  for (int i = 0; i < 10'000 && !(static_cast<void>(std::filesystem::read_symlink(state, gone)), gone); ++i) {
    std::this_thread::sleep_for(1ms);
  }
  EXPECT_TRUE(gone);
}

TEST(FencedFiles, RefuseWhatIsOlderThanAnybodyHasSeen) {
  const std::string path = testing::TempDir() + "fenced-" + std::to_string(::getpid());
  {
    FencedFile one(path, 0, 7);
    FencedFile other(path, 0, 7);
    EXPECT_TRUE(one.write({1, 1}, 5));
    EXPECT_TRUE(other.write({2, 1}, 6));
    EXPECT_FALSE(one.write({1, 1}, 5));
    EXPECT_TRUE(other.write({2, 1}, 6)) << "the same holder again";
    EXPECT_FALSE(one.write({1, 1}, 0));
    const auto records = other.records();
    ASSERT_EQ(records.size(), 5u);
    EXPECT_EQ(records[2].event.type, models::EventType::write_refused);
    EXPECT_EQ(records[4].highest, 6u);
    EXPECT_EQ(records[1].attempt, (AttemptId{2, 1}));
  }
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace lockstep::cli
