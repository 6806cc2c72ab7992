// A lock in another program, in whatever language: requests and answers as lines of JSON, time told with each of them.
// The protocol is docs/adapters.md.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "impl/adapter/child_process.h"
#include "impl/env/clock.h"
#include "impl/lock/claims.h"
#include "impl/lock/ids.h"
#include "impl/lock/name.h"
#include "impl/lock/result.h"

namespace lockstep {

// The program does not keep to the protocol, or is gone: "the adapter `python3 mine.py` did not answer within 10000 ms,
// after it was sent {...}".
struct AdapterTrouble : std::runtime_error {
  using std::runtime_error::runtime_error;
};

inline constexpr int kAdapterProtocol = 1;
// Bytes of a line of an adapter, at most.
inline constexpr std::size_t kAdapterLine = 65'536;

// What an adapter says of itself.
struct AdapterHello {
  // Where it runs: as the server of a store, as one of several such on hosts of their own, or in each client's process.
  enum class Runs : std::uint8_t { server, hosts, clients };
  std::string name;
  std::string about;
  Runs runs = Runs::server;
  Claims claims;
};

// A SimpleLock (impl/backends/simple_backend.h). Its functions throw LockFailed for errors that the adapter answers,
// and AdapterTrouble.
class AdapterLock {
 public:
  struct Options {
    std::vector<std::string> command;
    std::string called{};    // in messages; empty: as the command
    std::string directory;   // for what it wants to keep: it is told of it
    std::uint64_t seed = 0;  // for what it wants to be random
    std::chrono::milliseconds patience{10'000};
    // Starts it otherwise than as a ChildProcess; empty: so. Throws ChildTrouble.
    std::function<std::unique_ptr<Lines>(ChildProcess::Options)> start{};
  };
  // Starts the program and greets it. The clock must outlive the lock. Throws AdapterTrouble.
  AdapterLock(Options options, Clock& clock);

  const AdapterHello& hello() const { return hello_; }
  const std::string& called() const { return program_; }

  std::optional<Token> acquire(const LockName& name, const std::string& holder, Duration ttl);
  bool renew(const LockName& name, const std::string& holder, Duration ttl);
  bool release(const LockName& name, const std::string& holder);
  std::optional<std::string> holder(const LockName& name);

 private:
  template <typename Read>
  auto ask(const char* operation, const std::string& fields, Read read);
  void greet(const Options& options);

  std::string program_;
  Clock& clock_;
  std::unique_ptr<Lines> child_;
  std::uint64_t asked_ = 0;
  AdapterHello hello_;
};

}  // namespace lockstep
