// N1: what is done to one lock is done to no other, however much their names look alike. Judged by the lock that an
// attempt asked for and the one that the store names for it, and by whom a refusal names as the holder. One pass.
#include <fmt/format.h>

#include <map>

#include "models/name_folding.h"
#include "models/rules.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

class Names {
 public:
  explicit Names(const Facts& facts)
      : facts_(facts), asked_(facts.attempts.size(), kNever), alike_(facts.history->locks.size()) {}

  Verdict run() && {
    see_names();
    const auto& events = facts_.history->events;
    for (std::uint32_t i = 0; i < events.size(); ++i) {
      const Event& e = events[i];
      // The first thing that its client asks for: that is its lock.
      const bool about_attempt = e.attempt != 0 && e.op != Op::break_lock && e.op != Op::watch;
      if (about_attempt && e.type == EventType::invoke && asked_[e.attempt] == kNever) asked_[e.attempt] = i;
    }
    for (std::uint32_t i = 0; i < events.size(); ++i)
      if (events[i].attempt != 0) take(events[i], i);
    return std::move(findings_).verdict();
  }

 private:
  void see_names() {
    std::map<std::string, std::vector<std::uint32_t>> by_folding;
    const auto& locks = facts_.history->locks;
    for (std::uint32_t lock = 0; lock < locks.size(); ++lock) by_folding[folded(locks[lock])].push_back(lock);
    for (const auto& [name, same] : by_folding)
      for (const std::uint32_t lock : same) alike_[lock] = same.size() > 1;
  }

  static bool of_store(EventType type) {
    switch (type) {
      case EventType::granted:
      case EventType::renewed:
      case EventType::released:
      case EventType::expired:
      case EventType::broken:
      case EventType::recovered:
      case EventType::queued:
      case EventType::left: return true;
      default: return false;
    }
  }

  void take(const Event& e, std::uint32_t i) {
    if (of_store(e.type)) return stored(e, i);
    const bool acquires = e.op == Op::try_lock || e.op == Op::lock;
    if (e.type == EventType::fail && acquires && e.reason == Reason::refused && e.holder != 0) refused(e, i);
  }

  void stored(const Event& e, std::uint32_t i) {
    const std::uint32_t asked = asked_[e.attempt];
    if (asked == kNever) return;
    const std::uint32_t lock = facts_.event(asked).lock;
    if (e.type == EventType::granted) exercised(lock);
    if (e.lock == lock || findings_.violated()) return;
    findings_.violation(
        "another lock", {asked, i},
        fmt::format("{} asked for {}, and at {} the store did it to {}: the attempt was {} there",
                    client_name(facts_, e.attempt), name(lock), seconds(e.at), name(e.lock), said(e.type)));
  }

  void refused(const Event& e, std::uint32_t i) {
    const std::uint32_t own = asked_[e.attempt];
    const std::uint32_t other = e.holder < asked_.size() ? asked_[e.holder] : kNever;
    if (own == kNever || other == kNever) return;
    const std::uint32_t lock = facts_.event(own).lock;
    const std::uint32_t held = facts_.event(other).lock;
    exercised(lock);
    if (lock == held || findings_.violated()) return;
    findings_.violation(
        "holder of another lock", {other, own, i},
        fmt::format("{} was refused {} at {} because of {}, which had asked for {}", client_name(facts_, e.attempt),
                    name(lock), seconds(e.at), client_name(facts_, e.holder), name(held)));
  }

  static const char* said(EventType type) {
    switch (type) {
      case EventType::granted: return "granted";
      case EventType::renewed: return "renewed";
      case EventType::released: return "released";
      case EventType::expired: return "expired";
      case EventType::broken: return "broken";
      case EventType::recovered: return "found";
      case EventType::queued: return "given a place";
      default: return "taken from the line";
    }
  }

  void exercised(std::uint32_t lock) {
    if (lock < alike_.size() && alike_[lock]) findings_.exercised();
  }
  std::string name(std::uint32_t lock) const { return lock_name(*facts_.history, lock); }

  const Facts& facts_;
  Findings findings_{Property::names};
  std::vector<std::uint32_t> asked_;  // by attempt: its first invoke
  std::vector<bool> alike_;           // by lock: another name of the run folds to the same
};

}  // namespace

Verdict names(const Facts& facts, const Bounds&) { return Names(facts).run(); }

}  // namespace lockstep::models
