// S7: one attempt has one lease with one token, however often its requests are sent. One pass. Leaves out
// tokens shared by different attempts (S4).
#include <fmt/format.h>

#include "models/rules.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

class Idempotence {
 public:
  explicit Idempotence(const Facts& facts) : facts_(facts), states_(facts.attempts.size()) {}

  Verdict run() && {
    const auto& events = facts_.history->events;
    for (std::uint32_t i = 0; i < events.size() && !findings_.violated(); ++i) {
      const Event& e = events[i];
      if (e.attempt == 0) continue;
      const bool acquires = e.op == Op::try_lock || e.op == Op::lock;
      if (e.type == EventType::repeated) findings_.exercised();
      if (e.type == EventType::invoke && (e.op == Op::try_lock || e.op == Op::renew)) sent(e);
      if (e.type == EventType::granted) granted(e, i);
      if (e.type == EventType::granted || (e.type == EventType::ok && acquires)) token(e, i);
    }
    return std::move(findings_).verdict();
  }

 private:
  struct State {
    std::uint32_t requests = 0;  // one more than the highest request sent
    std::uint32_t granted = kNever;
    std::uint64_t token = 0;
    std::uint32_t told = kNever;  // the event that told the token
  };

  void sent(const Event& e) {
    State& s = states_[e.attempt];
    if (e.request < s.requests) {
      findings_.exercised();
    } else {
      s.requests = e.request + 1;
    }
  }

  void granted(const Event& e, std::uint32_t i) {
    State& s = states_[e.attempt];
    if (s.granted == kNever) {
      s.granted = i;
      return;
    }
    const Event& first = facts_.event(s.granted);
    const bool same_key = first.request == e.request;
    findings_.violation(
        same_key ? "one request granted twice" : "one attempt granted twice", {s.granted, i},
        fmt::format("{} was granted {} twice for {}: at {} and at {}", client_name(facts_, e.attempt), name(e),
                    same_key ? "one and the same request" : "one attempt", seconds(first.at), seconds(e.at)));
  }

  void token(const Event& e, std::uint32_t i) {
    State& s = states_[e.attempt];
    if (e.token == 0 || e.token == s.token) return;
    if (s.token == 0) {
      s.token = e.token;
      s.told = i;
      return;
    }
    findings_.violation("two tokens for one attempt", {s.told, i},
                        fmt::format("the attempt {} of {} on {} has token {} at {} and token {} at {}", e.attempt,
                                    client_name(facts_, e.attempt), name(e), s.token, seconds(facts_.event(s.told).at),
                                    e.token, seconds(e.at)));
  }

  std::string name(const Event& e) const { return lock_name(*facts_.history, facts_.attempts[e.attempt].lock); }

  const Facts& facts_;
  Findings findings_{Property::idempotence};
  std::vector<State> states_;  // by attempt
};

}  // namespace

Verdict idempotence(const Facts& facts, const Bounds&) { return Idempotence(facts).run(); }

}  // namespace lockstep::models
