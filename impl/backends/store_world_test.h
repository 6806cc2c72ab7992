// What the tests of stores are told in: attempts that ask, renew and release, a clock that moves when it is told to,
// and stores that can be closed and opened again.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "impl/backends/file_backend.h"
#include "impl/backends/memory_backend.h"
#include "impl/backends/sqlite_backend.h"
#include "impl/env/drive_test.h"
#include "impl/env/manual_clock_test.h"
#include "impl/env/real/posix_file_system.h"
#include "impl/env/real/thread_lane.h"

namespace lockstep {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;
using namespace std::string_literals;

// A directory that goes with the test; in memory where there is such a place, since nobody cuts the power here.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    const bool shared_memory = std::filesystem::is_directory("/dev/shm");
    std::string pattern = (shared_memory ? "/dev/shm"s : testing::TempDir()) + "/lockstep-XXXXXX";
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  std::string file(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// Notes what a store applies. The name is copied: an event only borrows it.
struct NotedEvents final : LeaseObserver {
  struct Noted {
    LeaseEvent::Kind kind;
    std::string name;
    Token token;
    friend bool operator==(const Noted&, const Noted&) = default;
  };
  void on(const LeaseEvent& event) override {
    all.push_back({event.kind, event.name == nullptr ? "" : event.name->bytes, event.token});
  }
  std::vector<Noted> all;
};

// One try to hold one name, as its owner makes it.
class TestAttempt {
 public:
  TestAttempt(asio::io_context& context, LockBackend& backend, AcquireRequest request)
      : context_(&context), backend_(&backend), request_(std::move(request)) {}

  // Requests under a key of their own; `again` repeats the last one under its old key.
  Result<AcquireAnswer> asks() {
    request_.key.number = ++requests_;
    return asks_again();
  }
  Result<AcquireAnswer> asks_again() { return await(*context_, backend_->acquire(request_, MonoTime::max())); }
  Result<RenewAnswer> renews(Duration ttl) {
    renewal_ = {{id(), ++requests_}, request_.name, token_, ttl};
    return renews_again();
  }
  Result<RenewAnswer> renews() { return renews(request_.ttl); }
  Result<RenewAnswer> renews_again() { return await(*context_, backend_->renew(renewal_, MonoTime::max())); }
  Result<ReleaseAnswer> releases() {
    release_ = {{id(), ++requests_}, request_.name, token_};
    return releases_again();
  }
  Result<ReleaseAnswer> releases_again() { return await(*context_, backend_->release(release_, MonoTime::max())); }
  // Releases without knowing whether it holds anything.
  Result<ReleaseAnswer> gives_up() {
    token_ = 0;
    return releases();
  }

  // Asks and must be granted. Its token, zero if it was not.
  Token acquires() {
    const Granted granted = granted_by(asks());
    token_ = granted.token;
    return token_;
  }
  // Asks and must be refused. The holders it was told.
  std::vector<Holder> is_refused() {
    const auto answer = asks();
    if (answer && std::holds_alternative<Refused>(*answer)) return std::get<Refused>(*answer).holders;
    ADD_FAILURE() << request_.owner << " was not refused";
    return {};
  }
  static Granted granted_by(const Result<AcquireAnswer>& answer) {
    if (answer && std::holds_alternative<Granted>(*answer)) return std::get<Granted>(*answer);
    ADD_FAILURE() << (answer ? "refused" : name_of(answer.error().kind)) << ", not granted";
    return {};
  }

  AttemptId id() const { return request_.key.attempt; }
  Token token() const { return token_; }
  AcquireRequest& request() { return request_; }
  RenewRequest& renewal() { return renewal_; }
  ReleaseRequest& release() { return release_; }
  // Goes on with another token, or another store.
  void claims(Token token) { token_ = token; }
  void turns_to(LockBackend& backend) { backend_ = &backend; }

 private:
  asio::io_context* context_;
  LockBackend* backend_;
  AcquireRequest request_;
  RenewRequest renewal_;
  ReleaseRequest release_;
  std::uint32_t requests_ = 0;
  Token token_ = 0;
};

// A context, a clock and where files may be; attempts have ids that no other attempt has.
struct StoreWorld {
  TestAttempt attempt_on(LockBackend& backend, LockName name, Duration ttl, std::string owner = "somebody") {
    AcquireRequest request;
    request.key.attempt = {7, ++attempts};
    request.name = std::move(name);
    request.owner = std::move(owner);
    request.ttl = ttl;
    return {context, backend, std::move(request)};
  }

  asio::io_context context;
  ManualClock clock{context};
  RandomStream random{1};
  NotedEvents events;
  TemporaryDirectory directory;
  std::uint64_t attempts = 0;
};

// A store that can be closed and opened again, as by a restart of its process.
class TestStore {
 public:
  virtual ~TestStore() = default;
  virtual LockBackend& backend() = 0;
  virtual void reopen() = 0;
};

class TestMemoryStore final : public TestStore {
 public:
  explicit TestMemoryStore(StoreWorld& world) : world_(world) { reopen(); }
  LockBackend& backend() override { return *backend_; }
  void reopen() override { backend_ = std::make_unique<MemoryBackend>(world_.clock, &world_.events); }

 private:
  StoreWorld& world_;
  std::unique_ptr<MemoryBackend> backend_;
};

// In a real file, on a real thread.
class TestSqliteStore final : public TestStore {
 public:
  explicit TestSqliteStore(StoreWorld& world) : world_(world), lane_(world.context.get_executor()) { reopen(); }
  LockBackend& backend() override { return *backend_; }
  BlockingLane& lane() { return lane_; }
  // Waits until the thread has done what it was given, and its results are known.
  void settle() {
    const auto run_what_is_ready = [this] {
      world_.context.restart();
      world_.context.poll();
    };
    run_what_is_ready();
    bool idle = false;
    lane_.submit([] {}, [&] { idle = true; });
    drive_until(world_.context, [&] { return idle; });
    run_what_is_ready();
  }
  void reopen() override {
    const SqliteOptions options{.path = world_.directory.file("leases")};
    backend_.reset();
    backend_ = std::make_unique<SqliteBackend>(options, world_.clock, world_.random, lane_, &world_.events);
    const auto opened = await(world_.context, backend_->open(MonoTime::max()));
    if (!opened) throw std::runtime_error(opened.error().detail);
  }

 private:
  StoreWorld& world_;
  ThreadLane lane_;
  std::unique_ptr<SqliteBackend> backend_;
};

// In a real directory, on a real thread.
class TestFileStore final : public TestStore {
 public:
  TestFileStore(StoreWorld& world, bool shared) : world_(world), shared_(shared), lane_(world.context.get_executor()) {
    reopen();
  }
  LockBackend& backend() override { return *backend_; }
  void reopen() override {
    const FileOptions options{world_.directory.file("locks"), std::make_shared<PosixFileSystem>(), shared_};
    backend_.reset();
    backend_ = std::make_unique<FileBackend>(options, world_.clock, world_.random, lane_, &world_.events);
    const auto opened = await(world_.context, backend_->open(MonoTime::max()));
    if (!opened) throw std::runtime_error(opened.error().detail);
  }

 private:
  StoreWorld& world_;
  bool shared_;
  ThreadLane lane_;
  std::unique_ptr<FileBackend> backend_;
};

struct StoreKind {
  std::string name;
  std::function<std::unique_ptr<TestStore>(StoreWorld&)> make;
  friend std::ostream& operator<<(std::ostream& out, const StoreKind& kind) { return out << kind.name; }
};
inline std::vector<StoreKind> durable_kinds() {
  return {{"Sqlite", [](StoreWorld& world) { return std::make_unique<TestSqliteStore>(world); }},
          {"Files", [](StoreWorld& world) { return std::make_unique<TestFileStore>(world, false); }},
          {"SharedFiles", [](StoreWorld& world) { return std::make_unique<TestFileStore>(world, true); }}};
}
inline std::vector<StoreKind> all_kinds() {
  auto kinds = durable_kinds();
  kinds.push_back({"Memory", [](StoreWorld& world) { return std::make_unique<TestMemoryStore>(world); }});
  return kinds;
}
inline std::string name_of_kind(const testing::TestParamInfo<StoreKind>& info) { return info.param.name; }

}  // namespace lockstep
