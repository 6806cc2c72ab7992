// The interface, with a plug-in that lives in this test and answers what it is told to: what a plug-in is given, what
// its answers become, and what is wrong with answers that are none. cli/plugin_test.cc loads real libraries.
#include "impl/plugin/plugin_lock.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <cstring>

#include "impl/backends/simple_backend.h"
#include "impl/env/manual_clock_test.h"

namespace lockstep {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

static_assert(SimpleLock<PluginLock>);

const std::string kAlice = text_of({.session = 1, .number = 1});

// What the plug-in below answers next, and what it was asked last.
struct Script {
  lockstep_status status = LOCKSTEP_YES;
  std::uint64_t token = 7;
  std::string holder = kAlice;
  lockstep_error error{};
  bool throws = false;
  bool wants_directory = false;
  bool forgets_lock = false;
  const lockstep_host* host = nullptr;
  std::string asked;
  int closed = 0;
};
Script script;

lockstep_status answer(const char* function, const lockstep_request* request, lockstep_error* error) {
  EXPECT_EQ(error->definite, 0);
  EXPECT_EQ(error->message[0], '\0');
  if (script.throws) throw std::runtime_error("out of luck");
  if (request != nullptr) {
    script.asked = function;
    for (const auto& [data, size] : {request->space, request->lock, request->holder}) {
      script.asked.append(" ").append(data, size);
    }
    script.asked += " " + std::to_string(request->ttl_ns);
  }
  *error = script.error;
  return script.status;
}

const lockstep_plugin_v1 kScripted = {
    .size = sizeof(lockstep_plugin_v1),
    .abi = LOCKSTEP_PLUGIN_ABI,
    .claims = LOCKSTEP_CLAIMS_FENCING | LOCKSTEP_CLAIMS_DURABLE,
    .max_drift_ppb = 5,
    .name = "scripted",
    .about = nullptr,
    .open =
        [](const lockstep_host* host, void** lock, lockstep_error* error) {
          script.host = host;
          if (script.wants_directory && host->directory(host->context) == nullptr) return LOCKSTEP_STORAGE + 0;
          if (!script.forgets_lock) *lock = &script;
          return answer("open", nullptr, error);
        },
    .close = [](void* lock) { script.closed += lock == &script ? 1 : 100; },
    .acquire =
        [](void*, const lockstep_request* request, std::uint64_t* token, lockstep_error* error) {
          *token = script.token;
          return answer("acquire", request, error);
        },
    .renew = [](void*, const lockstep_request* request,
                lockstep_error* error) { return answer("renew", request, error); },
    .release = [](void*, const lockstep_request* request,
                  lockstep_error* error) { return answer("release", request, error); },
    .inspect =
        [](void*, const lockstep_request* request, lockstep_bytes* holder, lockstep_error* error) {
          *holder = {script.holder.data(), script.holder.size()};
          return answer("inspect", request, error);
        },
};

class Plugins : public testing::Test {
 protected:
  Plugins() { script = {}; }
  PluginLock opened() {
    return PluginLock(checked_plugin("mine.so", &kScripted), {clock, 1, [this] {
                                                                if (no_directory) throw std::runtime_error("disk full");
                                                                ++directories;
                                                                return std::string("/place");
                                                              }});
  }
  // What comes of a call, in words.
  template <typename Call>
  static std::string said(Call call) {
    try {
      call();
      return "nothing";
    } catch (const PluginTrouble& trouble) {
      return trouble.what();
    } catch (const LockFailed& failed) {
      return std::string(name_of(failed.error.kind)) + (failed.error.definite ? " for certain: " : ": ") +
             failed.error.detail;
    } catch (const std::exception& other) {
      return std::string("other: ") + other.what();
    }
  }
  std::string flaw(void (*spoil)(lockstep_plugin_v1&)) {
    lockstep_plugin_v1 spoilt = kScripted;
    spoil(spoilt);
    return said([&] { checked_plugin("mine.so", &spoilt); });
  }

  boost::asio::io_context context;
  ManualClock clock{context};
  bool no_directory = false;
  int directories = 0;
  const LockName a{"space", std::string("\0A", 2)};
};

TEST_F(Plugins, SayWhatTheyAreAndClaim) {
  const Plugin plugin = checked_plugin("mine.so", &kScripted);
  EXPECT_EQ(plugin.name, "scripted");
  EXPECT_EQ(plugin.about, "");
  EXPECT_TRUE(plugin.claims.fencing && plugin.claims.durable);
  EXPECT_FALSE(plugin.claims.survives_power_loss || plugin.claims.wall_clock_immune);
  EXPECT_EQ(plugin.claims.max_drift_ppb, 5);
  EXPECT_EQ(plugin.runs, LOCKSTEP_RUNS_SERVER);
  EXPECT_TRUE(plugin.claims.leases_end);
}

TEST_F(Plugins, AreAskedWithEveryByteAndAnswer) {
  {
    PluginLock lock = opened();
    EXPECT_EQ(lock.acquire(a, kAlice, 1s), 7u);
    EXPECT_EQ(script.asked, "acquire space " + a.bytes + " " + kAlice + " 1000000000");
    EXPECT_TRUE(lock.renew(a, kAlice, 2ns));
    EXPECT_EQ(script.asked, "renew space " + a.bytes + " " + kAlice + " 2");
    EXPECT_TRUE(lock.release(a, kAlice));
    EXPECT_EQ(script.asked, "release space " + a.bytes + " " + kAlice + " 0");
    EXPECT_EQ(lock.holder(a), kAlice);
    EXPECT_EQ(script.asked, "inspect space " + a.bytes + "  0");
    script.status = LOCKSTEP_NO;
    script.holder = "whatever";
    EXPECT_EQ(lock.acquire(a, kAlice, 1s), std::nullopt);
    EXPECT_FALSE(lock.renew(a, kAlice, 1s));
    EXPECT_FALSE(lock.release(a, kAlice));
    EXPECT_EQ(lock.holder(a), std::nullopt);
    EXPECT_EQ(script.closed, 0);
  }
  EXPECT_EQ(script.closed, 1);
}

TEST_F(Plugins, ReadTheClocksOfTheirHostAndDrawFromTheSeed) {
  PluginLock one = opened();
  const lockstep_host* host = script.host;
  EXPECT_EQ(host->size, sizeof(lockstep_host));
  const auto before = host->now_ns(host->context);
  clock.jump(3s);
  EXPECT_EQ(host->now_ns(host->context) - before, 3'000'000'000);
  EXPECT_EQ(host->wall_ns(host->context), clock.wall().time_since_epoch().count());
  EXPECT_EQ(host->boot[0], clock.boot().high);
  EXPECT_EQ(host->boot[1], clock.boot().low);
  const auto drawn = host->random(host->context);
  EXPECT_NE(drawn, host->random(host->context));
  PluginLock other = opened();
  EXPECT_EQ(script.host->random(script.host->context), drawn) << "the same seed";
}

TEST_F(Plugins, HaveADirectoryOnceTheyAskForIt) {
  PluginLock lock = opened();
  EXPECT_EQ(directories, 0);
  for (int i = 0; i < 2; ++i) EXPECT_STREQ(script.host->directory(script.host->context), "/place");
  EXPECT_EQ(directories, 1);
}

TEST_F(Plugins, WithoutADirectoryOfTheMachineAreNotToBlame) {
  no_directory = true;
  script.wants_directory = true;
  EXPECT_EQ(said([&] { opened(); }), "other: disk full");
}

TEST_F(Plugins, AnswerErrorsThatAreErrorsOfTheLock) {
  PluginLock lock = opened();
  script.status = LOCKSTEP_BUSY;
  EXPECT_EQ(said([&] { lock.renew(a, kAlice, 1s); }), "busy: ");
  script.status = LOCKSTEP_STORAGE;
  script.error.definite = 1;
  std::strcpy(script.error.message, "no");
  EXPECT_EQ(said([&] { lock.acquire(a, kAlice, 1s); }), "storage for certain: no");
  EXPECT_EQ(said([&] { opened(); }), "storage for certain: no");
  EXPECT_EQ(script.closed, 0) << "what was not opened is not closed";
}

TEST_F(Plugins, AreNamedWithTheFunctionThatAnsweredNonsense) {
  PluginLock lock = opened();
  const auto release = [&] { lock.release(a, kAlice); };
  for (const lockstep_status status : {0, 8, -1, 99}) {
    script.status = status;
    EXPECT_EQ(said(release), "the plug-in mine.so answered release() with the status " + std::to_string(status) +
                                 ", which is none; answer one of LOCKSTEP_*");
  }
  script.status = LOCKSTEP_INVALID;
  script.error.definite = 2;
  EXPECT_THAT(said(release), HasSubstr("release() with an error that is \"2\" definite; write 0 or 1"));
  script.error.definite = 0;
  std::memset(script.error.message, 'x', sizeof script.error.message);
  EXPECT_THAT(said(release), HasSubstr("release() with an error whose message does not end"));
  script = {.token = 0};
  EXPECT_THAT(said([&] { lock.acquire(a, kAlice, 1s); }), HasSubstr("acquire() with yes and the token 0; "));
  for (const std::string holder : {"", "nobody who asked"}) {
    script.holder = holder;
    EXPECT_THAT(said([&] { lock.holder(a); }), HasSubstr("inspect() with "));
  }
  script = {.throws = true};
  EXPECT_THAT(said(release), HasSubstr("release() with an exception: out of luck; catch it there"));
  script = {.status = LOCKSTEP_NO};
  EXPECT_THAT(said([&] { opened(); }), HasSubstr("open() with \"no\"; it answers yes or an error"));
  script = {.forgets_lock = true};
  EXPECT_THAT(said([&] { opened(); }), HasSubstr("open() with yes and a lock that is NULL"));
}

TEST_F(Plugins, OfAnotherShapeAreRefused) {
  EXPECT_THAT(said([] { checked_plugin("mine.so", nullptr); }), HasSubstr("mine.so does not speak ABI 1"));
  EXPECT_THAT(flaw([](auto& p) { p.abi = 2; }), HasSubstr("the plug-in mine.so speaks ABI 2 and this program 1; "));
  EXPECT_THAT(flaw([](auto& p) { p.size -= 8; }), HasSubstr("has a lockstep_plugin_v1 of "));
  EXPECT_THAT(flaw([](auto& p) { p.name = nullptr; }), HasSubstr("has no name"));
  EXPECT_THAT(flaw([](auto& p) { p.claims = 33; }), HasSubstr("claims what is unknown here: 0x20; "));
  EXPECT_THAT(flaw([](auto& p) { p.claims = LOCKSTEP_CLAIMS_NO_EXPIRY; }),
              HasSubstr("which is for LOCKSTEP_RUNS_CLIENTS"));
  EXPECT_THAT(flaw([](auto& p) { p.runs = 3; }), HasSubstr("says that it runs 3, which is unknown here; "));
  EXPECT_THAT(flaw([](auto& p) { p.max_drift_ppb = -1; }), HasSubstr("claims a max_drift_ppb of -1; "));
  EXPECT_THAT(flaw([](auto& p) { p.max_drift_ppb = 1'000'000'000; }), HasSubstr("claims a max_drift_ppb of "));
  EXPECT_THAT(flaw([](auto& p) { p.open = nullptr; }), HasSubstr("has no open(): the pointer is NULL"));
  EXPECT_THAT(flaw([](auto& p) { p.close = nullptr; }), HasSubstr("has no close()"));
  EXPECT_THAT(flaw([](auto& p) { p.acquire = nullptr; }), HasSubstr("has no acquire()"));
  EXPECT_THAT(flaw([](auto& p) { p.renew = nullptr; }), HasSubstr("has no renew()"));
  EXPECT_THAT(flaw([](auto& p) { p.release = nullptr; }), HasSubstr("has no release()"));
  EXPECT_THAT(flaw([](auto& p) { p.inspect = nullptr; }), HasSubstr("has no inspect()"));
  EXPECT_EQ(flaw([](auto&) {}), "nothing");
}

}  // namespace
}  // namespace lockstep
