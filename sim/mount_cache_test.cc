// What hosts remember of a disk that they mount over the network, and when they look anew. Two hosts with a memory of
// ten seconds, on one disk.
#include "sim/mount_cache.h"

#include <gtest/gtest.h>

#include "sim/sim_file_system.h"
#include "sim/sqlite_test_process.h"

namespace lockstep::sim {
namespace {

using namespace std::chrono_literals;
using Names = std::vector<std::string>;

constexpr MountCaching ten_seconds{.names = 10s, .data = 10s};

struct AHost {
  AHost(Disk& disk, TestGate& gate, DiskOwner owner, MountCaching caching)
      : cache(disk, caching), files(disk, gate, owner, {.network = true, .cache = &cache}) {}
  std::unique_ptr<File> opens(OpenFlags flags = {.write = true}) {
    auto file = files.open("/f", flags);
    return file ? std::move(*file) : nullptr;
  }
  void writes(std::string_view text) {
    EXPECT_TRUE(opens({.write = true, .create = true})->write_at(0, std::as_bytes(std::span(text))));
  }
  MountCache cache;
  SimFileSystem files;
};

std::string text_of(File& file) {
  std::string text(20, '?');
  text.resize(file.read_at(0, std::as_writable_bytes(std::span(text))).value());
  return text;
}

struct MountCaches : testing::Test {
  Disk disk;
  TestGate gate{1};
  AHost alice{disk, gate, 1, ten_seconds};
  AHost bob{disk, gate, 2, ten_seconds};
};

TEST_F(MountCaches, RememberThatANameWasMissing) {
  EXPECT_FALSE(bob.files.exists("/f").value());
  alice.writes("text");
  EXPECT_FALSE(bob.files.exists("/f").value());
  EXPECT_EQ(bob.files.open("/f", {}).error(), std::errc::no_such_file_or_directory);
  gate.time += 10s;
  EXPECT_TRUE(bob.files.exists("/f").value());
  EXPECT_TRUE(bob.files.open("/f", {}));
}

TEST_F(MountCaches, RememberWhatADirectoryListed) {
  alice.writes("text");
  EXPECT_EQ(bob.files.list("/"), Names{"f"});
  ASSERT_TRUE(alice.files.rename("/f", "/g"));
  EXPECT_EQ(bob.files.list("/"), Names{"f"});
  EXPECT_EQ(alice.files.list("/"), Names{"g"});
  gate.time += 10s;
  EXPECT_EQ(bob.files.list("/"), Names{"g"});
}

TEST_F(MountCaches, KnowAtOnceWhatTheirOwnHostDoes) {
  EXPECT_FALSE(bob.files.exists("/f").value());
  EXPECT_EQ(bob.files.list("/"), Names{});
  bob.writes("text");
  EXPECT_TRUE(bob.files.exists("/f").value());
  EXPECT_EQ(bob.files.list("/"), Names{"f"});
  const auto reader = bob.opens({});
  bob.writes("next");
  EXPECT_EQ(text_of(*reader), "next") << "through another handle";
  ASSERT_TRUE(bob.files.remove("/f"));
  EXPECT_FALSE(bob.files.exists("/f").value());
}

TEST_F(MountCaches, MakeWhatIsCreatedSureOfItself) {
  EXPECT_FALSE(bob.files.exists("/f").value());
  alice.writes("text");
  EXPECT_EQ(bob.files.open("/f", {.write = true, .create = true, .exclusive = true}).error(), std::errc::file_exists);
}

TEST_F(MountCaches, ShowAnOpenFileAsItWasWhenOpened) {
  alice.writes("old");
  const auto open = bob.opens();
  alice.writes("newer");
  EXPECT_EQ(text_of(*open), "old");
  EXPECT_EQ(open->size().value(), 3u);
  gate.time += 10s;
  EXPECT_EQ(text_of(*open), "newer");
}

TEST_F(MountCaches, LookAnewWhenAFileIsOpened) {
  alice.writes("old");
  const auto first = bob.opens();
  alice.writes("newer");
  const auto second = bob.opens();
  EXPECT_EQ(text_of(*second), "newer");
  EXPECT_EQ(text_of(*first), "newer") << "a host has one memory";
}

TEST_F(MountCaches, LookAnewWhenAFileIsLocked) {
  alice.writes("old");
  const auto open = bob.opens();
  alice.writes("newer");
  ASSERT_TRUE(open->try_lock(FileLock::shared).value());
  EXPECT_EQ(text_of(*open), "newer");
}

TEST_F(MountCaches, OpenARememberedNameOnceMoreWhenItsFileIsGone) {
  alice.writes("old");
  EXPECT_TRUE(bob.files.exists("/f").value());
  ASSERT_TRUE(alice.files.remove("/f"));
  alice.writes("new");
  EXPECT_EQ(text_of(*bob.opens()), "new");
}

TEST_F(MountCaches, OpenTheOldFileUnderItsOldNameIfItHasAnother) {
  alice.writes("old");
  EXPECT_TRUE(bob.files.exists("/f").value());
  ASSERT_TRUE(alice.files.rename("/f", "/g"));
  alice.writes("new");
  EXPECT_EQ(text_of(*bob.opens()), "old");
  gate.time += 10s;
  EXPECT_EQ(text_of(*bob.opens()), "new");
}

TEST_F(MountCaches, AreGoneWhenTheHostLosesItsMemory) {
  EXPECT_FALSE(bob.files.exists("/f").value());
  alice.writes("text");
  bob.cache.forget();
  EXPECT_TRUE(bob.files.exists("/f").value());
}

TEST_F(MountCaches, ThatRememberNothingAreNeverOld) {
  AHost carol(disk, gate, 3, {});
  EXPECT_FALSE(carol.files.exists("/f").value());
  alice.writes("old");
  EXPECT_TRUE(carol.files.exists("/f").value());
  const auto open = carol.opens();
  alice.writes("newer");
  EXPECT_EQ(text_of(*open), "newer");
  EXPECT_EQ(open->size().value(), 5u);
}

}  // namespace
}  // namespace lockstep::sim
