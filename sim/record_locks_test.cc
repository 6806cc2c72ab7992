// POSIX record locks, simulated and of the real kernel, in the same stories: they belong to the process, and any
// close of any handle on the file drops them all. A store that stands on them is a planted bug, which must break here
// as it would break there.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <vector>

#include "sim/sim_file_system.h"
#include "sim/sqlite_test_process.h"

namespace lockstep::sim {
namespace {

// Process A has numbered handles on one file; process B tries to lock the file with a handle of its own.
struct Kernel {
  Kernel() {
    std::string pattern = testing::TempDir() + "/lockstep-XXXXXX";
    root = ::mkdtemp(pattern.data());
    path = root + "/f";
  }
  ~Kernel() {
    for (const int handle : handles) ::close(handle);
    std::filesystem::remove_all(root);
  }
  void opens() { handles.push_back(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)); }
  bool locks(std::size_t handle, FileLock kind) {
    return set(handles[handle], kind == FileLock::shared ? F_RDLCK : F_WRLCK);
  }
  void unlocks(std::size_t handle) { set(handles[handle], F_UNLCK); }
  void closes(std::size_t handle) { ::close(std::exchange(handles[handle], -1)); }
  bool other_could_lock(FileLock kind) {
    const auto child = ::fork();
    if (child == 0) {
      const int own = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
      ::_exit(set(own, kind == FileLock::shared ? F_RDLCK : F_WRLCK) ? 0 : 1);
    }
    int status = -1;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) <= 1);
    return WEXITSTATUS(status) == 0;
  }
  static bool set(int descriptor, int kind) {
    struct flock whole {};
    whole.l_type = static_cast<short>(kind);
    whole.l_whence = SEEK_SET;
    return ::fcntl(descriptor, F_SETLK, &whole) == 0;
  }
  std::string root;
  std::string path;
  std::vector<int> handles;
};

struct Model {
  void opens() { handles.push_back(a.open("/f", {.write = true, .create = true}).value()); }
  bool locks(std::size_t handle, FileLock kind) { return handles[handle]->try_lock(kind).value(); }
  void unlocks(std::size_t handle) { handles[handle]->unlock(); }
  void closes(std::size_t handle) { handles[handle].reset(); }
  bool other_could_lock(FileLock kind) { return b.open("/f", {.write = true}).value()->try_lock(kind).value(); }
  Disk disk;
  TestGate gate{1};
  SimFileSystem a{disk, gate, 1, {.record_locks = true}};
  SimFileSystem b{disk, gate, 2, {.record_locks = true}};
  std::vector<std::unique_ptr<File>> handles;
};

template <typename World>
struct RecordLocks : testing::Test {
  World world;
  bool locked() { return !world.other_could_lock(FileLock::shared); }
};
using Worlds = testing::Types<Kernel, Model>;
TYPED_TEST_SUITE(RecordLocks, Worlds);

TYPED_TEST(RecordLocks, ExcludeOtherProcesses) {
  this->world.opens();
  EXPECT_TRUE(this->world.locks(0, FileLock::exclusive));
  EXPECT_TRUE(this->locked());
  EXPECT_TRUE(this->world.locks(0, FileLock::shared));
  EXPECT_FALSE(this->locked());
  EXPECT_FALSE(this->world.other_could_lock(FileLock::exclusive));
  this->world.unlocks(0);
  EXPECT_TRUE(this->world.other_could_lock(FileLock::exclusive));
}

TYPED_TEST(RecordLocks, DoNotExcludeAnotherHandleOfTheProcess) {
  this->world.opens();
  this->world.opens();
  EXPECT_TRUE(this->world.locks(0, FileLock::exclusive));
  EXPECT_TRUE(this->world.locks(1, FileLock::exclusive));
  EXPECT_TRUE(this->locked());
}

TYPED_TEST(RecordLocks, VanishWhenAnyHandleOnTheFileIsClosed) {
  this->world.opens();
  this->world.opens();
  EXPECT_TRUE(this->world.locks(0, FileLock::exclusive));
  this->world.closes(1);
  EXPECT_FALSE(this->locked());
}

TYPED_TEST(RecordLocks, AreUnlockedThroughAnyHandle) {
  this->world.opens();
  this->world.opens();
  EXPECT_TRUE(this->world.locks(0, FileLock::exclusive));
  this->world.unlocks(1);
  EXPECT_FALSE(this->locked());
}

TYPED_TEST(RecordLocks, AreChangedThroughAnyHandle) {
  this->world.opens();
  this->world.opens();
  EXPECT_TRUE(this->world.locks(0, FileLock::exclusive));
  EXPECT_TRUE(this->world.locks(1, FileLock::shared));
  EXPECT_FALSE(this->locked());
  EXPECT_FALSE(this->world.other_could_lock(FileLock::exclusive));
}

TEST(SimulatedRecordLocks, OfADeadProcessAreFreeAndItsClosingFreesNobodyElses) {
  Model world;
  world.opens();
  ASSERT_TRUE(world.locks(0, FileLock::exclusive));
  world.disk.crash_process(1);
  const auto successor = world.b.open("/f", {.write = true}).value();
  EXPECT_TRUE(successor->try_lock(FileLock::exclusive).value());
  world.closes(0);
  SimFileSystem third(world.disk, world.gate, 3, {.record_locks = true});
  EXPECT_FALSE(third.open("/f", {.write = true}).value()->try_lock(FileLock::shared).value());
}

TEST(SimulatedRecordLocks, ConflictWithLocksOfAHandleAsOnLinux) {
  Model world;
  world.opens();
  ASSERT_TRUE(world.locks(0, FileLock::exclusive));
  SimFileSystem same_process(world.disk, world.gate, 1);
  EXPECT_FALSE(same_process.open("/f", {.write = true}).value()->try_lock(FileLock::exclusive).value());
}

}  // namespace
}  // namespace lockstep::sim
