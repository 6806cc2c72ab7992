// Randomness can only be tested on what it must not do: repeat itself, or a parent process.
#include "impl/env/real/os_random.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

namespace lockstep {
namespace {

TEST(OsRandom, DoesNotRepeatItself) {
  OsRandom random;
  OsRandom other;
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(seen.insert(random.next()).second);
    EXPECT_TRUE(seen.insert(other.next()).second);
  }
}

TEST(OsRandom, EveryBitIsSetSometimes) {
  OsRandom random;
  std::uint64_t ones = 0;
  std::uint64_t zeros = 0;
  for (int i = 0; i < 200; ++i) {
    const std::uint64_t number = random.next();
    ones |= number;
    zeros |= ~number;
  }
  EXPECT_EQ(ones & zeros, ~std::uint64_t{0});
}

TEST(OsRandom, AForkedProcessDoesNotRepeatItsParent) {
  OsRandom random;
  random.next();  // now numbers are waiting in the buffer
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const std::uint64_t number = random.next();
    ::_exit(::write(pipe[1], &number, sizeof number) == sizeof number ? 0 : 1);
  }
  std::uint64_t from_child = 0;
  ASSERT_EQ(::read(pipe[0], &from_child, sizeof from_child), ssize_t{sizeof from_child});
  int status = 0;
  ::waitpid(child, &status, 0);
  ::close(pipe[0]);
  ::close(pipe[1]);
  EXPECT_NE(from_child, random.next());
}

}  // namespace
}  // namespace lockstep
