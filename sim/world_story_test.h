// The vocabulary of stories about worlds: hosts, programs, faults, and a diary in which everybody writes what happens,
// with the true time. Delays and storage calls take one millisecond, syncs ten, so that a story can be told in advance.
#pragma once

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "impl/env/blocking.h"
#include "impl/env/signal.h"
#include "sim/sim_file_system.h"
#include "sim/world.h"

namespace lockstep::sim {

using namespace std::chrono_literals;

inline std::string in_words(Duration duration) {
  if (duration % 1s == 0s) return fmt::format("{}s", duration / 1s);
  if (duration % 1ms == 0s) return fmt::format("{}ms", duration / 1ms);
  return fmt::format("{}ns", duration.count());
}

class WorldStory : public testing::Test, public WorldObserver {
 public:
  using Diary = std::vector<std::string>;

  static World::Options usual() {
    return {.seed = 1, .noise = {.delay_min = 1ms, .delay_max = 1ms}, .storage = {1ms, 1ms, 10ms, 10ms}};
  }
  explicit WorldStory(const World::Options& options = usual()) : world(options, *this) {}

  std::uint32_t host(const World::HostOptions& options = {}) { return world.add_host(options); }
  std::uint32_t process(std::uint32_t on_host, Process::Program program) {
    return world.add_process(fmt::format("process {}", world.processes()), on_host, std::move(program));
  }
  // A process that does nothing but live.
  std::uint32_t idler(std::uint32_t on_host) {
    return process(on_host, [](Incarnation& self) { return lives(self); });
  }
  void strikes(FaultKind kind, Duration at, Duration lasts, std::uint32_t target, std::uint32_t other = 0,
               std::int64_t amount = 0) {
    faults.push_back({kind, TrueTime(at), lasts, target, other, amount});
  }
  void begins() { world.start(faults); }
  void until(Duration instant) { world.run_until(TrueTime(instant)); }
  // The whole diary of a world that begins and runs for so long.
  Diary told_until(Duration instant) {
    begins();
    until(instant);
    return told;
  }
  void tells(const std::string& what) { told.push_back(in_words(world.now().time_since_epoch()) + " " + what); }

  void process_changed(std::uint32_t changed, Change change) override {
    static constexpr const char* kWords[] = {"started", "crashed", "paused", "resumed"};
    changes.push_back(fmt::format("{} {} {}", in_words(world.now().time_since_epoch()), changed,
                                  kWords[static_cast<std::size_t>(change)]));
  }
  void fault_changed(std::uint32_t fault, bool began) override {
    changes.push_back(
        fmt::format("{} fault {} {}", in_words(world.now().time_since_epoch()), fault, began ? "began" : "ended"));
  }

  Diary told;     // by programs
  Diary changes;  // by the world
  std::vector<Fault> faults;
  World world;

 private:
  static Awaitable<void> lives(Incarnation& self) { co_await Signal(self).wait(); }
};

// Writes into the diary when it is destroyed.
class Witness {
 public:
  Witness(WorldStory& story, std::string words) : story_(story), words_(std::move(words)) {}
  Witness(const Witness&) = delete;
  Witness& operator=(const Witness&) = delete;
  ~Witness() { story_.tells(words_); }

 private:
  WorldStory& story_;
  std::string words_;
};

// Programs that many stories need.

// Does blocking work with the files of its host, and then nothing more.
inline Awaitable<void> works(Incarnation& self, std::function<void(FileSystem&)> work) {
  auto body = [&self, work = std::move(work)] {
    SimFileSystem files(self.disk(), self.gate(), self.number(), self.mount());
    work(files);
    return 0;
  };
  co_await blocking(self.lane(), self, std::move(body));
  co_await Signal(self).wait();
}

inline Awaitable<void> ticks(Incarnation& self, WorldStory& story, Duration every) {
  for (;;) {
    co_await sleep_for(self, every);
    story.tells("tick");
  }
}

inline Awaitable<void> listens(Incarnation& self, WorldStory& story) {
  return each_message(self.endpoint(), [&story](const Message& message) { story.tells("heard " + message.payload); });
}

// Says 1, 2, 3, ...
inline Awaitable<void> counts(Incarnation& self, Address to, Duration every) {
  for (int i = 1;; ++i) {
    co_await sleep_for(self, every);
    self.endpoint().send(to, std::to_string(i));
  }
}

}  // namespace lockstep::sim
