// A plug-in in C++ that survives crashes and restarts of its host: leases in a file, which is read before and written
// after each operation, so that several processes may share it. C++17 and the system, nothing of Lockstep is linked:
//
//   c++ -std=c++17 -shared -fPIC -I. -o durable_lock.so examples/plugin_lock/durable_lock.cc
//   ./lockstep --plugin durable_lock.so campaign
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

#include "impl/plugin/lockstep_plugin.h"

namespace {

// It stays when nobody has it, so that the tokens of its lock go on.
struct Lease {
  std::string holder;
  std::uint64_t token = 0;
  std::int64_t ttl = 0;
  std::int64_t until = 0;
};

std::string text_of(lockstep_bytes bytes) { return {bytes.data, bytes.size}; }

// Closed when it goes, which unlocks it too.
struct Descriptor {
  Descriptor(const std::string& path, int flags) : number(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}
  ~Descriptor() { ::close(number); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  const int number;
};

void must(bool done, const char* what) {
  if (!done) throw std::runtime_error(what);
}

// What is in the file, for one operation, in which nobody else reads or writes it.
class Table {
 public:
  Table(const lockstep_host& host, const std::string& directory)
      : host_(host), path_(directory + "/table"), folder_(directory, O_RDONLY | O_DIRECTORY) {
    must(::flock(folder_.number, LOCK_EX) == 0, "the directory cannot be locked");
    std::ifstream file(path_, std::ios::binary);
    std::uint64_t boot[2] = {};
    file >> boot[0] >> boot[1];
    for (std::size_t key = 0, holder = 0; file >> key >> holder;) {
      std::string name(key, '\0');
      Lease lease{std::string(holder, '\0')};
      file >> lease.token >> lease.ttl >> lease.until;
      file.get();
      file.read(name.data(), static_cast<std::streamsize>(key));
      file.read(lease.holder.data(), static_cast<std::streamsize>(holder));
      must(file.good(), "the table is damaged");
      leases_[name] = lease;
    }
    if (boot[0] != host.boot[0] || boot[1] != host.boot[1]) begin_anew();
  }

  std::uint64_t acquire(const lockstep_request& asked) {
    Lease& lease = leases_[key_of(asked)];
    if (lives(lease) && lease.holder != text_of(asked.holder)) return 0;
    if (!lives(lease)) ++lease.token;
    lease.holder = text_of(asked.holder);
    last(lease, asked.ttl_ns);
    write();
    return lease.token;
  }
  // Releases it too: then ttl_ns is 0.
  bool extend(const lockstep_request& asked) {
    Lease& lease = leases_[key_of(asked)];
    if (!lives(lease) || lease.holder != text_of(asked.holder)) return false;
    last(lease, asked.ttl_ns);
    write();
    return true;
  }
  std::string holder(const lockstep_request& asked) {
    const Lease& lease = leases_[key_of(asked)];
    return lives(lease) ? lease.holder : "";
  }

 private:
  static std::string key_of(const lockstep_request& asked) {
    return std::to_string(asked.space.size) + ":" + text_of(asked.space) + text_of(asked.lock);
  }
  std::int64_t now() const { return host_.now_ns(host_.context); }
  bool lives(const Lease& lease) const { return now() < lease.until; }
  void last(Lease& lease, std::int64_t ttl) {
    lease.ttl = ttl;
    lease.until = now() + ttl;
  }

  // The host was restarted: deadlines of before say nothing now, so all leases last for their whole ttl again.
  void begin_anew() {
    for (auto& [key, lease] : leases_) last(lease, lease.ttl);
    write();
  }

  // Where it throws, it may be written or not: the answer is indefinite.
  void write() {
    std::ostringstream text;
    text << host_.boot[0] << ' ' << host_.boot[1] << '\n';
    for (const auto& [key, l] : leases_) {
      text << key.size() << ' ' << l.holder.size() << ' ' << l.token << ' ' << l.ttl << ' ' << l.until << ' ';
      text << key << l.holder << '\n';
    }
    const std::string bytes = text.str(), fresh = path_ + ".new";
    const Descriptor file(fresh, O_WRONLY | O_CREAT | O_TRUNC);
    must(::write(file.number, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()), "nothing is written");
    must(::fsync(file.number) == 0 && std::rename(fresh.c_str(), path_.c_str()) == 0, "the table is not replaced");
    must(::fsync(folder_.number) == 0, "the directory is not synced");
  }

  const lockstep_host& host_;
  const std::string path_;
  const Descriptor folder_;
  std::map<std::string, Lease> leases_;
};

// What open() makes. There is nothing in it that a crash could lose.
struct Lock {
  const lockstep_host& host;
  std::string directory;
  std::string holder;  // whom inspect() told last
};

// No exception may leave a function of the plug-in.
template <typename Operation>
lockstep_status guarded(lockstep_error* error, Operation operation) {
  try {
    return operation() ? LOCKSTEP_YES : LOCKSTEP_NO;
  } catch (const std::exception& thrown) {
    std::snprintf(error->message, sizeof error->message, "%s", thrown.what());
    return LOCKSTEP_STORAGE;
  }
}
Table table_of(void* lock) { return Table(static_cast<Lock*>(lock)->host, static_cast<Lock*>(lock)->directory); }

lockstep_status open_lock(const lockstep_host* host, void** lock, lockstep_error* error) {
  return guarded(error, [&] {
    const char* directory = host->directory(host->context);
    must(directory != nullptr, "there is no directory");
    const Table at_once(*host, directory);  // after a restart leases last from now on, not from when somebody asks
    *lock = new Lock{*host, directory, ""};
    return true;
  });
}
void close_lock(void* lock) { delete static_cast<Lock*>(lock); }
lockstep_status acquire(void* lock, const lockstep_request* asked, std::uint64_t* token, lockstep_error* error) {
  return guarded(error, [&] { return (*token = table_of(lock).acquire(*asked)) != 0; });
}
lockstep_status extend(void* lock, const lockstep_request* asked, lockstep_error* error) {
  return guarded(error, [&] { return table_of(lock).extend(*asked); });
}
lockstep_status inspect(void* lock, const lockstep_request* asked, lockstep_bytes* holder, lockstep_error* error) {
  return guarded(error, [&] {
    std::string& told = static_cast<Lock*>(lock)->holder;
    told = table_of(lock).holder(*asked);
    *holder = {told.data(), told.size()};
    return !told.empty();
  });
}

constexpr std::uint32_t kClaims = LOCKSTEP_CLAIMS_DURABLE | LOCKSTEP_CLAIMS_SURVIVES_POWER_LOSS |
                                  LOCKSTEP_CLAIMS_FENCING | LOCKSTEP_CLAIMS_WALL_CLOCK_IMMUNE;
constexpr std::uint32_t kRuns = LOCKSTEP_RUNS_SERVER;
constexpr lockstep_plugin_v1 kPlugin = {sizeof(lockstep_plugin_v1),
                                        LOCKSTEP_PLUGIN_ABI,
                                        kClaims,
                                        kRuns,
                                        2'000'000,
                                        "durable-table",
                                        "leases in a file, as a plug-in in C++",
                                        open_lock,
                                        close_lock,
                                        acquire,
                                        extend,
                                        extend,
                                        inspect};

}  // namespace

const lockstep_plugin_v1* lockstep_plugin(std::uint32_t version) {
  return version == LOCKSTEP_PLUGIN_ABI ? &kPlugin : nullptr;
}
