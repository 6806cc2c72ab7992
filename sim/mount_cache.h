// What a host remembers of a disk that it mounts over the network, as an NFS client does: which names there are,
// what a directory lists, how long a file is and what it says. Answers may be old, by so much at most; opening a
// file and taking a lock on it look anew (close-to-open), and what the host changes itself it knows at once. Shared by
// the processes of a host, as its kernel is. Writes are never held back here: what one host has written, the
// others could see.
// Source: nfs(5), "data and metadata coherence"; RFC 1813, 4.11.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/disk.h"
#include "sim/time.h"

namespace lockstep::sim {

// How old an answer may be. Zero: nothing is remembered.
struct MountCaching {
  Duration names{};  // of exists, list, size, and the lookup of a name that is opened and not created
  Duration data{};   // of reads
  bool any() const { return names > Duration::zero() || data > Duration::zero(); }
  friend bool operator==(const MountCaching&, const MountCaching&) = default;
};

class MountCache {
 public:
  // The disk must outlive it.
  MountCache(Disk& disk, MountCaching caching) : disk_(disk), caching_(caching) {}

  bool exists(std::string_view path, TrueTime now);
  std::expected<std::vector<std::string>, DiskError> list(std::string_view path, TrueTime now);
  // As Disk::open, for a mode that creates nothing. A name remembered as missing is missing. A file that is
  // remembered under a name that is another's by now is opened all the same, if it has a name left.
  std::expected<std::unique_ptr<OpenFile>, DiskError> open(DiskOwner owner, std::string_view path, OpenMode mode,
                                                           TrueTime now);
  std::uint64_t size(OpenFile& file, TrueTime now);
  std::size_t read(OpenFile& file, std::uint64_t offset, std::span<std::uint8_t> into, TrueTime now);

  // It was opened, locked or changed by this host.
  void look_anew(OpenFile& file, TrueTime now);
  // A name in its directory was changed by this host.
  void name_changed(std::string_view path);
  // The host has lost its memory.
  void forget();

 private:
  struct Name {
    TrueTime seen;
    std::weak_ptr<DiskFile> file;
    bool exists = false;
  };
  struct Listing {
    TrueTime seen;
    std::expected<std::vector<std::string>, DiskError> names;
  };
  struct Content {
    TrueTime seen;
    std::vector<std::uint8_t> bytes;
  };
  const Name& look_up(std::string_view path, TrueTime now);
  Content& content_of(OpenFile& file, Duration age, TrueTime now);

  Disk& disk_;
  MountCaching caching_;
  std::map<std::string, Name, std::less<>> names_;
  std::map<std::string, Listing, std::less<>> listings_;
  std::map<std::weak_ptr<DiskFile>, Content, std::owner_less<std::weak_ptr<DiskFile>>> contents_;  // only looked up
};

// How one process sees a disk.
struct MountOptions {
  bool network = false;         // it stands on another host, and says so
  bool record_locks = false;    // File::try_lock takes what fcntl(F_SETLK) takes; breaks the contract of the seam
  MountCache* cache = nullptr;  // null: none
};

}  // namespace lockstep::sim
