// A write is a datagram of four numbers and is sent once: a lost one stays unknown, which is what the checkers must
// cope with. Its number tells incarnations apart, or a late answer to a dead one would be taken for the next one's.
#include "scenarios/resource.h"

#include <array>
#include <cstring>

namespace lockstep::scenarios {
namespace {

constexpr Duration kPatience = std::chrono::milliseconds(300);

struct Datagram {
  std::uint64_t number = 0;
  std::uint64_t attempt = 0;
  std::uint64_t lock = 0;
  std::uint64_t token = 0;  // in the answer: 1 accepted, 0 refused
};

Bytes encode(const Datagram& d) {
  Bytes bytes(sizeof(Datagram), '\0');
  std::memcpy(bytes.data(), &d, sizeof(Datagram));
  return bytes;
}

std::optional<Datagram> decode(const Bytes& bytes) {
  if (bytes.size() != sizeof(Datagram)) return std::nullopt;
  Datagram d;
  std::memcpy(&d, bytes.data(), sizeof(Datagram));
  return d;
}

}  // namespace

Awaitable<void> resource_program(sim::Incarnation& self, Recorder& recorder, std::uint32_t process,
                                 std::vector<Fence>& fences, bool compares) {
  return each_message(self.endpoint(), [&self, &recorder, process, &fences, compares](const Message& message) {
    auto write = decode(message.payload);
    if (!write || write->lock >= fences.size()) return;
    const bool admitted = fences[write->lock].admit(write->token) || !compares;
    models::Event event{.type = admitted ? models::EventType::write_accepted : models::EventType::write_refused,
                        .op = models::Op::write};
    event.lock = static_cast<std::uint32_t>(write->lock);
    event.attempt = static_cast<std::uint32_t>(write->attempt);
    event.token = write->token;
    recorder.record(self, process, event);
    write->token = admitted ? 1 : 0;
    self.endpoint().send(message.from, encode(*write));
  });
}

Awaitable<void> ResourceClient::run() {
  return each_message(self_.second_endpoint(), [this](const Message& message) {
    const auto answer = decode(message.payload);
    if (!answer) return;
    const auto found = calls_.find(answer->number);
    if (found == calls_.end()) return;
    found->second->answer = answer->token == 1 ? WriteAnswer::accepted : WriteAnswer::refused;
    found->second->answered.set();
  });
}

Awaitable<WriteAnswer> ResourceClient::write(AttemptId attempt, std::uint32_t lock, Token token) {
  models::Event event{.type = models::EventType::invoke, .op = models::Op::write};
  event.lock = lock;
  event.attempt = recorder_.ordinal(attempt);
  event.token = token;
  recorder_.record(self_, process_, event);
  Call call(self_);
  const std::uint64_t number = (self_.number() << 32) | ++writes_;
  calls_.emplace(number, &call);
  self_.second_endpoint().send(resource_, encode({number, event.attempt, lock, token}));
  co_await call.answered.wait_until(self_.monotonic() + kPatience);
  calls_.erase(number);
  event.type = call.answer == WriteAnswer::accepted  ? models::EventType::ok
               : call.answer == WriteAnswer::refused ? models::EventType::fail
                                                     : models::EventType::info;
  event.reason = call.answer == WriteAnswer::refused   ? models::Reason::stale_token
                 : call.answer == WriteAnswer::unknown ? models::Reason::unreachable
                                                       : models::Reason::none;
  recorder_.record(self_, process_, event);
  co_return call.answer;
}

}  // namespace lockstep::scenarios
