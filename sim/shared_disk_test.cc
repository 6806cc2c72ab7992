// A disk that every host mounts over the network: calls travel, wait while the way is cut or the server down, and what
// they did may be true long before it is known. A call from another host takes a millisecond each for its way, its
// service and its way back.
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/world_story_test.h"

namespace lockstep::sim {
namespace {

using Diary = WorldStory::Diary;

World::Options shared() {
  auto options = WorldStory::usual();
  options.shared_disk = true;
  return options;
}

class ASharedDisk : public WorldStory {
 public:
  ASharedDisk() : WorldStory(shared()) {
    for (int i = 0; i < 3; ++i) host();
  }
  std::uint32_t on(std::uint32_t home, std::function<void(FileSystem&)> work) {
    return process(home, [work](Incarnation& self) { return works(self, work); });
  }
  // Looks, again and again, and tells when it has seen.
  void looks(FileSystem& files, int times) {
    for (int i = 0; i < times; ++i) {
      const auto seen = files.exists("/");
      if (!seen) return;
      tells("looked");
    }
  }
  static std::unique_ptr<File> opens(FileSystem& files) {
    auto file = files.open("/f", {.write = true, .create = true});
    return file ? std::move(*file) : nullptr;
  }
};

TEST_F(ASharedDisk, IsNearForItsOwnHostAndFarForOthers) {
  on(0, [this](FileSystem& files) { looks(files, 1); });
  on(1, [this](FileSystem& files) { looks(files, 2); });
  EXPECT_EQ(told_until(1s), Diary({"1ms looked", "3ms looked", "6ms looked"}));
}

TEST_F(ASharedDisk, IsOneDiskForAll) {
  on(1, [](FileSystem& files) { opens(files)->append(std::as_bytes(std::span("text", 4))).value(); });
  on(2, [this](FileSystem& files) {
    looks(files, 3);
    tells(std::to_string(opens(files)->size().value()));
  });
  EXPECT_EQ(told_until(1s).back(), "15ms 4");
}

TEST_F(ASharedDisk, TellsWhatItIs) {
  on(0, [this](FileSystem& files) { tells(files.traits_of("/")->kind == FileSystemKind::local ? "local" : "far"); });
  on(1, [this](FileSystem& files) { tells(files.traits_of("/")->kind == FileSystemKind::network ? "network" : "?"); });
  EXPECT_EQ(told_until(1s), Diary({"1ms local", "3ms network"}));
}

TEST_F(ASharedDisk, IsWaitedForWhileTheWayIsCut) {
  on(1, [this](FileSystem& files) { looks(files, 3); });
  strikes(FaultKind::cut_link, 3500us, 1s, 1, 0);
  EXPECT_EQ(told_until(2s), Diary({"3ms looked", "1006500000ns looked", "1009500000ns looked"}));
}

TEST_F(ASharedDisk, IsWaitedForWhileEitherDirectionIsCut) {
  on(1, [this](FileSystem& files) { looks(files, 3); });
  strikes(FaultKind::cut_one_way, 3s, 1s, 0, 1);
  strikes(FaultKind::cut_one_way, 3500us, 1s, 1, 0);
  EXPECT_EQ(told_until(2s), Diary({"3ms looked", "1006500000ns looked", "1009500000ns looked"}));
}

TEST_F(ASharedDisk, IsReachedByItsOwnHostWhoeverIsCutOff) {
  on(0, [this](FileSystem& files) { looks(files, 3); });
  strikes(FaultKind::isolate_host, 1500us, 1s, 0);
  EXPECT_EQ(told_until(2s), Diary({"1ms looked", "2ms looked", "3ms looked"}));
}

TEST_F(ASharedDisk, IsReachedAgainOnceHealed) {
  on(1, [this](FileSystem& files) { looks(files, 2); });
  strikes(FaultKind::isolate_host, 3500us, 1h, 1);
  begins();
  until(1s);
  EXPECT_EQ(told, Diary({"3ms looked"}));
  world.heal();
  until(2s);
  EXPECT_EQ(told, Diary({"3ms looked", "1003ms looked"}));
}

// The lock is taken at 5 ms, and its taker hears of it a second later.
TEST_F(ASharedDisk, MayHaveDoneWhatItsCallerDoesNotKnowYet) {
  std::unique_ptr<File> held;
  on(1, [&, this](FileSystem& files) {
    held = opens(files);
    tells(held->try_lock(FileLock::exclusive).value() ? "has it" : "has it not");
  });
  on(2, [this](FileSystem& files) {
    looks(files, 1);
    tells(opens(files)->try_lock(FileLock::shared).value() ? "free" : "taken");
  });
  strikes(FaultKind::cut_link, 5500us, 1s, 0, 1);
  EXPECT_EQ(told_until(2s), Diary({"3ms looked", "9ms taken", "1006500000ns has it"}));
  world.end();
}

TEST_F(ASharedDisk, HearsOfAnUnlockOnlyWhenTheWayIsOpen) {
  on(1, [this](FileSystem& files) {
    const auto file = opens(files);
    file->try_lock(FileLock::exclusive).value();
    file->unlock();
    tells("unlocked");
  });
  on(2, [this](FileSystem& files) {
    const auto file = opens(files);
    while (!file->try_lock(FileLock::exclusive).value()) continue;
    tells("locked");
  });
  strikes(FaultKind::cut_link, 6100us, 1s, 0, 1);
  told_until(2s);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_EQ(told[0], "1008100000ns unlocked");
  EXPECT_TRUE(told[1].starts_with("10") && told[1].ends_with("locked")) << told[1];
}

TEST_F(ASharedDisk, FreesTheLocksOfAHostThatDies) {
  on(1, [](FileSystem& files) {
    const auto file = opens(files);
    if (file == nullptr || !file->try_lock(FileLock::exclusive)) return;
    while (file->size()) continue;  // holds it until it dies
  });
  on(2, [this](FileSystem& files) {
    looks(files, 2);
    const auto file = opens(files);
    while (!file->try_lock(FileLock::exclusive).value()) continue;
    tells("locked");
  });
  strikes(FaultKind::reboot_host, 1s, 1h, 1);
  told_until(2s);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_TRUE(told[2].starts_with("100") && told[2].ends_with("ms locked")) << told[2];
}

TEST_F(ASharedDisk, EndsEveryHandleWhenItsHostLosesPower) {
  on(1, [this](FileSystem& files) {
    const auto file = opens(files);
    while (file->size()) continue;
    tells("its handle has ended");
    tells(opens(files) != nullptr ? "opened anew" : "cannot be opened");
    EXPECT_EQ(file->sync().error(), std::errc::io_error);
  });
  strikes(FaultKind::reboot_host, 1s, 1s, 0);
  EXPECT_EQ(told_until(3s), Diary({"2002ms its handle has ended", "2005ms opened anew"}));
}

TEST_F(ASharedDisk, HasMadeANameDurableBeforeItAnswers) {
  constexpr int files_made = 20;
  on(1, [](FileSystem& files) {
    for (int i = 0; i < files_made; ++i) {
      const auto name = "/" + std::to_string(i);
      files.open(name, {.write = true, .create = true}).value();
      files.rename(name, name + ".new").value();
    }
  });
  strikes(FaultKind::reboot_host, 1s, 1s, 0);
  told_until(3s);
  const auto left = world.host(0).disk->list("/").value();
  EXPECT_EQ(std::ranges::count_if(left, [](const auto& name) { return name.ends_with(".new"); }), files_made);
}

TEST_F(ASharedDisk, LetsWhoWaitsForItDie) {
  on(1, [this](FileSystem& files) { looks(files, 1000); });
  strikes(FaultKind::cut_link, 100ms, 1s, 0, 1);
  strikes(FaultKind::crash_process, 500ms, 1h, 0);
  told_until(2s);
  EXPECT_EQ(told.size(), 33u);
  EXPECT_EQ(told.back(), "99ms looked");
}

TEST_F(ASharedDisk, IsSlowWhenTheLinkIs) {
  on(1, [this](FileSystem& files) { looks(files, 20); });
  strikes(FaultKind::slow_link, 0s, 1h, 0, 1, Duration(1s).count());
  told_until(1min);
  ASSERT_EQ(told.size(), 20u);
  EXPECT_GT(world.now(), TrueTime(1s));
  EXPECT_TRUE(told.back().ends_with("ns looked"));
}

TEST_F(ASharedDisk, FailsForAllWhenItFails) {
  on(1, [this](FileSystem& files) {
    const auto file = opens(files);
    while (file->append(std::as_bytes(std::span("x", 1)))) continue;
    tells("full");
  });
  strikes(FaultKind::full_disk, 50ms, 1h, 1);
  strikes(FaultKind::full_disk, 100ms, 1h, 0);
  EXPECT_EQ(told_until(1s), Diary({"102ms full"}));
}

TEST(ASharedWorld, IsAFunctionOfItsOptionsProgramsAndFaults) {
  struct Silent final : WorldObserver {
    void process_changed(std::uint32_t, Change) override {}
    void fault_changed(std::uint32_t, bool) override {}
  };
  const auto hash_of = [](std::uint64_t seed, Duration cut) {
    Silent nobody;
    World::Options options{.seed = seed, .noise = {}, .storage = {}, .disk = {}, .shared_disk = true};
    options.mount_caching = {.names = 20ms, .data = 20ms};
    World world(options, nobody);
    for (int i = 0; i < 3; ++i) {
      const auto home = world.add_host({});
      world.add_process("writer", home, [](Incarnation& self) {
        return works(self, [](FileSystem& files) {
          for (int round = 0; round < 100; ++round) {
            const auto file = files.open("/f", {.write = true, .create = true});
            if (!file || !(*file)->try_lock(FileLock::exclusive)) return;
            (*file)->append(std::as_bytes(std::span("x", 1)));
            (*file)->sync();
            files.list("/");
          }
        });
      });
    }
    world.start({{FaultKind::cut_link, TrueTime(cut), 100ms, 0, 1, 0},
                 {FaultKind::failing_syncs, TrueTime(100ms), 1s, 0, 0, 300'000},
                 {FaultKind::reboot_host, TrueTime(700ms), 100ms, 0, 0, 0}});
    world.run_until(TrueTime(5s));
    return std::pair(world.trace().hash(), world.host(0).disk->digest());
  };
  EXPECT_EQ(hash_of(1, 50ms), hash_of(1, 50ms));
  EXPECT_NE(hash_of(1, 50ms), hash_of(2, 50ms));
  EXPECT_NE(hash_of(1, 50ms), hash_of(1, 51ms));
}

}  // namespace
}  // namespace lockstep::sim
