// S8: what was acknowledged and has not ended is there again when the store is opened again, and no token is
// forgotten. Demands little and surely: only leases that a client was told of, that nobody had begun to give
// back, and that cannot have run out meanwhile; and deadlines only as far as they were acknowledged.
#include <fmt/format.h>

#include "models/lease_fold.h"
#include "models/rules.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

class Durability {
 public:
  Durability(const Facts& facts, const Bounds& bounds)
      : facts_(facts), fold_(facts, bounds.max_drift_ppb), promises_(facts.attempts.size()) {}

  Verdict run() && {
    const auto& events = facts_.history->events;
    auto store = facts_.store.begin();
    bool opened = false;
    for (std::uint32_t i = 0; i < events.size(); ++i) {
      const Event& e = events[i];
      if (e.type == EventType::restarted) {
        if (opened) reopened(e, i);
        opened = true;
      }
      if (e.type == EventType::invoke && e.attempt != 0) asked(e);
      if (e.type == EventType::ok && e.attempt != 0) acknowledged(e, i);
      if (store == facts_.store.end() || *store != i) continue;
      ++store;
      fold_.apply(i);
      if (e.attempt != 0) written(e);
    }
    return std::move(findings_).verdict();
  }

 private:
  // What one attempt may rely on: deadlines that the store wrote and of which its client was told.
  struct Promise {
    ClockReading granted_until;  // boot 0, value 0: not known
    ClockReading renewed_until;  // by the request below
    std::uint32_t renewal = kNever;
    bool renewal_asked = false;
    std::uint32_t told = kNever;  // the last answer that counts
    ClockReading deadline;        // the latest one told
  };

  void written(const Event& e) {
    Promise& p = promises_[e.attempt];
    if (e.type == EventType::renewed) {
      p.renewal = e.request;
      p.renewed_until = e.deadline;
      return;
    }
    // A reopened store is the only witness of a lease whose grant is missing; and only as long as nobody has
    // tried to renew it, because a renewal may have been read back that is not on disk for good.
    const bool only_witness = e.type == EventType::recovered && p.granted_until == ClockReading{} && !p.renewal_asked;
    if (e.type != EventType::granted && !only_witness) return;
    p.granted_until = e.deadline;
    if (p.told != kNever) p.deadline = std::max(p.deadline, p.granted_until);
  }

  void asked(const Event& e) {
    if (e.op == Op::renew) promises_[e.attempt].renewal_asked = true;
  }

  void acknowledged(const Event& e, std::uint32_t i) {
    Promise& p = promises_[e.attempt];
    if (e.op == Op::try_lock || e.op == Op::lock) {
      if (p.told == kNever) p.told = i;
      p.deadline = std::max(p.deadline, p.granted_until);
      if (e.token <= highest_token_) return;
      highest_token_ = e.token;
      highest_told_ = i;
    } else if (e.op == Op::renew && p.renewal == e.request && p.deadline < p.renewed_until) {
      p.told = i;
      p.deadline = p.renewed_until;
    }
  }

  void reopened(const Event& e, std::uint32_t i) {
    if (highest_told_ != kNever) {
      findings_.exercised();
      if (e.token < highest_token_) forgot_token(e, i);
    }
    for (std::uint32_t lock = 0; lock < facts_.locks; ++lock)
      for (const Lease& lease : fold_.holders(lock))
        if (demanded(lease, e, i)) demand(lease, e, i);
  }

  bool demanded(const Lease& lease, const Event& e, std::uint32_t i) const {
    const Promise& p = promises_[lease.attempt];
    if (!fold_.relied_on(lease, i) || p.told == kNever || p.deadline == ClockReading{}) return false;
    if (p.deadline.boot == e.clock.boot) return e.clock.value < p.deadline.value;
    if (p.deadline.boot > e.clock.boot) return false;
    // Set by the reboot rule in this very boot: the store has found it once and knows its own new deadline.
    if (lease.deadline.boot == e.clock.boot) return LeaseFold::lives(lease, e.clock);
    return !fold_.may_have_run_out(lease);
  }

  void demand(const Lease& lease, const Event& e, std::uint32_t i) {
    findings_.exercised();
    const auto& events = facts_.history->events;
    const Promise& p = promises_[lease.attempt];
    const AttemptFacts& a = facts_.attempts[lease.attempt];
    for (std::uint32_t k = i + 1; k < events.size(); ++k) {
      const Event& found = events[k];
      if (found.type == EventType::queued) continue;  // places in the line are told in between
      if (found.type != EventType::recovered) break;
      if (found.process != e.process || found.attempt != lease.attempt) continue;
      if (found.token != a.token && found.token != 0 && a.token != 0) {
        violation("token changed", lease, e, {p.told, k},
                  fmt::format("with token {} instead of {}", found.token, a.token));
      } else if (found.deadline.boot == p.deadline.boot && found.deadline.value < p.deadline.value) {
        violation("deadline went back", lease, e, {p.told, k},
                  fmt::format("with the deadline {} instead of {} on its clock", seconds(found.deadline.value),
                              seconds(p.deadline.value)));
      }
      return;
    }
    violation("lease lost", lease, e, {p.told, i}, "without it");
  }

  void violation(const char* shape, const Lease& lease, const Event& e, std::vector<std::uint32_t> evidence,
                 const std::string& how) {
    if (findings_.violated()) return;
    const Event& told = facts_.event(promises_[lease.attempt].told);
    findings_.violation(shape, std::move(evidence),
                        fmt::format("{} was told at {} that it holds {}, and {} opened the store at {} {}",
                                    client_name(facts_, lease.attempt), seconds(told.at),
                                    lock_name(*facts_.history, facts_.attempts[lease.attempt].lock),
                                    process_name(*facts_.history, e.process), seconds(e.at), how));
  }

  void forgot_token(const Event& e, std::uint32_t i) {
    if (findings_.violated()) return;
    const Event& told = facts_.event(highest_told_);
    findings_.violation("token forgotten", {highest_told_, i},
                        fmt::format("{} was told token {} at {}, and {} opened the store at {} with {} as the "
                                    "highest token",
                                    client_name(facts_, told.attempt), highest_token_, seconds(told.at),
                                    process_name(*facts_.history, e.process), seconds(e.at), e.token));
  }

  const Facts& facts_;
  LeaseFold fold_;
  Findings findings_{Property::durability};
  std::vector<Promise> promises_;  // by attempt
  std::uint64_t highest_token_ = 0;
  std::uint32_t highest_told_ = kNever;
};

}  // namespace

Verdict durability(const Facts& facts, const Bounds& bounds) { return Durability(facts, bounds).run(); }

}  // namespace lockstep::models
