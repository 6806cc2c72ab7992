// Every figure is taken by processes forked for it, which begin together, warm up, and count for the same time.
#include "cli/stress_rates.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sqlite3.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <boost/asio/io_context.hpp>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <memory>
#include <new>
#include <system_error>
#include <thread>

#include "cli/hand_over.h"
#include "cli/real_store.h"
#include "cli/stress_record.h"
#include "cli/stress_worker.h"
#include "cli/worker_processes.h"
#include "impl/client/lock_client.h"
#include "impl/env/check.h"
#include "impl/env/real/host_clock.h"
#include "impl/env/real/os_random.h"
#include "impl/env/real/thread_lane.h"

namespace lockstep::cli {
namespace {

constexpr Duration kTick = std::chrono::milliseconds(2);
constexpr Duration kGettingReady = std::chrono::seconds(30);
constexpr Duration kTtl = std::chrono::seconds(30);

struct Counter {
  std::atomic<unsigned> ready{0};
  std::atomic<bool> go{false};
  std::atomic<bool> over{false};
  std::array<std::atomic<std::uint64_t>, kMostWorkers> done{};
};

// What one process counts by: it takes and gives back once.
using Turn = std::function<void()>;
// Called in the process of that number, from 0: makes ready.
using Contestant = std::function<Turn(unsigned)>;

constexpr const char* kKept =
    "the lease of a dead or stopped holder ends by itself and the next is served in order of arrival; every "
    "grant has a fencing token and is on the disk before it is answered";
constexpr const char* kServed =
    "the lease of a dead or stopped holder ends by itself, by the wall clocks of the servers; nobody is served in "
    "order, and there are no fencing tokens";

// Negative, as Rate has it.
constexpr double kNotMeasured = -1;

// Turns per second of so many processes together.
double count(unsigned processes, Duration lasts, const std::atomic<bool>& stop, const Contestant& contestant) {
  if (stop) return kNotMeasured;
  auto* counter = new (shared_memory(sizeof(Counter))) Counter;
  std::vector<ChildProcess> children;
  for (unsigned i = 0; i < processes; ++i) {
    children.emplace_back([counter, i, &contestant] {
      const Turn turn = contestant(i);
      ++counter->ready;
      while (!counter->go) std::this_thread::sleep_for(kTick);
      while (!counter->over) {
        turn();
        if (!counter->over) ++counter->done[i];
      }
      ::_exit(0);
    });
  }
  const MonoTime limit = boot_time() + kGettingReady;
  while (counter->ready < processes && boot_time() < limit && !stop) std::this_thread::sleep_for(kTick);
  const auto turns = [counter] {
    std::uint64_t sum = 0;
    for (const auto& done : counter->done) sum += done;
    return sum;
  };
  const auto wait_until = [&stop](MonoTime until) {
    while (boot_time() < until && !stop) std::this_thread::sleep_for(kTick);
  };
  counter->go = true;
  // A log that still grows is slower to sync than one that is written over.
  wait_until(boot_time() + lasts);
  const std::uint64_t before = turns();
  const MonoTime begin = boot_time();
  wait_until(begin + lasts);
  const std::uint64_t counted = turns() - before;
  const Duration took = boot_time() - begin;
  counter->over = true;
  if (stop) return kNotMeasured;
  // A lock that a killed process held would be missed by the next figure.
  const MonoTime end = boot_time() + kGettingReady;
  for (ChildProcess& child : children) {
    while (child.running() && boot_time() < end) {
      if (!child.ended()) std::this_thread::sleep_for(kTick);
    }
  }
  return static_cast<double>(counted) * 1e9 / static_cast<double>(took.count());
}

// A client of the store for one loop after the other.
class LoopClient {
 public:
  LoopClient(const RatesOptions& options, std::string name)
      : name_(std::move(name)),
        clock_(context_),
        lane_(context_.get_executor()),
        store_(real_store(options.store, {context_, clock_, random_, lane_, nullptr})),
        client_(context_.get_executor(), *store_.locks, clock_, random_, nullptr, {}) {
    run(open());
  }
  void turn() { run(take_and_give_back()); }

 private:
  void run(Awaitable<void> coroutine) {
    done_ = false;
    spawn(context_.get_executor(), note_the_end(std::move(coroutine)));
    while (!done_) context_.run_one();
  }
  Awaitable<void> note_the_end(Awaitable<void> coroutine) {
    co_await std::move(coroutine);
    done_ = true;
  }
  Awaitable<void> open() {
    const auto opened = co_await store_.open(clock_.monotonic() + kGettingReady);
    CHECK(opened.has_value());
  }
  Awaitable<void> take_and_give_back() {
    LockClient::Wish wish{.name = {"rates", name_}, .owner = "rates", .ttl = kTtl, .wait_limit = kTtl};
    auto result = co_await client_.acquire(client_.next_attempt(), std::move(wish));
    CHECK(result.has_value());
    const auto* held = std::get_if<std::shared_ptr<HeldLock>>(&*result);
    CHECK(held != nullptr);
    co_await (*held)->release(clock_.monotonic() + kTtl);
  }

  std::string name_;
  bool done_ = false;
  asio::io_context context_;
  RealHostClock clock_;
  OsRandom random_;
  ThreadLane lane_;
  RealStore store_;
  LockClient client_;
};

Contestant of_store(const RatesOptions& options, bool together) {
  return [options, together](unsigned i) -> Turn {
    auto client = std::make_shared<LoopClient>(options, together ? "one" : fmt::format("lock {}", i));
    return [client] { client->turn(); };
  };
}

Contestant of_flock(const RatesOptions& options, bool together) {
  return [options, together](unsigned i) -> Turn {
    const std::string path = fmt::format("{}/flock-{}", options.store.directory, together ? 0 : i);
    const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    CHECK(file >= 0);
    return [file] {
      while (::flock(file, LOCK_EX) != 0) CHECK(errno == EINTR);
      ::flock(file, LOCK_UN);
    };
  };
}

Contestant of_sqlite(const RatesOptions& options) {
  return [options](unsigned i) -> Turn {
    sqlite3* db = nullptr;
    CHECK(sqlite3_open((options.store.directory + "/plain.db").c_str(), &db) == SQLITE_OK);
    sqlite3_busy_timeout(db, 30'000);
    const auto execute = [db](const std::string& sql) {
      CHECK(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) == SQLITE_OK);
    };
    // Checkpoints as often as our store has them, or its log would still grow when ours is long written over.
    execute("PRAGMA journal_mode=wal; PRAGMA synchronous=full; PRAGMA wal_autocheckpoint=200");
    execute(
        "CREATE TABLE IF NOT EXISTS row(id INTEGER PRIMARY KEY, holder INTEGER);"
        "INSERT OR IGNORE INTO row VALUES(1, 0);");
    return [execute, i] {
      execute(fmt::format("BEGIN IMMEDIATE; UPDATE row SET holder={} WHERE id=1; COMMIT", i + 1));
      execute("BEGIN IMMEDIATE; UPDATE row SET holder=0 WHERE id=1; COMMIT");
    };
  };
}

}  // namespace

StressRates measure_rates(const RatesOptions& options, const std::atomic<bool>& stop) {
  StressRates result;
  result.processes = options.processes;
  const unsigned several = options.processes;
  const bool served = is_served(options.store.backend);
  Rate ours{options.store.backend + ", lockstep", served ? kServed : kKept};
  ours.alone = count(1, options.each, stop, of_store(options, true));
  ours.apart = count(several, options.each, stop, of_store(options, false));
  ours.together = count(several, options.each, stop, of_store(options, true));
  Rate flock{"flock(2)",
             "free at once when the holder dies; but a stopped holder stops everybody, a late write of a former holder "
             "is not noticed, nobody is served in order, and one host only"};
  flock.alone = count(1, options.each, stop, of_flock(options, true));
  flock.apart = count(several, options.each, stop, of_flock(options, false));
  flock.together = count(several, options.each, stop, of_flock(options, true));
  result.rates = {ours, flock};
  if (!served) {
    Rate& plain = result.rates.emplace_back(
        Rate{"plain SQLite, WAL and FULL",
             "BEGIN IMMEDIATE, UPDATE, COMMIT, twice: on the disk like ours, but a row is no lock; nothing ends by "
             "itself, nobody waits for it in order"});
    plain.alone = count(1, options.each, stop, of_sqlite(options));
    plain.together = count(several, options.each, stop, of_sqlite(options));
    if (!stop) result.hand_overs.push_back(hand_over_by_server(3 * options.each, stop));
  }
  const std::vector<std::string> looked_at = served ? std::vector{options.store.backend} : real_stores();
  for (const std::string& backend : looked_at) {
    if (stop) break;
    const StorePlace place{backend, options.store.directory + "/hand-over-" + backend, options.store.servers};
    std::filesystem::create_directory(place.directory);
    result.hand_overs.push_back(hand_over_by_looking(place, 3 * options.each, stop));
  }
  if (stop && !result.hand_overs.empty() && result.hand_overs.back().samples == 0) result.hand_overs.pop_back();
  result.interrupted = stop;
  return result;
}

}  // namespace lockstep::cli
