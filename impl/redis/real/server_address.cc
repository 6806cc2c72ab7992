// Read from left to right: form, user, place, database.
#include "impl/redis/real/server_address.h"

#include <fmt/format.h>
#include <sys/un.h>

#include <charconv>
#include <optional>

namespace lockstep::redis {
namespace {

constexpr std::size_t kLongestPath = sizeof(sockaddr_un::sun_path) - 1;

// Removes `prefix` if the text begins with it.
bool take(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

template <typename Number>
std::optional<Number> number(std::string_view text, int base = 10) {
  Number value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, failed] = std::from_chars(text.data(), end, value, base);
  return failed == std::errc() && stopped == end ? std::optional(value) : std::nullopt;
}

std::optional<std::string> decoded(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      plain += text[i];
      continue;
    }
    const auto byte = i + 2 < text.size() ? number<std::uint8_t>(text.substr(i + 1, 2), 16) : std::nullopt;
    if (!byte) return std::nullopt;
    plain += static_cast<char>(*byte);
    i += 2;
  }
  return plain;
}

std::optional<std::string> take_account(std::string_view& text, ServerAddress& address) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view account = text.substr(0, at);
  text.remove_prefix(at + 1);
  const std::size_t colon = account.find(':');
  const auto user = decoded(account.substr(0, colon));
  const auto password = decoded(colon == std::string_view::npos ? std::string_view() : account.substr(colon + 1));
  if (!user || !password) return "what follows a % before the @ is not two hexadecimal digits";
  if (!user->empty() && password->empty()) return "there is a user without a password";
  address.user = *user;
  address.password = *password;
  return std::nullopt;
}

// `port_needed`: there is no default.
std::optional<std::string> take_place(std::string_view text, bool port_needed, ServerAddress& address) {
  std::string_view rest = text;
  if (take(rest, "[")) {
    const std::size_t end = rest.find(']');
    if (end == std::string_view::npos) return "a [ without a ]";
    address.host = rest.substr(0, end);
    rest.remove_prefix(end + 1);
  } else {
    const std::size_t colon = rest.find(':');
    address.host = rest.substr(0, colon);
    rest.remove_prefix(address.host.size());
  }
  if (address.host.empty()) return "it names no host";
  if (rest.empty()) return port_needed ? std::optional<std::string>("it names no port") : std::nullopt;
  const auto port = take(rest, ":") ? number<std::uint16_t>(rest) : std::nullopt;
  if (!port || *port == 0) return "the port is not a number from 1 to 65535";
  address.port = *port;
  return std::nullopt;
}

std::optional<std::string> take_database(std::string_view text, ServerAddress& address) {
  const auto database = number<std::uint32_t>(text);
  if (!database) return fmt::format("\"{}\" is not the number of a database", text);
  address.database = *database;
  return std::nullopt;
}

std::optional<std::string> take_path(std::string_view text, bool long_form, ServerAddress& address) {
  if (long_form) {
    const std::size_t mark = text.find("?db=");
    if (mark != std::string_view::npos) {
      if (auto wrong = take_database(text.substr(mark + 4), address)) return wrong;
      text = text.substr(0, mark);
    }
  }
  const auto path = long_form ? decoded(text) : std::optional(std::string(text));
  if (!path || !path->starts_with('/')) return "a socket's path begins with a /";
  if (path->size() > kLongestPath) return fmt::format("a socket's path has at most {} bytes", kLongestPath);
  address.path = *path;
  return std::nullopt;
}

std::optional<std::string> read(std::string_view text, ServerAddress& address) {
  const bool long_path = take(text, "unix://");
  if (long_path || take(text, "unix:")) {
    // A socket's path may have an @ of its own: an account ends before the first slash.
    if (long_path && !text.starts_with('/')) {
      std::string_view account = text.substr(0, text.find('/'));
      const std::size_t length = account.size();
      if (!account.ends_with('@')) return "between unix:// and the path stands an account, which ends with an @";
      if (auto wrong = take_account(account, address)) return wrong;
      text.remove_prefix(length);
    }
    return take_path(text, long_path, address);
  }
  if (!take(text, "redis://")) return take_place(text, true, address);
  if (auto wrong = take_account(text, address)) return wrong;
  const std::size_t slash = text.find('/');
  if (auto wrong = take_place(text.substr(0, slash), false, address)) return wrong;
  const std::string_view database = slash == std::string_view::npos ? std::string_view() : text.substr(slash + 1);
  return database.empty() ? std::nullopt : take_database(database, address);
}

}  // namespace

std::expected<ServerAddress, std::string> parse_server_address(std::string_view text) {
  ServerAddress address;
  if (auto wrong = read(text, address)) return std::unexpected(std::move(*wrong));
  return address;
}

std::string in_words(const ServerAddress& address) {
  if (address.host.empty()) return "unix:" + address.path;
  if (address.host.find(':') == std::string::npos) return fmt::format("{}:{}", address.host, address.port);
  return fmt::format("[{}]:{}", address.host, address.port);
}

}  // namespace lockstep::redis
