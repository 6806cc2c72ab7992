// What travels between a client and a simulated Redis server. It stands for TCP: a client connects, numbers what it
// asks, and sends it again until it is answered; the server carries out each number once. A server that has been
// started anew does not know the connection and says so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "impl/env/network.h"

namespace lockstep::sim::redis {

struct Frame {
  enum class Kind : std::uint8_t {
    connect,    // client: who are you?
    connected,  // server: this `epoch`
    ask,        // client: a command
    answer,     // server: its reply
    reset,      // server: that `epoch` is over, and with it the connection
    follow,     // replica: all behind `number`, please; also says that it lives
    changes,    // master: commands, the first of them being `number` + 1
    whole,      // master: all keys, as of `number`
    depose,     // a newer master: you are my replica from now on
  };
  Kind kind{};
  std::uint64_t epoch = 0;    // of the server that is meant, or that answers; drawn anew at each start
  std::uint64_t session = 0;  // of the client
  std::uint64_t number = 0;   // within the session; of a replica: changes so far
  std::string body;           // in Redis's protocol
};

Bytes encode(const Frame& frame);
std::optional<Frame> decode(std::string_view bytes);

// For people: "SET lock:A 81f3-2 NX GET PX 1000", "connected", "nil".
std::string describe(std::string_view bytes);

}  // namespace lockstep::sim::redis
