// The contract of impl/env/file_system.h, run against the real file system and the simulated one, so that
// neither drifts; then what only the simulated one can show: death and power loss.
#include "impl/env/file_system.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>

#include "impl/env/real/posix_file_system.h"
#include "sim/sim_file_system.h"
#include "sim/sqlite_test_process.h"

namespace lockstep {
namespace {

struct Real {
  Real() {
    std::string pattern = testing::TempDir() + "/lockstep-XXXXXX";
    root = ::mkdtemp(pattern.data());
  }
  ~Real() { std::filesystem::remove_all(root); }
  std::string root;
  PosixFileSystem files;
};

struct Simulated {
  Simulated() { EXPECT_TRUE(disk.make_directory(root)); }
  std::string root = "/root";
  sim::Disk disk;
  sim::TestGate gate{1};
  sim::SimFileSystem files{disk, gate, 1};
};

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string text_of(File& file) {
  std::string text(file.size().value(), '?');
  EXPECT_EQ(file.read_at(0, std::as_writable_bytes(std::span(text))).value(), text.size());
  return text;
}

constexpr OpenFlags reading{};
constexpr OpenFlags writing{.write = true};
constexpr OpenFlags creating{.write = true, .create = true};
constexpr OpenFlags creating_alone{.write = true, .create = true, .exclusive = true};
constexpr OpenFlags truncating{.write = true, .truncate = true};

template <typename World>
struct FileSystemContract : testing::Test {
  std::string at(const std::string& name) { return world.root + "/" + name; }
  std::unique_ptr<File> opens(const std::string& name, OpenFlags flags = creating) {
    auto file = files.open(at(name), flags);
    EXPECT_TRUE(file.has_value()) << file.error().message();
    return std::move(*file);
  }
  void stores(const std::string& name, std::string_view text) { ASSERT_TRUE(opens(name)->write_at(0, bytes(text))); }
  std::string shows(const std::string& name) { return text_of(*opens(name, reading)); }
  std::error_code refusal_of(const std::string& name, OpenFlags flags) {
    const auto file = files.open(at(name), flags);
    return file ? std::error_code{} : file.error();
  }

  World world;
  FileSystem& files = world.files;
};

using Worlds = testing::Types<Real, Simulated>;
TYPED_TEST_SUITE(FileSystemContract, Worlds);

TYPED_TEST(FileSystemContract, ReadsBackWhatWasWritten) {
  const auto file = this->opens("f");
  ASSERT_TRUE(file->write_at(0, bytes("hello world")));
  ASSERT_TRUE(file->write_at(6, bytes("there")));
  EXPECT_EQ(text_of(*file), "hello there");
  EXPECT_EQ(this->shows("f"), "hello there");
}

TYPED_TEST(FileSystemContract, ReadEndsWhereTheFileEnds) {
  const auto file = this->opens("f");
  ASSERT_TRUE(file->write_at(0, bytes("abc")));
  std::string into = "........";
  EXPECT_EQ(file->read_at(1, std::as_writable_bytes(std::span(into))), std::size_t{2});
  EXPECT_EQ(into, "bc......");
  EXPECT_EQ(file->read_at(3, std::as_writable_bytes(std::span(into))), std::size_t{0});
  EXPECT_EQ(file->read_at(100, std::as_writable_bytes(std::span(into))), std::size_t{0});
}

TYPED_TEST(FileSystemContract, GapsAndExtensionsReadAsZeros) {
  const auto file = this->opens("f");
  ASSERT_TRUE(file->write_at(2, bytes("x")));
  ASSERT_TRUE(file->truncate(5));
  EXPECT_EQ(text_of(*file), std::string("\0\0x\0\0", 5));
  ASSERT_TRUE(file->truncate(3));
  EXPECT_EQ(file->size(), std::uint64_t{3});
}

TYPED_TEST(FileSystemContract, AppendGoesToTheEndAlsoWhenAnotherHasMovedIt) {
  const auto one = this->opens("f");
  const auto other = this->opens("f");
  ASSERT_TRUE(one->append(bytes("1")));
  ASSERT_TRUE(other->append(bytes("2")));
  ASSERT_TRUE(one->append(bytes("3")));
  ASSERT_TRUE(one->write_at(0, bytes("!")));
  EXPECT_EQ(text_of(*other), "!23");
}

TYPED_TEST(FileSystemContract, OpenFlagsAreKept) {
  EXPECT_EQ(this->refusal_of("f", reading), std::errc::no_such_file_or_directory);
  EXPECT_EQ(this->refusal_of("f", writing), std::errc::no_such_file_or_directory);
  EXPECT_EQ(this->refusal_of("none/f", creating), std::errc::no_such_file_or_directory);
  this->opens("f", creating_alone)->append(bytes("text")).value();
  EXPECT_EQ(this->refusal_of("f", creating_alone), std::errc::file_exists);
  EXPECT_EQ(this->refusal_of("f/g", creating), std::errc::not_a_directory);
  EXPECT_EQ(text_of(*this->opens("f", creating)), "text");
  EXPECT_EQ(text_of(*this->opens("f", truncating)), "");
  ASSERT_TRUE(this->files.make_directory(this->at("d")));
  EXPECT_EQ(this->refusal_of("d", reading), std::errc::is_a_directory);
  EXPECT_EQ(this->refusal_of("d", writing), std::errc::is_a_directory);
}

TYPED_TEST(FileSystemContract, ReaderCannotWrite) {
  this->stores("f", "text");
  const auto file = this->opens("f", reading);
  EXPECT_EQ(file->write_at(0, bytes("x")).error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(file->append(bytes("x")).error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(file->write_at(0, bytes("")).error(), std::errc::bad_file_descriptor) << "not even nothing";
  EXPECT_EQ(file->truncate(0).error(), std::errc::bad_file_descriptor);
  EXPECT_EQ(file->try_lock(FileLock::exclusive).error(), std::errc::bad_file_descriptor);
  EXPECT_TRUE(file->try_lock(FileLock::shared).value());
  EXPECT_EQ(this->shows("f"), "text");
}

TYPED_TEST(FileSystemContract, RemovedFileStaysWithThoseWhoHaveItOpen) {
  const auto file = this->opens("f");
  ASSERT_TRUE(this->files.remove(this->at("f")));
  EXPECT_FALSE(this->files.exists(this->at("f")).value());
  ASSERT_TRUE(file->write_at(0, bytes("still here")));
  EXPECT_EQ(text_of(*file), "still here");
  this->stores("f", "another");
  EXPECT_EQ(text_of(*file), "still here");
  ASSERT_TRUE(this->files.make_directory(this->at("d")));
  EXPECT_EQ(this->files.remove(this->at("d")).error(), std::errc::is_a_directory);
  EXPECT_EQ(this->files.remove(this->at("none")).error(), std::errc::no_such_file_or_directory);
}

TYPED_TEST(FileSystemContract, RenameReplaces) {
  this->stores("old", "old");
  this->stores("new", "new");
  const auto replaced = this->opens("old");
  ASSERT_TRUE(this->files.rename(this->at("new"), this->at("old")));
  EXPECT_EQ(this->shows("old"), "new");
  EXPECT_EQ(text_of(*replaced), "old");
  EXPECT_FALSE(this->files.exists(this->at("new")).value());
  ASSERT_TRUE(this->files.rename(this->at("old"), this->at("old")));
  EXPECT_EQ(this->shows("old"), "new");
  EXPECT_EQ(this->files.rename(this->at("none"), this->at("old")).error(), std::errc::no_such_file_or_directory);
  EXPECT_EQ(this->files.rename(this->at("old"), this->at("none/f")).error(), std::errc::no_such_file_or_directory);
  ASSERT_TRUE(this->files.make_directory(this->at("d")));
  EXPECT_EQ(this->files.rename(this->at("old"), this->at("d")).error(), std::errc::is_a_directory);
}

TYPED_TEST(FileSystemContract, LinkIsASecondNameOfTheSameFile) {
  this->stores("one", "text");
  ASSERT_TRUE(this->files.link(this->at("one"), this->at("two")));
  ASSERT_TRUE(this->opens("two", writing)->append(bytes("!")));
  EXPECT_EQ(this->shows("one"), "text!");
  ASSERT_TRUE(this->files.rename(this->at("one"), this->at("two"))) << "does nothing";
  EXPECT_EQ(this->files.list(this->world.root), (std::vector<std::string>{"one", "two"}));
  ASSERT_TRUE(this->files.remove(this->at("one")));
  EXPECT_EQ(this->shows("two"), "text!");
}

// By which one of many may take a name for himself, with its content in one step.
TYPED_TEST(FileSystemContract, LinkReplacesNothing) {
  this->stores("mine", "mine");
  this->stores("taken", "taken");
  EXPECT_EQ(this->files.link(this->at("mine"), this->at("taken")).error(), std::errc::file_exists);
  EXPECT_EQ(this->files.link(this->at("mine"), this->at("mine")).error(), std::errc::file_exists);
  EXPECT_EQ(this->shows("taken"), "taken");
  EXPECT_EQ(this->files.link(this->at("none"), this->at("new")).error(), std::errc::no_such_file_or_directory);
  EXPECT_EQ(this->files.link(this->at("mine"), this->at("none/new")).error(), std::errc::no_such_file_or_directory);
  EXPECT_EQ(this->files.link(this->at("mine"), this->at("taken/new")).error(), std::errc::not_a_directory);
}

TYPED_TEST(FileSystemContract, LocksOfALinkAreThoseOfItsFile) {
  this->stores("one", "");
  ASSERT_TRUE(this->files.link(this->at("one"), this->at("two")));
  const auto one = this->opens("one");
  ASSERT_TRUE(one->try_lock(FileLock::exclusive).value());
  EXPECT_FALSE(this->opens("two")->try_lock(FileLock::shared).value());
}

TYPED_TEST(FileSystemContract, OnlyAnEmptyDirectoryIsRemoved) {
  ASSERT_TRUE(this->files.make_directory(this->at("d")));
  this->stores("d/f", "");
  EXPECT_EQ(this->files.remove_directory(this->at("d")).error(), std::errc::directory_not_empty);
  ASSERT_TRUE(this->files.remove(this->at("d/f")));
  EXPECT_TRUE(this->files.remove_directory(this->at("d")));
  EXPECT_FALSE(this->files.exists(this->at("d")).value());
  EXPECT_EQ(this->refusal_of("d/f", creating), std::errc::no_such_file_or_directory);
  EXPECT_EQ(this->files.remove_directory(this->at("d")).error(), std::errc::no_such_file_or_directory);
  this->stores("f", "");
  EXPECT_EQ(this->files.remove_directory(this->at("f")).error(), std::errc::not_a_directory);
}

TYPED_TEST(FileSystemContract, TraitsAreThoseOfThePlace) {
  this->stores("f", "");
  const auto root = this->files.traits_of(this->world.root);
  ASSERT_TRUE(root.has_value());
  EXPECT_EQ(this->files.traits_of(this->at("f")), root);
  EXPECT_EQ(this->files.traits_of(this->at("none")).error(), std::errc::no_such_file_or_directory);
  if (root->may_fold_names) return;
  this->stores("name", "small");
  EXPECT_FALSE(this->files.exists(this->at("NAME")).value());
}

TYPED_TEST(FileSystemContract, DirectoriesAreListedSorted) {
  ASSERT_TRUE(this->files.make_directory(this->at("d")));
  EXPECT_EQ(this->files.make_directory(this->at("d")).error(), std::errc::file_exists);
  EXPECT_EQ(this->files.make_directory(this->at("none/d")).error(), std::errc::no_such_file_or_directory);
  for (const auto* name : {"b", "a", "C", "d/inside"}) this->stores(name, "");
  EXPECT_EQ(this->files.list(this->world.root), (std::vector<std::string>{"C", "a", "b", "d"}));
  EXPECT_EQ(this->files.list(this->at("d")), std::vector<std::string>{"inside"});
  EXPECT_EQ(this->files.list(this->at("none")).error(), std::errc::no_such_file_or_directory);
  EXPECT_EQ(this->files.list(this->at("a")).error(), std::errc::not_a_directory);
  EXPECT_TRUE(this->files.exists(this->at("d")).value());
  EXPECT_FALSE(this->files.exists(this->at("a/x")).value());
}

TYPED_TEST(FileSystemContract, SyncsSucceedOnWhatIsThere) {
  this->stores("f", "text");
  EXPECT_TRUE(this->opens("f")->sync());
  EXPECT_TRUE(this->opens("f", reading)->sync());
  EXPECT_TRUE(this->files.sync_directory(this->world.root));
  EXPECT_EQ(this->files.sync_directory(this->at("none")).error(), std::errc::no_such_file_or_directory);
  EXPECT_EQ(this->files.sync_directory(this->at("f")).error(), std::errc::not_a_directory);
}

TYPED_TEST(FileSystemContract, LocksExcludeEachOtherEvenWithinOneProcess) {
  const auto one = this->opens("f");
  const auto two = this->opens("f");
  EXPECT_TRUE(one->try_lock(FileLock::shared).value());
  EXPECT_TRUE(two->try_lock(FileLock::shared).value());
  EXPECT_FALSE(one->try_lock(FileLock::exclusive).value());
  two->unlock();
  EXPECT_TRUE(one->try_lock(FileLock::exclusive).value());
  EXPECT_TRUE(one->try_lock(FileLock::exclusive).value()) << "again";
  EXPECT_FALSE(two->try_lock(FileLock::shared).value());
  EXPECT_TRUE(one->try_lock(FileLock::shared).value()) << "downwards";
  EXPECT_TRUE(two->try_lock(FileLock::shared).value());
}

TYPED_TEST(FileSystemContract, RefusedUpgradeKeepsTheSharedLock) {
  const auto one = this->opens("f");
  const auto two = this->opens("f");
  ASSERT_TRUE(one->try_lock(FileLock::shared).value() && two->try_lock(FileLock::shared).value());
  ASSERT_FALSE(one->try_lock(FileLock::exclusive).value());
  EXPECT_FALSE(two->try_lock(FileLock::exclusive).value()) << "the first still holds its shared lock";
}

// Classic POSIX locks vanish when the process closes any descriptor of the file.
TYPED_TEST(FileSystemContract, LockLivesUntilItsOwnFileIsClosed) {
  auto holder = this->opens("f");
  auto passer_by = this->opens("f");
  const auto waiter = this->opens("f");
  ASSERT_TRUE(holder->try_lock(FileLock::exclusive).value());
  passer_by.reset();
  EXPECT_FALSE(waiter->try_lock(FileLock::exclusive).value());
  holder.reset();
  EXPECT_TRUE(waiter->try_lock(FileLock::exclusive).value());
}

TYPED_TEST(FileSystemContract, LockBelongsToTheFileAndNotToItsName) {
  const auto old = this->opens("f");
  ASSERT_TRUE(old->try_lock(FileLock::exclusive).value());
  ASSERT_TRUE(this->files.remove(this->at("f")));
  EXPECT_TRUE(this->opens("f")->try_lock(FileLock::exclusive).value()) << "another file of the same name";
}

struct SimulatedFiles : FileSystemContract<Simulated> {};

TEST_F(SimulatedFiles, DeadProcessFailsEverywhereAndTouchesNothing) {
  auto file = opens("f");
  ASSERT_TRUE(file->write_at(0, bytes("text")));
  ASSERT_TRUE(file->try_lock(FileLock::exclusive).value());
  world.gate.die();
  world.disk.crash_process(1);
  const auto before = world.disk.digest();
  std::byte byte{};
  EXPECT_EQ(file->read_at(0, {&byte, 1}).error(), std::errc::io_error);
  EXPECT_EQ(file->write_at(0, {&byte, 1}).error(), std::errc::io_error);
  EXPECT_EQ(file->append({&byte, 1}).error(), std::errc::io_error);
  EXPECT_EQ(file->truncate(0).error(), std::errc::io_error);
  EXPECT_EQ(file->size().error(), std::errc::io_error);
  EXPECT_EQ(file->sync().error(), std::errc::io_error);
  EXPECT_EQ(file->try_lock(FileLock::shared).error(), std::errc::io_error);
  EXPECT_EQ(refusal_of("g", creating), std::errc::io_error);
  EXPECT_EQ(files.remove(at("f")).error(), std::errc::io_error);
  EXPECT_EQ(files.rename(at("f"), at("g")).error(), std::errc::io_error);
  EXPECT_EQ(files.link(at("f"), at("g")).error(), std::errc::io_error);
  EXPECT_EQ(files.make_directory(at("d")).error(), std::errc::io_error);
  EXPECT_EQ(files.remove_directory(at("d")).error(), std::errc::io_error);
  EXPECT_EQ(files.traits_of(at("f")).error(), std::errc::io_error);
  EXPECT_EQ(files.sync_directory(world.root).error(), std::errc::io_error);
  EXPECT_EQ(files.list(world.root).error(), std::errc::io_error);
  EXPECT_EQ(files.exists(at("f")).error(), std::errc::io_error);

  sim::TestGate gate(2);
  sim::SimFileSystem next(world.disk, gate, 2);
  const auto successor = next.open(at("f"), writing).value();
  EXPECT_TRUE(successor->try_lock(FileLock::exclusive).value());
  file->unlock();
  file.reset();
  EXPECT_FALSE(next.open(at("f"), writing).value()->try_lock(FileLock::shared).value());
  EXPECT_EQ(world.disk.digest(), before);
}

TEST_F(SimulatedFiles, TellWhereTheyStand) {
  EXPECT_EQ(files.traits_of("/"), (FileSystemTraits{FileSystemKind::local, false}));
  sim::SimFileSystem mounted(world.disk, world.gate, 1, {.network = true});
  EXPECT_EQ(mounted.traits_of("/"), (FileSystemTraits{FileSystemKind::network, true}));
  sim::Disk folding({.folding = sim::NameFolding::ascii_case});
  sim::SimFileSystem folded(folding, world.gate, 1);
  EXPECT_EQ(folded.traits_of("/"), (FileSystemTraits{FileSystemKind::local, true}));
}

// Linux has one that is no file system of a device or a network: it cannot be mistaken for either.
TEST(RealFiles, OfAKindThatNobodyKnowsAreUnknown) {
  PosixFileSystem files;
  const auto proc = files.traits_of("/proc/self");
  if (!proc) GTEST_SKIP() << "no /proc here";
  EXPECT_EQ(*proc, (FileSystemTraits{FileSystemKind::unknown, true}));
}

TEST_F(SimulatedFiles, FullDiskSaysSo) {
  const auto file = opens("f");
  world.disk.set_capacity_bytes(4);
  EXPECT_TRUE(file->append(bytes("1234")));
  EXPECT_EQ(file->append(bytes("5")).error(), std::errc::no_space_on_device);
  EXPECT_EQ(file->truncate(5).error(), std::errc::no_space_on_device);
}

// How to replace a file: write aside, sync, rename, sync the directory. The last two steps can be left out.
struct Recipe {
  bool sync_file = true;
  bool sync_directory = true;
};
struct Outcomes {
  int torn = 0;
  int forgotten = 0;
  int kept = 0;
};

// The last version that was acknowledged before the power went.
int replaces_until_the_power_goes(FileSystem& files, const std::string& root, Recipe recipe) {
  for (int version = 1; version <= 9; ++version) {
    const auto aside = files.open(root + "/state.new", {.write = true, .create = true, .truncate = true});
    if (!aside || !(*aside)->write_at(0, bytes(std::string(2000, static_cast<char>('0' + version)))))
      return version - 1;
    if (recipe.sync_file && !(*aside)->sync()) return version - 1;
    if (!files.rename(root + "/state.new", root + "/state")) return version - 1;
    if (recipe.sync_directory && !files.sync_directory(root)) return version - 1;
  }
  return 9;
}

Outcomes after_power_cuts(Recipe recipe) {
  Outcomes outcomes;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) {
    Simulated machine;
    RandomStream random(seed);
    EXPECT_TRUE(machine.files.sync_directory("/"));
    machine.gate.at_death = [&] { machine.disk.power_loss(random); };
    machine.gate.die_in(1 + random.below(45));
    const auto acknowledged = replaces_until_the_power_goes(machine.files, machine.root, recipe);
    machine.gate.die();
    sim::TestGate gate(seed);
    sim::SimFileSystem next(machine.disk, gate, 2);
    const auto file = next.open(machine.root + "/state", reading);
    const auto text = file ? text_of(**file) : std::string(2000, '0');
    const bool torn = text.empty() || text != std::string(2000, text[0]);
    ++(torn ? outcomes.torn : text[0] - '0' < acknowledged ? outcomes.forgotten : outcomes.kept);
  }
  return outcomes;
}

TEST(SimulatedPowerCuts, FullRecipeKeepsEveryReplacementWhole) {
  const auto outcomes = after_power_cuts({});
  EXPECT_EQ(outcomes.torn, 0);
  EXPECT_EQ(outcomes.forgotten, 0);
  EXPECT_EQ(outcomes.kept, 300);
}

TEST(SimulatedPowerCuts, WithoutTheFileSyncAReplacementMayBeTorn) {
  EXPECT_GT(after_power_cuts({.sync_file = false}).torn, 0);
}

TEST(SimulatedPowerCuts, WithoutTheDirectorySyncAReplacementMayBeForgotten) {
  const auto outcomes = after_power_cuts({.sync_directory = false});
  EXPECT_EQ(outcomes.torn, 0);
  EXPECT_GT(outcomes.forgotten, 0);
}

}  // namespace
}  // namespace lockstep
