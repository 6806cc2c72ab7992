// One use of a lock after the other; what was forgotten runs out beside the next. A second lane does nothing but
// notice when the machine does not let this process run: nobody can be on time then.
#include "cli/stress_worker.h"

#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <stdexcept>
#include <thread>

#include "cli/real_store.h"
#include "cli/stress_resource.h"
#include "cli/stress_witness.h"
#include "impl/client/lock_client.h"
#include "impl/env/real/host_clock.h"
#include "impl/env/real/os_random.h"
#include "impl/env/real/thread_lane.h"
#include "scenarios/recorded_words.h"

namespace lockstep::cli {
namespace {

using models::EventType;
using models::Op;

constexpr Duration kBeat = std::chrono::milliseconds(20);
constexpr Duration kMissedBeat = std::chrono::milliseconds(80);  // below what a loss may be late
constexpr Duration kOpening = std::chrono::seconds(30);

// How a lock is used once.
struct Use {
  enum class Ending { release, twice, late, forget };
  std::uint32_t lock = 0;
  bool shared = false;
  Duration ttl{};
  Duration wait{};
  Duration hold{};
  Ending ending = Ending::release;
};

class Worker {
 public:
  explicit Worker(const WorkerTask& task)
      : task_(task),
        clock_(context_),
        store_lane_(context_.get_executor()),
        resource_lane_(context_.get_executor()),
        beat_lane_(context_.get_executor()),
        witness_(task.journal, task.worker),
        store_(real_store(task.store, {context_, clock_, random_, store_lane_, &witness_})),
        witnessed_(*store_.locks, witness_),
        client_(context_.get_executor(), witnessed_, clock_, random_, &witness_, {.belief = task.belief}),
        chance_(RandomStream(task.seed).fork("worker", task.worker).at(task.incarnation)) {
    for (std::uint32_t lock = 0; lock < task.locks; ++lock) {
      resource_.push_back(std::make_shared<FencedFile>(fenced_file(task.store.directory, lock), lock, task.workers));
    }
  }

  void run() {
    beat_lane_.submit([this] { beat(); }, [] {});
    spawn(context_.get_executor(), live());
    context_.run();
  }

 private:
  const Claims& claims() const { return store_.locks->claims(); }
  Phase phase() const { return task_.board->phase.load(); }

  void beat() const {
    for (;;) {
      const MonoTime due = boot_time() + kBeat;
      std::this_thread::sleep_for(kBeat);
      const MonoTime now = boot_time();
      if (now - due < kMissedBeat) continue;
      Record stall;
      stall.event.type = EventType::process_paused;
      stall.event.at = due.time_since_epoch();
      witness_.write(stall);
      stall.event.type = EventType::process_resumed;
      stall.event.at = now.time_since_epoch();
      stall.event.clock = {};
      witness_.write(stall);
    }
  }

  Awaitable<void> live() {
    const MonoTime limit = clock_.monotonic() + kOpening;
    for (auto opened = co_await store_.open(limit); !opened; opened = co_await store_.open(limit)) {
      if (clock_.monotonic() >= limit) throw std::runtime_error("cannot open the store: " + opened.error().detail);
      co_await sleep_for(clock_, kBeat);
    }
    spawn(context_.get_executor(), probe());
    while (phase() != Phase::stop) co_await use(drawn());
    while (open_ > 0) co_await sleep_for(clock_, kBeat);
    // On the lane, so that whatever has been committed before has been told, and nothing comes after.
    store_lane_.submit([] { ::_exit(0); }, [] {});
  }

  // After healing everybody asks for everything once more, whatever else he does: by these is liveness judged.
  Awaitable<void> probe() {
    ++open_;
    while (phase() == Phase::faults) co_await sleep_for(clock_, kBeat);
    for (std::uint32_t lock = 0; lock < task_.locks; ++lock) {
      Use probe;
      probe.lock = lock;
      probe.ttl = task_.ttl;
      probe.wait = task_.probe_wait;
      ++open_;
      spawn(context_.get_executor(), use_and_count(probe));
    }
    --open_;
  }
  Awaitable<void> use_and_count(Use probe) {
    co_await use(probe);
    --open_;
  }

  Duration part(Duration whole, std::int64_t low, std::int64_t high) {
    return whole * chance_.between(low, high) / 100;
  }

  Use drawn() {
    Use use;
    use.lock = static_cast<std::uint32_t>(chance_.below(task_.locks));
    use.shared = chance_.chance(1, 4) && claims().shared_mode;
    use.ttl = part(task_.ttl, 60, 100);
    // A dead waiter's place in the line is kept for a while: only the patient are served behind it.
    use.wait = chance_.chance(1, 4)   ? Duration::zero()
               : chance_.chance(1, 2) ? part(task_.ttl, 20, 200)
                                      : part(task_.ttl, 200, 800);
    // Now and then so long that it takes renewals.
    use.hold = chance_.chance(1, 8) ? part(task_.ttl, 50, 150) : part(task_.ttl, 0, 10);
    switch (chance_.below(20)) {
      case 0: use.ending = Use::Ending::forget; break;
      case 1: use.ending = Use::Ending::late; break;
      case 2: use.ending = Use::Ending::twice; break;
      default: break;
    }
    return use;
  }

  Awaitable<std::shared_ptr<HeldLock>> acquire(Use use) {
    const AttemptId attempt = client_.next_attempt();
    Record asked;
    asked.attempt = attempt;
    asked.event.type = EventType::invoke;
    asked.event.op = Op::lock;
    asked.event.lock = use.lock;
    asked.event.mode = use.shared ? models::Mode::shared : models::Mode::exclusive;
    asked.event.ttl = use.ttl;
    asked.event.wait = use.wait;
    witness_.write(asked);
    LockClient::Wish wish{.name = stress_lock(use.lock, task_.space),
                          .owner = "worker " + std::to_string(task_.worker)};
    wish.mode = use.shared ? Mode::shared : Mode::exclusive;
    wish.ttl = use.ttl;
    wish.wait_limit = use.wait;
    wish.renew = use.ending != Use::Ending::late && use.ending != Use::Ending::forget;
    auto result = co_await client_.acquire(attempt, std::move(wish));
    asked.event = scenarios::answered(asked.event, result);
    witness_.write(asked);
    auto* held = result ? std::get_if<std::shared_ptr<HeldLock>>(&*result) : nullptr;
    co_return held == nullptr ? nullptr : std::move(*held);
  }

  Awaitable<void> write(std::shared_ptr<HeldLock> held, std::uint32_t lock) {
    if (!claims().fencing) co_return;
    auto work = [file = resource_[lock], attempt = held->attempt(), token = held->token()] {
      return file->write(attempt, token);
    };
    co_await blocking(resource_lane_, clock_, std::move(work));
  }

  Awaitable<void> give_back(std::shared_ptr<HeldLock> held, Duration ttl) {
    co_await held->release(saturating_add(clock_.monotonic(), ttl));
  }

  // What nobody gives back is still told when it is lost, and its writes come to the resource late.
  Awaitable<void> run_out(std::shared_ptr<HeldLock> held, Use use) {
    while (held->valid()) co_await held->ended().wait();
    if (use.ending == Use::Ending::late) {
      co_await sleep_for(clock_, use.ttl / 4);
      co_await write(held, use.lock);
      co_await give_back(held, use.ttl);
    }
    --open_;
  }

  Awaitable<void> use(Use use) {
    const auto held = co_await acquire(use);
    auto& holding = task_.board->holding[task_.worker];
    if (held) {
      holding += use.shared ? 0 : 1;
      co_await write(held, use.lock);
      const MonoTime until = clock_.monotonic() + use.hold;
      while (held->valid() && clock_.monotonic() < until) co_await held->ended().wait_until(until);
      if (held->valid()) co_await write(held, use.lock);
      holding -= use.shared ? 0 : 1;
      if (use.ending == Use::Ending::late || use.ending == Use::Ending::forget) {
        ++open_;
        spawn(context_.get_executor(), run_out(held, use));
        co_return;
      }
      co_await give_back(held, use.ttl);
      if (use.ending == Use::Ending::twice) co_await give_back(held, use.ttl);
    }
    Duration pause = part(task_.ttl, 0, 4);
    co_await sleep_for(clock_, pause);
  }

  WorkerTask task_;
  asio::io_context context_;
  RealHostClock clock_;
  OsRandom random_;
  ThreadLane store_lane_;
  ThreadLane resource_lane_;
  ThreadLane beat_lane_;
  Witness witness_;
  RealStore store_;
  scenarios::RecordingBackend witnessed_;
  LockClient client_;
  RandomStream chance_;
  std::vector<std::shared_ptr<FencedFile>> resource_;
  int open_ = 0;  // what goes on beside the uses: probes, and handles that run out by themselves
};

}  // namespace

void live(const WorkerTask& task) { Worker(task).run(); }

}  // namespace lockstep::cli
