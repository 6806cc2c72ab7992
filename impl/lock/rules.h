// The rules of leasing, once, as pure functions: every store of ours decides by them, whatever it keeps its state in.
// Source: Gray and Cheriton 1989 (leases). How the line works and why: docs/notes/waiting.md.
#pragma once

#include <optional>
#include <vector>

#include "impl/lock/backend.h"

namespace lockstep {

// The longest and the shortest lease.
inline constexpr Duration kMinTtl = std::chrono::milliseconds(1);
inline constexpr Duration kMaxTtl = std::chrono::hours(24 * 30);
// How long after the end of its lease a repeated request is still recognised.
inline constexpr Duration kRetryHorizon = std::chrono::seconds(60);

// How long a place in the line is kept for somebody who does not ask for it again.
inline constexpr Duration kPlaceKept = std::chrono::seconds(2);
// The same for a subscriber: who asks again within it misses nothing.
inline constexpr Duration kWatchKept = std::chrono::seconds(10);

// Bytes.
inline constexpr std::size_t kMaxOwner = 256;
inline constexpr std::size_t kMaxMetadata = 4096;
inline constexpr std::size_t kMaxReason = 512;
inline constexpr std::uint32_t kMaxListed = 1000;

// A lease as a store keeps it.
struct LeaseRow {
  AttemptId attempt;
  std::string owner;
  Mode mode = Mode::exclusive;
  std::uint32_t permits = 1;
  Token token = 0;
  Duration ttl{};  // from the last extension to the deadline
  MonoTime deadline;
  MonoTime since;  // when it was granted
  BootId boot;
  std::string metadata;
  friend bool operator==(const LeaseRow&, const LeaseRow&) = default;
};

// A place in the line as a store keeps it.
struct WaiterRow {
  AttemptId attempt;
  std::string owner;
  std::uint64_t ticket = 0;  // the order of arrival
  Mode mode = Mode::exclusive;
  std::uint32_t permits = 1;
  MonoTime deadline;  // the place is kept until then
  BootId boot;
  friend bool operator==(const WaiterRow&, const WaiterRow&) = default;
};

// All that a store keeps about one name. Dead leases and lapsed places included: who is which, the rules say.
struct LockRecord {
  std::uint32_t capacity = 0;  // of a semaphore, for ever; zero: a mutex, or a lock of readers and writers
  Token last_token = 0;        // no token of this name is higher
  std::vector<LeaseRow> leases;
  std::vector<WaiterRow> waiters;  // by ticket
  friend bool operator==(const LockRecord&, const LockRecord&) = default;
};

// A lease of another boot lives: its deadline cannot be compared, so it runs its full ttl again once seen.
inline bool living(const LeaseRow& row, MonoTime now, BootId boot) { return row.boot != boot || now < row.deadline; }

inline bool living(const WaiterRow& row, MonoTime now, BootId boot) { return row.boot != boot || now < row.deadline; }

// What is left of a living lease on the store's clock.
inline Duration remaining(const LeaseRow& row, MonoTime now, BootId boot) {
  if (row.boot != boot) return row.ttl;
  return now < row.deadline ? row.deadline - now : Duration::zero();
}

// Nothing if the request may be considered at all.
std::optional<LockError> refusal_of(const AcquireRequest& request, const Claims& claims);
std::optional<LockError> refusal_of(const RenewRequest& request);
std::optional<LockError> refusal_of(const ReleaseRequest& request);
std::optional<LockError> refusal_of(const BreakRequest& request);
std::optional<LockError> refusal_of(const ListRequest& request);
std::optional<LockError> refusal_of(const WatchRequest& request);
std::optional<LockError> refusal_of(const LockName& name);

// A name is a semaphore of one capacity or no semaphore at all; nothing if the request takes it for what it is.
std::optional<LockError> refusal_of_kind(const AcquireRequest& request, const LockRecord& record, MonoTime now,
                                         BootId boot);

// Whether it fits beside all living leases and all living places in front of it, as if those in front had been granted
// already. Who has no living place stands behind the whole line.
bool admits(const LockRecord& record, const AcquireRequest& request, MonoTime now, BootId boot);

// The place of this attempt, lapsed or not, or null.
const WaiterRow* find_place(const LockRecord& record, AttemptId attempt);
// For whoever is to wait behind everybody but those after its own place.
Queued queued(const LockRecord& record, AttemptId attempt, MonoTime now, BootId boot);
// A place behind all others.
WaiterRow new_place(const LockRecord& record, const AcquireRequest& request, MonoTime now, BootId boot);

// The living lease of this attempt with this token (zero: any token), or null.
const LeaseRow* find_living(const std::vector<LeaseRow>& rows, AttemptId attempt, Token token, MonoTime now,
                            BootId boot);

// An attempt that holds the lock asks for it in another way: a reader that wants to write, or for other permits. Two
// readers who both waited for the other to leave would wait for ever.
std::optional<LockError> refusal_of_change(const AcquireRequest& request, const LeaseRow& lease);
// A lease is downgraded, never upgraded.
std::optional<LockError> refusal_of_downgrade(const RenewRequest& request, const LeaseRow& lease);
// The full ttl from now, or what was left if that is more; shared from now on, if that was asked.
void renew_lease(LeaseRow& lease, const RenewRequest& request, MonoTime now, BootId boot);

// The answer to a request that has been granted before: the same token, and what is left of its lease. Who asked again
// may count from the later asking, so the first answer's ttl would be too long.
Granted granted_before(const std::vector<LeaseRow>& rows, AttemptId attempt, Token token, MonoTime now, BootId boot);

// An attempt that has been granted once, or has given up, is never granted again: a delayed copy of one of its
// requests must not install a lease that nobody holds. What a store answers when it finds no living lease of it.
LockError attempt_has_ended();

// A digest of everything in a request but its key, to recognise a key that comes again with other arguments.
std::uint64_t fingerprint(const AcquireRequest& request);
std::uint64_t fingerprint(const RenewRequest& request);
std::uint64_t fingerprint(const ReleaseRequest& request);
std::uint64_t fingerprint(const BreakRequest& request);

// Who holds the name, of all its leases.
std::vector<Holder> living_holders(const LockName& name, const std::vector<LeaseRow>& rows, MonoTime now, BootId boot);
Inspection inspection_of(const LockName& name, const LockRecord& record, MonoTime now, BootId boot);

}  // namespace lockstep
