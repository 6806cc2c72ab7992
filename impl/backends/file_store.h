// A directory of lock records, safe among processes: one file for each name that was ever locked, kept for ever because
// it remembers the highest token. A record is replaced by writing a new file, syncing it, renaming it over the old one
// and syncing the directory; who does so holds a guard: a lock on one of a few permanent files that are never removed.
//
// What it assumes of the file system: renaming replaces in one step; a sync of a file and of its directory survive a
// power loss; advisory locks that belong to an open file (OFD locks) exclude. The last is tried at every opening.
//
// Two modes, fixed when the directory is made. Among the processes of one host, deadlines are readings of the host's
// monotonic clock. In a directory shared by hosts no two clocks are compared: a lease or a place of another host ends
// when its record has been seen unchanged for its whole time on the looker's own clock. That needs locks that exclude
// between hosts (NFS 4 has them, with the server's lock manager running), and opening a file by its name must show
// what was last written under it (close-to-open consistency).
//
// A key that comes again for another name is recognised by the process it came to before, among the last 4096.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "impl/backends/blocking_store.h"
#include "impl/backends/file_record.h"
#include "impl/backends/recent_keys.h"
#include "impl/backends/seen_elsewhere.h"
#include "impl/env/clock.h"
#include "impl/env/file_system.h"

namespace lockstep {

struct FileOptions {
  std::string directory;
  std::shared_ptr<FileSystem> files;
  bool shared = false;  // among hosts
  std::shared_ptr<const Ledger> ledger = honest_ledger();
};

class FileStore final : public BlockingStore {
 public:
  static constexpr std::size_t kGuards = 16;
  // Opens the directory, or makes it (not its parents). Errors: busy (another process is opening it, try again),
  // storage, invalid (it belongs to something else, is of the other mode, or cannot be locked).
  static Result<std::unique_ptr<BlockingStore>> open(const FileOptions& options, Clock& clock, LeaseObserver* observer);

  Result<AcquireAnswer> acquire(const AcquireRequest& request) override;
  Result<RenewAnswer> renew(const RenewRequest& request) override;
  Result<ReleaseAnswer> release(const ReleaseRequest& request) override;
  Result<BreakAnswer> break_lock(const BreakRequest& request) override;
  Result<Inspection> inspect(const LockName& name) override;
  Result<Listing> list(const ListRequest& request) override;
  Result<WatchAnswer> watch(const WatchRequest& request) override;

 private:
  class Guard;
  struct Loaded {
    FileRecords records;  // of the file that the name is in
    FileRecord& record;   // its own, as it is written
    LockRecord view;      // the same with everything on this process's clock
  };

  FileStore(const FileOptions& options, Clock& clock, LeaseObserver* observer);
  Reading reading() const { return {clock_.monotonic(), clock_.boot()}; }
  std::string path(std::string_view file) const { return options_.directory + "/" + std::string(file); }

  Result<void> begin();
  Result<void> identify(File& opening);
  Result<void> make(File& opening);
  Result<void> try_locks(File& opening);
  Result<void> recover();
  Result<void> rebase(const std::string& file, FileRecords& records, Reading at);

  // Nothing if there is no such file.
  Result<std::optional<std::string>> read(const std::string& file, bool surely);
  Result<void> replace(const std::string& file, std::string_view content, std::size_t guard);
  // `surely`: as it is now, also where names are remembered for a while; only from under the guard.
  Result<FileRecords> load(const std::string& file, bool surely);
  // Other files of the directory are let be.
  Result<std::vector<std::string>> record_files();
  LockRecord view_of(const LockName& name, const FileRecord& record, Reading at);
  template <typename Answer, typename Request>
  Result<Answer> carry_out(const Request& request, bool look_first);
  Result<void> write_out(const std::string& file, FileRecords& records, const LockName& name, const Changes& changes,
                         Reading at, std::size_t guard);
  Result<FileRecord> settle(const LockName& name);
  // What this host remembers of the names in the directory is forgotten.
  Result<void> look_anew();
  // Files in which names that the request concerns may be.
  Result<std::vector<std::string>> files_for(const WatchRequest& request);
  void tell_all(const LockName& name, const Changes& changes, Reading at);

  FileOptions options_;
  Clock& clock_;
  LeaseObserver* observer_;
  std::array<std::unique_ptr<File>, kGuards> guards_;
  SeenElsewhere seen_;
  RecentKeys keys_;
};

}  // namespace lockstep
