// The seam for messages: an endpoint that sends and receives whole messages to addresses. A message may be lost,
// delayed, duplicated or overtaken; it is never altered. Whoever needs an answer asks again, with a key.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>

#include "impl/env/signal.h"

namespace lockstep {

// Opaque bytes.
using Bytes = std::string;

// Simulation: the host's number. Production: an IPv4 address in host byte order.
struct Address {
  std::uint32_t host = 0;
  std::uint16_t port = 0;
  friend auto operator<=>(const Address&, const Address&) = default;
};

struct Message {
  Address from;
  Bytes payload;
};

// Largest payload, in bytes; a longer one is a mistake of ours.
inline constexpr std::size_t kMaxMessage = 1 << 20;

class Endpoint {
 public:
  virtual ~Endpoint() = default;
  virtual Address address() const = 0;
  // Returns at once and promises nothing.
  virtual void send(Address to, Bytes payload) = 0;
  // The next message that has arrived, if any.
  virtual std::optional<Message> poll() = 0;
  // Set at each arrival.
  virtual Signal& arrival() = 0;
};

// Gives every message to `sink`, a function of Message, as it arrives. Ends with its process or by cancellation only.
template <typename Sink>
Awaitable<void> each_message(Endpoint& endpoint, Sink sink) {
  Wake wake = Wake::signalled;
  while (wake != Wake::cancelled) {
    while (auto message = endpoint.poll()) sink(std::move(*message));
    wake = co_await endpoint.arrival().wait();
  }
}

}  // namespace lockstep
