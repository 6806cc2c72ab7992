// The protocol, with adapters that keep to it and adapters that do not: Python's example, and a few lines of shell.
#include "impl/adapter/adapter_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <filesystem>

#include "impl/backends/simple_backend.h"
#include "impl/env/manual_clock_test.h"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

static_assert(SimpleLock<AdapterLock>);

class Adapters : public testing::Test {
 public:
  Adapters() {
    std::string pattern = testing::TempDir() + "lockstep-adapter-XXXXXX";
    directory = ::mkdtemp(pattern.data());
  }
  ~Adapters() override { std::filesystem::remove_all(directory); }

  // Says hello, then answers every request with the next of `answers`, each written as the shell's printf has it.
  std::string trouble_with(std::vector<std::string> answers) {
    std::string script = R"(read -r l; echo '{"id":1,"ok":{"protocol":1,"name":"shell","claims":{}}}';)";
    for (const std::string& answer : answers) script += "read -r l; printf '" + answer + "';";
    try {
      AdapterLock lock({{"sh", "-c", script}, "", directory, 0, 1s}, clock);
      for (std::size_t i = 0; i < answers.size(); ++i) lock.release({"", "A"}, "h");
    } catch (const AdapterTrouble& trouble) {
      return trouble.what();
    } catch (const LockFailed& failed) {
      return std::string(name_of(failed.error.kind)) + (failed.error.definite ? " for certain: " : ": ") +
             failed.error.detail;
    }
    return "none";
  }

  std::string directory;
  boost::asio::io_context context;
  ManualClock clock{context};
};

class PythonsExample : public Adapters {
 public:
  AdapterLock lock() { return AdapterLock({{"python3", kExample}, "", directory}, clock); }
  void SetUp() override {
    if (std::system("python3 -c '' >/dev/null 2>&1") != 0) GTEST_SKIP() << "python3 is not installed";
  }
  const std::string kExample = LOCKSTEP_ROOT "/adapters/python/example.py";
};

TEST_F(PythonsExample, SaysWhatItClaims) {
  const AdapterLock l = lock();
  EXPECT_EQ(l.hello().name, "example");
  EXPECT_TRUE(l.hello().claims.fencing);
  EXPECT_FALSE(l.hello().claims.durable);
  EXPECT_EQ(l.hello().claims.max_drift_ppb, 2'000'000);
}

TEST_F(PythonsExample, IsALock) {
  AdapterLock l = lock();
  const LockName a{"", "A"}, other{"", std::string("\xff\0A", 3)};
  const auto token = l.acquire(a, "one", 1s);
  ASSERT_TRUE(token);
  EXPECT_EQ(l.acquire(a, "two", 1s), std::nullopt);
  EXPECT_EQ(l.acquire(a, "one", 1s), token) << "asked once more";
  EXPECT_TRUE(l.acquire(other, "two", 1s)) << "a name of other bytes";
  EXPECT_EQ(l.holder(a), "one");
  clock.jump(900ms);
  EXPECT_TRUE(l.renew(a, "one", 1s));
  clock.jump(1s);
  EXPECT_EQ(l.holder(a), std::nullopt);
  EXPECT_FALSE(l.renew(a, "one", 1s));
  EXPECT_FALSE(l.release(a, "one"));
  EXPECT_GT(l.acquire(a, "two", 1s), token);
  EXPECT_TRUE(l.release(a, "two"));
}

TEST_F(PythonsExample, StartedAnewItsTokensGoOnRising) {
  const auto before = lock().acquire({"", "A"}, "one", 1s);
  EXPECT_GT(lock().acquire({"", "A"}, "two", 1s), before);
}

TEST_F(Adapters, AnErrorOfTheLockIsNoTrouble) {
  EXPECT_EQ(trouble_with({R"({"id":2,"error":{"kind":"busy","definite":true,"detail":"no"}}\n)"}),
            "busy for certain: no");
  EXPECT_EQ(trouble_with({R"({"id":2,"error":{"kind":"storage","definite":false}}\n)"}), "storage: ");
  EXPECT_EQ(trouble_with({R"({"id":2,"ok":{"released":true}}\n)"}), "none");
}

TEST_F(Adapters, WhatIsWrongWithAnAnswerIsSaidWithTheRequest) {
  const std::string asked = R"(answered {"holder":"h","id":2,"lock":"A","now_ns":)";
  for (const auto& [answer, wrong] : std::vector<std::pair<std::string, std::string>>{
           {R"(nonsense\n)", "with what is no JSON: nonsense"},
           {R"([1]\n)", "with what is no object: [1]"},
           {R"({"id":7,"ok":{"released":true}}\n)", "with what is to request 7: "},
           {R"({"id":2}\n)", R"(with what has neither "ok" nor "error", or both: )"},
           {R"({"id":2,"ok":{}}\n)", R"(with what has no "released": )"},
           {R"({"id":2,"ok":{"released":1}}\n)", R"(with what has a "released" that is neither true nor false: )"},
           {R"({"id":2,"ok":{"released":true},"more":1}\n)", R"(with what has an unknown "more": )"},
           {R"({"id":2,"error":{"kind":"tired","definite":true}}\n)",
            R"(with what has an unknown kind of error, "tired": )"},
       }) {
    EXPECT_THAT(trouble_with({answer}), testing::AllOf(HasSubstr(asked), HasSubstr(wrong)));
  }
}

TEST_F(Adapters, OneThatDiesOrHangsIsNamedWithTheRequest) {
  EXPECT_THAT(trouble_with({"'; exit 3; printf '"}),
              HasSubstr(R"(` ended with exit code 3, after it was sent {"holder":"h")"));
  EXPECT_THAT(trouble_with({"'; sleep 30; printf '"}),
              HasSubstr("` did not answer within 1000 ms, after it was sent "));
  EXPECT_THAT(trouble_with({R"({"id":2,"ok":)"}), HasSubstr("` ended with exit code 0, after it was sent "));
}

TEST_F(Adapters, OneThatSpeaksAnotherProtocolIsRefused) {
  try {
    AdapterLock(
        {{"sh", "-c", R"(read -r l; echo '{"id":1,"ok":{"protocol":2,"name":"x","claims":{}}}'; cat)"}, directory},
        clock);
    FAIL();
  } catch (const AdapterTrouble& trouble) {
    EXPECT_THAT(trouble.what(), HasSubstr("with what speaks protocol 2, and this program 1"));
  }
}

}  // namespace
}  // namespace lockstep
