// Nothing is left behind: neither when a host ends, nor when the process that drives it is killed, whatever the
// programs on it have started or escaped to. Real processes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <thread>

#include "virtual_time/program.h"
#include "virtual_time/settle.h"

namespace lockstep::virtual_time {
namespace {

using namespace std::chrono_literals;

// A shell, a child of it, one that has left its group, and one that has lost its parent. They tell their numbers.
constexpr char kFamily[] =
    "echo $$; sleep 1000 & echo $!; setsid sleep 1000 & echo $!; (sleep 1000 & echo $!); sleep 1000";

std::vector<pid_t> family_of(Program& program) {
  std::vector<pid_t> family;
  while (const auto line = program.receive()) family.push_back(std::atoi(line->c_str()));
  return family;
}

bool lives(pid_t pid) { return std::filesystem::exists("/proc/" + std::to_string(pid) + "/exe"); }

bool all_end(const std::vector<pid_t>& family) {
  for (int tries = 0; tries < 1000; ++tries) {
    if (std::ranges::none_of(family, lives)) return true;
    std::this_thread::sleep_for(10ms);
  }
  return false;
}

TEST(TheEnd, OfAHostIsTheEndOfAllItsProcesses) {
  std::vector<pid_t> family;
  std::string directory;
  {
    VirtualHost host;
    directory = host.directory();
    Program program(host, {.command = {"/bin/sh", "-c", kFamily}});
    family = family_of(program);
    ASSERT_EQ(family.size(), 4u);
    for (const pid_t pid : family) EXPECT_TRUE(lives(pid));
  }
  EXPECT_TRUE(std::ranges::none_of(family, lives));
  EXPECT_FALSE(std::filesystem::exists(directory));
}

TEST(TheEnd, OfAProgramThatCrashesIsTheEndOfItsFamilyAndOfNobodyElse) {
  VirtualHost host;
  Program other(host, {.command = {"/bin/sleep", "1000"}});
  Program program(host,
                  {.command = {"/bin/sh", "-c", "echo $$; sleep 1000 & echo $!; setsid sleep 1000 & echo $!; wait"}});
  const auto family = family_of(program);
  ASSERT_EQ(family.size(), 3u);
  program.crash();
  EXPECT_TRUE(std::ranges::none_of(family, lives));
  EXPECT_EQ(program.state(), "was ended by signal 9");
  EXPECT_EQ(other.state(), "runs");
}

TEST(TheEnd, OfTheDriverByAKillIsTheEndOfAll) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const pid_t driver = ::fork();
  if (driver == 0) {
    VirtualHost host;
    Program program(host, {.command = {"/bin/sh", "-c", kFamily}});
    std::string told = host.directory();
    for (const pid_t pid : family_of(program)) told += "\n" + std::to_string(pid);
    if (::write(ends[1], told.data(), told.size()) < 0) ::_exit(1);
    ::raise(SIGKILL);
  }
  ::close(ends[1]);
  std::string told;
  char buffer[1000];
  for (ssize_t got; (got = ::read(ends[0], buffer, sizeof buffer)) > 0;)
    told.append(buffer, static_cast<std::size_t>(got));
  ::close(ends[0]);
  ::waitpid(driver, nullptr, 0);
  std::istringstream words(told);
  std::string directory;
  words >> directory;
  std::vector<pid_t> family;
  for (pid_t pid; words >> pid;) family.push_back(pid);
  ASSERT_EQ(family.size(), 4u) << told;
  EXPECT_TRUE(all_end(family));
  for (int tries = 0; tries < 1000 && std::filesystem::exists(directory); ++tries) std::this_thread::sleep_for(10ms);
  EXPECT_FALSE(std::filesystem::exists(directory)) << directory;
}

}  // namespace
}  // namespace lockstep::virtual_time
