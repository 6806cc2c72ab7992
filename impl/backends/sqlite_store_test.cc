// The SQLite store beyond the contract: the settings on which its durability rests, files that are not its own, other
// boots, other processes, and a write-ahead log that stays small. Power cuts are the simulator's business.
#include "impl/backends/sqlite_store.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <set>

#include "impl/backends/store_world_test.h"

namespace lockstep {
namespace {

// A store without a thread: every answer is there at once.
class DirectBackend final : public LockBackend {
 public:
  explicit DirectBackend(BlockingStore& store) : store_(store) {}
  const Claims& claims() const override { return claims_; }
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest r, MonoTime) override { co_return store_.acquire(r); }
  Awaitable<Result<RenewAnswer>> renew(RenewRequest r, MonoTime) override { co_return store_.renew(r); }
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest r, MonoTime) override { co_return store_.release(r); }
  Awaitable<Result<Inspection>> inspect(LockName n, MonoTime) override { co_return store_.inspect(n); }

 private:
  BlockingStore& store_;
  Claims claims_ = SqliteBackend::its_claims();
};

struct OpenStore {
  explicit OpenStore(std::unique_ptr<BlockingStore> s) : store(std::move(s)), backend(*store) {}
  std::unique_ptr<BlockingStore> store;
  DirectBackend backend;
};

// Another program's connection to the same file.
class Sql {
 public:
  explicit Sql(const std::string& path) {
    sqlite3* raw = nullptr;
    EXPECT_EQ(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
    db_.reset(raw);
  }
  explicit Sql(sqlite3* borrowed) : borrowed_(borrowed) {}
  void operator()(const std::string& sql) { EXPECT_EQ(sqlite3_exec(db(), sql.c_str(), nullptr, nullptr, nullptr), 0); }
  std::string reads(const std::string& sql) {
    SqliteStatement statement;
    statement.declare(db(), sql);
    auto use = statement.use();
    return use.step() == SQLITE_ROW ? std::string(use.bytes(0)) : "nothing";
  }

 private:
  sqlite3* db() { return borrowed_ != nullptr ? borrowed_ : db_.get(); }
  sqlite3* borrowed_ = nullptr;
  SqliteConnection db_;
};

// The connections opened while it lives, so that a test can ask the store's own.
class ConnectionsSeen {
 public:
  ConnectionsSeen() {
    last() = nullptr;
    sqlite3_auto_extension(reinterpret_cast<void (*)()>(&see));
  }
  ~ConnectionsSeen() { sqlite3_cancel_auto_extension(reinterpret_cast<void (*)()>(&see)); }
  static sqlite3*& last() {
    static sqlite3* db = nullptr;
    return db;
  }

 private:
  static int see(sqlite3* db, const char**, const void*) {
    last() = db;
    return SQLITE_OK;
  }
};

struct SqliteFile : StoreWorld, testing::Test {
  std::string path = directory.file("leases");
  SqliteOptions options{.path = path};

  std::unique_ptr<OpenStore> opens() {
    auto opened = SqliteStore::open(options, clock, &events);
    if (!opened) throw std::runtime_error(opened.error().detail);
    return std::make_unique<OpenStore>(std::move(*opened));
  }
  LockError is_refused() {
    auto opened = SqliteStore::open(options, clock, nullptr);
    EXPECT_FALSE(opened);
    return opened ? LockError{} : opened.error();
  }
  TestAttempt attempt(const std::unique_ptr<OpenStore>& store, const std::string& name, Duration ttl = seconds(10)) {
    return attempt_on(store->backend, {"", name}, ttl);
  }
  std::vector<Holder> holders(const std::unique_ptr<OpenStore>& store, const std::string& name) {
    return store->store->inspect({"", name}).value().holders;
  }
  // The host boots anew, the store is opened there, and the holder goes on as if nothing had happened.
  void reboots(std::unique_ptr<OpenStore>& store, TestAttempt& holder) {
    store.reset();
    clock.reboot();
    store = opens();
    holder.turns_to(store->backend);
  }
  std::string content() {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::uintmax_t size_of_log() { return std::filesystem::file_size(path + "-wal"); }
};

// --- Settings --------------------------------------------------------------------------------------------------------

TEST_F(SqliteFile, TheSettingsOnWhichDurabilityRestsAreInForce) {
  const ConnectionsSeen seen;
  const auto store = opens();
  ASSERT_NE(ConnectionsSeen::last(), nullptr);
  Sql own(ConnectionsSeen::last());
  EXPECT_EQ(own.reads("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(own.reads("PRAGMA synchronous"), "2") << "full";
  EXPECT_EQ(own.reads("PRAGMA wal_autocheckpoint"), "0") << "a checkpoint is never part of a commit";
  EXPECT_EQ(own.reads("PRAGMA busy_timeout"), "0") << "waiting is done on the clock seam";
  EXPECT_EQ(own.reads("PRAGMA page_size"), "1024");
  EXPECT_EQ(own.reads("PRAGMA locking_mode"), "normal") << "other processes may keep the same store";
}

TEST_F(SqliteFile, TheSettingsHoldForAStoreThatWasThereBefore) {
  opens();
  const ConnectionsSeen seen;
  const auto store = opens();
  Sql own(ConnectionsSeen::last());
  EXPECT_EQ(own.reads("PRAGMA journal_mode"), "wal");
  EXPECT_EQ(own.reads("PRAGMA synchronous"), "2");
}

TEST_F(SqliteFile, AStoreWhoseJournalModeDoesNotTakeIsRefused) {
  options.path = ":memory:";  // which keeps no log
  const LockError refusal = is_refused();
  EXPECT_EQ(refusal.kind, ErrorKind::invalid);
  EXPECT_TRUE(refusal.definite);
  EXPECT_EQ(refusal.detail, "asked for journal_mode=wal synchronous=full, got memory and 2");
}

TEST_F(SqliteFile, ASynchronousLevelThatSqliteDoesNotKnowIsRefused) {
  options.synchronous = "fulll";
  EXPECT_EQ(is_refused().kind, ErrorKind::invalid);
}

// --- Files that are not ours -----------------------------------------------------------------------------------------

TEST_F(SqliteFile, AnotherProgramsDatabaseIsRefusedAndLeftAsItWas) {
  Sql{path}("CREATE TABLE songs(title TEXT); INSERT INTO songs VALUES('Blue in Green')");
  const std::string before = content();
  const LockError refusal = is_refused();
  EXPECT_EQ(refusal.kind, ErrorKind::invalid);
  EXPECT_TRUE(refusal.definite);
  EXPECT_EQ(content(), before);
}

TEST_F(SqliteFile, AnotherProgramsDatabaseIsRefusedAlthoughItsVersionLooksLikeOurs) {
  Sql{path}("CREATE TABLE lease(name TEXT); PRAGMA user_version=1");
  EXPECT_EQ(is_refused().kind, ErrorKind::invalid);
}

TEST_F(SqliteFile, WhatIsNoDatabaseIsRefusedAndLeftAsItWas) {
  std::ofstream(path) << std::string(5000, '#');
  const LockError refusal = is_refused();
  EXPECT_EQ(refusal.kind, ErrorKind::invalid);
  EXPECT_EQ(content(), std::string(5000, '#'));
}

TEST_F(SqliteFile, ANewerSchemaIsRefusedAndLeftAsItWas) {
  opens();
  Sql{path}("PRAGMA user_version=" + std::to_string(SqliteStore::kSchemaVersion + 1));
  const std::string before = content();
  const LockError refusal = is_refused();
  EXPECT_EQ(refusal.kind, ErrorKind::invalid);
  const std::string versions = fmt::format("schema version {}, this program knows {}", SqliteStore::kSchemaVersion + 1,
                                           SqliteStore::kSchemaVersion);
  EXPECT_NE(refusal.detail.find(versions), std::string::npos) << refusal.detail;
  EXPECT_EQ(content(), before);
}

TEST_F(SqliteFile, AnEmptyFileBecomesAStore) {
  std::ofstream(path).flush();
  attempt(opens(), "db").acquires();
}

TEST_F(SqliteFile, APlaceThatCannotBeOpenedIsAStorageError) {
  options.path = directory.file("missing/leases");
  const LockError refusal = is_refused();
  EXPECT_EQ(refusal.kind, ErrorKind::storage);
  EXPECT_TRUE(refusal.definite);
}

// --- Restarts and reboots --------------------------------------------------------------------------------------------

TEST_F(SqliteFile, AReopeningTellsTheHighestTokenAndEveryLease) {
  using Kind = LeaseEvent::Kind;
  using Noted = NotedEvents::Noted;
  Token last = 0;
  {
    const auto store = opens();
    attempt(store, "a").acquires();
    auto released = attempt(store, "b");
    last = released.acquires();
    released.releases();
  }
  events.all.clear();
  opens();
  EXPECT_EQ(events.all, (std::vector<Noted>{{Kind::restarted, "", last}, {Kind::recovered, "a", last - 1}}));
}

TEST_F(SqliteFile, ALeaseOfAnotherBootRunsItsFullTtlAgainFromFirstSight) {
  attempt(opens(), "db", seconds(10)).acquires();
  clock.jump(seconds(9));
  clock.reboot();
  const auto first_sight = clock.monotonic();
  ASSERT_EQ(holders(opens(), "db").size(), 1);
  EXPECT_EQ(holders(opens(), "db")[0].remaining, seconds(10));
  clock.jump(seconds(4));
  const auto store = opens();  // a restart of the process, in the same boot: not seen for the first time
  EXPECT_EQ(holders(store, "db")[0].remaining, first_sight + seconds(10) - clock.monotonic());
  clock.jump(seconds(6));
  attempt(store, "db").acquires();
}

TEST_F(SqliteFile, TheHolderMayRenewAndReleaseAfterAReboot) {
  auto store = opens();
  auto alice = attempt(store, "db", seconds(10));
  alice.acquires();
  reboots(store, alice);
  clock.jump(seconds(9));
  EXPECT_EQ(alice.renews(), RenewAnswer::renewed);
  EXPECT_EQ(holders(store, "db")[0].remaining, seconds(10));
  EXPECT_EQ(alice.releases(), ReleaseAnswer::released);
}

TEST_F(SqliteFile, ARebootAfterAShortRenewalStillHonoursWhatWasLeft) {
  auto store = opens();
  auto alice = attempt(store, "db", seconds(30));
  alice.acquires();
  EXPECT_EQ(alice.renews(seconds(1)), RenewAnswer::renewed);  // she may still believe in her thirty seconds
  reboots(store, alice);
  clock.jump(seconds(30) - Duration(1));
  attempt(store, "db").is_refused();
}

TEST_F(SqliteFile, AnswersOfAnotherBootAreStillKnown) {
  auto store = opens();
  auto alice = attempt(store, "db");
  alice.acquires();
  alice.releases();
  reboots(store, alice);
  EXPECT_EQ(TestAttempt::granted_by(alice.asks_again()).token, alice.token());
  EXPECT_TRUE(holders(store, "db").empty());
}

// --- Several processes -----------------------------------------------------------------------------------------------

TEST_F(SqliteFile, TwoStoresOnOneFileKeepOneSetOfLocksAndTokens) {
  const auto one = opens();
  const auto other = opens();
  Token last = 0;
  for (int i = 0; i < 10; ++i) {
    auto alice = attempt(i % 2 == 0 ? one : other, "db");
    const Token token = alice.acquires();
    EXPECT_GT(token, last);
    last = token;
    attempt(i % 2 == 0 ? other : one, "db").is_refused();
    EXPECT_EQ(holders(i % 2 == 0 ? other : one, "db").size(), 1);
    alice.turns_to(i % 3 == 0 ? one->backend : other->backend);
    alice.releases();
  }
}

template <typename Operation>
auto patiently(Operation operation) {
  for (;;) {
    auto result = operation();
    if (result || result.error().kind != ErrorKind::busy) return result;
    ::sched_yield();
  }
}

// Runs `body` in so many processes at once; what it returns is their exit code, and it must be zero.
template <typename Body>
void in_processes(int count, Body body) {
  std::vector<pid_t> children;
  for (int index = 1; index <= count; ++index) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::alarm(60);
      ::_exit(body(index));
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
}

TEST_F(SqliteFile, ProcessesThatFindNoStoreTogetherMakeOne) {
  for (int round = 0; round < 20; ++round) {
    options.path = directory.file("leases " + std::to_string(round));
    in_processes(4, [this](int) {
      const auto opened = patiently([this] { return SqliteStore::open(options, clock, nullptr); });
      if (!opened) std::fprintf(stderr, "%s\n", opened.error().detail.c_str());
      return opened ? 0 : 1;
    });
  }
}

// Opens the store, takes the lock and gives it back so many times, and writes each token to `pipe`. While it holds the
// lock it alone has the witness file. Zero if all went well.
int contend(SqliteFile& file, std::uint64_t session, int times, int pipe) {
  auto opened = patiently([&] { return SqliteStore::open(file.options, file.clock, nullptr); });
  if (!opened) return 10;
  BlockingStore& store = **opened;
  const std::string witness = file.path + "-witness";
  for (int i = 1; i <= times;) {
    const AcquireRequest request{
        .key = {{session, static_cast<std::uint64_t>(i)}, 1}, .name = {"", "db"}, .owner = "", .ttl = hours(1)};
    const auto answer = patiently([&] { return store.acquire(request); });
    if (!answer) return 11;
    if (std::holds_alternative<Refused>(*answer)) {
      ::sched_yield();
      continue;
    }
    const Token token = std::get<Granted>(*answer).token;
    if (::link(file.path.c_str(), witness.c_str()) != 0) return 12;
    if (::unlink(witness.c_str()) != 0) return 13;
    if (::write(pipe, &token, sizeof token) != sizeof token) return 14;
    const ReleaseRequest release{{request.key.attempt, 2}, request.name, token};
    const auto released = patiently([&] { return store.release(release); });
    if (!released || *released != ReleaseAnswer::released) return 15;
    ++i;
  }
  return 0;
}

TEST_F(SqliteFile, ForkedProcessesExcludeEachOtherAndNeverGetTheSameToken) {
  constexpr int kProcesses = 3;
  constexpr int kTimes = 60;
  int pipe[2];
  ASSERT_EQ(::pipe(pipe), 0);
  in_processes(kProcesses,
               [&](int index) { return contend(*this, static_cast<std::uint64_t>(index), kTimes, pipe[1]); });
  ::close(pipe[1]);
  std::vector<Token> tokens;
  for (Token token = 0; ::read(pipe[0], &token, sizeof token) == sizeof token;) tokens.push_back(token);
  ::close(pipe[0]);
  // Written while the lock was held: in the order of the holds.
  EXPECT_EQ(tokens.size(), kProcesses * kTimes);
  EXPECT_TRUE(std::is_sorted(tokens.begin(), tokens.end()));
  EXPECT_EQ(std::set<Token>(tokens.begin(), tokens.end()).size(), tokens.size());
}

TEST_F(SqliteFile, WhileAnotherProcessWritesTheAnswerIsBusyAndNothingHappened) {
  const auto store = opens();
  auto held = attempt(store, "held");
  held.acquires();
  auto alice = attempt(store, "db");
  Sql other(path);
  other("BEGIN IMMEDIATE");
  const auto answer = alice.asks();
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::busy);
  EXPECT_TRUE(answer.error().definite);
  for (const auto& error : {held.renews().error(), held.releases().error()}) {
    EXPECT_EQ(error.kind, ErrorKind::busy);
    EXPECT_TRUE(error.definite);
  }
  attempt(store, "held").is_refused();  // reading goes on beside a writer
  EXPECT_TRUE(holders(store, "db").empty());
  other("ROLLBACK");
  EXPECT_EQ(holders(store, "held").size(), 1);
  EXPECT_EQ(TestAttempt::granted_by(alice.asks_again()).valid_for, seconds(10));
}

TEST_F(SqliteFile, OpeningWhileAnotherProcessWritesIsBusy) {
  opens();
  Sql other(path);
  other("BEGIN IMMEDIATE");
  const LockError refusal = is_refused();
  EXPECT_EQ(refusal.kind, ErrorKind::busy);
  EXPECT_TRUE(refusal.definite);
  other("ROLLBACK");
  opens();
}

// --- Size ------------------------------------------------------------------------------------------------------------

TEST_F(SqliteFile, TheWriteAheadLogDoesNotGrowWithTheNumberOfCommits) {
  options.checkpoint_every = 10;
  const auto store = opens();
  const auto cycles = [&](int count) {
    for (int i = 0; i < count; ++i) {
      auto alice = attempt(store, "db");
      alice.acquires();
      alice.releases();
    }
  };
  cycles(50);
  const auto early = size_of_log();
  cycles(500);
  EXPECT_LE(size_of_log(), early * 2);
}

TEST_F(SqliteFile, AnswersThatMayBeForgottenDoNotPileUp) {
  options.checkpoint_every = 10;
  const auto store = opens();
  for (int i = 0; i < 200; ++i) {
    auto alice = attempt(store, "db", seconds(1));
    alice.acquires();
    alice.releases();
    clock.jump(seconds(1));
  }
  // Two a second for a minute, and what comes between two cleanings.
  EXPECT_LE(std::stoi(Sql(path).reads("SELECT count(*) FROM answer")), 2 * 61 + 2 * 10);
}

}  // namespace
}  // namespace lockstep
