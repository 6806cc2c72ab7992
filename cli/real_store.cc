// A list of names and what they stand for.
#include "cli/real_store.h"

#include "impl/backends/file_backend.h"
#include "impl/backends/sqlite_backend.h"
#include "impl/env/check.h"
#include "impl/env/real/posix_file_system.h"
#include "properties/zoo/files.h"

namespace lockstep::cli {

const std::vector<std::string>& real_stores() {
  static const std::vector<std::string> names{"sqlite", "filesystem"};
  return names;
}

const std::vector<std::string>& planted_real_stores() {
  static const std::vector<std::string> names{"filesystem+unlinked-guards"};
  return names;
}

std::string words_for(const std::string& backend) { return backend == "sqlite" ? "one SQLite file" : "one directory"; }

std::unique_ptr<LaneBackend> real_store(const std::string& backend, const std::string& directory, Clock& clock,
                                        Random& random, BlockingLane& lane, LeaseObserver* observer) {
  if (backend == "sqlite") {
    SqliteOptions options;
    options.path = directory + "/locks.db";
    return std::make_unique<SqliteBackend>(std::move(options), clock, random, lane, observer);
  }
  FileOptions options{.directory = directory + "/locks", .files = std::make_shared<PosixFileSystem>()};
  if (backend == planted_real_stores()[0]) {
    options.files = std::make_shared<zoo::UnlinkedGuards>(std::move(options.files));
  } else {
    CHECK(backend == "filesystem");
  }
  return std::make_unique<FileBackend>(std::move(options), clock, random, lane, observer);
}

}  // namespace lockstep::cli
