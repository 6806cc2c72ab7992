// A plug-in in C++ that survives crashes and restarts of its host: leases in a file, which is written anew with each
// change. C++17 and the system, nothing of Lockstep is linked:
//
//   c++ -std=c++17 -shared -fPIC -I. -o durable_lock.so examples/plugin_lock/durable_lock.cc
//   ./lockstep --plugin durable_lock.so campaign
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>

#include "impl/plugin/lockstep_plugin.h"

namespace {

// One thing that is named. It stays when nobody has it, so that its tokens go on.
struct Lease {
  std::string holder;
  std::uint64_t token = 0;
  std::int64_t ttl = 0;
  std::int64_t until = 0;
};

std::string text_of(lockstep_bytes bytes) { return {bytes.data, bytes.size}; }

class Table {
 public:
  // Deadlines of another boot of the host say nothing now, so their leases last for their whole ttl again.
  explicit Table(const lockstep_host& host) : host_(host) {
    const char* directory = host.directory(host.context);
    if (directory == nullptr) throw std::runtime_error("there is no directory");
    directory_ = directory;
    std::ifstream file(directory_ + "/table", std::ios::binary);
    std::uint64_t boot[2] = {};
    file >> boot[0] >> boot[1];
    for (std::size_t key = 0, holder = 0; file >> key >> holder;) {
      std::string name(key, '\0');
      Lease lease{std::string(holder, '\0')};
      file >> lease.token >> lease.ttl >> lease.until;
      file.get();
      file.read(name.data(), static_cast<std::streamsize>(key));
      file.read(lease.holder.data(), static_cast<std::streamsize>(holder));
      if (!file) throw std::runtime_error("the table is damaged");
      if (boot[0] != host.boot[0] || boot[1] != host.boot[1]) lease.until = now() + lease.ttl;
      leases_[name] = lease;
    }
  }

  std::uint64_t acquire(const lockstep_request& asked) {
    Lease& lease = leases_[key_of(asked)];
    if (lives(lease) && lease.holder != text_of(asked.holder)) return 0;
    if (!lives(lease)) ++lease.token;
    lease.holder = text_of(asked.holder);
    last(lease, asked.ttl_ns);
    return lease.token;
  }
  // Releases it too: then ttl_ns is 0.
  bool extend(const lockstep_request& asked) {
    Lease& lease = leases_[key_of(asked)];
    if (!lives(lease) || lease.holder != text_of(asked.holder)) return false;
    last(lease, asked.ttl_ns);
    return true;
  }
  const std::string* holder(const lockstep_request& asked) {
    const Lease& lease = leases_[key_of(asked)];
    return lives(lease) ? &lease.holder : nullptr;
  }

 private:
  static std::string key_of(const lockstep_request& asked) {
    return std::to_string(asked.space.size) + ":" + text_of(asked.space) + text_of(asked.lock);
  }
  std::int64_t now() const { return host_.now_ns(host_.context); }
  bool lives(const Lease& lease) const { return now() < lease.until; }

  // What cannot be written is thrown on, and then it may hold or not: the answer is indefinite.
  void last(Lease& lease, std::int64_t ttl) {
    lease.ttl = ttl;
    lease.until = now() + ttl;
    std::ostringstream text;
    text << host_.boot[0] << ' ' << host_.boot[1] << '\n';
    for (const auto& [key, l] : leases_) {
      text << key.size() << ' ' << l.holder.size() << ' ' << l.token << ' ' << l.ttl << ' ' << l.until << ' ';
      text << key << l.holder << '\n';
    }
    const std::string bytes = text.str(), path = directory_ + "/table", fresh = path + ".new";
    const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool written = file >= 0 && ::write(file, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()) &&
                         ::fsync(file) == 0;
    if (file >= 0) ::close(file);
    const int folder = ::open(directory_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool kept = written && folder >= 0 && std::rename(fresh.c_str(), path.c_str()) == 0 && ::fsync(folder) == 0;
    if (folder >= 0) ::close(folder);
    if (!kept) throw std::runtime_error("the table cannot be written");
  }

  const lockstep_host& host_;
  std::string directory_;
  std::map<std::string, Lease> leases_;
};

// No exception may leave a function of the plug-in.
template <typename Function>
lockstep_status guarded(lockstep_error* error, Function function) {
  try {
    return function() ? LOCKSTEP_YES : LOCKSTEP_NO;
  } catch (const std::exception& thrown) {
    std::snprintf(error->message, sizeof error->message, "%s", thrown.what());
    return LOCKSTEP_STORAGE;
  }
}

lockstep_status open_table(const lockstep_host* host, void** lock, lockstep_error* error) {
  return guarded(error, [&] { return (*lock = new Table(*host)) != nullptr; });
}
void close_table(void* lock) { delete static_cast<Table*>(lock); }
lockstep_status acquire(void* lock, const lockstep_request* asked, std::uint64_t* token, lockstep_error* error) {
  return guarded(error, [&] { return (*token = static_cast<Table*>(lock)->acquire(*asked)) != 0; });
}
lockstep_status extend(void* lock, const lockstep_request* asked, lockstep_error* error) {
  return guarded(error, [&] { return static_cast<Table*>(lock)->extend(*asked); });
}
lockstep_status inspect(void* lock, const lockstep_request* asked, lockstep_bytes* holder, lockstep_error* error) {
  return guarded(error, [&] {
    const std::string* found = static_cast<Table*>(lock)->holder(*asked);
    if (found != nullptr) *holder = {found->data(), found->size()};
    return found != nullptr;
  });
}

constexpr lockstep_plugin_v1 kPlugin = {sizeof(lockstep_plugin_v1),
                                        LOCKSTEP_PLUGIN_ABI,
                                        LOCKSTEP_CLAIMS_DURABLE | LOCKSTEP_CLAIMS_SURVIVES_POWER_LOSS |
                                            LOCKSTEP_CLAIMS_FENCING | LOCKSTEP_CLAIMS_WALL_CLOCK_IMMUNE,
                                        LOCKSTEP_RUNS_SERVER,
                                        2'000'000,
                                        "durable-table",
                                        "leases in a file, as a plug-in in C++",
                                        open_table,
                                        close_table,
                                        acquire,
                                        extend,
                                        extend,
                                        inspect};

}  // namespace

const lockstep_plugin_v1* lockstep_plugin(std::uint32_t version) {
  return version == LOCKSTEP_PLUGIN_ABI ? &kPlugin : nullptr;
}
