// Bugs of the file system under the honest lock directory.
#include "properties/zoo/files.h"
#include "properties/zoo/plant.h"

namespace lockstep::zoo {
namespace {

template <typename Bug>
void lives_on(Subject& subject) {
  subject.open = [](StoreParts parts) {
    parts.files = std::make_shared<Bug>(std::move(parts.files));
    return scenarios::open_directory(std::move(parts), false);
  };
}

}  // namespace

std::vector<Planted> file_bugs() {
  using enum Property;
  const Subject directory = scenarios::filesystem_subject();
  return {
      plant(directory, "unsynced-directory", 35, "",
            "the directory is never synced: power loss brings old records back",
            any_of(durability, fencing_order, lease_exclusion, belief_exclusion), lives_on<UnsyncedDirectory>),
      plant(directory, "plain-overwrite", 32, "claude-remember#181", "a record is overwritten in place, not replaced",
            any_of(durability, progress, fencing_order, lease_exclusion, belief_exclusion), lives_on<PlainOverwrite>),
      plant(directory, "unlinked-guards", 33, "filelock#27", "the guard file is removed and made anew by each process",
            any_of(lease_exclusion, belief_exclusion, fencing_order, idempotence, ownership), lives_on<UnlinkedGuards>),
  };
}

}  // namespace lockstep::zoo
