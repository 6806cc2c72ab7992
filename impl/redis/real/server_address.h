// Where a Redis server is, and as whom to come: a host and a port, or a Unix socket.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace lockstep::redis {

struct ServerAddress {
  std::string host;  // a name or an address; empty: `path`
  std::uint16_t port = 6379;
  std::string path;      // of a Unix socket
  std::string user;      // empty: the default one
  std::string password;  // empty: no AUTH
  std::uint32_t database = 0;
  friend bool operator==(const ServerAddress&, const ServerAddress&) = default;
};

// HOST:PORT, [ADDRESS]:PORT, unix:/PATH, redis://[USER][:PASSWORD]@HOST[:PORT][/DATABASE] or
// unix://[USER][:PASSWORD]@/PATH[?db=DATABASE]; in user, password and path of the long forms %41 stands for A.
// Errors: a sentence without the password.
std::expected<ServerAddress, std::string> parse_server_address(std::string_view text);

// For people, without the password: "127.0.0.1:6379", "unix:/run/redis.sock".
std::string in_words(const ServerAddress& address);

}  // namespace lockstep::redis
