// What a request comes to, decided once for every store of ours, whatever it keeps its state in: from what is known
// about a name and about the request's key to an answer and to the changes that must be durable before the answer is
// given. Pure functions: a store reads, decides, writes, tells.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "impl/lock/observer.h"
#include "impl/lock/rules.h"

namespace lockstep {

// An answer that is kept for a repetition of its request.
struct Remembered {
  enum class Kind : std::uint8_t { granted = 1, renewed, released, not_held, broke, was_broken };
  RequestKey key;
  std::uint64_t fingerprint = 0;
  Kind kind{};
  Token token = 0;
  Duration lives{};              // what the lease has to go; the answer is kept kRetryHorizon longer
  std::vector<Revoked> revoked;  // by `broke`
  MonoTime forget_at;
  BootId boot;
  friend bool operator==(const Remembered&, const Remembered&) = default;
};
// Under this number an attempt's entry `was_broken` is kept: requests are counted from 1.
inline constexpr std::uint32_t kBrokenEntry = 0;

// What a store remembers about the key of a request and its attempt.
struct Memory {
  std::optional<Remembered> answer;  // this key's
  bool acted = false;                // the attempt has held a lease, or has given up
  bool broken = false;               // an administrator has ended its lease
};

struct Change {
  enum class Kind : std::uint8_t {
    establish,  // the name is a semaphore of `capacity` for ever
    grant,      // `lease`, and its token is the highest from now on
    renew,      // `lease` as it is now
    release,    // `lease` ends
    expire,     // likewise
    revoke,     // likewise, for `reason`
    queue,      // `place` at the end of the line
    keep,       // `place` with its new deadline
    leave,      // `place` goes
    remember,   // `answer`
    repeat,     // nothing: the request has been answered before
  };
  Kind kind{};
  RequestKey key{};  // of the request, or of the attempt that is concerned
  LeaseRow lease{};
  WaiterRow place{};
  Remembered answer{};
  std::string reason{};
  std::uint32_t capacity = 0;
};
using Changes = std::vector<Change>;

template <typename Answer>
struct Decision {
  Result<Answer> answer;
  Changes changes{};
  bool writes() const {
    for (const Change& change : changes) {
      if (change.kind != Change::Kind::repeat) return true;
    }
    return false;
  }
};

// The store's clock when it decides.
struct Reading {
  MonoTime now;
  BootId boot;
};

// Require: the request passes refusal_of. Errors: those of the contract; then nothing changes.
Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                               Reading at);
Decision<RenewAnswer> decide(const RenewRequest& request, const LockRecord& record, const Memory& memory, Reading at);
Decision<ReleaseAnswer> decide(const ReleaseRequest& request, const LockRecord& record, const Memory& memory,
                               Reading at);
Decision<BreakAnswer> decide(const BreakRequest& request, const LockRecord& record, const Memory& memory, Reading at);

// The same as an object, for stores that are to decide otherwise: locks that are wrong on purpose. Shared by all
// operations of a store.
class Ledger {
 public:
  virtual ~Ledger() = default;
  virtual Decision<AcquireAnswer> decide(const AcquireRequest& request, const LockRecord& record, const Memory& memory,
                                         Reading at) const;
  virtual Decision<RenewAnswer> decide(const RenewRequest& request, const LockRecord& record, const Memory& memory,
                                       Reading at) const;
  virtual Decision<ReleaseAnswer> decide(const ReleaseRequest& request, const LockRecord& record, const Memory& memory,
                                         Reading at) const;
  virtual Decision<BreakAnswer> decide(const BreakRequest& request, const LockRecord& record, const Memory& memory,
                                       Reading at) const;
};
std::shared_ptr<const Ledger> honest_ledger();

// Dead leases and lapsed places end; so subscribers hear of it also when nobody asks for the name.
Changes sweep(const LockRecord& record, Reading at);

// For stores that keep records as they are. Answers are not part of a record.
void apply(LockRecord& record, const Change& change);
// True if nothing is left to be known about the name but its last token.
bool empty(const LockRecord& record);

// Changes that are none of the lease or the line are not told.
void tell(LeaseObserver& observer, const LockName& name, const Change& change, Reading at);
// What a store holds when it is opened.
void tell_recovered(LeaseObserver& observer, const LockName& name, const LeaseRow& row, MonoTime now);
void tell_recovered(LeaseObserver& observer, const LockName& name, const WaiterRow& row, MonoTime now);
// Nothing for changes that subscribers do not hear of.
std::optional<LockEvent> event_of(const LockName& name, const Change& change);

}  // namespace lockstep
