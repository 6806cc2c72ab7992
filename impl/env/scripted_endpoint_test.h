// An endpoint without a network: what is sent is kept for the test to read, and only what the test delivers arrives.
#pragma once

#include <deque>
#include <vector>

#include "impl/env/network.h"

namespace lockstep {

class ScriptedEndpoint final : public Endpoint {
 public:
  struct Sent {
    Address to;
    Bytes payload;
    MonoTime at;
  };
  ScriptedEndpoint(Clock& clock, Address address) : clock_(clock), address_(address), arrival_(clock) {}

  Address address() const override { return address_; }
  void send(Address to, Bytes payload) override { sent.push_back({to, std::move(payload), clock_.monotonic()}); }
  std::optional<Message> poll() override {
    if (inbox_.empty()) return std::nullopt;
    Message message = std::move(inbox_.front());
    inbox_.pop_front();
    return message;
  }
  Signal& arrival() override { return arrival_; }

  void deliver(Address from, Bytes payload) {
    inbox_.push_back({from, std::move(payload)});
    arrival_.set();
  }
  std::vector<Sent> sent;

 private:
  Clock& clock_;
  Address address_;
  Signal arrival_;
  std::deque<Message> inbox_;
};

}  // namespace lockstep
