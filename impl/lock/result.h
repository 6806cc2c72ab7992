// Expected outcomes as values. Every error says whether the operation certainly did not happen (definite) or may
// have happened (indefinite); whoever is in doubt says indefinite. Source: Maelstrom's error kinds.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace lockstep {

enum class ErrorKind : std::uint8_t {
  unreachable,  // no answer within the time allowed
  busy,         // the store was in use for longer than the time allowed
  storage,      // the store failed to read or write
  invalid,      // the request breaks a rule of the contract
  key_reused,   // an idempotency key came again with other arguments
  ended,        // a late request of an attempt whose lease has ended: an attempt is granted once
  unsupported,  // outside what the backend claims
  cancelled,
};

constexpr std::string_view name_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::unreachable: return "unreachable";
    case ErrorKind::busy: return "busy";
    case ErrorKind::storage: return "storage";
    case ErrorKind::invalid: return "invalid";
    case ErrorKind::key_reused: return "key reused";
    case ErrorKind::ended: return "attempt has ended";
    case ErrorKind::unsupported: return "unsupported";
    case ErrorKind::cancelled: return "cancelled";
  }
  return "?";
}

struct LockError {
  ErrorKind kind{};
  bool definite = false;  // true: it did not happen
  std::string detail;     // for people
  friend bool operator==(const LockError&, const LockError&) = default;
};

template <typename T>
using Result = std::expected<T, LockError>;

inline std::unexpected<LockError> definite(ErrorKind kind, std::string detail = {}) {
  return std::unexpected(LockError{kind, true, std::move(detail)});
}
inline std::unexpected<LockError> indefinite(ErrorKind kind, std::string detail = {}) {
  return std::unexpected(LockError{kind, false, std::move(detail)});
}

}  // namespace lockstep
