// What SQLite may rely on: locks between processes, durability in the order of the unix VFS, and deaths that
// touch nothing. Real SQLite runs above; the power cuts are in sqlite_power_test.cc.
#include "sim/sqlite_vfs.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "sim/sqlite_test_process.h"

namespace lockstep::sim {
namespace {

const std::string rollback = "PRAGMA journal_mode=DELETE; PRAGMA synchronous=FULL;";
const std::string extra = "PRAGMA journal_mode=DELETE; PRAGMA synchronous=EXTRA;";
const std::string wal = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;";
const std::string table = "CREATE TABLE lease(name TEXT PRIMARY KEY, token INT); INSERT INTO lease VALUES('db', 1);";
const std::string read = "SELECT token FROM lease";
const std::string increment = "UPDATE lease SET token = token + 1";

struct SqliteVfsTest : testing::Test {
  SqliteVfsTest() { prepare_sqlite_for_world(1); }

  SqliteProcess& process(const std::string& pragmas) {
    processes.push_back(std::make_unique<SqliteProcess>(disk, static_cast<DiskOwner>(processes.size() + 1)));
    EXPECT_EQ(processes.back()->runs(pragmas), SQLITE_OK);
    return *processes.back();
  }

  Disk disk;
  std::vector<std::unique_ptr<SqliteProcess>> processes;
};
using SqliteLocks = SqliteVfsTest;
using SqliteSyncs = SqliteVfsTest;
using SqliteCrash = SqliteVfsTest;
using SqliteSeams = SqliteVfsTest;

TEST_F(SqliteLocks, OneWriterAtATime) {
  for (const auto& mode : {rollback, wal}) {
    disk.remove("/a.db");
    auto& alice = process(mode + table);
    auto& bob = process(mode);
    ASSERT_TRUE(alice.does("BEGIN IMMEDIATE"));
    EXPECT_EQ(bob.runs("BEGIN IMMEDIATE"), SQLITE_BUSY);
    EXPECT_EQ(bob.asks(read), "1") << "a reader is not disturbed";
    ASSERT_TRUE(alice.does(increment + "; COMMIT"));
    EXPECT_TRUE(bob.does("BEGIN IMMEDIATE; " + increment + "; COMMIT"));
    EXPECT_EQ(alice.asks(read), "3");
    alice.closes();
    bob.closes();
  }
}

TEST_F(SqliteLocks, PendingWriterKeepsNewReadersOutUntilTheOldOnesLeave) {
  auto& writer = process(rollback + table);
  auto& old_reader = process(rollback);
  auto& new_reader = process(rollback);
  ASSERT_EQ(old_reader.asks("BEGIN; " + read), "1");
  ASSERT_TRUE(writer.does("BEGIN; " + increment));
  EXPECT_EQ(new_reader.asks(read), "1") << "RESERVED lets readers in";
  EXPECT_EQ(writer.runs("COMMIT"), SQLITE_BUSY);
  EXPECT_EQ(new_reader.runs(read), SQLITE_BUSY) << "PENDING does not";
  EXPECT_EQ(old_reader.asks(read), "1");
  ASSERT_TRUE(old_reader.does("COMMIT"));
  EXPECT_TRUE(writer.does("COMMIT"));
  EXPECT_EQ(new_reader.asks(read), "2");
}

TEST_F(SqliteLocks, WalReaderKeepsItsSnapshotWhileAnotherWrites) {
  auto& writer = process(wal + table);
  auto& reader = process(wal);
  ASSERT_EQ(reader.asks("BEGIN; " + read), "1");
  EXPECT_TRUE(writer.does(increment));
  EXPECT_EQ(reader.asks(read), "1");
  ASSERT_TRUE(reader.does("COMMIT"));
  EXPECT_EQ(reader.asks(read), "2");
}

TEST_F(SqliteLocks, EndOfACommitIsOneStepWithItsBecomingVisible) {
  auto& alice = process(wal + table + increment);
  alice.gate.keep_calls();
  ASSERT_TRUE(alice.does(increment));
  ASSERT_FALSE(alice.gate.calls.empty());
  EXPECT_EQ(alice.gate.calls.back(), (TestGate::Call{StorageCall::sync, disk.number_of("/a.db-wal")}));
}

// If the end of the write let go of the snapshot's lock too, the checkpoint would overwrite what is still
// being read.
TEST_F(SqliteLocks, CheckpointDoesNotPassAReaderThatHasAlsoWritten) {
  auto& alice = process(wal + table);
  auto& bob = process(wal);
  ASSERT_TRUE(bob.does(increment));
  sqlite3_stmt* rows = nullptr;
  ASSERT_EQ(sqlite3_prepare_v2(alice.connection(), "SELECT token FROM lease", -1, &rows, nullptr), SQLITE_OK);
  ASSERT_EQ(sqlite3_step(rows), SQLITE_ROW);
  ASSERT_TRUE(alice.does("UPDATE lease SET token = 10"));
  ASSERT_TRUE(bob.does("UPDATE lease SET token = 20"));
  EXPECT_EQ(bob.asks("PRAGMA wal_checkpoint(RESTART)"), "1") << "busy: the reader is still there";
  sqlite3_finalize(rows);
  EXPECT_EQ(bob.asks("PRAGMA wal_checkpoint(RESTART)"), "0");
  EXPECT_EQ(alice.asks(read), "20");
}

struct SyncsOf {
  std::vector<TestGate::Call> calls;
  // The syncs and removals of a commit: "journal", "db", "wal", "/" for the directory, "-journal" for a
  // removal.
  std::string text(Disk& disk) const {
    std::string out;
    for (const auto& [call, file] : calls) {
      if (call != StorageCall::sync && call != StorageCall::remove) continue;
      if (!out.empty()) out += " ";
      if (call == StorageCall::remove) out += "-";
      out += file == disk.number_of("/")               ? "/"
             : file == disk.number_of("/a.db")         ? "db"
             : file == disk.number_of("/a.db-wal")     ? "wal"
             : file == disk.number_of("/a.db-journal") ? "journal"
                                                       : "?";
    }
    return out;
  }
};

TEST_F(SqliteSyncs, RollbackJournalsDirectoryIsSyncedWhenTheJournalIsNew) {
  auto& alice = process(rollback + table);
  alice.gate.keep_calls();
  ASSERT_TRUE(alice.does(increment));
  EXPECT_EQ(SyncsOf{alice.gate.calls}.text(disk), "journal / journal db -journal");
}

TEST_F(SqliteSyncs, OnlyExtraSyncsTheRemovalOfTheJournal) {
  auto& alice = process(extra + table);
  alice.gate.keep_calls();
  ASSERT_TRUE(alice.does(increment));
  EXPECT_EQ(SyncsOf{alice.gate.calls}.text(disk), "journal / journal db -journal /");
}

TEST_F(SqliteSyncs, LogSyncsItsDirectoryOnceAndThenItselfAtEveryCommit) {
  auto& alice = process("");
  alice.gate.keep_calls();
  ASSERT_TRUE(alice.does(wal));
  alice.gate.calls.clear();
  ASSERT_TRUE(alice.does("CREATE TABLE t(x)"));
  EXPECT_EQ(SyncsOf{alice.gate.calls}.text(disk), "wal / wal");
  alice.gate.calls.clear();
  ASSERT_TRUE(alice.does("INSERT INTO t VALUES(1)"));
  EXPECT_EQ(SyncsOf{alice.gate.calls}.text(disk), "wal");
}

TEST_F(SqliteSyncs, FullDiskRefusesTheCommitAndKeepsTheOldState) {
  auto& alice = process(rollback + table);
  disk.set_capacity_bytes(disk.used_bytes());
  EXPECT_EQ(alice.runs(increment), SQLITE_FULL);
  EXPECT_EQ(alice.asks(read), "1");
  disk.set_capacity_bytes(0);
  EXPECT_TRUE(alice.does(increment));
  EXPECT_EQ(alice.asks(read), "2");
}

TEST_F(SqliteCrash, LocksOfTheDeadAreFreeAndItsTransactionIsRolledBack) {
  for (const auto& mode : {rollback, wal}) {
    disk.remove("/a.db");
    auto& alice = process(mode + table);
    auto& bob = process(mode);
    ASSERT_TRUE(alice.does("BEGIN IMMEDIATE; " + increment));
    ASSERT_EQ(bob.runs("BEGIN IMMEDIATE"), SQLITE_BUSY);
    alice.crashes();
    EXPECT_TRUE(bob.does("BEGIN IMMEDIATE")) << mode;
    EXPECT_EQ(bob.asks(read), "1");
    ASSERT_TRUE(bob.does("ROLLBACK"));
    bob.closes();
  }
}

TEST_F(SqliteCrash, HotJournalIsRolledBackByTheNextReader) {
  auto& alice = process(rollback + table);
  alice.gate.keep_calls();
  ASSERT_TRUE(alice.does(increment));
  const auto calls_of_a_commit = alice.gate.calls.size();
  auto& bob = process(rollback);
  alice.gate.die_in(calls_of_a_commit);  // its last call would remove the journal
  EXPECT_EQ(alice.runs(increment) & 0xff, SQLITE_IOERR);
  alice.crashes();
  EXPECT_GT(disk.size_of("/a.db-journal").value_or(0), 0u);
  EXPECT_EQ(bob.asks(read), "2");
  EXPECT_FALSE(disk.exists("/a.db-journal"));
}

TEST_F(SqliteCrash, DeadProcessTouchesNothingWhileItUnwinds) {
  for (const auto& mode : {rollback, wal}) {
    for (std::uint64_t step = 1; step <= 25; ++step) {
      disk.remove("/a.db");
      disk.remove("/a.db-wal");
      auto& alice = process(mode + table);
      std::uint64_t at_death = 0;
      alice.gate.at_death = [&, crash = alice.gate.at_death] {
        crash();
        at_death = disk.digest();
      };
      alice.gate.die_in(step);
      while (alice.does(increment)) continue;
      EXPECT_EQ(alice.runs(increment) & 0xff, SQLITE_IOERR);
      alice.crashes();
      EXPECT_EQ(disk.digest(), at_death) << mode << "died at call " << step;
    }
  }
}

TEST_F(SqliteCrash, ClosingADeadProcessFreesNobodyElsesLock) {
  auto& alice = process(rollback + table);
  auto& bob = process(rollback);
  auto& carol = process(rollback);
  ASSERT_EQ(alice.asks("BEGIN; " + read), "1");
  ASSERT_EQ(bob.asks("BEGIN; " + read), "1");
  alice.crashes();
  EXPECT_EQ(carol.runs("BEGIN EXCLUSIVE"), SQLITE_BUSY);
  ASSERT_TRUE(bob.does("COMMIT"));
  EXPECT_TRUE(carol.does("BEGIN EXCLUSIVE"));
}

// A transaction that has spilled into the log and is rolled back wipes its part of the wal-index by pointer.
TEST_F(SqliteCrash, SharedMemoryIsAsItWasAtTheMomentOfDeath) {
  auto& alice = process(wal + "PRAGMA cache_size=2;" + table + "CREATE TABLE big(x);");
  auto& bob = process(wal);
  ASSERT_EQ(bob.asks(read), "1");
  ASSERT_TRUE(
      alice.does("BEGIN; WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 60) "
                 "INSERT INTO big SELECT zeroblob(3000) FROM n"));
  auto spy = disk.open(1000, "/a.db", {}).value();
  const std::span memory(spy->map_shared_memory(0, 32768, false), 32768);
  const std::vector at_death(memory.begin(), memory.end());
  alice.gate.die();
  alice.closes();
  EXPECT_FALSE(std::ranges::equal(memory, at_death)) << "the dead have not scribbled: this test shows nothing";
  disk.crash_finished(1);
  EXPECT_TRUE(std::ranges::equal(memory, at_death));
  EXPECT_EQ(bob.asks(read), "1");
  EXPECT_TRUE(bob.does(increment));
  EXPECT_EQ(bob.asks("PRAGMA integrity_check"), "ok");
}

TEST_F(SqliteCrash, EveryCallMayBeTheLastAndTheOthersGoOn) {
  for (const auto& mode : {rollback, wal}) {
    disk.remove("/a.db");
    disk.remove("/a.db-wal");
    auto survivor = std::make_unique<SqliteProcess>(disk, 100);
    ASSERT_TRUE(survivor->does(mode + table));
    int acknowledged = 1;
    for (std::uint64_t step = 1; step <= 60; ++step) {
      SqliteProcess mortal(disk, static_cast<DiskOwner>(200 + step));
      mortal.gate.die_in(step);
      int tried = 0;
      if (mortal.does(mode)) {
        while (tried < 3 && mortal.does(increment)) ++tried;
        acknowledged += tried;
      }
      mortal.crashes();
      const auto token = survivor->asks(read);
      ASSERT_TRUE(token == std::to_string(acknowledged) || token == std::to_string(acknowledged + 1)) << token;
      acknowledged = std::stoi(token);
      ASSERT_TRUE(survivor->does(increment));
      ++acknowledged;
    }
    EXPECT_EQ(survivor->asks("PRAGMA integrity_check"), "ok");
  }
}

TEST_F(SqliteSeams, TimeAndRandomnessComeFromTheGate) {
  auto& alice = process("");
  EXPECT_EQ(alice.asks("SELECT strftime('%s', 'now')"), "1700000000");
  char bytes[12] = {};
  auto* vfs = sqlite3_vfs_find("process 1");
  ASSERT_EQ(vfs->xRandomness(vfs, sizeof bytes, bytes), 12);
  RandomStream same_seed(1);
  const auto first = same_seed.next();
  EXPECT_EQ(std::memcmp(bytes, &first, sizeof first), 0);
}

TEST_F(SqliteSeams, TemporaryFilesHaveNoNameAndLeaveNothing) {
  auto& alice = process(rollback + table + "PRAGMA temp_store=FILE;");
  const auto used = disk.used_bytes();
  const auto names = disk.list("/").value();
  ASSERT_TRUE(
      alice.does("PRAGMA temp.cache_size=1; CREATE TEMP TABLE big(x); WITH RECURSIVE n(i) AS (SELECT 1 UNION "
                 "ALL SELECT i + 1 FROM n LIMIT 200) INSERT INTO big SELECT randomblob(900) FROM n"));
  EXPECT_GT(disk.used_bytes(), used) << "it never left the cache";
  EXPECT_EQ(disk.list("/").value(), names);
  alice.closes();
  EXPECT_EQ(disk.used_bytes(), used);
}

TEST_F(SqliteSeams, FileThatIsDeletedOnCloseIsNeverSeenByOthers) {
  auto& alice = process("");
  auto* vfs = sqlite3_vfs_find("process 1");
  const std::unique_ptr<char[]> memory(new char[static_cast<std::size_t>(vfs->szOsFile)]);
  auto* file = reinterpret_cast<sqlite3_file*>(memory.get());
  const auto flags = SQLITE_OPEN_CREATE | SQLITE_OPEN_READWRITE | SQLITE_OPEN_DELETEONCLOSE | SQLITE_OPEN_TEMP_DB;
  ASSERT_EQ(vfs->xOpen(vfs, "/scratch", file, flags, nullptr), SQLITE_OK);
  EXPECT_FALSE(disk.exists("/scratch"));
  char back[4] = {};
  EXPECT_EQ(file->pMethods->xWrite(file, "text", 4, 0), SQLITE_OK);
  EXPECT_EQ(file->pMethods->xRead(file, back, 4, 0), SQLITE_OK);
  EXPECT_EQ(std::string(back, 4), "text");
  EXPECT_EQ(file->pMethods->xClose(file), SQLITE_OK);
  alice.closes();
}

struct Fingerprint {
  std::uint64_t trace, disk;
  friend auto operator<=>(const Fingerprint&, const Fingerprint&) = default;
};

// Two processes on one database, in turns that the seed decides, with open transactions and refusals.
Fingerprint run_world(std::uint64_t seed, const std::string& mode) {
  prepare_sqlite_for_world(seed);
  RandomStream random(seed);
  Disk disk;
  SqliteProcess alice(disk, 1);
  SqliteProcess bob(disk, 2);
  EXPECT_TRUE(alice.does(mode + table + "CREATE TABLE noise(x)"));
  EXPECT_TRUE(bob.does(mode));
  const std::string steps[] = {"BEGIN", increment, read, "INSERT INTO noise VALUES(random())", "COMMIT", "ROLLBACK"};
  for (int i = 0; i < 400; ++i) {
    auto& one = random.chance(1, 2) ? alice : bob;
    one.does(steps[random.below(6)]);
  }
  alice.does("ROLLBACK");
  bob.does("ROLLBACK");
  return {alice.gate.trace() ^ (bob.gate.trace() * 3), disk.digest()};
}

TEST(SqliteDeterminism, SameSeedSameCallsSameDisk) {
  for (const auto& mode : {rollback, wal}) {
    std::set<Fingerprint> all;
    for (std::uint64_t seed = 1; seed <= 8; ++seed) {
      const auto first = run_world(seed, mode);
      EXPECT_EQ(first, run_world(seed, mode)) << "seed " << seed;
      all.insert(first);
    }
    EXPECT_EQ(all.size(), 8u) << "the seed decides nothing";
  }
}

}  // namespace
}  // namespace lockstep::sim
