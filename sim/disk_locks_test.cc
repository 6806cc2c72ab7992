// The lock rules, told by two or three handles on one file.
#include "sim/disk_locks.h"

#include <gtest/gtest.h>

#include "sim/disk.h"

namespace lockstep::sim {
namespace {

using enum LockLevel;

struct DiskLocks : testing::Test {
  std::unique_ptr<OpenFile> opens() { return std::move(disk.open(1, "/f", {.create = true}).value()); }
  Disk disk;
  std::unique_ptr<OpenFile> alice = opens();
  std::unique_ptr<OpenFile> bob = opens();
  std::unique_ptr<OpenFile> carol = opens();
};

TEST_F(DiskLocks, ReadersShareAndOneOfThemMayReserve) {
  EXPECT_TRUE(alice->try_lock(shared) && bob->try_lock(shared));
  EXPECT_FALSE(bob->anyone_reserved());
  EXPECT_TRUE(alice->try_lock(reserved));
  EXPECT_FALSE(bob->try_lock(reserved));
  EXPECT_TRUE(bob->anyone_reserved() && alice->anyone_reserved());
  EXPECT_TRUE(carol->try_lock(shared));
}

TEST_F(DiskLocks, WriterThatMustWaitIsPendingAndStopsNewReaders) {
  ASSERT_TRUE(alice->try_lock(shared) && bob->try_lock(shared) && alice->try_lock(reserved));
  EXPECT_FALSE(alice->try_lock(exclusive));
  EXPECT_EQ(alice->level(), pending);
  EXPECT_FALSE(carol->try_lock(shared));
  bob->unlock(none);
  EXPECT_TRUE(alice->try_lock(exclusive));
  EXPECT_FALSE(carol->try_lock(shared));
  alice->unlock(shared);
  EXPECT_TRUE(carol->try_lock(shared));
}

TEST_F(DiskLocks, TwoThatJumpFromSharedToExclusiveDoNotBlockEachOtherForEver) {
  ASSERT_TRUE(alice->try_lock(shared) && bob->try_lock(shared));
  EXPECT_FALSE(alice->try_lock(exclusive));
  EXPECT_FALSE(bob->try_lock(exclusive));
  EXPECT_EQ(alice->level(), shared);
  bob->unlock(none);
  EXPECT_TRUE(bob->try_lock(shared)) << "a failed jump leaves nothing behind";
  bob->unlock(none);
  EXPECT_TRUE(alice->try_lock(exclusive));
}

TEST_F(DiskLocks, AskingForLessThanIsHeldChangesNothing) {
  ASSERT_TRUE(alice->try_lock(shared) && alice->try_lock(exclusive));
  EXPECT_TRUE(alice->try_lock(shared));
  EXPECT_EQ(alice->level(), exclusive);
  bob->unlock(shared);
  EXPECT_EQ(bob->level(), none);
}

TEST_F(DiskLocks, LogLocksAreTakenAllOrNone) {
  ASSERT_TRUE(alice->try_log_lock(0b0010, false));
  EXPECT_TRUE(bob->try_log_lock(0b0010, false));
  EXPECT_FALSE(bob->try_log_lock(0b0110, true));
  EXPECT_TRUE(carol->try_log_lock(0b0100, true)) << "the refused call took nothing";
  EXPECT_FALSE(bob->try_log_lock(0b0100, false));
}

TEST_F(DiskLocks, UnlockingOneLogLockKeepsTheOthers) {
  ASSERT_TRUE(alice->try_log_lock(0b0001, true) && alice->try_log_lock(0b1000, false));
  alice->unlock_log(0b0001);
  EXPECT_TRUE(bob->try_log_lock(0b0001, true));
  EXPECT_FALSE(bob->try_log_lock(0b1000, true));
  alice->unlock_log(0b1000);
  EXPECT_TRUE(bob->try_log_lock(0b1000, true));
}

TEST_F(DiskLocks, TheThreeKindsOfLockKnowNothingOfEachOther) {
  EXPECT_TRUE(alice->try_lock(shared) && alice->try_lock(exclusive));
  EXPECT_TRUE(bob->try_log_lock(0xff, true));
  EXPECT_TRUE(carol->try_whole_lock(true));
}

TEST_F(DiskLocks, ClosingAHandleFreesItsLocksAndOnlyThose) {
  ASSERT_TRUE(alice->try_lock(shared) && bob->try_lock(shared));
  alice.reset();
  EXPECT_FALSE(carol->try_lock(shared) && carol->try_lock(exclusive));
  bob.reset();
  EXPECT_TRUE(carol->try_lock(exclusive));
}

}  // namespace
}  // namespace lockstep::sim
