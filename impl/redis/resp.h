// Redis's protocol: commands and replies as values, and as bytes. What comes is read by hiredis.
// Source: RESP2, redis.io/docs/reference/protocol-spec.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct redisReply;

namespace lockstep::redis {

// The name of a command and its arguments, any bytes: {"SET", "key", "value", "NX"}.
using Command = std::vector<std::string>;

struct Reply {
  enum class Kind : std::uint8_t { nil, integer, bulk, status, error, array };
  Kind kind = Kind::nil;
  std::int64_t integer = 0;
  std::string text;  // of bulk, status and error
  std::vector<Reply> items;
  friend bool operator==(const Reply&, const Reply&) = default;
};
inline Reply integer(std::int64_t value) { return {Reply::Kind::integer, value, {}, {}}; }
inline Reply bulk(std::string text) { return {Reply::Kind::bulk, 0, std::move(text), {}}; }
inline Reply status(std::string text) { return {Reply::Kind::status, 0, std::move(text), {}}; }
inline Reply error(std::string text) { return {Reply::Kind::error, 0, std::move(text), {}}; }
inline Reply array(std::vector<Reply> items) { return {Reply::Kind::array, 0, {}, std::move(items)}; }

// As hiredis has read it.
Reply reply_of(const redisReply& raw);

std::string encode(const Command& command);
std::string encode(const Reply& reply);

// What stands there, if it is one whole reply and nothing else.
std::optional<Reply> decode_reply(std::string_view bytes);
std::optional<Command> decode_command(std::string_view bytes);

// All commands from the beginning on that are whole, and how many bytes they take: a file that was being written when
// its writer died ends within one.
struct Commands {
  std::vector<Command> commands;
  std::size_t bytes = 0;
};
Commands decode_commands(std::string_view bytes);

// For people: SET lock:A 81f3 NX PX 1000. Bytes that cannot be shown are escaped, long arguments cut off.
std::string in_words(const Command& command);
std::string in_words(const Reply& reply);

}  // namespace lockstep::redis
