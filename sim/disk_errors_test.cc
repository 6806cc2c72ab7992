// What a device that refuses calls does to a file: a full disk, failing reads and writes, and failing syncs, whose data
// is lost as Linux loses it. Sectors are four bytes here.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "sim/sim_file_system.h"
#include "sim/sqlite_test_process.h"

namespace lockstep::sim {
namespace {

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

struct DiskErrors : testing::Test {
  void SetUp() override { begins_anew(); }
  void begins_anew() {
    file.reset();
    machine = std::make_unique<Machine>();
    file = opens();
    writes("old.");
    EXPECT_TRUE(file->sync() && machine->files.sync_directory("/"));
  }
  std::unique_ptr<File> opens() { return machine->files.open("/f", {.write = true, .create = true}).value(); }
  void writes(std::string_view text, std::uint64_t offset = 0) { EXPECT_TRUE(file->write_at(offset, bytes(text))); }
  std::error_code fails_to_sync(File& which) {
    machine->gate.refuses(StorageCall::sync);
    const auto result = which.sync();
    return result ? std::error_code{} : result.error();
  }
  std::string shows() {
    const auto open = machine->files.open("/f", {}).value();
    std::string text(open->size().value(), '?');
    EXPECT_EQ(open->read_at(0, std::as_writable_bytes(std::span(text))).value(), text.size());
    return text;
  }
  // What may be left after the story and a power loss.
  template <typename Story>
  std::set<std::string> left_by(Story story) {
    std::set<std::string> seen;
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
      begins_anew();
      machine->gate.mixes(seed);
      story();
      RandomStream random(seed);
      machine->disk.power_loss(random);
      seen.insert(shows());
    }
    return seen;
  }

  struct Machine {
    Disk disk{{.sector_bytes = 4}};
    TestGate gate{1};
    SimFileSystem files{disk, gate, 1};
  };
  std::unique_ptr<Machine> machine;
  std::unique_ptr<File> file;
};
using Outcomes = std::set<std::string>;

TEST_F(DiskErrors, FailedReadReadsNothingAndTheNextOneReads) {
  machine->gate.refuses(StorageCall::read);
  std::byte byte{};
  EXPECT_EQ(file->read_at(0, {&byte, 1}).error(), std::errc::io_error);
  EXPECT_EQ(shows(), "old.");
  machine->gate.refuses(StorageCall::list);
  EXPECT_EQ(machine->files.list("/").error(), std::errc::io_error);
  EXPECT_TRUE(machine->files.list("/"));
}

TEST_F(DiskErrors, FailedWriteHasWrittenSomeOfTheFirstBytes) {
  Outcomes seen;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    begins_anew();
    machine->gate.mixes(seed);
    machine->gate.refuses(StorageCall::write);
    EXPECT_EQ(file->write_at(2, bytes("new")).error(), std::errc::io_error);
    seen.insert(shows());
  }
  EXPECT_EQ(seen, (Outcomes{"old.", "oln.", "olne", "olnew"}));
}

TEST_F(DiskErrors, FailedTruncationChangesNothing) {
  machine->gate.refuses(StorageCall::truncate);
  EXPECT_EQ(file->truncate(0).error(), std::errc::io_error);
  EXPECT_EQ(shows(), "old.");
}

TEST_F(DiskErrors, AfterAFailedSyncTheNewContentIsReadAllTheSame) {
  writes("new.");
  EXPECT_EQ(fails_to_sync(*file), std::errc::io_error);
  EXPECT_EQ(shows(), "new.");
}

// PostgreSQL believed until 2018 that it would.
TEST_F(DiskErrors, SecondSyncReturnsWellAndMakesNothingDurable) {
  const auto story = [this] {
    writes("new.");
    fails_to_sync(*file);
    EXPECT_TRUE(file->sync());
    EXPECT_EQ(shows(), "new.");
  };
  EXPECT_EQ(left_by(story), (Outcomes{"old.", "new."}));
}

TEST_F(DiskErrors, EachSectorOfAFailedSyncDecidesForItself) {
  const auto story = [this] {
    writes("AAAABBBB");
    fails_to_sync(*file);
    EXPECT_TRUE(file->sync());
  };
  EXPECT_EQ(left_by(story), (Outcomes{"old.", "AAAA", "AAAABBBB", std::string("old.BBBB")}));
}

TEST_F(DiskErrors, WritingItAgainAndSyncingMakesItDurable) {
  const auto story = [this] {
    writes("new.");
    fails_to_sync(*file);
    writes("new.");
    EXPECT_TRUE(file->sync());
  };
  EXPECT_EQ(left_by(story), Outcomes{"new."});
}

TEST_F(DiskErrors, SyncOfLaterWritesIsAsGoodAsEver) {
  const auto story = [this] {
    writes("n");
    fails_to_sync(*file);
    writes("w", 2);
    EXPECT_TRUE(file->sync());
    writes("!", 3);
  };
  EXPECT_EQ(left_by(story), (Outcomes{"olw.", "nlw.", "olw!", "nlw!"}));
}

TEST_F(DiskErrors, WhatWasSyncedBeforeIsNotTouched) {
  const auto story = [this] {
    writes("new.");
    EXPECT_TRUE(file->sync());
    fails_to_sync(*file);
  };
  EXPECT_EQ(left_by(story), Outcomes{"new."});
}

TEST_F(DiskErrors, TruncationsAreLostLikewise) {
  const auto story = [this] {
    EXPECT_TRUE(file->truncate(2));
    fails_to_sync(*file);
    EXPECT_TRUE(file->sync());
    EXPECT_EQ(shows(), "ol");
  };
  EXPECT_EQ(left_by(story), (Outcomes{"old.", "ol"}));
}

TEST_F(DiskErrors, SecondFailureAddsToTheFirst) {
  const auto story = [this] {
    writes("1");
    fails_to_sync(*file);
    writes("2", 1);
    fails_to_sync(*file);
    EXPECT_TRUE(file->sync());
  };
  EXPECT_EQ(left_by(story), (Outcomes{"old.", "1ld.", "o2d.", "12d."}));
}

// errseq_t: each open file description is told once, whoever is opened later is not.
TEST_F(DiskErrors, EveryHandleOfTheTimeIsToldOnce) {
  const auto other = opens();
  writes("new.");
  fails_to_sync(*file);
  EXPECT_TRUE(file->sync());
  EXPECT_TRUE(opens()->sync());
  EXPECT_EQ(other->sync().error(), std::errc::io_error);
  EXPECT_TRUE(other->sync());
}

TEST_F(DiskErrors, FailedSyncOfADirectoryLeavesItsNamesPending) {
  const auto names_after = [this](bool once_more) {
    Outcomes seen;
    for (std::uint64_t seed = 1; seed <= 50; ++seed) {
      begins_anew();
      EXPECT_TRUE(machine->files.rename("/f", "/g"));
      machine->gate.refuses(StorageCall::sync);
      EXPECT_EQ(machine->files.sync_directory("/").error(), std::errc::io_error);
      if (once_more) {
        EXPECT_TRUE(machine->files.sync_directory("/"));
      }
      RandomStream random(seed);
      machine->disk.power_loss(random);
      seen.insert(machine->disk.list("/").value().at(0));
    }
    return seen;
  };
  EXPECT_EQ(names_after(false), (Outcomes{"f", "g"}));
  EXPECT_EQ(names_after(true), Outcomes{"g"});
}

TEST_F(DiskErrors, OfAFullDiskOnlyConcernGrowth) {
  machine->disk.hold_full(+1);
  EXPECT_EQ(file->append(bytes("x")).error(), std::errc::no_space_on_device);
  EXPECT_EQ(file->truncate(5).error(), std::errc::no_space_on_device);
  writes("new.");
  EXPECT_TRUE(machine->files.open("/g", {.write = true, .create = true})) << "names take no room";
  machine->disk.hold_full(-1);
  EXPECT_TRUE(file->append(bytes("x")));
  EXPECT_EQ(shows(), "new.x");
}

TEST_F(DiskErrors, ShowInTheDigest) {
  std::set<std::uint64_t> digests;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    begins_anew();
    machine->gate.mixes(seed);
    writes("new.");
    fails_to_sync(*file);
    EXPECT_TRUE(file->sync());
    EXPECT_EQ(shows(), "new.");
    digests.insert(machine->disk.digest());
  }
  EXPECT_EQ(digests.size(), 2u) << "it has arrived, or has not";
}

// What SQLite is told: each error by its own name.
struct SqliteErrors : testing::Test {
  SqliteErrors() {
    EXPECT_TRUE(
        alice.does("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t(x); INSERT INTO t VALUES(1)"));
    sqlite3_extended_result_codes(alice.connection(), 1);
  }
  Disk disk;
  SqliteProcess alice{disk, 1};
};

TEST_F(SqliteErrors, FailedWriteRollsBack) {
  alice.gate.refuses(StorageCall::write);
  EXPECT_EQ(alice.runs("INSERT INTO t VALUES(2)"), SQLITE_IOERR_WRITE);
  EXPECT_EQ(alice.asks("SELECT count(*) FROM t"), "1");
  EXPECT_TRUE(alice.does("INSERT INTO t VALUES(2)"));
}

TEST_F(SqliteErrors, FailedSyncIsToldByItsName) {
  alice.gate.refuses(StorageCall::sync);
  EXPECT_EQ(alice.runs("INSERT INTO t VALUES(2)"), SQLITE_IOERR_FSYNC);
}

TEST_F(SqliteErrors, FailedReadIsToldByItsName) {
  SqliteProcess bob(disk, 2);
  sqlite3_extended_result_codes(bob.connection(), 1);
  bob.gate.refuses(StorageCall::read);
  EXPECT_EQ(bob.runs("SELECT count(*) FROM t"), SQLITE_IOERR_READ);
  EXPECT_EQ(bob.asks("SELECT count(*) FROM t"), "1");
}

TEST_F(SqliteErrors, FullDiskIsFull) {
  disk.hold_full(+1);
  EXPECT_EQ(alice.runs("INSERT INTO t VALUES(zeroblob(100000))"), SQLITE_FULL);
  disk.hold_full(-1);
  EXPECT_EQ(alice.asks("SELECT count(*) FROM t"), "1");
}

}  // namespace
}  // namespace lockstep::sim
