// The parts of a store are those of the process and of its host's disk.
#include "scenarios/open_store.h"

#include "sim/sim_file_system.h"
#include "sim/sqlite_vfs.h"

namespace lockstep::scenarios {
namespace {

constexpr Duration kReopen = std::chrono::milliseconds(50);

}  // namespace

Awaitable<OpenedStore> open_store(sim::Incarnation& self, const Subject& subject, LeaseObserver& observer,
                                  RunDirectory& directory) {
  const auto vfs = std::make_shared<const sim::SqliteVfs>("lockstep-" + std::to_string(self.number()), self.disk(),
                                                          self.gate(), self.number());
  const auto files = std::make_shared<sim::SimFileSystem>(self.disk(), self.gate(), self.number(), self.mount());
  for (;;) {
    StoreParts parts{self.executor(), self, self.random(), self.lane(), &observer, vfs, files};
    parts.real_directory = [&directory, host = self.host().index] { return directory.of_host(host); };
    parts.rest = [&self](Duration time) { return self.rest(time); };
    parts.common_directory = [&directory] { return directory.common(); };
    auto store = co_await subject.open(std::move(parts));
    if (store) co_return std::move(*store);
    co_await sleep_for(self, kReopen);
  }
}

}  // namespace lockstep::scenarios
