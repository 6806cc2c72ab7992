// One reading of "compatible" for leases and for the line: what is wanted must fit beside all living leases and all
// living places in front, as if those in front had been granted already.
#include "impl/lock/rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace lockstep {
namespace {

class Digest {
 public:
  Digest& add(std::string_view text) {
    add(text.size());
    for (; text.size() > 8; text.remove_prefix(8)) add(word(text.substr(0, 8)));
    return add(word(text));
  }
  Digest& add(std::uint64_t number) {
    hash_ = (hash_ ^ number) * 0x9e3779b97f4a7c15u;
    hash_ ^= hash_ >> 32;
    return *this;
  }
  std::uint64_t value() const { return hash_; }

 private:
  // At most eight bytes, little endian, on every machine.
  static std::uint64_t word(std::string_view bytes) {
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
      value |= std::uint64_t{static_cast<unsigned char>(bytes[i])} << (8 * i);
    }
    return value;
  }
  std::uint64_t hash_ = 0xcbf29ce484222325u;
};

LockError invalid(std::string detail) { return {ErrorKind::invalid, true, std::move(detail)}; }

// What is taken of a lock: by its holders, and by those in front of somebody in the line.
class Occupied {
 public:
  void add(Mode mode, std::uint32_t permits) {
    any_ = true;
    only_readers_ = only_readers_ && mode == Mode::shared;
    permits_ += permits;
  }
  bool admits(const AcquireRequest& request) const {
    switch (request.mode) {
      case Mode::exclusive: return !any_;
      case Mode::shared: return only_readers_;
      case Mode::permits: return permits_ + request.permits <= request.capacity;
    }
    return false;
  }

 private:
  bool any_ = false;
  bool only_readers_ = true;
  std::uint64_t permits_ = 0;
};

std::optional<LockError> refusal_of_ttl(Duration ttl) {
  if (ttl >= kMinTtl && ttl <= kMaxTtl) return std::nullopt;
  return invalid(fmt::format("ttl of {} ns: must be 1 ms to 30 days", ttl.count()));
}

std::optional<LockError> refusal_of_text(std::string_view what, std::string_view text, std::size_t most) {
  if (text.size() <= most) return std::nullopt;
  return invalid(fmt::format("{} of {} bytes: must be {} at most", what, text.size(), most));
}

std::optional<LockError> refusal_of_metadata(std::string_view text) {
  if (auto refusal = refusal_of_text("metadata", text, kMaxMetadata)) return refusal;
  if (text.empty() || (text.front() == '{' && nlohmann::json::accept(text))) return std::nullopt;
  return invalid("metadata must be a JSON object, or nothing");
}

}  // namespace

std::optional<LockError> refusal_of(const AcquireRequest& request, const Claims& claims) {
  if (auto refusal = refusal_of(request.name)) return refusal;
  if (request.mode == Mode::shared && !claims.shared_mode) {
    return LockError{ErrorKind::unsupported, true, "this store has exclusive locks only"};
  }
  if (request.mode == Mode::permits && !claims.permits) {
    return LockError{ErrorKind::unsupported, true, "this store has no semaphores"};
  }
  if (request.mode == Mode::permits && (request.permits == 0 || request.permits > request.capacity)) {
    return invalid(fmt::format("{} permits of {}: must be 1 to the capacity", request.permits, request.capacity));
  }
  if (auto refusal = refusal_of_text("an owner", request.owner, kMaxOwner)) return refusal;
  if (auto refusal = refusal_of_metadata(request.metadata)) return refusal;
  return refusal_of_ttl(request.ttl);
}

std::optional<LockError> refusal_of(const RenewRequest& request) {
  if (auto refusal = refusal_of(request.name)) return refusal;
  return refusal_of_ttl(request.ttl);
}

std::optional<LockError> refusal_of(const ReleaseRequest& request) { return refusal_of(request.name); }

std::optional<LockError> refusal_of(const BreakRequest& request) {
  if (auto refusal = refusal_of(request.name)) return refusal;
  if (auto refusal = refusal_of_text("an administrator", request.admin, kMaxOwner)) return refusal;
  return refusal_of_text("a reason", request.reason, kMaxReason);
}

std::optional<LockError> refusal_of(const ListRequest& request) {
  if (request.limit == 0 || request.limit > kMaxListed) {
    return invalid(fmt::format("{} names on a page: must be 1 to {}", request.limit, kMaxListed));
  }
  if (auto refusal = refusal_of_text("a namespace", request.space, kMaxNamespace)) return refusal;
  return refusal_of_text("a prefix", request.prefix, kMaxName);
}

std::optional<LockError> refusal_of(const WatchRequest& request) {
  if (auto refusal = refusal_of_text("a namespace", request.space, kMaxNamespace)) return refusal;
  if (request.prefix) return refusal_of_text("a prefix", request.bytes, kMaxName);
  return refusal_of(LockName{request.space, request.bytes});
}

std::optional<LockError> refusal_of(const LockName& name) {
  if (valid(name)) return std::nullopt;
  return invalid("a name has 1 to 512 bytes, its namespace at most 255");
}

std::optional<LockError> refusal_of_kind(const AcquireRequest& request, const LockRecord& record, MonoTime now,
                                         BootId boot) {
  const bool semaphore = request.mode == Mode::permits;
  if (record.capacity != 0) {
    if (semaphore && request.capacity == record.capacity) return std::nullopt;
    return invalid(fmt::format("this name is a semaphore with a capacity of {}", record.capacity));
  }
  if (!semaphore) return std::nullopt;
  const auto lives = [&](const auto& row) { return living(row, now, boot); };
  if (std::ranges::none_of(record.leases, lives) && std::ranges::none_of(record.waiters, lives)) return std::nullopt;
  return invalid("this name is no semaphore");
}

bool admits(const LockRecord& record, const AcquireRequest& request, MonoTime now, BootId boot) {
  Occupied occupied;
  for (const LeaseRow& row : record.leases) {
    if (living(row, now, boot)) occupied.add(row.mode, row.permits);
  }
  for (const WaiterRow& row : record.waiters) {
    if (!living(row, now, boot)) continue;
    if (row.attempt == request.key.attempt) break;
    occupied.add(row.mode, row.permits);
  }
  return occupied.admits(request);
}

const WaiterRow* find_place(const LockRecord& record, AttemptId attempt) {
  const auto found = std::ranges::find(record.waiters, attempt, &WaiterRow::attempt);
  return found == record.waiters.end() ? nullptr : &*found;
}

Queued queued(const LockRecord& record, AttemptId attempt, MonoTime now, BootId boot) {
  Queued queued{.look_again = kPlaceKept / 2};
  const auto ends_at = [&](MonoTime deadline) { queued.look_again = std::min(queued.look_again, deadline - now); };
  for (const LeaseRow& row : record.leases) {
    if (living(row, now, boot) && row.boot == boot) ends_at(row.deadline);
  }
  for (const WaiterRow& row : record.waiters) {
    if (!living(row, now, boot)) continue;
    if (row.attempt == attempt) break;
    ++queued.ahead;
    if (row.boot == boot) ends_at(row.deadline);
  }
  return queued;
}

WaiterRow new_place(const LockRecord& record, const AcquireRequest& request, MonoTime now, BootId boot) {
  const std::uint64_t last = record.waiters.empty() ? 0 : record.waiters.back().ticket;
  return {request.key.attempt, request.owner, last + 1, request.mode, request.permits, now + kPlaceKept, boot};
}

const LeaseRow* find_living(const std::vector<LeaseRow>& rows, AttemptId attempt, Token token, MonoTime now,
                            BootId boot) {
  for (const LeaseRow& row : rows) {
    if (row.attempt == attempt && (token == 0 || row.token == token) && living(row, now, boot)) return &row;
  }
  return nullptr;
}

std::optional<LockError> refusal_of_change(const AcquireRequest& request, const LeaseRow& lease) {
  if (request.mode == lease.mode && request.permits == lease.permits) return std::nullopt;
  if (lease.mode == Mode::shared && request.mode == Mode::exclusive) {
    return invalid("a reader cannot become a writer: give the lock back, then ask for it in a new attempt");
  }
  return invalid("this attempt holds the lock in another way");
}

std::optional<LockError> refusal_of_downgrade(const RenewRequest& request, const LeaseRow& lease) {
  if (!request.downgrade || lease.mode != Mode::permits) return std::nullopt;
  return invalid("permits cannot be downgraded");
}

void renew_lease(LeaseRow& lease, const RenewRequest& request, MonoTime now, BootId boot) {
  const MonoTime full = now + request.ttl;
  lease.deadline = lease.boot == boot ? std::max(lease.deadline, full) : full;
  lease.ttl = lease.deadline - now;  // what a later boot has to let run again
  lease.boot = boot;
  if (request.downgrade) lease.mode = Mode::shared;
}

Granted granted_before(const std::vector<LeaseRow>& rows, AttemptId attempt, Token token, MonoTime now, BootId boot) {
  const LeaseRow* row = find_living(rows, attempt, token, now, boot);
  return {token, row == nullptr ? Duration::zero() : remaining(*row, now, boot)};
}

LockError attempt_has_ended() {
  return {ErrorKind::ended, true, "this attempt has already held the lock, or given it up"};
}

std::uint64_t fingerprint(const AcquireRequest& request) {
  return Digest()
      .add(1)
      .add(storage_key(request.name))
      .add(request.owner)
      .add(static_cast<std::uint64_t>(request.mode))
      .add(request.permits)
      .add(request.capacity)
      .add(static_cast<std::uint64_t>(request.ttl.count()))
      .add(request.metadata)
      .value();
}

std::uint64_t fingerprint(const RenewRequest& request) {
  return Digest()
      .add(2)
      .add(storage_key(request.name))
      .add(request.token)
      .add(static_cast<std::uint64_t>(request.ttl.count()))
      .add(std::uint64_t{request.downgrade})
      .value();
}

std::uint64_t fingerprint(const ReleaseRequest& request) {
  return Digest().add(3).add(storage_key(request.name)).add(request.token).value();
}

std::uint64_t fingerprint(const BreakRequest& request) {
  return Digest()
      .add(4)
      .add(storage_key(request.name))
      .add(request.token)
      .add(request.admin)
      .add(request.reason)
      .value();
}

std::vector<Holder> living_holders(const LockName& name, const std::vector<LeaseRow>& rows, MonoTime now, BootId boot) {
  std::vector<Holder> holders;
  for (const LeaseRow& row : rows) {
    if (!living(row, now, boot)) continue;
    const Duration left = remaining(row, now, boot);
    const Duration age = row.boot == boot ? now - row.since : Duration::zero();
    holders.push_back({name, row.attempt, row.owner, row.mode, row.permits, row.token, row.ttl, left, age,
                       row.ttl - left, row.metadata});
  }
  return holders;
}

Inspection inspection_of(const LockName& name, const LockRecord& record, MonoTime now, BootId boot) {
  Inspection inspection{living_holders(name, record.leases, now, boot), {}, record.capacity};
  for (const WaiterRow& row : record.waiters) {
    if (living(row, now, boot)) inspection.waiters.push_back({row.attempt, row.owner, row.mode, row.permits});
  }
  return inspection;
}

}  // namespace lockstep
