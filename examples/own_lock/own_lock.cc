// A lock of one's own, and a wrong one beside it. With lockstep::main the program has every command of lockstep:
//
//   own_lock campaign                      tries the first of them
//   own_lock campaign --backend forgiving  finds what is wrong with the second
#include <map>

#include "scenarios/own_subjects.h"

namespace {

using lockstep::Duration;
using lockstep::LockName;
using lockstep::MonoTime;
using lockstep::Token;

// Leases in the memory of a server. Time comes from the clock that it is given, and from nowhere else.
class Table {
 public:
  Table(lockstep::Clock& clock, bool forgiving) : clock_(clock), forgiving_(forgiving) {}

  std::optional<Token> acquire(const LockName& name, const std::string& holder, Duration ttl) {
    Lease& lease = leases_[name];
    if (lives(lease) && lease.holder != holder) return std::nullopt;
    if (lease.holder != holder) lease.token = ++last_token_;
    lease.holder = holder;
    lease.until = clock_.monotonic() + ttl;
    return lease.token;
  }
  bool renew(const LockName& name, const std::string& holder, Duration ttl) {
    Lease& lease = leases_[name];
    if (lease.holder != holder || !(lives(lease) || forgiving_)) return false;
    lease.until = clock_.monotonic() + ttl;
    return true;
  }
  bool release(const LockName& name, const std::string& holder) {
    Lease& lease = leases_[name];
    if (forgiving_) return std::exchange(lease, {}).holder == holder;  // the bug: whoever's it is
    if (lease.holder != holder || !lives(lease)) return false;
    lease = {};
    return true;
  }
  std::optional<std::string> holder(const LockName& name) {
    const Lease& lease = leases_[name];
    return lives(lease) ? std::optional(lease.holder) : std::nullopt;
  }

 private:
  struct Lease {
    std::string holder;
    Token token = 0;
    MonoTime until;
  };
  bool lives(const Lease& lease) const { return !lease.holder.empty() && clock_.monotonic() < lease.until; }

  lockstep::Clock& clock_;
  bool forgiving_;
  std::map<LockName, Lease> leases_;
  Token last_token_ = 0;
};

// What it promises: campaigns hold it to that. It forgets everything in a crash, so it does not say that it survives
// one.
const lockstep::Claims kClaims{
    .durable = false, .survives_full_disk = true, .survives_io_errors = true, .max_drift_ppb = 2'000'000};

template <bool forgiving>
std::shared_ptr<Table> make(const lockstep::scenarios::StoreParts& parts) {
  return std::make_shared<Table>(parts.clock, forgiving);
}

const lockstep::scenarios::OwnSubject kTable(lockstep::scenarios::simple_subject<Table>("table",
                                                                                        "leases in a table in memory",
                                                                                        kClaims, make<false>));
const lockstep::scenarios::OwnSubject kForgiving(lockstep::scenarios::simple_subject<Table>(
    "forgiving", "the same, but whoever releases deletes the lease of whoever has it", kClaims, make<true>));

}  // namespace
