// The fault model of disk.h, sentence by sentence. Sectors are four bytes here, so that a torn write can be
// read.
#include "sim/disk.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <set>
#include <string>

namespace lockstep::sim {
namespace {

constexpr DiskOwner alice = 1;
constexpr DiskOwner bob = 2;
constexpr DiskOptions small_sectors = {.sector_bytes = 4};

// A host with one disk, and what people do to it.
struct Machine {
  explicit Machine(DiskOptions options = small_sectors) : disk(options) {}

  std::unique_ptr<OpenFile> opens(std::string_view path, DiskOwner owner = alice) {
    return std::move(disk.open(owner, path, {.create = true}).value());
  }
  bool writes(std::string_view path, std::uint64_t offset, std::string_view text) {
    return opens(path)->content().write(offset, {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
  }
  bool truncates(std::string_view path, std::uint64_t size) { return opens(path)->content().truncate(size); }
  void syncs(std::string_view path) { opens(path)->sync(); }
  void removes(std::string_view path) { ASSERT_TRUE(disk.remove(path)); }
  void renames(std::string_view from, std::string_view to) { ASSERT_TRUE(disk.rename(from, to)); }
  void makes_directory(std::string_view path) { ASSERT_TRUE(disk.make_directory(path)); }
  void syncs_directory(std::string_view path = "/") { ASSERT_TRUE(disk.sync_directory(path)); }
  // A file whose content and name are safe.
  void stores(std::string_view path, std::string_view text) {
    writes(path, 0, text);
    syncs(path);
    syncs_directory();
  }
  void loses_power(std::uint64_t seed) {
    RandomStream random(seed);
    disk.power_loss(random);
  }
  std::string shows(std::string_view path) {
    if (!disk.exists(path)) return "(absent)";
    const auto file = disk.open(alice, path, {}).value();
    std::string text(file->content().size(), '?');
    file->content().read(0, {reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
    return text;
  }
  std::string names(std::string_view directory = "/") {
    std::string all;
    const auto listed = disk.list(directory).value();
    for (const auto& name : listed) all += (all.empty() ? "" : " ") + name;
    return all;
  }

  Disk disk;
};

using Story = std::function<void(Machine&)>;
using Look = std::function<std::string(Machine&)>;
using Outcomes = std::set<std::string>;

// Everything that may be seen after the story and a power loss.
Outcomes possible(const Story& story, const Look& look, DiskOptions options = small_sectors) {
  Outcomes seen;
  for (std::uint64_t seed = 1; seed <= 400; ++seed) {
    Machine machine(options);
    story(machine);
    machine.loses_power(seed);
    seen.insert(look(machine));
  }
  return seen;
}
Look content_of(std::string path) {
  return [path](Machine& machine) { return machine.shows(path); };
}
std::string zeros(std::size_t count) { return std::string(count, '\0'); }

TEST(DiskContent, UnsyncedWriteMayVanishOrSurvive) {
  const auto story = [](Machine& m) {
    m.stores("/f", "old.");
    m.writes("/f", 0, "new.");
  };
  EXPECT_EQ(possible(story, content_of("/f")), (Outcomes{"old.", "new."}));
}

TEST(DiskContent, SyncedWriteNeverVanishes) {
  const auto story = [](Machine& m) {
    m.stores("/f", "old.");
    m.writes("/f", 0, "new.");
    m.syncs("/f");
  };
  EXPECT_EQ(possible(story, content_of("/f")), Outcomes{"new."});
}

TEST(DiskContent, SyncOfOneFileSaysNothingAboutAnother) {
  const auto story = [](Machine& m) {
    m.stores("/f", "old.");
    m.stores("/g", "old.");
    m.writes("/f", 0, "new.");
    m.syncs("/g");
  };
  EXPECT_EQ(possible(story, content_of("/f")), (Outcomes{"old.", "new."}));
}

TEST(DiskContent, EachSectorOfAWriteDecidesForItself) {
  const auto story = [](Machine& m) {
    m.stores("/f", "........");
    m.writes("/f", 0, "AAAABBBB");
  };
  EXPECT_EQ(possible(story, content_of("/f")), (Outcomes{"........", "AAAA....", "....BBBB", "AAAABBBB"}));
}

TEST(DiskContent, MisalignedWriteIsTornAtSectorBoundariesOnly) {
  const auto story = [](Machine& m) {
    m.stores("/f", "........");
    m.writes("/f", 2, "AABB");
  };
  EXPECT_EQ(possible(story, content_of("/f")), (Outcomes{"........", "..AA....", "....BB..", "..AABB.."}));
}

TEST(DiskContent, WithoutTearingAWriteSurvivesWholeOrNotAtAll) {
  const auto story = [](Machine& m) {
    m.stores("/f", "............");
    m.writes("/f", 0, "AAAABBBBCCCC");
  };
  auto options = small_sectors;
  options.tears_writes = false;
  EXPECT_EQ(possible(story, content_of("/f"), options), (Outcomes{"............", "AAAABBBBCCCC"}));
}

TEST(DiskContent, LaterWriteMaySurviveWhereAnEarlierOneDoesNot) {
  const auto story = [](Machine& m) {
    m.stores("/f", "....");
    m.writes("/f", 0, "1");
    m.writes("/f", 1, "2");
  };
  EXPECT_EQ(possible(story, content_of("/f")), (Outcomes{"....", "1...", ".2..", "12.."}));
}

TEST(DiskContent, WritesToOnePlaceTakeEffectInTheirOrder) {
  const auto story = [](Machine& m) {
    m.stores("/f", "0");
    m.writes("/f", 0, "1");
    m.writes("/f", 0, "2");
  };
  EXPECT_EQ(possible(story, content_of("/f")), (Outcomes{"0", "1", "2"}));
}

TEST(DiskContent, AppendedSectorMayStandBehindAHoleOfZeros) {
  const auto story = [](Machine& m) {
    m.stores("/f", "base");
    m.writes("/f", 4, "AAAABBBB");
  };
  EXPECT_EQ(possible(story, content_of("/f")),
            (Outcomes{"base", "baseAAAA", "base" + zeros(4) + "BBBB", "baseAAAABBBB"}));
}

TEST(DiskContent, TruncationIsUndoneUntilSynced) {
  const auto cut = [](Machine& m) {
    m.stores("/f", "abcdefgh");
    m.truncates("/f", 3);
  };
  EXPECT_EQ(possible(cut, content_of("/f")), (Outcomes{"abcdefgh", "abc"}));
  const auto cut_and_synced = [&](Machine& m) {
    cut(m);
    m.syncs("/f");
  };
  EXPECT_EQ(possible(cut_and_synced, content_of("/f")), Outcomes{"abc"});
}

TEST(DiskContent, GarbageReplacesOnlyWhatWasBeingWritten) {
  const auto story = [](Machine& m) {
    m.stores("/f", "............");
    m.writes("/f", 2, "AABBBB");
  };
  auto options = small_sectors;
  options.garbage_in_torn_sectors = true;
  const auto seen = possible(story, content_of("/f"), options);
  EXPECT_GT(seen.size(), 4u) << "some of it must be garbage";
  for (const auto& text : seen) {
    ASSERT_EQ(text.size(), 12u);
    EXPECT_EQ(text.substr(0, 2), "..");
    EXPECT_EQ(text.substr(8), "....");
  }
}

TEST(DiskContent, WhatAPowerLossHasDecidedIsDurable) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Machine machine;
    machine.stores("/f", "........");
    machine.writes("/f", 0, "AAAABBBB");
    machine.loses_power(seed);
    const auto first = machine.shows("/f");
    machine.loses_power(seed + 1000);
    EXPECT_EQ(machine.shows("/f"), first);
  }
}

TEST(DiskNames, NewFileMayVanishThoughItsContentIsSynced) {
  const auto story = [](Machine& m) {
    m.writes("/f", 0, "text");
    m.syncs("/f");
  };
  EXPECT_EQ(possible(story, content_of("/f")), (Outcomes{"(absent)", "text"}));
}

TEST(DiskNames, DirectorySyncKeepsTheNameButNotTheContent) {
  const auto story = [](Machine& m) {
    m.writes("/f", 0, "text");
    m.syncs_directory();
  };
  EXPECT_EQ(possible(story, content_of("/f")), (Outcomes{"", "text"}));
}

TEST(DiskNames, RemovedFileMayComeBackUntilItsDirectoryIsSynced) {
  const auto story = [](Machine& m) {
    m.stores("/f", "text");
    m.removes("/f");
  };
  EXPECT_EQ(possible(story, content_of("/f")), (Outcomes{"(absent)", "text"}));
}

// A model that let deletions come back later once reported 240 losses that no real disk would have caused.
TEST(DiskNames, RemovedFileNeverComesBackAfterTheDirectorySync) {
  const auto story = [](Machine& m) {
    m.stores("/f", "text");
    m.removes("/f");
    m.syncs_directory();
  };
  EXPECT_EQ(possible(story, content_of("/f")), Outcomes{"(absent)"});
}

TEST(DiskNames, SyncOfANewFileDoesNotMakeAnEarlierRemovalDurable) {
  const auto story = [](Machine& m) {
    m.stores("/journal", "old.");
    m.removes("/journal");
    m.writes("/journal", 0, "new.");
    m.syncs("/journal");
  };
  EXPECT_EQ(possible(story, content_of("/journal")), (Outcomes{"old.", "(absent)", "new."}));
}

TEST(DiskNames, RenameOverAFileShowsTheOldOrTheNewOne) {
  const auto story = [](Machine& m) {
    m.stores("/f", "old.");
    m.stores("/f.new", "new.");
    m.renames("/f.new", "/f");
  };
  const auto both = [](Machine& m) { return m.shows("/f") + " " + m.shows("/f.new"); };
  EXPECT_EQ(possible(story, both), (Outcomes{"old. new.", "new. (absent)"}));
  const auto synced = [&](Machine& m) {
    story(m);
    m.syncs_directory();
  };
  EXPECT_EQ(possible(synced, both), Outcomes{"new. (absent)"});
}

TEST(DiskNames, RenameOfAnUnsyncedFileMayLeaveAnEmptyOne) {
  const auto story = [](Machine& m) {
    m.stores("/f", "old.");
    m.writes("/f.new", 0, "new.");
    m.renames("/f.new", "/f");
    m.syncs_directory();
  };
  EXPECT_EQ(possible(story, content_of("/f")), (Outcomes{"", "new."}));
}

TEST(DiskNames, ChangesSurviveAsAPrefixOfTheirOrder) {
  const auto story = [](Machine& m) {
    m.writes("/a", 0, "");
    m.writes("/b", 0, "");
    m.removes("/a");
    m.writes("/c", 0, "");
  };
  EXPECT_EQ(possible(story, [](Machine& m) { return m.names(); }), (Outcomes{"", "a", "a b", "b", "b c"}));
}

TEST(DiskNames, DirectorySyncCoversWhatCameBeforeAndNothingThatCameAfter) {
  const auto story = [](Machine& m) {
    m.makes_directory("/d");
    m.writes("/d/in", 0, "");
    m.writes("/after", 0, "");
    m.syncs_directory("/d");
  };
  const auto all = [](Machine& m) { return m.names() + " / " + m.names("/d"); };
  EXPECT_EQ(possible(story, all), (Outcomes{"d / in", "after d / in"}));
}

TEST(DiskNames, RenameBetweenDirectoriesIsNeverSeenHalf) {
  const auto story = [](Machine& m) {
    m.makes_directory("/d");
    m.stores("/f", "text");
    m.renames("/f", "/d/f");
  };
  const auto both = [](Machine& m) { return m.shows("/f") + " " + m.shows("/d/f"); };
  EXPECT_EQ(possible(story, both), (Outcomes{"text (absent)", "(absent) text"}));
}

TEST(DiskNames, MisuseIsRefused) {
  Machine machine;
  machine.makes_directory("/d");
  machine.stores("/f", "text");
  auto& disk = machine.disk;
  EXPECT_EQ(disk.open(alice, "/g", {}).error(), DiskError::not_found);
  EXPECT_EQ(disk.open(alice, "/nowhere/g", {.create = true}).error(), DiskError::not_found);
  EXPECT_EQ(disk.open(alice, "/f", {.create = true, .exclusive = true}).error(), DiskError::exists);
  EXPECT_EQ(disk.open(alice, "/d", {}).error(), DiskError::is_directory);
  EXPECT_EQ(disk.open(alice, "/f/g", {.create = true}).error(), DiskError::not_a_directory);
  EXPECT_EQ(disk.remove("/g").error(), DiskError::not_found);
  EXPECT_EQ(disk.remove("/d").error(), DiskError::is_directory);
  EXPECT_EQ(disk.rename("/g", "/h").error(), DiskError::not_found);
  EXPECT_EQ(disk.rename("/f", "/nowhere/f").error(), DiskError::not_found);
  EXPECT_EQ(disk.rename("/f", "/d").error(), DiskError::is_directory);
  EXPECT_EQ(disk.make_directory("/f").error(), DiskError::exists);
  EXPECT_EQ(disk.sync_directory("/f").error(), DiskError::not_a_directory);
  EXPECT_EQ(disk.list("/g").error(), DiskError::not_found);
}

TEST(WorseDisk, LyingDiskLosesWhatWasSynced) {
  const auto story = [](Machine& m) {
    m.stores("/f", "old.");
    m.disk.set_honours_sync(false);
    m.stores("/f", "new.");
    m.stores("/g", "text");
  };
  EXPECT_EQ(possible(story, content_of("/f")), (Outcomes{"old.", "new."}));
  EXPECT_EQ(possible(story, content_of("/g")), (Outcomes{"(absent)", "", "text"}));
}

TEST(WorseDisk, FullDiskTakesNothingMoreUntilARemovalIsDurable) {
  Machine machine({.sector_bytes = 4, .capacity_bytes = 8});
  machine.stores("/f", "123456");
  EXPECT_FALSE(machine.writes("/g", 0, "789"));
  EXPECT_EQ(machine.shows("/g"), "");
  EXPECT_FALSE(machine.truncates("/f", 9));
  EXPECT_TRUE(machine.writes("/f", 0, "654321")) << "overwriting takes no room";
  machine.removes("/f");
  EXPECT_FALSE(machine.writes("/g", 0, "789")) << "it may still come back";
  machine.syncs_directory();
  EXPECT_TRUE(machine.writes("/g", 0, "789"));
  EXPECT_EQ(machine.disk.used_bytes(), 3u);
}

TEST(DiskCrash, ProcessCrashLosesNothingWritten) {
  Machine machine;
  machine.writes("/f", 0, "text");
  machine.disk.crash_process(alice);
  machine.disk.crash_finished(alice);
  EXPECT_EQ(machine.shows("/f"), "text");
}

TEST(DiskCrash, LocksOfTheDeadAreFreeAtOnceAndTheirClosingFreesNobodyElses) {
  Machine machine;
  auto dead = machine.opens("/f", alice);
  auto living = machine.opens("/f", bob);
  ASSERT_TRUE(dead->try_lock(LockLevel::shared) && dead->try_lock(LockLevel::exclusive));
  ASSERT_TRUE(dead->try_whole_lock(true) && dead->try_log_lock(1, true));
  EXPECT_FALSE(living->try_lock(LockLevel::shared) || living->try_whole_lock(false) || living->try_log_lock(1, false));
  machine.disk.crash_process(alice);
  EXPECT_TRUE(dead->dead());
  EXPECT_TRUE(living->try_lock(LockLevel::shared) && living->try_lock(LockLevel::exclusive));
  EXPECT_TRUE(living->try_whole_lock(true) && living->try_log_lock(1, true));
  dead.reset();
  machine.disk.crash_finished(alice);
  auto third = machine.opens("/f", 3);
  EXPECT_FALSE(third->try_lock(LockLevel::shared) || third->try_whole_lock(false) || third->try_log_lock(1, false));
}

TEST(DiskCrash, WhatTheDeadScribbleInSharedMemoryIsUndone) {
  Machine machine;
  auto dying = machine.opens("/f", alice);
  auto living = machine.opens("/f", bob);
  auto* memory = dying->map_shared_memory(0, 8, true);
  ASSERT_EQ(living->map_shared_memory(0, 8, false), memory);
  memory[0] = std::byte{1};
  machine.disk.crash_process(alice);
  memory[0] = std::byte{99};
  dying.reset();
  machine.disk.crash_finished(alice);
  EXPECT_EQ(memory[0], std::byte{1});
}

TEST(DiskCrash, TwoProcessesThatDieTogetherAreBothUndone) {
  Machine machine;
  auto first = machine.opens("/f", alice);
  auto second = machine.opens("/f", bob);
  auto living = machine.opens("/f", 3);
  auto* memory = first->map_shared_memory(0, 8, true);
  second->map_shared_memory(0, 8, true);
  living->map_shared_memory(0, 8, true);
  memory[0] = std::byte{1};
  machine.disk.crash_process(alice);
  memory[0] = std::byte{98};
  machine.disk.crash_process(bob);
  machine.disk.crash_finished(alice);
  memory[0] = std::byte{99};
  machine.disk.crash_finished(bob);
  EXPECT_EQ(memory[0], std::byte{1});
}

TEST(DiskCrash, SharedMemoryStartsAnewWhenItsLastUserDies) {
  Machine machine;
  auto dead = machine.opens("/f", alice);
  auto* old = dead->map_shared_memory(0, 8, true);
  old[0] = std::byte{1};
  machine.disk.crash_process(alice);
  auto next = machine.opens("/f", bob);
  EXPECT_EQ(next->map_shared_memory(0, 8, false), nullptr);
  auto* memory = next->map_shared_memory(0, 8, true);
  old[0] = std::byte{99};  // still valid, and nobody's
  machine.disk.crash_finished(alice);
  EXPECT_EQ(memory[0], std::byte{0});
}

TEST(DiskCrash, PowerLossEndsHandlesLocksAndSharedMemory) {
  Machine machine;
  machine.stores("/f", "text");
  auto before = machine.opens("/f", alice);
  ASSERT_TRUE(before->try_lock(LockLevel::shared) && before->try_lock(LockLevel::exclusive));
  before->map_shared_memory(0, 8, true)[0] = std::byte{1};
  machine.loses_power(1);
  EXPECT_TRUE(before->dead());
  auto after = machine.opens("/f", alice);
  EXPECT_TRUE(after->try_lock(LockLevel::shared));
  EXPECT_EQ(after->map_shared_memory(0, 8, false), nullptr);
}

// A second, naive file system with two copies of everything, to compare the undo logs with.
struct Naive {
  std::map<std::string, std::shared_ptr<std::pair<std::string, std::string>>> current,
      durable;  // {now, synced}
};
struct Always final : Random {
  explicit Always(std::uint64_t draw) : draw_(draw) {}
  std::uint64_t next() override { return draw_; }

 private:
  std::uint64_t draw_;
};

void one_step(Machine& machine, Naive& naive, Random& random) {
  const std::string names[] = {"/a", "/b", "/c"};
  const auto& name = names[random.below(3)];
  const auto offset = random.below(20);
  const auto text = std::string(1 + random.below(12), static_cast<char>('a' + random.below(26)));
  auto file = naive.current.find(name);
  const bool there = file != naive.current.end();
  const auto choice = random.below(8);
  if (choice <= 2) {
    machine.writes(name, offset, text);
    if (!there) file = naive.current.emplace(name, std::make_shared<std::pair<std::string, std::string>>()).first;
    auto& now = file->second->first;
    if (now.size() < offset + text.size()) now.resize(offset + text.size());
    now.replace(offset, text.size(), text);
  } else if (choice == 3 && there) {
    machine.truncates(name, offset);
    file->second->first.resize(offset);
  } else if (choice == 4 && there) {
    machine.syncs(name);
    file->second->second = file->second->first;
  } else if (choice == 5) {
    machine.syncs_directory();
    naive.durable = naive.current;
  } else if (choice == 6 && there) {
    machine.removes(name);
    naive.current.erase(file);
  } else if (choice == 7 && there && name != "/b") {
    machine.renames(name, "/b");
    naive.current["/b"] = file->second;
    naive.current.erase(name);
  }
}

TEST(DiskUndoLog, AgreesWithTwoCopiesWhenAllOrNothingSurvives) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    RandomStream random(seed);
    Machine machine;
    Naive naive;
    for (auto steps = 1 + random.below(60); steps > 0; --steps) one_step(machine, naive, random);
    const bool all = random.chance(1, 2);
    Always draw(all ? ~std::uint64_t{0} : 0);
    machine.disk.power_loss(draw);
    for (const std::string name : {"/a", "/b", "/c"}) {
      const auto& names = all ? naive.current : naive.durable;
      const auto file = names.find(name);
      const auto expected = file == names.end() ? "(absent)" : all ? file->second->first : file->second->second;
      ASSERT_EQ(machine.shows(name), expected) << "seed " << seed << (all ? " all " : " nothing ") << name;
    }
  }
}

TEST(DiskDigest, SeesContentNamesAndWhatIsNotDurable) {
  const auto digest = [](const Story& story) {
    Machine machine;
    story(machine);
    return machine.disk.digest();
  };
  const Story written = [](Machine& m) { m.writes("/f", 0, "text"); };
  std::set<std::uint64_t> digests = {
      digest([](Machine&) {}),
      digest(written),
      digest([](Machine& m) { m.writes("/g", 0, "text"); }),
      digest([](Machine& m) { m.writes("/f", 0, "texT"); }),
      digest([](Machine& m) { m.stores("/f", "text"); }),
      digest([](Machine& m) {
        m.writes("/f", 0, "text");
        m.syncs("/f");
      }),
  };
  EXPECT_EQ(digests.size(), 6u);
  EXPECT_EQ(digest(written), digest(written));
}

}  // namespace
}  // namespace lockstep::sim
