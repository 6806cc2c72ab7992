// L5: attempts of one group are one acquisition of several locks. Groups never wait for each other in a circle, and a
// group of which one attempt fails gives the others back. Waiting is what the application asked and was not told yet;
// holding is what a client believes. That each attempt is answered in time is L2's and L4's business.
// Source: Coffman, Elphick and Shoshani 1971.
#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "models/claims.h"
#include "models/rules.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

// One attempt waits, or holds, for a stretch of true time. Half open.
struct Stretch {
  std::uint32_t attempt = 0;
  std::uint32_t event = kNever;  // its beginning
  Mode mode{};
  Instant from{};
  Instant to = Instant::max();
};

struct Group {
  std::vector<std::uint32_t> members;  // attempts
  std::vector<Stretch> waits, holds;
  Instant from = Instant::max(), to = Instant::min();
};
using Groups = std::map<std::uint32_t, Group>;

class DeadlockFree {
 public:
  DeadlockFree(const Facts& facts, const Bounds& bounds) : facts_(facts), bounds_(bounds) {}

  Verdict run() && {
    for (std::uint32_t attempt = 1; attempt < facts_.attempts.size(); ++attempt)
      if (facts_.attempts[attempt].group != 0) wait(attempt);
    if (groups_.empty()) return std::move(findings_).verdict();
    for (const Claim& claim : claims_of(facts_)) hold(claim);
    see_renewals();
    overlaps();
    for (const auto& [name, group] : groups_) {
      // A circle closes when somebody begins to wait, or to hold.
      for (const auto* stretches : {&group.waits, &group.holds})
        for (const Stretch& stretch : *stretches) circle(name, stretch.from);
      given_back(group);
    }
    return std::move(findings_).verdict();
  }

 private:
  const AttemptFacts& facts(std::uint32_t attempt) const { return facts_.attempts[attempt]; }
  Instant at(std::uint32_t event) const { return facts_.event(event).at; }

  void wait(std::uint32_t attempt) {
    const AttemptFacts& a = facts(attempt);
    if (a.asked == kNever) return;
    Stretch wait{.attempt = attempt, .event = a.asked, .mode = a.mode, .from = at(a.asked)};
    if (a.answered != kNever) wait.to = at(a.answered);
    if (a.client < facts_.processes.size()) {
      const auto& crashes = facts_.processes[a.client].crashes;
      const auto crash = std::ranges::upper_bound(crashes, a.asked);
      if (crash != crashes.end()) wait.to = std::min(wait.to, at(*crash));
    }
    Group& group = groups_[a.group];
    group.members.push_back(attempt);
    group.waits.push_back(wait);
    group.from = std::min(group.from, wait.from);
    group.to = std::max(group.to, wait.to);
  }

  void hold(const Claim& claim) {
    const auto group = groups_.find(facts(claim.attempt).group);
    if (group == groups_.end() || claim.from == claim.to) return;
    group->second.holds.push_back({.attempt = claim.attempt,
                                   .event = facts_.beliefs[claim.belief].began,
                                   .mode = claim.mode,
                                   .from = claim.from,
                                   .to = claim.to});
    group->second.to = std::max(group->second.to, claim.to);
  }

  // Pairs that could have met in a circle: at one time after at least two locks that both want.
  void overlaps() {
    for (auto a = groups_.begin(); a != groups_.end(); ++a) {
      for (auto b = std::next(a); b != groups_.end(); ++b) {
        if (a->second.from >= b->second.to || b->second.from >= a->second.to) continue;
        std::vector<std::uint32_t> common;
        for (const std::uint32_t member : a->second.members) {
          const auto same = [&](std::uint32_t other) { return facts(other).lock == facts(member).lock; };
          if (std::ranges::any_of(b->second.members, same)) common.push_back(facts(member).lock);
        }
        std::ranges::sort(common);
        const auto repeated = std::ranges::unique(common);
        common.erase(repeated.begin(), repeated.end());
        if (common.size() >= 2) findings_.exercised();
      }
    }
  }

  struct Edge {
    std::uint32_t waiter = 0, holder = 0;  // groups
    const Stretch* waits = nullptr;
    const Stretch* holds = nullptr;
  };

  bool blocks(const Stretch& held, const Stretch& waiting) const {
    const AttemptFacts& a = facts(held.attempt);
    const AttemptFacts& b = facts(waiting.attempt);
    if (a.lock != b.lock) return false;
    if (!compatible(held.mode, b.mode)) return true;
    const std::uint64_t most = facts_.capacity(a.lock);
    return b.mode == Mode::permits && most != 0 && std::uint64_t{a.permits} + b.permits > most;
  }

  static bool covers(const Stretch& stretch, Instant instant) {
    return stretch.from <= instant && instant < stretch.to;
  }

  std::vector<Edge> edges_from(std::uint32_t waiter, Instant instant) const {
    std::vector<Edge> edges;
    for (const Stretch& waits : groups_.at(waiter).waits) {
      if (!covers(waits, instant)) continue;
      for (const auto& [name, other] : groups_) {
        if (name == waiter || other.from > instant || other.to <= instant) continue;
        for (const Stretch& holds : other.holds)
          if (covers(holds, instant) && blocks(holds, waits)) edges.push_back({waiter, name, &waits, &holds});
      }
    }
    return edges;
  }

  void circle(std::uint32_t start, Instant instant) {
    std::vector<Edge> path;
    std::vector<std::uint32_t> seen;
    if (!findings_.violated() && leads_back(start, start, instant, path, seen)) deadlock(path, instant);
  }

  bool leads_back(std::uint32_t from, std::uint32_t start, Instant instant, std::vector<Edge>& path,
                  std::vector<std::uint32_t>& seen) const {
    for (const Edge& edge : edges_from(from, instant)) {
      if (edge.holder != start && std::ranges::find(seen, edge.holder) != seen.end()) continue;
      seen.push_back(edge.holder);
      path.push_back(edge);
      if (edge.holder == start || leads_back(edge.holder, start, instant, path, seen)) return true;
      path.pop_back();
    }
    return false;
  }

  void deadlock(const std::vector<Edge>& path, Instant instant) {
    std::vector<std::uint32_t> evidence;
    std::string chain;
    for (const Edge& edge : path) {
      evidence.push_back(edge.waits->event);
      evidence.push_back(edge.holds->event);
      chain += fmt::format("{}{} (group {}) has waited since {} for {}, which {} (group {}) has held since {}",
                           chain.empty() ? "" : "; ", client_name(facts_, edge.waits->attempt), edge.waiter,
                           seconds(edge.waits->from), name(edge.waits->attempt),
                           client_name(facts_, edge.holds->attempt), edge.holder, seconds(edge.holds->from));
    }
    findings_.violation("deadlock", std::move(evidence), fmt::format("at {}: {}", seconds(instant), chain));
  }

  // When one attempt has failed, the others are of no use.
  void given_back(const Group& group) {
    std::uint32_t failed = kNever;
    for (const std::uint32_t member : group.members) {
      const AttemptFacts& a = facts(member);
      if (a.answered != kNever && a.answered != a.acknowledged) failed = std::min(failed, a.answered);
    }
    if (failed == kNever) return;
    const Instant failure = at(failed);
    const Instant due = after(failure, stretched(bounds_.answer_slack, bounds_.max_drift_ppb));
    for (const std::uint32_t member : group.members) {
      const AttemptFacts& a = facts(member);
      if (member == facts_.event(failed).attempt) continue;
      renewed(failed, member, due);
      for (const Stretch& held : group.holds) {
        if (held.attempt != member) continue;
        const Instant until = std::min(held.to, bounds_.end);
        const Instant latest = after(due, stretched(a.ttl, bounds_.max_drift_ppb));
        if (until <= latest || facts_.paused_within(a.client, failure, latest)) continue;
        half_taken(failed, member, held.event, "still believed to hold it at " + seconds(latest));
      }
    }
  }

  void see_renewals() {
    renewals_.resize(facts_.attempts.size());
    const auto& events = facts_.history->events;
    for (std::uint32_t i = 0; i < events.size(); ++i) {
      const Event& e = events[i];
      const bool asked = e.type == EventType::invoke && e.op == Op::renew && e.attempt != 0;
      if (asked && facts(e.attempt).group != 0) renewals_[e.attempt].push_back(i);
    }
  }

  void renewed(std::uint32_t failed, std::uint32_t member, Instant due) {
    const auto& asked = renewals_[member];
    for (auto i = std::ranges::upper_bound(asked, failed); i != asked.end(); ++i) {
      const Event& e = facts_.event(*i);
      if (e.at <= due) continue;
      if (facts_.paused_within(e.process, at(failed), e.at)) return;
      return half_taken(failed, member, *i, "asked to renew it at " + seconds(e.at));
    }
  }

  void half_taken(std::uint32_t failed, std::uint32_t member, std::uint32_t proof, const std::string& what) {
    if (findings_.violated()) return;
    const Event& no = facts_.event(failed);
    findings_.violation("half of the locks kept", {failed, proof},
                        fmt::format("{} wanted {} and {} together (group {}), got no {} at {}, had {} and {}",
                                    client_name(facts_, member), name(no.attempt), name(member), facts(member).group,
                                    name(no.attempt), seconds(no.at), name(member), what));
  }

  std::string name(std::uint32_t attempt) const { return lock_name(*facts_.history, facts(attempt).lock); }

  const Facts& facts_;
  const Bounds& bounds_;
  Findings findings_{Property::deadlock_free};
  Groups groups_;
  std::vector<std::vector<std::uint32_t>> renewals_;  // by attempt, of groups only: when one was asked for
};

}  // namespace

Verdict deadlock_free(const Facts& facts, const Bounds& bounds) { return DeadlockFree(facts, bounds).run(); }

}  // namespace lockstep::models
