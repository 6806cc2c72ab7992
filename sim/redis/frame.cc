// A kind, three numbers, and the rest.
#include "sim/redis/frame.h"

#include <cstring>

#include "impl/redis/lock_commands.h"
#include "impl/redis/resp.h"

namespace lockstep::sim::redis {
namespace {

constexpr std::size_t kHead = 1 + 3 * sizeof(std::uint64_t);
constexpr std::uint8_t kKinds = 9;

// A script by what it is for, not by its text.
std::string command_words(lockstep::redis::Command command) {
  namespace r = lockstep::redis;
  if (command.size() < 5 || command[0] != "EVAL") return r::in_words(command);
  const std::string_view script = command[1];
  const std::string_view what = script == r::kDeleteIfMine     ? "delete-if-mine"
                                : script == r::kDeleteIfBegins ? "delete-if-begins"
                                : script == r::kExtendIfMine   ? "extend-if-mine"
                                : script == r::kLeftIfMine     ? "left-if-mine"
                                : script == r::kLook           ? "look"
                                                               : "a script";
  command.erase(command.begin(), command.begin() + 3);
  return std::string(what) + " " + r::in_words(command);
}

}  // namespace

Bytes encode(const Frame& frame) {
  Bytes bytes(kHead, '\0');
  bytes[0] = static_cast<char>(frame.kind);
  const std::uint64_t numbers[] = {frame.epoch, frame.session, frame.number};
  std::memcpy(bytes.data() + 1, numbers, sizeof numbers);
  return bytes + frame.body;
}

std::optional<Frame> decode(std::string_view bytes) {
  if (bytes.size() < kHead || static_cast<std::uint8_t>(bytes[0]) >= kKinds) return std::nullopt;
  std::uint64_t numbers[3];
  std::memcpy(numbers, bytes.data() + 1, sizeof numbers);
  return Frame{static_cast<Frame::Kind>(bytes[0]), numbers[0], numbers[1], numbers[2],
               std::string(bytes.substr(kHead))};
}

std::string describe(std::string_view bytes) {
  const auto frame = decode(bytes);
  if (!frame) return "something that is no frame";
  switch (frame->kind) {
    case Frame::Kind::connect: return "connect";
    case Frame::Kind::connected: return "connected";
    case Frame::Kind::reset: return "connection reset";
    case Frame::Kind::follow: return "follow";
    case Frame::Kind::changes: return "changes";
    case Frame::Kind::whole: return "all keys";
    case Frame::Kind::depose: return "be my replica";
    case Frame::Kind::ask: {
      auto command = lockstep::redis::decode_command(frame->body);
      return command ? command_words(std::move(*command)) : "no command";
    }
    case Frame::Kind::answer: break;
  }
  const auto reply = lockstep::redis::decode_reply(frame->body);
  return reply ? lockstep::redis::in_words(*reply) : "no reply";
}

}  // namespace lockstep::sim::redis
