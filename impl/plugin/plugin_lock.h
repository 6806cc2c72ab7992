// A lock in a shared library: loaded, asked whether it is what it should be, and its answers read strictly. The
// interface is impl/plugin/lockstep_plugin.h. A library that crashes takes the process with it.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>

#include "impl/env/clock.h"
#include "impl/env/random.h"
#include "impl/lock/claims.h"
#include "impl/lock/ids.h"
#include "impl/lock/name.h"
#include "impl/plugin/lockstep_plugin.h"

namespace lockstep {

// The library is no plug-in, or does not keep to the interface: "the plug-in mine.so answered release() with the status
// 99, which is none; ...".
struct PluginTrouble : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// What a plug-in says of itself, and its functions.
struct Plugin {
  std::string file;  // as it is called in messages
  std::string name;
  std::string about;
  Claims claims;
  std::uint32_t runs = LOCKSTEP_RUNS_SERVER;
  const lockstep_plugin_v1* calls = nullptr;
};

// The library stays loaded until the process ends: who knows what it has registered. Throws PluginTrouble.
Plugin load_plugin(const std::string& file);
// What the library's lockstep_plugin() returned, if it is in order. Throws PluginTrouble.
Plugin checked_plugin(const std::string& file, const lockstep_plugin_v1* returned);

// A SimpleLock (impl/backends/simple_backend.h). Its functions throw LockFailed for errors that the plug-in answers,
// and PluginTrouble.
class PluginLock {
 public:
  struct Place {
    Clock& clock;  // must outlive the lock
    std::uint64_t seed = 0;
    std::function<std::string()> directory;  // called once at most, when the plug-in asks for it
  };
  // Opens it. Throws LockFailed and PluginTrouble.
  PluginLock(Plugin plugin, Place place);
  ~PluginLock();
  PluginLock(const PluginLock&) = delete;
  PluginLock& operator=(const PluginLock&) = delete;

  std::optional<Token> acquire(const LockName& name, const std::string& holder, Duration ttl);
  bool renew(const LockName& name, const std::string& holder, Duration ttl);
  bool release(const LockName& name, const std::string& holder);
  std::optional<std::string> holder(const LockName& name);

 private:
  template <typename Call>
  bool ask(const char* function, Call call);
  const char* directory() noexcept;
  [[noreturn]] void trouble(const char* function, const std::string& what) const;

  Plugin plugin_;
  Place place_;
  RandomStream random_;
  std::optional<std::string> directory_;
  std::exception_ptr no_directory_;  // thrown on once the plug-in has returned: its frames may not be unwound
  lockstep_host host_{};
  void* lock_ = nullptr;
};

}  // namespace lockstep
