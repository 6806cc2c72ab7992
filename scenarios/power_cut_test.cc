// The power fails at every storage call of an acquisition and of a release, one after the other, and each time several
// draws are made of what the disk still has afterwards. Whoever opens the store then must find all that was
// acknowledged (S8), and must be given higher tokens only. What the honest stores survive at every single call, weaker
// ones do not: a test that could not fail would prove nothing.
#include <gtest/gtest.h>

#include <map>

#include "impl/backends/file_store.h"
#include "impl/backends/sqlite_store.h"
#include "impl/env/manual_clock_test.h"
#include "sim/sim_file_system.h"
#include "sim/sqlite_test_process.h"

namespace lockstep::scenarios {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kDraws = 12;  // of what a power loss leaves, for each call at which it strikes

// A file system whose directory syncs do nothing: the mistake that is made most often.
class WithoutDirectorySync final : public sim::SimFileSystem {
 public:
  using SimFileSystem::SimFileSystem;
  IoResult<void> sync_directory(std::string_view) override { return {}; }
};

struct StoreOnDisk {
  std::string name;
  std::string journal_mode = "wal", synchronous = "full";  // of SQLite; else a directory
  bool directory = false, syncs_directory = true;
};
std::ostream& operator<<(std::ostream& out, const StoreOnDisk& kind) { return out << kind.name; }

// A process of the host with the store open, until the power fails.
struct StoreProcess {
  StoreProcess(const StoreOnDisk& kind, sim::Disk& disk, sim::DiskOwner owner, Clock& clock)
      : gate(owner), vfs("power cut " + std::to_string(owner), disk, gate, owner), host(disk), number(owner) {
    gate.at_death = [this] { host.crash_process(number); };
    Result<std::unique_ptr<BlockingStore>> opened = std::unexpected(LockError{});
    if (kind.directory) {
      std::shared_ptr<FileSystem> files = std::make_shared<sim::SimFileSystem>(disk, gate, owner);
      if (!kind.syncs_directory) files = std::make_shared<WithoutDirectorySync>(disk, gate, owner);
      opened = FileStore::open({"/locks", files, false}, clock, nullptr);
    } else {
      SqliteOptions options{.path = "/locks.db", .vfs = vfs.name(), .keeps = {}};
      options.journal_mode = kind.journal_mode;
      options.synchronous = kind.synchronous;
      opened = SqliteStore::open(options, clock, nullptr);
    }
    if (opened) store = std::move(*opened);
  }
  ~StoreProcess() {
    gate.die();
    store.reset();
    host.crash_finished(number);
  }
  sim::TestGate gate;
  sim::SqliteVfs vfs;
  sim::Disk& host;
  sim::DiskOwner number;
  std::unique_ptr<BlockingStore> store;
};

AcquireRequest wants(const std::string& name, std::uint64_t attempt) {
  AcquireRequest request{.key = {{7, attempt}, 1}, .name = {"", name}, .owner = "alice", .ttl = 1h};
  return request;
}

Token granted_to(BlockingStore& store, const AcquireRequest& request) {
  const auto answer = store.acquire(request);
  const auto* granted = answer ? std::get_if<Granted>(&*answer) : nullptr;
  return granted == nullptr ? 0 : granted->token;
}

// What was acknowledged of two names: "old" is held from the beginning, and released or not; "new" is acquired or not.
struct Acknowledged {
  Token old_token = 0, new_token = 0;
  bool releasing = false, released = false;
};

struct Tally {
  std::uint64_t cuts = 0;    // calls at which the power failed
  std::uint64_t worlds = 0;  // times it did
  std::uint64_t lost = 0;    // worlds in which something acknowledged was lost
};

class PowerCuts : public testing::TestWithParam<StoreOnDisk> {
 protected:
  // One world in which the power fails at the `cut`-th storage call of `operation`. False: it has no so many calls.
  bool cut_at(std::uint64_t cut, std::uint64_t draw, bool releases, Tally& tally) {
    sim::prepare_sqlite_for_world(cut);
    asio::io_context context;
    ManualClock clock(context);
    sim::Disk disk;
    Acknowledged told;
    bool struck = false;
    {
      StoreProcess process(GetParam(), disk, ++owners_, clock);
      if (!process.store) throw std::runtime_error("the store does not open");
      told.old_token = granted_to(*process.store, wants("old", 1));
      process.gate.die_in(cut);
      if (releases) {
        told.releasing = true;
        const auto answer = process.store->release({{{7, 1}, 2}, {"", "old"}, told.old_token});
        told.released = answer && *answer == ReleaseAnswer::released;
      } else {
        told.new_token = granted_to(*process.store, wants("new", 2));
      }
      struck = !process.gate.alive();
    }
    RandomStream power = RandomStream(cut).fork("draw", draw);
    disk.power_loss(power);
    clock.reboot();
    if (!struck) return false;
    ++tally.worlds;
    tally.cuts += draw == 0;
    StoreProcess process(GetParam(), disk, ++owners_, clock);
    tally.lost += !process.store || !keeps(*process.store, told);
    return true;
  }

  static bool keeps(BlockingStore& store, const Acknowledged& told) {
    const auto holds = [&](const std::string& name, Token token) {
      const auto seen = store.inspect({"", name});
      return seen && seen->holders.size() == 1 && seen->holders.front().token == token;
    };
    if (!told.releasing && !holds("old", told.old_token)) return false;
    if (told.releasing && !told.released && !holds("old", told.old_token)) {
      // Not answered: it may have happened, but then the lock is free.
      const auto seen = store.inspect({"", "old"});
      if (!seen || !seen->holders.empty()) return false;
    }
    if (told.new_token != 0 && !holds("new", told.new_token)) return false;
    if (!told.released) return true;
    return granted_to(store, wants("old", 3)) > told.old_token;
  }

  Tally at_every_call(bool releases) {
    Tally tally;
    for (std::uint64_t cut = 1;; ++cut) {
      for (std::uint64_t draw = 0; draw < kDraws; ++draw) {
        if (!cut_at(cut, draw, releases, tally)) {
          // The operation has come to its end: power losses after its answer.
          std::printf("%s, %s: power cut at each of its %lu storage calls, %lu worlds, %lu lost something\n",
                      GetParam().name.c_str(), releases ? "release" : "acquisition", tally.cuts, tally.worlds,
                      tally.lost);
          return tally;
        }
      }
    }
  }

  // The power fails after the answer: nothing of it may be lost.
  std::uint64_t lost_after_the_answer(bool releases) {
    std::uint64_t lost = 0;
    for (std::uint64_t draw = 0; draw < 64; ++draw) {
      sim::prepare_sqlite_for_world(draw);
      asio::io_context context;
      ManualClock clock(context);
      sim::Disk disk;
      Acknowledged told;
      {
        StoreProcess process(GetParam(), disk, ++owners_, clock);
        told.old_token = granted_to(*process.store, wants("old", 1));
        told.releasing = releases;
        if (releases) {
          const auto answer = process.store->release({{{7, 1}, 2}, {"", "old"}, told.old_token});
          told.released = answer && *answer == ReleaseAnswer::released;
        } else {
          told.new_token = granted_to(*process.store, wants("new", 2));
        }
      }
      RandomStream power = RandomStream(draw).fork("draw");
      disk.power_loss(power);
      clock.reboot();
      StoreProcess process(GetParam(), disk, ++owners_, clock);
      lost += !process.store || !keeps(*process.store, told);
    }
    return lost;
  }

 private:
  static inline sim::DiskOwner owners_ = 0;
};

class HonestStores : public PowerCuts {};
class WeakStores : public PowerCuts {};

TEST_P(HonestStores, LoseNothingAtAnyCallOfAnAcquisition) {
  const Tally tally = at_every_call(false);
  EXPECT_GT(tally.cuts, 5) << "so few calls were cut that this proves little";
  EXPECT_EQ(tally.lost, 0);
  EXPECT_EQ(lost_after_the_answer(false), 0);
}

TEST_P(HonestStores, LoseNothingAtAnyCallOfARelease) {
  const Tally tally = at_every_call(true);
  EXPECT_GT(tally.cuts, 5) << "so few calls were cut that this proves little";
  EXPECT_EQ(tally.lost, 0);
  EXPECT_EQ(lost_after_the_answer(true), 0);
}

TEST_P(WeakStores, LoseWhatTheyHadAcknowledged) {
  const std::uint64_t lost =
      at_every_call(false).lost + at_every_call(true).lost + lost_after_the_answer(false) + lost_after_the_answer(true);
  EXPECT_GT(lost, 0);
}

std::string name_of(const testing::TestParamInfo<StoreOnDisk>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(Power, HonestStores,
                         testing::Values(StoreOnDisk{.name = "Sqlite"},
                                         StoreOnDisk{.name = "Directory", .directory = true}),
                         name_of);
INSTANTIATE_TEST_SUITE_P(
    Power, WeakStores,
    testing::Values(StoreOnDisk{.name = "SqliteWalNormal", .synchronous = "normal"},
                    StoreOnDisk{.name = "SqliteDefaultJournal", .journal_mode = "delete"},
                    StoreOnDisk{.name = "DirectoryWithoutSync", .directory = true, .syncs_directory = false}),
    name_of);

}  // namespace
}  // namespace lockstep::scenarios
