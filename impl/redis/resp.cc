// hiredis reads; what we write is short enough to be written here.
#include "impl/redis/resp.h"

#include <fmt/format.h>
#include <hiredis/read.h>
// Behind read.h, which it builds on.
#include <hiredis/hiredis.h>

#include <memory>

namespace lockstep::redis {
namespace {

constexpr std::size_t kShown = 24;  // of an argument

struct FreeReader {
  void operator()(redisReader* reader) const { redisReaderFree(reader); }
};
struct FreeReply {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using Reader = std::unique_ptr<redisReader, FreeReader>;

Reader reader_of(std::string_view bytes) {
  Reader reader(redisReaderCreate());
  redisReaderFeed(reader.get(), bytes.data(), bytes.size());
  return reader;
}

// The next one, if it is whole.
std::optional<Reply> next(redisReader& reader) {
  void* found = nullptr;
  if (redisReaderGetReply(&reader, &found) != REDIS_OK || found == nullptr) return std::nullopt;
  const std::unique_ptr<redisReply, FreeReply> raw(static_cast<redisReply*>(found));
  return reply_of(*raw);
}

// hiredis drops what it has read only now and then.
std::size_t unread(const redisReader& reader) { return reader.len - reader.pos; }

std::optional<Command> command_of(Reply reply) {
  if (reply.kind != Reply::Kind::array || reply.items.empty()) return std::nullopt;
  Command command;
  for (Reply& item : reply.items) {
    if (item.kind != Reply::Kind::bulk) return std::nullopt;
    command.push_back(std::move(item.text));
  }
  return command;
}

std::string shown(std::string_view text) {
  std::string words;
  for (const char c : text.substr(0, kShown)) {
    if (c >= ' ' && c <= '~') {
      words += c;
    } else {
      words += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
    }
  }
  return text.size() > kShown ? words + "..." : words;
}

}  // namespace

Reply reply_of(const redisReply& raw) {
  switch (raw.type) {
    case REDIS_REPLY_INTEGER: return integer(raw.integer);
    case REDIS_REPLY_STRING: return bulk({raw.str, static_cast<std::size_t>(raw.len)});
    case REDIS_REPLY_STATUS: return status({raw.str, static_cast<std::size_t>(raw.len)});
    case REDIS_REPLY_ERROR: return error({raw.str, static_cast<std::size_t>(raw.len)});
    case REDIS_REPLY_ARRAY: {
      std::vector<Reply> items;
      for (std::size_t i = 0; i < raw.elements; ++i) items.push_back(reply_of(*raw.element[i]));
      return array(std::move(items));
    }
    default: return {};
  }
}

std::string encode(const Command& command) {
  std::string bytes = fmt::format("*{}\r\n", command.size());
  for (const std::string& word : command) bytes += fmt::format("${}\r\n{}\r\n", word.size(), word);
  return bytes;
}

std::string encode(const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::nil: return "$-1\r\n";
    case Reply::Kind::integer: return fmt::format(":{}\r\n", reply.integer);
    case Reply::Kind::bulk: return fmt::format("${}\r\n{}\r\n", reply.text.size(), reply.text);
    case Reply::Kind::status: return fmt::format("+{}\r\n", reply.text);
    case Reply::Kind::error: return fmt::format("-{}\r\n", reply.text);
    case Reply::Kind::array: break;
  }
  std::string bytes = fmt::format("*{}\r\n", reply.items.size());
  for (const Reply& item : reply.items) bytes += encode(item);
  return bytes;
}

std::optional<Reply> decode_reply(std::string_view bytes) {
  const Reader reader = reader_of(bytes);
  auto reply = next(*reader);
  return unread(*reader) == 0 ? std::move(reply) : std::nullopt;
}

std::optional<Command> decode_command(std::string_view bytes) {
  auto reply = decode_reply(bytes);
  return reply ? command_of(std::move(*reply)) : std::nullopt;
}

Commands decode_commands(std::string_view bytes) {
  const Reader reader = reader_of(bytes);
  Commands read;
  while (auto reply = next(*reader)) {
    auto command = command_of(std::move(*reply));
    if (!command) break;
    read.bytes += encode(*command).size();
    read.commands.push_back(std::move(*command));
  }
  return read;
}

std::string in_words(const Command& command) {
  std::string words;
  for (const std::string& word : command) words += (words.empty() ? "" : " ") + shown(word);
  return words;
}

std::string in_words(const Reply& reply) {
  switch (reply.kind) {
    case Reply::Kind::nil: return "nil";
    case Reply::Kind::integer: return fmt::format("{}", reply.integer);
    case Reply::Kind::array: break;
    default: return shown(reply.text);
  }
  std::string words;
  for (const Reply& item : reply.items) words += (words.empty() ? "" : ", ") + in_words(item);
  return fmt::format("[{}]", words);
}

}  // namespace lockstep::redis
