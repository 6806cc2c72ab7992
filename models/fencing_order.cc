// S4: a token names one grant, and a grant answered before another is asked for has the lower token; and the
// store's own grants carry rising tokens. Linear while tokens come in order, sorts only when they do not.
#include <fmt/format.h>

#include <algorithm>

#include "models/rules.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

struct Token {
  std::uint64_t value = 0;
  std::uint32_t attempt = 0;
  std::uint32_t event = kNever;
};

class FencingOrder {
 public:
  explicit FencingOrder(const Facts& facts)
      : facts_(facts),
        op_(facts.has_try_lock ? Op::try_lock : Op::lock),
        answered_(facts.locks),
        issued_(facts.locks),
        highest_(facts.locks),
        tries_(facts.attempts.size()) {}

  Verdict run() && {
    const auto& events = facts_.history->events;
    for (std::uint32_t i = 0; i < events.size(); ++i) {
      const Event& e = events[i];
      if (e.type == EventType::restarted) reopened(e, i);
      if (e.attempt == 0) continue;
      if (e.op == op_ && e.type == EventType::invoke) asked(e);
      if (e.op == op_ && e.type == EventType::ok) answered(e, i);
      if (e.type == EventType::granted || e.type == EventType::recovered) issued(e, i);
    }
    for (std::uint32_t lock = 0; lock < answered_.size(); ++lock) unique(lock);
    return std::move(findings_).verdict();
  }

 private:
  // One attempt: the highest token answered before it was asked for, and its own. What was asked for first counts: a
  // refusal is an answer to one copy of the request, and another copy may have been granted before, at another server.
  struct Try {
    bool asked = false;
    Token floor;
    Token got;
  };

  void asked(const Event& e) {
    Try& t = tries_[e.attempt];
    if (t.asked) return;
    t.asked = true;
    t.floor = highest_[lock_of(e)];
  }

  void answered(const Event& e, std::uint32_t i) {
    if (e.token == 0) return;
    Try& t = tries_[e.attempt];
    const std::uint32_t lock = lock_of(e);
    const Token token{e.token, e.attempt, i};
    if (t.got.value == e.token) return;
    if (t.got.value != 0) {
      findings_.violation("two tokens for one attempt", {t.got.event, i},
                          fmt::format("{} was told token {} for its attempt {} on {} at {}, and token {} at {}",
                                      client(e.attempt), t.got.value, e.attempt, name(lock),
                                      seconds(facts_.event(t.got.event).at), e.token, seconds(e.at)));
      return;
    }
    t.got = token;
    if (!answered_[lock].empty()) findings_.exercised();
    if (t.floor.value > e.token) went_back(t.floor, token, "asked for it only after that");
    answered_[lock].push_back(token);
    if (e.token > highest_[lock].value) highest_[lock] = token;
  }

  void issued(const Event& e, std::uint32_t i) {
    if (e.token == 0) return;
    Token& last = issued_[lock_of(e)];
    const Token token{e.token, e.attempt, i};
    if (e.type == EventType::granted && last.attempt != e.attempt && last.value != 0) {
      if (e.token == last.value) return repeated(last, token);
      if (e.token < last.value) return went_back(last, token, "was granted it later");
    }
    if (e.token > last.value) last = token;
  }

  // A grant that was never answered with its token, because its sync failed, may be taken back by a power loss.
  void reopened(const Event& e, std::uint32_t i) {
    if (e.clock.boot == boot_) return;
    boot_ = e.clock.boot;
    for (Token& last : issued_) {
      if (facts_.attempts[last.attempt].acknowledged > i && tries_[last.attempt].got.value == 0) last = {};
    }
  }

  void unique(std::uint32_t lock) {
    auto& tokens = answered_[lock];
    const auto in_order = [](const Token& a, const Token& b) {
      return std::pair(a.value, a.event) < std::pair(b.value, b.event);
    };
    const auto not_below = [](const Token& a, const Token& b) { return a.value >= b.value; };
    if (std::ranges::adjacent_find(tokens, not_below) == tokens.end()) return;
    std::ranges::sort(tokens, in_order);
    for (std::size_t i = 1; i < tokens.size(); ++i)
      if (tokens[i - 1].value == tokens[i].value) repeated(tokens[i - 1], tokens[i]);
  }

  void went_back(const Token& earlier, const Token& later, const char* why) {
    if (findings_.violated()) return;
    const auto [first, second] = client_names(facts_, earlier.attempt, later.attempt);
    findings_.violation("token went back", {earlier.event, later.event},
                        fmt::format("{} had token {} for {} at {}, and {}, which {}, has the lower token {}", first,
                                    earlier.value, name(facts_.attempts[later.attempt].lock),
                                    seconds(facts_.event(earlier.event).at), second, why, later.value));
  }

  void repeated(const Token& earlier, const Token& later) {
    if (findings_.violated()) return;
    const auto [first, second] = client_names(facts_, earlier.attempt, later.attempt);
    findings_.violation(
        "token repeated", {earlier.event, later.event},
        fmt::format("token {} of {} was given twice: to {} at {} and to {} at {}", later.value,
                    name(facts_.attempts[later.attempt].lock), first, seconds(facts_.event(earlier.event).at), second,
                    seconds(facts_.event(later.event).at)));
  }

  std::uint32_t lock_of(const Event& e) const { return facts_.attempts[e.attempt].lock; }
  std::string client(std::uint32_t attempt) const { return client_name(facts_, attempt); }
  std::string name(std::uint32_t lock) const { return lock_name(*facts_.history, lock); }

  const Facts& facts_;
  Op op_;
  Findings findings_{Property::fencing_order};
  std::vector<std::vector<Token>> answered_;  // by lock, first answer of each attempt in order of answers
  std::vector<Token> issued_;                 // by lock, the last the store told of
  std::vector<Token> highest_;                // by lock, the highest answered so far
  std::vector<Try> tries_;                    // by attempt
  std::uint32_t boot_ = 0;                    // of the store's host
};

}  // namespace

Verdict fencing_order(const Facts& facts, const Bounds&) { return FencingOrder(facts).run(); }

}  // namespace lockstep::models
