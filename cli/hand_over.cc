// Pairs of a holder and a waiter, each pair with a lock of its own: the holder gives back after a time that nobody
// knows. Holder and waiter have a client each and share nothing but the store.
#include "cli/hand_over.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <new>
#include <thread>

#include "cli/real_store.h"
#include "cli/stress_record.h"
#include "cli/worker_processes.h"
#include "impl/backends/memory_backend.h"
#include "impl/client/lock_client.h"
#include "impl/client/remote_backend.h"
#include "impl/env/check.h"
#include "impl/env/real/host_clock.h"
#include "impl/env/real/os_random.h"
#include "impl/env/real/tcp_endpoint.h"
#include "impl/env/real/thread_lane.h"
#include "impl/server/lock_server.h"

namespace lockstep::cli {
namespace {

constexpr std::uint32_t kLoopback = 0x7f000001;
constexpr int kPairs = 16;
constexpr std::size_t kMostSamples = 1 << 14;
constexpr Duration kTtl = std::chrono::seconds(20);
constexpr Duration kTick = std::chrono::milliseconds(2);

// Shared with the measuring process.
struct Samples {
  std::atomic<std::size_t> count{0};
  std::array<std::int64_t, kMostSamples> nanoseconds{};
  std::atomic<std::uint16_t> port{0};  // of the server
};

class Pairs {
 public:
  Pairs(asio::io_context& context, RealHostClock& clock, LockBackend& holders, LockBackend& waiters, MonoTime until,
        Samples& samples)
      : context_(context),
        clock_(clock),
        holders_(context.get_executor(), holders, clock, random_, nullptr, {}),
        waiters_(context.get_executor(), waiters, clock, random_, nullptr, {}),
        until_(until),
        samples_(samples) {}

  void begin() {
    for (int pair = 0; pair < kPairs; ++pair) spawn(context_.get_executor(), hand_over(fmt::format("pair {}", pair)));
  }

 private:
  struct Waiting {
    explicit Waiting(Clock& clock) : done(clock) {}
    Signal done;
    std::shared_ptr<HeldLock> held;
    MonoTime got;
  };

  Awaitable<std::shared_ptr<HeldLock>> take(LockClient& client, std::string name) {
    LockClient::Wish wish{.name = {"hand-over", name}, .owner = name, .ttl = kTtl, .wait_limit = kTtl};
    auto result = co_await client.acquire(client.next_attempt(), std::move(wish));
    CHECK(result.has_value());
    const auto* held = std::get_if<std::shared_ptr<HeldLock>>(&*result);
    CHECK(held != nullptr);
    co_return *held;
  }

  Awaitable<void> wait_for_it(std::string name, std::shared_ptr<Waiting> waiting) {
    waiting->held = co_await take(waiters_, std::move(name));
    waiting->got = clock_.monotonic();
    waiting->done.set();
  }

  Awaitable<void> hand_over(std::string name) {
    while (clock_.monotonic() < until_) {
      const auto held = co_await take(holders_, name);
      const auto waiting = std::make_shared<Waiting>(clock_);
      spawn(context_.get_executor(), wait_for_it(name, waiting));
      Duration hold = std::chrono::microseconds(random_.between(100'000, 400'000));
      co_await sleep_for(clock_, hold);
      const MonoTime asked = clock_.monotonic();
      co_await held->release(asked + kTtl);
      co_await waiting->done.wait();
      add(waiting->got - asked);
      co_await waiting->held->release(clock_.monotonic() + kTtl);
    }
    if (++ended_ == kPairs) ::_exit(0);
  }

  void add(Duration took) {
    const std::size_t index = samples_.count;
    if (index == kMostSamples) return;
    samples_.nanoseconds[index] = took.count();
    ++samples_.count;
  }

  asio::io_context& context_;
  RealHostClock& clock_;
  OsRandom random_;
  LockClient holders_;
  LockClient waiters_;
  MonoTime until_;
  Samples& samples_;
  int ended_ = 0;
};

void look(const StorePlace& place, MonoTime until, Samples& samples) {
  asio::io_context context;
  RealHostClock clock(context);
  OsRandom random;
  ThreadLane lane(context.get_executor());
  ThreadLane other_lane(context.get_executor());
  const auto holders = real_store(place, {context, clock, random, lane, nullptr});
  const auto waiters = real_store(place, {context, clock, random, other_lane, nullptr});
  Pairs pairs(context, clock, *holders.locks, *waiters.locks, until, samples);
  const auto open = [](const RealStore& one, const RealStore& other, Pairs& all) -> Awaitable<void> {
    const auto opened = co_await one.open(MonoTime::max());
    const auto too = co_await other.open(MonoTime::max());
    CHECK(opened.has_value() && too.has_value());
    all.begin();
  };
  spawn(context.get_executor(), open(holders, waiters, pairs));
  context.run();
}

void serve(Samples& samples) {
  asio::io_context context;
  RealHostClock clock(context);
  TcpEndpoint endpoint(context, clock, {.listen = Address{kLoopback, 0}, .dial = false});
  MemoryBackend store(clock, nullptr);
  LockServer server(context.get_executor(), endpoint, store, clock, nullptr, {});
  spawn(context.get_executor(), server.run());
  samples.port = endpoint.address().port;
  context.run();
}

void ask(Samples& samples, MonoTime until) {
  while (samples.port == 0) std::this_thread::sleep_for(kTick);
  asio::io_context context;
  RealHostClock clock(context);
  OsRandom random;
  TcpEndpoint endpoint(context, clock, {});
  TcpEndpoint other_endpoint(context, clock, {});
  const RemoteBackend::Options options{.servers = {Address{kLoopback, samples.port}}};
  RemoteBackend holders(endpoint, clock, random, MemoryBackend::its_claims(), options);
  RemoteBackend waiters(other_endpoint, clock, random, MemoryBackend::its_claims(), options);
  spawn(context.get_executor(), holders.run());
  spawn(context.get_executor(), waiters.run());
  Pairs pairs(context, clock, holders, waiters, until, samples);
  pairs.begin();
  context.run();
}

HandOver result_of(std::string what, const Samples& samples) {
  HandOver result{.what = std::move(what), .samples = samples.count};
  std::vector<std::int64_t> sorted(samples.nanoseconds.begin(), samples.nanoseconds.begin() + result.samples);
  if (sorted.empty()) return result;
  std::ranges::sort(sorted);
  result.median = Duration(sorted[sorted.size() / 2]);
  result.percentile99 = Duration(sorted[sorted.size() * 99 / 100]);
  return result;
}

// Until it has ended by itself, or some time later all the same.
void wait_for(ChildProcess& child, MonoTime until, const std::atomic<bool>& stop) {
  while (child.running() && boot_time() < until + kTtl && !stop) {
    if (!child.ended()) std::this_thread::sleep_for(kTick);
  }
}

}  // namespace

HandOver hand_over_by_server(Duration lasts, const std::atomic<bool>& stop) {
  auto* samples = new (shared_memory(sizeof(Samples))) Samples;
  const MonoTime until = boot_time() + lasts;
  const ChildProcess server([samples] { serve(*samples); });
  ChildProcess clients([samples, until] { ask(*samples, until); });
  wait_for(clients, until, stop);
  return result_of("server, store in memory, TCP", *samples);
}

HandOver hand_over_by_looking(const StorePlace& place, Duration lasts, const std::atomic<bool>& stop) {
  auto* samples = new (shared_memory(sizeof(Samples))) Samples;
  const MonoTime until = boot_time() + lasts;
  ChildProcess clients([&, samples, until] { look(place, until, *samples); });
  wait_for(clients, until, stop);
  return result_of(place.backend + (is_served(place.backend) ? ", asked again" : ", without a server"), *samples);
}

}  // namespace lockstep::cli
