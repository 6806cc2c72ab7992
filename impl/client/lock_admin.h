// For people who look after locks: who holds what and since when, ending a lease that its holder cannot end, and being
// told what happens. Works on any LockBackend that claims administration or events.
#pragma once

#include <deque>
#include <string>
#include <variant>
#include <vector>

#include "impl/env/clock.h"
#include "impl/env/random.h"
#include "impl/lock/backend.h"

namespace lockstep {

class LockAdmin {
 public:
  struct Options {
    std::string name;                             // of the administrator, at most 256 bytes; holders read it
    Duration patience = std::chrono::seconds(5);  // for one request
  };
  // Which leases to list.
  struct Filter {
    std::string space;
    std::string prefix;         // of the names' bytes
    Duration stale_for{};       // granted or renewed at least so long ago; zero: all
    std::uint32_t page = 1000;  // names asked for at a time, at most 1000
  };
  // Everything referred to must outlive the administrator and its coroutines.
  LockAdmin(LockBackend& backend, Clock& clock, Random& random, Options options);

  // Who holds the name now, and who waits for it.
  Awaitable<Result<Inspection>> inspect(LockName name);
  // All pages, by name. What changes between two pages may or may not be seen.
  Awaitable<Result<std::vector<Holder>>> list(Filter filter);
  // Ends the lease with this token, or all leases of the name if it is zero. Repeated under one key until it is
  // answered: nothing is ended twice. Holders hear of it when they next renew; only a resource that compares tokens
  // is safe from them until then. `reason`: at most 512 bytes.
  Awaitable<Result<BreakAnswer>> break_lock(LockName name, Token token, std::string reason);

 private:
  MonoTime give_up() const { return saturating_add(clock_.monotonic(), options_.patience); }

  LockBackend& backend_;
  Clock& clock_;
  Options options_;
  std::uint64_t session_;
  std::uint64_t breaks_ = 0;
};

// What happens to a name, or to all names with a prefix, in order.
class Subscription {
 public:
  struct Topic {
    std::string space;
    std::string bytes;
    bool prefix = false;
  };
  // Before what follows something may have happened that is not told: the store was restarted, or `next` was not
  // called for longer than kWatchKept (rules.h).
  struct Missed {
    friend bool operator==(const Missed&, const Missed&) = default;
  };
  using Notice = std::variant<LockEvent, Missed>;

  // Everything referred to must outlive the subscription.
  Subscription(LockBackend& backend, Clock& clock, Random& random, Topic topic);

  // From its return on, nothing is missed that is not told to be. Goes on trying until it is connected. Errors: those
  // that would come again (unsupported, invalid), and cancelled.
  Awaitable<Result<void>> connect();
  // The next thing that happens; waits for it without end, and connects if need be. One call at a time. A store that
  // cannot be reached is asked again with pauses that double up to a second. Errors: as for connect.
  Awaitable<Result<Notice>> next();

 private:
  // Asks once, with a pause after an error. True once there was an answer.
  Awaitable<Result<bool>> ask();

  LockBackend& backend_;
  Clock& clock_;
  Random& random_;
  Topic topic_;
  std::string cursor_;  // empty: not connected
  Duration pause_;
  std::deque<Notice> notices_;
};

}  // namespace lockstep
