// Counts in a file, one process at a time: two_processes DIRECTORY NAME ROUNDS [NAP]
//
// The lock is a row in DIRECTORY/locks.db. The file DIRECTORY/count checks the fencing tokens by itself, so that even a
// process which sleeps for NAP milliseconds, longer than its lease, cannot spoil it. Exit code 1: a write was refused.
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <stdexcept>
#include <string>
#include <thread>

#include "impl/backends/sqlite_backend.h"
#include "impl/client/lock_client.h"
#include "impl/env/real/host_clock.h"
#include "impl/env/real/os_random.h"
#include "impl/env/real/thread_lane.h"
#include "impl/lock/fence.h"

namespace {

using namespace std::chrono_literals;

// The protected resource: a number, and the highest token with which it was ever written.
class Count {
 public:
  explicit Count(const std::string& path) : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    if (file_ < 0) throw std::runtime_error("cannot open " + path);
  }
  ~Count() { ::close(file_); }

  std::uint64_t read() const { return content().number; }

  // False: somebody with a newer token has written it meanwhile.
  bool write(std::uint64_t number, lockstep::Token token) {
    ::flock(file_, LOCK_EX);  // the check and the write are one step
    lockstep::Fence fence;
    fence.admit(content().token);
    const bool admitted = fence.admit(token);
    const Content fresh{token, number};
    if (admitted && ::pwrite(file_, &fresh, sizeof fresh, 0) != sizeof fresh) std::abort();
    ::flock(file_, LOCK_UN);
    return admitted;
  }

 private:
  struct Content {
    lockstep::Token token = 0;
    std::uint64_t number = 0;
  };
  Content content() const {
    Content found;
    return ::pread(file_, &found, sizeof found, 0) == sizeof found ? found : Content();
  }
  int file_;
};

struct Task {
  std::string directory;
  std::string name;
  int rounds = 0;
  std::chrono::milliseconds nap{};
};

// What a process needs to use locks; all of it belongs to the one thread that runs the context.
struct Locks {
  explicit Locks(const std::string& file)
      : store({.path = file}, clock, random, lane, nullptr),
        client(context.get_executor(), store, clock, random, nullptr, {}) {}
  boost::asio::io_context context;
  lockstep::RealHostClock clock{context};
  lockstep::OsRandom random;
  lockstep::ThreadLane lane{context.get_executor()};  // SQLite blocks; the coroutines do not
  lockstep::SqliteBackend store;
  lockstep::LockClient client;
};

// How many writes were refused.
lockstep::Awaitable<int> count(Locks& locks, Task task) {
  const auto opened = co_await locks.store.open(locks.clock.monotonic() + 10s);
  if (!opened) throw std::runtime_error("cannot open the locks: " + opened.error().detail);
  Count file(task.directory + "/count");
  int refused = 0;
  for (int round = 0; round < task.rounds; ++round) {
    lockstep::LockClient::Wish wish{.name = {"example", "count"}, .owner = task.name};
    wish.ttl = 1s;          // renewed at a third of it, as long as this program runs
    wish.wait_limit = 30s;  // zero would try once
    auto result = co_await locks.client.acquire(locks.client.next_attempt(), std::move(wish));
    if (!result) throw std::runtime_error("no answer: " + result.error().detail);
    const auto* acquired = std::get_if<std::shared_ptr<lockstep::HeldLock>>(&*result);
    if (acquired == nullptr) throw std::runtime_error("others had it for all the time");
    const auto held = *acquired;

    const std::uint64_t number = file.read();
    std::this_thread::sleep_for(task.nap);  // a program that stands still renews nothing, and does not know it
    if (!file.write(number + 1, held->token())) {
      std::printf("%s: the write with token %ju came too late and was refused\n", task.name.c_str(),
                  static_cast<std::uintmax_t>(held->token()));
      ++refused;
    }
    const auto released = co_await held->release(locks.clock.monotonic() + 1s);
    if (!released) std::printf("%s: not given back; it will run out\n", task.name.c_str());
  }
  std::printf("%s: %d rounds, %d refused; the file says %ju\n", task.name.c_str(), task.rounds, refused,
              static_cast<std::uintmax_t>(file.read()));
  co_return refused;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 2;
  Task task{argv[1], argv[2], std::atoi(argv[3]), std::chrono::milliseconds(argc > 4 ? std::atoi(argv[4]) : 0)};
  try {
    Locks locks(task.directory + "/locks.db");
    int refused = 0;
    std::exception_ptr failure;
    boost::asio::co_spawn(locks.context, count(locks, task), [&](std::exception_ptr error, int result) {
      failure = error;
      refused = result;
      locks.context.stop();
    });
    locks.context.run();
    if (failure) std::rethrow_exception(failure);
    return refused == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argv[2], error.what());
    return 70;
  }
}
