// Exclusive locks today; a request in another mode is refused as unsupported by refusal_of, from the claims.
#include "impl/lock/rules.h"

#include <fmt/format.h>

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

std::optional<LockError> refusal_of_ttl(Duration ttl) {
  if (ttl >= kMinTtl && ttl <= kMaxTtl) return std::nullopt;
  return invalid(fmt::format("ttl of {} ns: must be 1 ms to 30 days", ttl.count()));
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
  return refusal_of_ttl(request.ttl);
}

std::optional<LockError> refusal_of(const RenewRequest& request) {
  if (auto refusal = refusal_of(request.name)) return refusal;
  return refusal_of_ttl(request.ttl);
}

std::optional<LockError> refusal_of(const LockName& name) {
  if (valid(name)) return std::nullopt;
  return invalid("a name has 1 to 512 bytes, its namespace at most 255");
}

AcquireDecision decide(const AcquireRequest& request, const std::vector<LeaseRow>& rows, MonoTime now, BootId boot) {
  bool free = true;
  for (const LeaseRow& row : rows) {
    if (!living(row, now, boot)) continue;
    if (row.attempt == request.key.attempt) return AcquireDecision::already_held;
    free = free && request.mode == Mode::shared && row.mode == Mode::shared;
  }
  return free ? AcquireDecision::grant : AcquireDecision::refuse;
}

const LeaseRow* find_living(const std::vector<LeaseRow>& rows, AttemptId attempt, Token token, MonoTime now,
                            BootId boot) {
  for (const LeaseRow& row : rows) {
    if (row.attempt == attempt && (token == 0 || row.token == token) && living(row, now, boot)) return &row;
  }
  return nullptr;
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
      .value();
}

std::uint64_t fingerprint(const ReleaseRequest& request) {
  return Digest().add(3).add(storage_key(request.name)).add(request.token).value();
}

std::vector<Holder> living_holders(const LockName& name, const std::vector<LeaseRow>& rows, MonoTime now, BootId boot) {
  std::vector<Holder> holders;
  for (const LeaseRow& row : rows) {
    if (!living(row, now, boot)) continue;
    holders.push_back({name, row.attempt, row.owner, row.mode, row.permits, row.token, row.ttl,
                       remaining(row, now, boot), row.metadata});
  }
  return holders;
}

}  // namespace lockstep
