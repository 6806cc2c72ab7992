// Everything that a client can do, at random, against a store of which answers get lost, come late or are errors: no
// request number of an attempt is ever used for two different requests, a token is believed by one holder at a time,
// and in the end nothing is held that nobody wanted.
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <map>

#include "impl/backends/memory_backend.h"
#include "impl/client/cancelled_by.h"
#include "impl/client/client_world_test.h"
#include "impl/client/held_locks.h"
#include "impl/client/retry.h"
#include "impl/lock/rules.h"

namespace lockstep {
namespace {

// A store behind a bad line. Compares what comes under a key with what has come under it before.
class BadLine final : public LockBackend {
 public:
  BadLine(LockBackend& inner, Clock& clock, Random& random) : inner_(inner), clock_(clock), random_(random) {}
  const Claims& claims() const override { return inner_.claims(); }
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override {
    return passes_on<AcquireAnswer>(&LockBackend::acquire, std::move(request), give_up);
  }
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override {
    return passes_on<RenewAnswer>(&LockBackend::renew, std::move(request), give_up);
  }
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override {
    return passes_on<ReleaseAnswer>(&LockBackend::release, std::move(request), give_up);
  }
  Awaitable<Result<Inspection>> inspect(LockName name, MonoTime give_up) override {
    return inner_.inspect(std::move(name), give_up);
  }
  std::size_t keys() const { return seen_.size(); }
  bool good = false;

 private:
  template <typename Answer, typename Request>
  Awaitable<Result<Answer>> passes_on(Awaitable<Result<Answer>> (LockBackend::*operation)(Request, MonoTime),
                                      Request request, MonoTime give_up) {
    const auto [known, fresh] = seen_.try_emplace(request.key, fingerprint(request));
    EXPECT_EQ(known->second, fingerprint(request)) << "request " << request.key.number << " came with other arguments";
    const auto fate = good ? 0 : random_.below(8);
    if (fate == 1) co_return definite(ErrorKind::busy);
    if (fate == 2) co_await sleep_for(clock_, milliseconds(random_.between(1, 3000)));
    auto answer = co_await (inner_.*operation)(std::move(request), give_up);
    if (fate == 3) co_await sleep_for(clock_, milliseconds(random_.between(1, 3000)));
    if (fate == 4) co_return indefinite(ErrorKind::unreachable);
    if (clock_.monotonic() >= give_up) co_return indefinite(ErrorKind::unreachable);
    co_return answer;
  }
  LockBackend& inner_;
  Clock& clock_;
  Random& random_;
  std::map<RequestKey, std::uint64_t> seen_;
};

struct Chaos : ClientWorld {
  Duration some(int longest) { return milliseconds(random.between(0, longest)); }
  LockClient::Wish some_wish() {
    auto wish = wish_for(std::string(1, static_cast<char>('a' + random.below(3))), some(4000));
    wish.ttl = milliseconds(random.between(100, 3000));
    if (random.chance(1, 3)) wish.mode = Mode::shared;
    return wish;
  }
  // Whoever believes to hold the lock, too, is a reader beside a reader.
  void expect_alone(const std::shared_ptr<HeldLock>& held) {
    for (const auto& weak : granted_so_far) {
      const auto other = weak.lock();
      if (!other || !other->valid() || !held->valid() || other->name() != held->name()) continue;
      EXPECT_TRUE(other->mode() == Mode::shared && held->mode() == Mode::shared) << held->name().bytes;
    }
    granted_so_far.push_back(held);
  }
  static Awaitable<void> uses(Chaos& world, std::shared_ptr<HeldLock> held) {
    world.expect_alone(held);
    for (auto steps = world.random.below(4); steps > 0; --steps) {
      const MonoTime give_up = world.now() + world.some(2000);
      switch (world.random.below(4)) {
        case 0: co_await held->renew_to(world.some(3000), give_up); break;
        case 1: co_await sleep_for(world.clock, world.some(2000)); break;
        case 2: held->on_loss([](LossReason) {}); break;
        default: co_await held->ended().wait_until(give_up); break;
      }
    }
    if (world.random.chance(1, 3)) co_await held->downgrade(world.now() + world.some(2000));
    LockGuard guard(held);
    if (world.random.chance(1, 2)) co_await guard.release(world.now() + world.some(2000));
    guard.give_back();
    if (world.random.chance(1, 4)) co_await held->release(world.now() + world.some(2000));
  }
  static Awaitable<void> acts(Chaos& world) {
    co_await sleep_for(world.clock, world.some(60'000));
    std::stop_source stop;
    if (world.random.chance(1, 2)) {
      std::vector<LockClient::Wish> wishes{world.some_wish(), world.some_wish()};
      AcquireAllOptions options{.wait_limit = world.some(5000)};
      auto all = co_await acquire_all(world.chaotic, std::move(wishes), options);
      co_await sleep_for(world.clock, world.some(1000));
    } else if (world.random.chance(1, 2)) {
      const RetryPolicy policy{.tries = 3};
      auto result = co_await acquire_with_retry(world.chaotic, world.some_wish(), policy);
      if (result && result->index() == 0) {
        auto held = std::get<0>(std::move(*result));
        co_await uses(world, std::move(held));
      }
    } else {
      spawn(world.context.get_executor(), stops(world, stop));
      auto result = co_await cancelled_by(stop.get_token(), world.chaotic.acquire(world.some_wish()));
      if (result && result->index() == 0) {
        auto held = std::get<0>(std::move(*result));
        co_await uses(world, std::move(held));
      }
    }
    ++world.finished;
  }
  static Awaitable<void> stops(Chaos& world, std::stop_source stop) {
    co_await sleep_for(world.clock, world.some(4000));
    stop.request_stop();
  }
  MemoryBackend memory{clock, nullptr};
  BadLine line{memory, clock, random};
  LockClient chaotic{context.get_executor(), line, clock, random, &beliefs, {}};
  std::vector<std::weak_ptr<HeldLock>> granted_so_far;
  int finished = 0;
};

TEST_F(Chaos, LeavesNothingBehindAndUsesNoKeyTwice) {
  constexpr int kActors = 300;
  for (int i = 0; i < kActors; ++i) spawn(context.get_executor(), acts(*this));
  passes(seconds(120));
  line.good = true;
  passes(seconds(60));
  EXPECT_EQ(finished, kActors);
  EXPECT_GT(line.keys(), 500);
  for (const auto* name : {"a", "b", "c"}) {
    const auto inspection = await(context, memory.inspect({"", name}, MonoTime::max())).value();
    EXPECT_EQ(inspection.holders.size(), 0) << name;
    EXPECT_EQ(inspection.waiters.size(), 0) << name;
  }
  EXPECT_EQ(clock.pending(), 0) << "nobody waits for anything any more";
}

}  // namespace
}  // namespace lockstep
