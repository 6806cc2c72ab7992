// What the sweep is compared with: whether any order of all that was asked explains all answers, tried out one by one.
// Written without a look at the sweep, and kept simple. For tests only.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <limits>
#include <map>
#include <set>
#include <vector>

#include "models/linear/log.h"

namespace lockstep::linear {

// One lock, at most 32 operations.
class Reference {
 public:
  explicit Reference(const Log& log)
      : ops_(log.operations), capacity_(log.locks[0].capacity), from_asking_(log.leases_from_asking) {}

  bool explains() {
    return goes_on({.now = std::numeric_limits<Instant>::min(), .holders = {}, .ended = {}, .lowered = {}});
  }

 private:
  struct World {
    std::uint32_t done = 0;  // operations that have happened
    Instant now = 0;         // what happens next happens no earlier
    std::uint64_t token = 0;
    std::map<std::uint32_t, Instant> holders;  // attempts, and from when on their leases may end
    std::set<std::uint32_t> ended;             // who held and does not any more
    std::set<std::uint32_t> lowered;           // writers who are readers
    auto operator<=>(const World&) const = default;
  };

  bool goes_on(const World& w) {
    Instant before = kNever;  // what was not asked for by then cannot be next
    for (std::size_t i = 0; i < ops_.size(); ++i)
      if ((w.done >> i & 1) == 0) before = std::min(before, ops_[i].returned);
    if (before == kNever) return true;  // all that is left is unknown, and may never happen
    if (w.now > before || !tried_.insert(w).second) return false;
    for (const auto& [hold, ends] : w.holders) {
      if (ends == kNever) continue;
      World next = w;
      next.now = std::max(w.now, ends);
      next.holders.erase(hold);
      next.ended.insert(hold);
      if (goes_on(next)) return true;
    }
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if ((w.done >> i & 1) != 0 || ops_[i].invoked > before) continue;
      World next = w;
      next.done |= 1u << i;
      next.now = std::max(w.now, ops_[i].invoked);
      if (next.now <= ops_[i].returned && happens(ops_[i], next) && goes_on(next)) return true;
    }
    return false;
  }

  // An unknown one happens with its effect; without, it does not happen.
  bool happens(const Operation& op, World& w) const {
    const bool held = w.holders.contains(op.hold);
    const bool does = op.answer == Answer::yes || op.answer == Answer::unknown;
    if (op.answer == Answer::nothing) return true;
    switch (op.action) {
      case Action::acquire: return acquires(op, w);
      case Action::release:
        if (!does) return !held;
        if (!held) return op.answer == Answer::yes && w.ended.contains(op.hold);
        w.holders.erase(op.hold);
        w.ended.insert(op.hold);
        return true;
      case Action::renew:
        if (!does) return !held;
        if (!held) return false;
        if (w.holders[op.hold] != kNever)
          w.holders[op.hold] = std::max(w.holders[op.hold], (from_asking_ ? op.invoked : w.now) + op.ttl);
        if (op.mode == Mode::shared && acquisition(op.hold).mode == Mode::exclusive) w.lowered.insert(op.hold);
        return true;
      case Action::break_all:
        if (!does) return false;
        for (const auto& [hold, ends] : w.holders) w.ended.insert(hold);
        w.holders.clear();
        return true;
      case Action::inspect: return op.answer == Answer::unknown || (op.hold == kNone ? w.holders.empty() : held);
    }
    return false;
  }

  // An attempt that is tried again holds once, and is told so again. When it is over it may be told either.
  bool acquires(const Operation& op, World& w) const {
    const bool held = w.holders.contains(op.hold), ended = w.ended.contains(op.hold);
    if (op.answer == Answer::no)
      return !held && (ended || (!has_room(w, op) && (op.named == kNone || w.holders.contains(op.named))));
    if (held || ended) return op.answer == Answer::yes;
    std::uint64_t token = 0;
    Instant asked = kNever, ttl = 0;
    for (const Operation& other : ops_) {
      if (other.action != Action::acquire || other.hold != op.hold) continue;
      if (token == 0) token = other.token;
      if (other.answer == Answer::no || other.answer == Answer::nothing) continue;
      asked = std::min(asked, other.invoked);
      if (other.ttl != 0) ttl = ttl == 0 ? other.ttl : std::min(ttl, other.ttl);
    }
    if (!has_room(w, op) || (token != 0 && token <= w.token)) return false;
    w.holders[op.hold] = ttl == 0 ? kNever : (from_asking_ ? asked : w.now) + ttl;
    w.token = std::max(w.token, token);
    return true;
  }

  const Operation& acquisition(std::uint32_t hold) const {
    for (const Operation& op : ops_)
      if (op.action == Action::acquire && op.hold == hold) return op;
    return ops_.front();
  }

  bool has_room(const World& w, const Operation& op) const {
    std::uint64_t taken = op.permits + (op.answer == Answer::no ? op.in_line : 0);
    for (const auto& [h, ends] : w.holders) {
      const Operation& other = acquisition(h);
      const Mode mode = w.lowered.contains(h) ? Mode::shared : other.mode;
      if (op.mode == Mode::exclusive || mode == Mode::exclusive || op.mode != mode) return false;
      taken += other.permits;
    }
    return op.mode != Mode::permits || taken <= capacity_;
  }

  const std::vector<Operation>& ops_;
  std::uint64_t capacity_;
  bool from_asking_;
  std::set<World> tried_;
};

}  // namespace lockstep::linear
