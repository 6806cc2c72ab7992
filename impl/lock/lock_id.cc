// The first bytes are letters that people can read in a listing.
#include "impl/lock/lock_id.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "impl/lock/rules.h"

namespace lockstep {
namespace {

constexpr char kText = 't';
constexpr char kBytes = 'b';
constexpr char kNumber = '+';
constexpr char kNegative = '-';
constexpr char kUuid = 'u';

Result<LockName> name_of(std::string space, char kind, std::string_view id) {
  LockName name{std::move(space), std::string(1, kind).append(id)};
  if (!valid(name)) return definite(ErrorKind::invalid, "a namespace has up to 255 bytes and an id up to 511");
  return name;
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string hexadecimal(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char c : bytes) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

}  // namespace

Result<LockName> lock_of_text(std::string space, std::string_view text) {
  return name_of(std::move(space), kText, text);
}

Result<LockName> lock_of_bytes(std::string space, std::string_view bytes) {
  return name_of(std::move(space), kBytes, bytes);
}

Result<LockName> lock_of_number(std::string space, std::uint64_t magnitude, bool negative) {
  std::string bytes;
  for (int shift = 56; shift >= 0; shift -= 8) bytes.push_back(static_cast<char>(magnitude >> shift & 0xff));
  return name_of(std::move(space), negative && magnitude != 0 ? kNegative : kNumber, bytes);
}

std::optional<Uuid> parse_uuid(std::string_view text) {
  if (text.size() != 36) return std::nullopt;
  Uuid uuid;
  std::size_t digits = 0;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (at == 8 || at == 13 || at == 18 || at == 23) {
      if (text[at] != '-') return std::nullopt;
      continue;
    }
    const int value = digit(text[at]);
    if (value < 0) return std::nullopt;
    std::uint8_t& byte = uuid.bytes[digits++ / 2];
    byte = static_cast<std::uint8_t>(byte << 4 | value);
  }
  return uuid;
}

Result<LockName> lock_of_uuid(std::string space, const Uuid& uuid) {
  return name_of(std::move(space), kUuid, std::string(uuid.bytes.begin(), uuid.bytes.end()));
}

Result<LockName> lock_of_uuid(std::string space, std::string_view text) {
  const auto uuid = parse_uuid(text);
  if (!uuid) return definite(ErrorKind::invalid, "this is no UUID");
  return lock_of_uuid(std::move(space), *uuid);
}

std::string readable(const LockName& name) {
  const char kind = name.bytes.empty() ? ' ' : name.bytes[0];
  const auto id = std::string_view(name.bytes).substr(name.bytes.empty() ? 0 : 1);
  std::string text;
  if (kind == kText) {
    text = nlohmann::json(id).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  } else if ((kind == kNumber || kind == kNegative) && id.size() == 8) {
    text = fmt::format("{}{}", kind == kNegative ? "-" : "", big_endian(id));
  } else if (kind == kUuid && id.size() == 16) {
    const std::string hex = hexadecimal(id);
    const std::string_view h = hex;
    text =
        fmt::format("{}-{}-{}-{}-{}", h.substr(0, 8), h.substr(8, 4), h.substr(12, 4), h.substr(16, 4), h.substr(20));
  } else {
    text = "0x" + hexadecimal(kind == kBytes ? id : name.bytes);
  }
  return name.space.empty() ? text : name.space + "/" + text;
}

Result<std::string> metadata_of(const MetadataFields& fields) {
  nlohmann::json object = nlohmann::json::object();
  for (const auto& [key, value] : fields) object[key] = value;
  std::string text = object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > kMaxMetadata) return definite(ErrorKind::invalid, "metadata has up to 4096 bytes");
  return text;
}

}  // namespace lockstep
