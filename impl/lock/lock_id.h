// Names made of what an application identifies its resources by: text, integers, UUIDs, bytes. Each kind has a first
// byte of its own, so no two ids of different kinds share a name, and no two different ids of one kind do either.
#pragma once

#include <array>
#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "impl/lock/name.h"
#include "impl/lock/result.h"

namespace lockstep {

// The namespaces are 0..255 bytes. Errors: invalid, if the namespace or the id is too long.

// Text, byte by byte: case and accents matter. At most 511 bytes.
Result<LockName> lock_of_text(std::string space, std::string_view text);
// Any bytes, at most 511.
Result<LockName> lock_of_bytes(std::string space, std::string_view bytes);

// The number counts, not the type that carries it: 7 has one name.
Result<LockName> lock_of_number(std::string space, std::uint64_t magnitude, bool negative);
template <std::integral Number>
Result<LockName> lock_of_integer(std::string space, Number number) {
  const bool negative = std::cmp_less(number, 0);
  const auto bits = static_cast<std::uint64_t>(number);
  return lock_of_number(std::move(space), negative ? 0 - bits : bits, negative);
}

struct Uuid {
  std::array<std::uint8_t, 16> bytes{};
  friend auto operator<=>(const Uuid&, const Uuid&) = default;
};
// "123e4567-e89b-12d3-a456-426614174000", in upper or lower case. Source: RFC 9562, section 4.
std::optional<Uuid> parse_uuid(std::string_view text);
Result<LockName> lock_of_uuid(std::string space, const Uuid& uuid);
// Errors: also if the text is no UUID.
Result<LockName> lock_of_uuid(std::string space, std::string_view text);

// What a person should read of a name that was made here, and of any other: text in quotes, an integer, a UUID, or
// bytes in hexadecimal.
std::string readable(const LockName& name);

// A small JSON object of strings, for AcquireRequest::metadata, sorted by key; of a key that comes twice the last
// value. Bytes that are no UTF-8 become U+FFFD. Errors: invalid, if it would be longer than 4096 bytes.
using MetadataFields = std::vector<std::pair<std::string, std::string>>;
Result<std::string> metadata_of(const MetadataFields& fields);

}  // namespace lockstep
