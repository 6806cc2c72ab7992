// S5: the fenced resource never goes back to an older token, takes only tokens that were issued for its lock,
// and each from one attempt. Leaves out whether a refusal was right: a resource may refuse whatever it likes.
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

class FencedWrites {
 public:
  explicit FencedWrites(const Facts& facts) : facts_(facts), last_(facts.locks) {}

  Verdict run() && {
    const auto& events = facts_.history->events;
    for (std::uint32_t i = 0; i < events.size(); ++i) {
      if (events[i].type == EventType::write_refused) findings_.exercised();
      if (events[i].type == EventType::write_accepted) accepted(events[i], i);
    }
    return std::move(findings_).verdict();
  }

 private:
  void accepted(const Event& e, std::uint32_t i) {
    Token& last = last_[e.lock];
    const bool first = last.event == kNever;
    if (!findings_.violated() && !issued(e)) {
      findings_.violation("token never issued", {i},
                          fmt::format("the resource accepted a write of {} to {} at {} with token {}, which was "
                                      "never issued for that lock",
                                      client_name(facts_, e.attempt), name(e.lock), seconds(e.at), e.token));
    }
    if (!first && e.token < last.value) went_wrong("stale write accepted", "the older", last, i);
    if (!first && e.token == last.value && e.attempt != last.attempt)
      went_wrong("two writers with one token", "the same", last, i);
    if (first || last.value != e.token) findings_.exercised();
    last = {e.token, e.attempt, i};
  }

  void went_wrong(const char* shape, const char* which, const Token& last, std::uint32_t i) {
    if (findings_.violated()) return;
    const Event& e = facts_.event(i);
    const auto [before, now] = client_names(facts_, last.attempt, e.attempt);
    findings_.violation(shape, {last.event, i},
                        fmt::format("the resource accepted a write of {} to {} at {} with token {} and then, at {}, "
                                    "one of {} with {} token {}",
                                    before, name(e.lock), seconds(facts_.event(last.event).at), last.value,
                                    seconds(e.at), now, which, e.token));
  }

  // A token is nearly always that of the writing attempt. When it is not, search everything that was issued.
  bool issued(const Event& e) {
    if (e.attempt < facts_.attempts.size() && facts_.attempts[e.attempt].lock == e.lock &&
        facts_.attempts[e.attempt].token == e.token && e.token != 0)
      return true;
    if (!collected_) collect();
    return std::ranges::binary_search(issued_, std::pair(e.lock, e.token));
  }

  void collect() {
    collected_ = true;
    for (const Event& e : facts_.history->events) {
      const bool told = e.type == EventType::ok && (e.op == Op::lock || e.op == Op::try_lock);
      if ((told || e.type == EventType::granted || e.type == EventType::recovered) && e.token != 0)
        issued_.emplace_back(e.attempt != 0 ? facts_.attempts[e.attempt].lock : e.lock, e.token);
    }
    std::ranges::sort(issued_);
  }

  std::string name(std::uint32_t lock) const { return lock_name(*facts_.history, lock); }

  const Facts& facts_;
  Findings findings_{Property::fenced_writes};
  std::vector<Token> last_;  // by lock: the last accepted
  bool collected_ = false;
  std::vector<std::pair<std::uint32_t, std::uint64_t>> issued_;  // lock and token, sorted
};

}  // namespace

Verdict fenced_writes(const Facts& facts, const Bounds&) { return FencedWrites(facts).run(); }

}  // namespace lockstep::models
