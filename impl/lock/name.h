// What a lock is called: any 1 to 512 bytes, inside a namespace. Bytes, not text: case, accents and zero bytes all
// matter, and no two names may ever share a place in a store.
#pragma once

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace lockstep {

struct LockName {
  std::string space;  // 0..255 bytes
  std::string bytes;  // 1..512 bytes
  friend auto operator<=>(const LockName&, const LockName&) = default;
};

inline constexpr std::size_t kMaxNamespace = 255;
inline constexpr std::size_t kMaxName = 512;

inline bool valid(const LockName& name) {
  return name.space.size() <= kMaxNamespace && !name.bytes.empty() && name.bytes.size() <= kMaxName;
}

// One byte of length, the namespace, the name: injective, and ordered by namespace length.
inline std::string storage_key(const LockName& name) {
  std::string key;
  key.reserve(1 + name.space.size() + name.bytes.size());
  key.push_back(static_cast<char>(static_cast<unsigned char>(name.space.size())));
  return key.append(name.space).append(name.bytes);
}

inline std::optional<LockName> name_of_storage_key(std::string_view key) {
  if (key.empty()) return std::nullopt;
  const std::size_t space = static_cast<unsigned char>(key[0]);
  if (key.size() < 1 + space) return std::nullopt;
  LockName name{std::string(key.substr(1, space)), std::string(key.substr(1 + space))};
  if (!valid(name)) return std::nullopt;
  return name;
}

}  // namespace lockstep
