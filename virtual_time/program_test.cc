// Real programs sleep, wait and draw chance under virtual time, and cannot be told from those that are in no hurry.
// Those that cannot be controlled are refused. Skipped where Python is not installed.
#include "virtual_time/program.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "virtual_time/program_file.h"
#include "virtual_time/settle.h"

namespace lockstep::virtual_time {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr char kPython[] = "/usr/bin/python3";

class RealPrograms : public testing::Test {
 protected:
  void SetUp() override {
    if (found_program(kPython).empty()) GTEST_SKIP() << "no " << kPython << " is installed";
  }
  Program::Options python(const std::string& script) {
    return {.command = {kPython, "-u", "-c", script}, .patience = 20s};
  }
  static std::string line(Program& program) { return program.receive().value_or("nothing yet"); }
  static std::string trouble_with(VirtualHost& host, Program::Options options) {
    try {
      Program program(host, std::move(options));
      return "no trouble: it " + program.state();
    } catch (const TimeTrouble& trouble) {
      return trouble.what();
    }
  }
};

TEST_F(RealPrograms, SleepForDaysInNoTime) {
  VirtualHost host;
  const auto begin = std::chrono::steady_clock::now();
  Program program(host, python("import time\n"
                               "begin = time.monotonic(), time.time()\n"
                               "time.sleep(1000000)\n"
                               "print(round(time.monotonic() - begin[0], 6), round(time.time() - begin[1], 6))"));
  EXPECT_EQ(host.next_deadline().monotonic, host.now().monotonic + 1'000'000s);
  pass_time({&host}, 1'000'000s - 1ns);
  EXPECT_EQ(line(program), "nothing yet");
  pass_time({&host}, 1ns);
  EXPECT_EQ(line(program), "1000000.0 1000000.0");
  EXPECT_TRUE(program.has_ended());
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 10s);
}

TEST_F(RealPrograms, SeeEachClockOfTheirHostAsItIsSet) {
  VirtualHost host;
  const auto start = host.now();
  Program program(host, python("import time, sys\n"
                               "for line in sys.stdin: print(time.time_ns(), time.monotonic_ns(), flush=True)"));
  const auto asks = [&] {
    program.send("");
    settle({&host});
    return line(program);
  };
  const auto reads = [](const Clocks& clocks) {
    return std::to_string(clocks.wall.time_since_epoch().count()) + " " +
           std::to_string(clocks.monotonic.time_since_epoch().count());
  };
  EXPECT_EQ(asks(), reads(start));
  advance_to(host, {start.wall + 1100ms, start.monotonic + 1s});  // it drifts
  EXPECT_EQ(asks(), reads({start.wall + 1100ms, start.monotonic + 1s}));
  host.jump({start.wall - 3600s, host.now().monotonic});  // its wall clock is set back
  EXPECT_EQ(asks(), reads({start.wall - 3600s, start.monotonic + 1s}));
}

TEST_F(RealPrograms, DrawTheSameChanceFromTheSameSeed) {
  const auto drawn = [&](std::uint64_t seed) {
    VirtualHost host({.seed = seed});
    Program program(host, python("import os, random, uuid\n"
                                 "print(os.urandom(8).hex(), random.random(), uuid.uuid4(), {'a', 'b', 'c', 'd'})\n"
                                 "print(open('/dev/urandom', 'rb').read(8).hex())\n"));
    return program.take_output() + program.state();
  };
  EXPECT_EQ(drawn(7), drawn(7));
  EXPECT_NE(drawn(7), drawn(8));
  EXPECT_THAT(drawn(7), HasSubstr("ended with exit code 0"));
}

TEST_F(RealPrograms, WaitInThreadsEachForItsTime) {
  VirtualHost host;
  Program program(host, python(R"(
import queue, select, socket, threading, time
begin = time.monotonic()
def says(what): print(what, round(time.monotonic() - begin, 3))
event, condition, here, there = threading.Event(), threading.Condition(), *socket.socketpair()
def waits_for_event(): says(f"event {event.wait(5)} at")
def waits_for_condition():
    with condition: says(f"condition {condition.wait(timeout=3)} at")
def waits_for_socket(): says(f"select {len(select.select([here], [], [], 60)[0])} at")
def waits_on_socket():
    there.settimeout(2.5)
    try: there.recv(1)
    except TimeoutError: says("recv timed out at")
def sets():
    time.sleep(4)
    event.set()
    time.sleep(10)
    there.send(b"x")
threads = [threading.Thread(target=f)
           for f in (waits_for_event, waits_for_condition, waits_for_socket, waits_on_socket, sets)]
for thread in threads: thread.start()
for thread in threads: thread.join()
try: queue.Queue().get(timeout=100)
except queue.Empty: says("queue empty at")
)"));
  pass_time({&host}, 13s);
  EXPECT_EQ(program.take_output(), "recv timed out at 2.5\ncondition False at 3.0\nevent True at 4.0\n");
  pass_time({&host}, 1s);
  EXPECT_EQ(program.take_output(), "select 1 at 14.0\n");
  pass_time({&host}, 100s);
  EXPECT_EQ(program.take_output() + program.state(), "queue empty at 114.0\nended with exit code 0");
}

TEST_F(RealPrograms, HaveChildrenThatSleepToo) {
  VirtualHost host;
  Program program(host, {.command = {"/bin/sh", "-c", "date +%s; sleep 3600; date +%s; sleep 5 & wait; date +%s"}});
  const auto start = host.now().wall.time_since_epoch() / 1s;
  pass_time({&host}, 3605s);
  EXPECT_EQ(program.take_output() + program.state(), std::to_string(start) + "\n" + std::to_string(start + 3600) +
                                                         "\n" + std::to_string(start + 3605) +
                                                         "\nended with exit code 0");
}

TEST_F(RealPrograms, InNodeChainTimers) {
  if (found_program("node").empty()) GTEST_SKIP() << "no node is installed";
  VirtualHost host;
  Program program(host, {.command = {"node", "-e", R"(
const begin = performance.now(), date = Date.now();
const says = what => console.log(what, Math.round(performance.now() - begin), Date.now() - date);
const pause = ms => new Promise(done => setTimeout(done, ms));
(async () => {
  for (const ms of [10, 1000, 86400000]) { await pause(ms); says('after ' + ms + ' at'); }
  require('fs').readFile('/etc/hostname', async () => { says('file at'); await pause(5000); says('end at'); });
})();
)"},
                         .patience = 60s});
  pass_time({&host}, 86'500s, 60s);
  EXPECT_EQ(program.take_output() + program.state() + program.complaints(),
            "after 10 at 10 10\nafter 1000 at 1010 1010\nafter 86400000 at 86401010 86401010\n"
            "file at 86401010 86401010\nend at 86406010 86406010\nended with exit code 0");
}

TEST_F(RealPrograms, ThatReadInsideTheCLibraryAreAnsweredToo) {
  VirtualHost host;
  const auto source = host.directory() + "/program.c";
  std::ofstream(source) << R"(#include <stdio.h>
#include <time.h>
int main() {
  char line[100];
  while (fgets(line, sizeof line, stdin)) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    printf("%ld %s", (long)now.tv_sec, line);
    fflush(stdout);
  }
  return 0;
}
)";
  if (std::system(("cc -o " + host.directory() + "/program " + source + " 2>/dev/null").c_str()) != 0) {
    GTEST_SKIP() << "no program can be built here";
  }
  host.jump({WallTime(5s), MonoTime(10s)});
  Program program(host, {.command = {host.directory() + "/program"}});
  for (int i = 0; i < 100; ++i) {
    program.send("line " + std::to_string(i));
    settle({&host});
    ASSERT_EQ(line(program), std::to_string(10 + i) + " line " + std::to_string(i));
    pass_time({&host}, 1s);
  }
}

TEST_F(RealPrograms, InCppWaitByEveryMeansOfTheStandardLibrary) {
  VirtualHost host;
  const auto source = host.directory() + "/program.cc";
  std::ofstream(source) << R"(
#include <signal.h>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <future>
#include <mutex>
#include <semaphore>
#include <thread>
using namespace std::chrono_literals;
const auto begin = std::chrono::steady_clock::now();
void says(const char* what, bool how) {
  std::printf("%s %d %ld\n", what, how, long((std::chrono::steady_clock::now() - begin) / 1ms));
}
int main() {
  std::timed_mutex mutex;
  std::atomic<int> word{0};
  std::counting_semaphore<> permits{0};
  std::thread holder([&] {
    std::lock_guard lock(mutex);
    std::this_thread::sleep_for(3s);
  });
  std::this_thread::sleep_for(1ms);
  says("try for two", mutex.try_lock_for(2s));
  says("try for ten", mutex.try_lock_for(10s));
  std::thread changer([&] {
    std::this_thread::sleep_for(4s);
    word = 1;
    word.notify_all();
    std::this_thread::sleep_for(5s);
    permits.release();
  });
  word.wait(0);
  says("word", true);
  says("permit in a second", permits.try_acquire_for(1s));
  permits.acquire();
  says("permit", true);
  auto later = std::async(std::launch::async, [] { std::this_thread::sleep_for(60s); });
  says("future in a second", later.wait_for(1s) == std::future_status::ready);
  says("future on Sunday", later.wait_until(std::chrono::system_clock::now() + 100h) == std::future_status::ready);
  std::mutex plain;
  std::condition_variable condition;
  std::unique_lock lock(plain);
  says("condition", condition.wait_for(lock, 1h) == std::cv_status::no_timeout);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::thread sender([] { std::this_thread::sleep_for(2s); kill(getpid(), SIGUSR1); });
  int signal = 0;
  sigwait(&set, &signal);
  says("signal", signal == SIGUSR1);
  for (auto* thread : {&holder, &changer, &sender}) thread->join();
}
)";
  if (std::system(("c++ -std=c++20 -pthread -o " + host.directory() + "/program " + source).c_str()) != 0) {
    GTEST_SKIP() << "no program can be built here";
  }
  Program program(host, {.command = {host.directory() + "/program"}});
  pass_time({&host}, 2h);
  EXPECT_EQ(program.take_output() + program.state(),
            "try for two 0 2001\ntry for ten 1 3000\nword 1 7000\npermit in a second 0 8000\npermit 1 12000\n"
            "future in a second 0 13000\nfuture on Sunday 1 72000\ncondition 0 3672000\nsignal 1 3674000\n"
            "ended with exit code 0");
}

TEST_F(RealPrograms, HaveTimersThatAreDescriptors) {
  VirtualHost host;
  Program program(host, python(R"(
import ctypes, os, select, time
c = ctypes.CDLL(None)
def timer(first, interval=0):
    descriptor = c.timerfd_create(1, 0)
    times = (ctypes.c_long * 4)(interval, 0, first, 0)
    assert c.timerfd_settime(descriptor, 0, times, None) == 0
    return descriptor
begin = time.monotonic()
names = {timer(50): "once", timer(20, 20): "often"}
poller = select.epoll()
for descriptor in names: poller.register(descriptor, select.EPOLLIN)
for _ in range(4):
    for descriptor, _ in poller.poll():
        print(names[descriptor], int.from_bytes(os.read(descriptor, 8), "little"), time.monotonic() - begin)
)"));
  pass_time({&host}, 100s);
  EXPECT_EQ(program.take_output() + program.state() + program.complaints(),
            "often 1 20.0\noften 1 40.0\nonce 1 50.0\noften 1 60.0\nended with exit code 0");
}

TEST_F(RealPrograms, AreSentTheirAlarm) {
  VirtualHost host;
  Program program(host, python(R"(
import signal, time
begin = time.monotonic()
signal.signal(signal.SIGALRM, lambda *_: print("alarm at", time.monotonic() - begin))
signal.alarm(30)
time.sleep(20)
signal.pause()
signal.setitimer(signal.ITIMER_REAL, 1, 0.5)
signal.pause()
signal.pause()
)"));
  pass_time({&host}, 60s);
  EXPECT_EQ(program.take_output() + program.state(),
            "alarm at 30.0\nalarm at 31.0\nalarm at 31.5\nended with exit code 0");
}

TEST_F(RealPrograms, ThatLookAtTheClockUntilTimePassesAreNamed) {
  VirtualHost host;
  auto spins = python("import time\nend = time.time() + 1\nwhile time.time() < end: pass\nprint('over')");
  spins.patience = 300ms;
  EXPECT_THAT(trouble_with(host, spins),
              testing::AllOf(HasSubstr("virtual time cannot go on after 300 ms: `/usr/bin/python3 -u -c"),
                             HasSubstr("looks at the clock until time has passed")));
  VirtualHost patient({.per_read = 1us});
  Program program(patient,
                  python("import time\nend = time.time() + 0.1\nwhile time.time() < end: pass\nprint('over')"));
  EXPECT_EQ(line(program), "over");
}

TEST_F(RealPrograms, ThatAreLinkedStaticallyAreRefused) {
  VirtualHost host;
  const auto source = host.directory() + "/program.c";
  std::ofstream(source) << "int main() { return 0; }\n";
  if (std::system(("cc -static -o " + host.directory() + "/program " + source + " 2>/dev/null").c_str()) != 0) {
    GTEST_SKIP() << "no static program can be built here";
  }
  EXPECT_EQ(trouble_with(host, {.command = {host.directory() + "/program"}}),
            host.directory() +
                "/program cannot be controlled: it is statically linked; run it in wall-clock time with --wall-clock");
  EXPECT_EQ(trouble_with(host, {.command = {"/no/such/program"}}), "/no/such/program is no program that can be run");
}

TEST_F(RealPrograms, OfAnotherLibraryOrAnotherUserAreRefused) {
  VirtualHost host;
  const auto program = host.directory() + "/program";
  std::ofstream(program + ".c") << "int main() { return 0; }\n";
  const auto build =
      "cc -o " + program + " " + program + ".c -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1 2>/dev/null";
  if (std::system(build.c_str()) != 0) GTEST_SKIP() << "no program can be built here";
  EXPECT_EQ(why_not_controlled(program), "is linked with another C library than glibc");
  if (::geteuid() != 0) GTEST_SKIP() << "only root gives a program to another user";
  ASSERT_EQ(std::system(("cp /bin/true " + program + " && chown 1 " + program + " && chmod u+s " + program).c_str()),
            0);
  EXPECT_EQ(why_not_controlled(program), "runs as another user, and loads no libraries of ours");
}

TEST_F(RealPrograms, OfGoAreRefused) {
  const auto program = found_program("esbuild");
  if (program.empty()) GTEST_SKIP() << "esbuild is not installed, which is written in Go";
  EXPECT_EQ(why_not_controlled(program), "is written in Go, which asks the kernel for the time itself");
}

}  // namespace
}  // namespace lockstep::virtual_time
