// Programs of every kind: those that answer, and those that hang, die, babble or leave children behind. Real processes.
#include "impl/adapter/child_process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <thread>

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

ChildProcess::Options shell(std::string script, std::chrono::milliseconds patience = 5s) {
  return {.command = {"sh", "-c", std::move(script)}, .directory = "", .patience = patience};
}

// What trouble there is in speaking to it: one line sent, one received.
std::string trouble_with(ChildProcess::Options options) {
  try {
    ChildProcess child(std::move(options));
    child.send("hello");
    return "no trouble: " + child.receive();
  } catch (const ChildTrouble& trouble) {
    return trouble.what();
  }
}

TEST(ChildProcess, AnswersLineByLine) {
  ChildProcess child(shell("while read -r line; do echo \"you said $line\"; done"));
  for (const std::string word : {"one", "two", ""}) {
    child.send(word);
    EXPECT_EQ(child.receive(), "you said " + word);
  }
}

TEST(ChildProcess, MayAnswerSeveralLinesAtOnceAndALongOneInPieces) {
  ChildProcess child(shell("printf 'a\\nb\\n'; head -c 300000 /dev/zero | tr '\\0' x; echo; cat"));
  EXPECT_EQ(child.receive(), "a");
  EXPECT_EQ(child.receive(), "b");
  EXPECT_EQ(child.receive().size(), 300'000u);
}

TEST(ChildProcess, IsStartedInItsDirectoryWithItsEnvironment) {
  auto options = shell("echo \"$PWD $WHAT\"; cat");
  options.directory = "/";
  options.environment = {"WHAT=a=b"};
  EXPECT_EQ(ChildProcess(options).receive(), "/ a=b");
}

TEST(ChildProcess, ThatIsNotThereSaysSo) {
  EXPECT_EQ(trouble_with({.command = {"/no/such/program"}, .directory = ""}),
            "ended with exit code 127; it said: /no/such/program: No such file or directory");
}

TEST(ChildProcess, ThatDiesSaysHowAndItsLastWords) {
  EXPECT_EQ(trouble_with(shell("read -r line; echo 'first' >&2; echo 'out of luck' >&2; exit 3")),
            "ended with exit code 3; it said: out of luck");
  EXPECT_EQ(trouble_with(shell("read -r line; kill -9 $$")), "was ended by signal 9");
}

TEST(ChildProcess, ThatHangsIsGivenUp) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(trouble_with(shell("echo 'thinking' >&2; sleep 60", 200ms)),
            "did not answer within 200 ms; it said: thinking");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST(ChildProcess, ThatReadsNothingIsGivenUp) {
  ChildProcess child(shell("sleep 60", 200ms));
  EXPECT_THROW(child.send(std::string(1 << 20, 'x')), ChildTrouble);
}

TEST(ChildProcess, ThatWritesALineWithoutEndIsGivenUp) {
  EXPECT_EQ(trouble_with(shell("tr '\\0' x </dev/zero")), "wrote a line of more than 1048576 bytes");
}

TEST(ChildProcess, ThatComplainsWithoutEndIsListenedToAllTheSame) {
  EXPECT_EQ(trouble_with(shell("head -c 3000000 /dev/zero | tr '\\0' x >&2; read -r line; echo \"$line\"")),
            "no trouble: hello");
}

TEST(ChildProcess, ThatDiesWhileWhomItStartedLivesOnIsNotWaitedFor) {
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(trouble_with(shell("sleep 60 & read -r line; exit 3", 30s)), "ended with exit code 3");
  EXPECT_EQ(trouble_with(shell("setsid sleep 60 & read -r line; exit 3", 30s)), "ended with exit code 3");
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 20s);
}

// Its last words, also when it is dead before they are read.
TEST(ChildProcess, MayAnswerAndDie) {
  ChildProcess child(shell("sleep 60 & read -r line; echo one; echo two; exit 0"));
  child.send("hello");
  std::this_thread::sleep_for(300ms);
  EXPECT_EQ(child.receive(), "one");
  EXPECT_EQ(child.receive(), "two");
  EXPECT_THROW(child.receive(), ChildTrouble);
}

// A script that starts something and says its number: is that gone with the program, by the time that this returns?
bool takes_along(const std::string& script) {
  pid_t grandchild = 0;
  {
    ChildProcess child(shell(script));
    grandchild = std::atoi(child.receive().c_str());
    EXPECT_EQ(::kill(grandchild, 0), 0) << script;
  }
  return ::kill(grandchild, 0) != 0 && errno == ESRCH;
}

TEST(ChildProcess, LeavesNothingBehind) {
  EXPECT_TRUE(takes_along("sleep 60 & echo $!; wait"));
  EXPECT_TRUE(takes_along("sleep 60 & echo $!; read -r line"));
  // Whoever has left its group and its session.
  EXPECT_TRUE(takes_along("setsid sh -c 'echo $$; exec sleep 60' & wait"));
  EXPECT_TRUE(takes_along("setsid sh -c 'setsid sh -c \"sleep 60 & echo \\$!; wait\" & sleep 60' & wait"));
}

}  // namespace
}  // namespace lockstep
