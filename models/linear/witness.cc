// From the last state of a sweep back to the first: the changes in their order, their instants as late as can be, and
// then a stretch between two of them for each answer. docs/notes/checking-locks.md says why there is one.
#include "models/linear/witness.h"

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

namespace lockstep::linear {
namespace {

constexpr std::size_t kNowhere = std::numeric_limits<std::size_t>::max();

struct Change {
  Step::Kind kind{};
  std::uint32_t hold = kNone;
  std::uint32_t operation = kNone;  // ended: kNone where its lease did it
  Instant at = 0;                   // at first the latest
};

// The sweep calls ghosts of one group by each other's names. Gives each step a ghost that it can be of.
class Ghosts {
 public:
  Ghosts(const Holds& holds, const std::vector<Alias>& aliases) : holds_(holds), aliases_(aliases) {}

  // Before each step, in rising order.
  void come_to(std::size_t step) {
    for (; next_ < aliases_.size() && aliases_[next_].from <= step; ++next_) {
      const auto [ghost, group, from] = aliases_[next_];
      groups_.resize(std::max<std::size_t>(groups_.size(), group + 1));
      group_of_[ghost] = group;
      groups_[group].all.push_back(ghost);
      if (is(ghost, Is::holding)) groups_[group].holding.push_back(ghost);
    }
  }
  std::uint32_t granted(std::uint32_t hold) {
    if (holds_[hold].kind != Hold::Kind::ghost) return hold;
    const auto at = group_of_.find(hold);
    if (at != group_of_.end()) {
      Group& group = groups_[at->second];
      if (!is(hold, Is::fresh)) {
        while (group.next < group.all.size() && !is(group.all[group.next], Is::fresh)) ++group.next;
        if (group.next < group.all.size()) hold = group.all[group.next];
      }
      group.holding.push_back(hold);
    }
    now_[hold] = Is::holding;
    return hold;
  }
  std::uint32_t ended(std::uint32_t hold) {
    if (holds_[hold].kind != Hold::Kind::ghost) return hold;
    const auto at = group_of_.find(hold);
    if (at != group_of_.end() && !is(hold, Is::holding)) {
      auto& holding = groups_[at->second].holding;
      while (!holding.empty() && !is(holding.back(), Is::holding)) holding.pop_back();
      if (!holding.empty()) hold = holding.back();
    }
    now_[hold] = Is::over;
    return hold;
  }
  void broken() {
    for (auto& [ghost, is] : now_) is = Is::over;
  }

 private:
  enum class Is : std::uint8_t { fresh, holding, over };
  struct Group {
    std::vector<std::uint32_t> all, holding;
    std::size_t next = 0;  // none before it is fresh
  };
  bool is(std::uint32_t ghost, Is what) const {
    const auto at = now_.find(ghost);
    return (at == now_.end() ? Is::fresh : at->second) == what;
  }

  const Holds& holds_;
  const std::vector<Alias>& aliases_;
  std::size_t next_ = 0;
  std::map<std::uint32_t, Is> now_;
  std::map<std::uint32_t, std::uint32_t> group_of_;
  std::vector<Group> groups_;
};

class Builder {
 public:
  Builder(const Log& log, const Holds& holds, std::uint32_t lock, std::span<const std::uint32_t> operations)
      : log_(log), holds_(holds), lock_(lock), capacity_(capacity_of(log, lock)), operations_(operations) {
    for (const std::uint32_t o : operations) note(o);
  }

  std::optional<Witness> build(const Sweep& sweep, const State& state) {
    order(sweep, state);
    if (!date()) return std::nullopt;
    follow();
    if (!pass()) return std::nullopt;
    follow();
    places_.clear();
    for (const std::uint32_t o : operations_)
      if (!place(o)) return std::nullopt;
    return merged();
  }

 private:
  struct Attempt {
    std::uint32_t release = kNone;                     // that was asked for first, of those that may have taken effect
    Instant ttl = 0;                                   // of its grant, as the log has it
    std::size_t granted = kNowhere, ended = kNowhere;  // changes, by index
  };
  // Slot j lies after j changes.
  struct Place {
    std::size_t slot = 0;
    Instant at = 0;
    std::uint32_t operation = kNone;
  };

  const Operation& op(std::uint32_t o) const { return log_.operations[o]; }
  bool lasts(std::uint32_t o, Instant at) const { return op(o).invoked <= at && at <= op(o).returned; }

  void note(std::uint32_t o) {
    const Operation& x = op(o);
    if (x.hold == kNone || x.answer == Answer::no || x.answer == Answer::nothing) return;
    Attempt& attempt = attempts_[x.hold];
    if (x.action == Action::release && (attempt.release == kNone || x.invoked < op(attempt.release).invoked))
      attempt.release = o;
    if (x.action == Action::acquire && x.ttl != 0)
      attempt.ttl = attempt.ttl == 0 ? x.ttl : std::min(attempt.ttl, x.ttl);
  }

  void order(const Sweep& sweep, const State& state) {
    std::vector<std::uint32_t> path;
    for (std::uint32_t p = state.path; p != kNone; p = sweep.steps()[p].before) path.push_back(p);
    std::ranges::reverse(path);
    changes_.clear();
    Ghosts ghosts(holds_, sweep.aliases());
    for (const std::uint32_t p : path) {
      const Step& step = sweep.steps()[p];
      ghosts.come_to(p);
      Change change{.kind = step.kind, .at = step.latest};
      if (step.kind == Step::Kind::granted) {
        change.hold = ghosts.granted(step.what);
      } else if (step.kind == Step::Kind::ended) {
        change.hold = ghosts.ended(step.what);
      } else {
        change.operation = step.what;
        change.hold = op(step.what).hold;
        if (step.kind == Step::Kind::broken) ghosts.broken();
      }
      changes_.push_back(change);
    }
  }

  // Each change as late as the sweep allows, the next one, and the end of its own lease.
  bool date() {
    std::map<std::uint32_t, Instant> lease_ends;
    Instant next = kNever;
    for (std::size_t k = changes_.size(); k-- > 0;) {
      Change& c = changes_[k];
      c.at = std::min(c.at, next);
      const auto lease = log_.leases_from_asking ? lease_ends.end() : lease_ends.find(c.hold);
      if (c.kind == Step::Kind::ended) {
        const std::uint32_t release = attempts_[c.hold].release;
        if (release != kNone && lasts(release, c.at))
          c.operation = release;
        else if (attempts_[c.hold].ttl != 0)
          lease_ends[c.hold] = c.at;
        else
          return false;
      } else if (c.kind == Step::Kind::granted) {
        c.operation = holds_[c.hold].asked;
        if (lease != lease_ends.end()) c.at = std::min(c.at, lease->second - attempts_[c.hold].ttl);
      } else if (lease != lease_ends.end()) {
        c.at = std::min(c.at, lease->second - op(c.operation).ttl);
      }
      if (c.operation != kNone && !lasts(c.operation, c.at)) return false;
      next = c.at;
    }
    return true;
  }

  // What is held in each slot, and from when to when each attempt holds.
  void follow() {
    for (auto& [hold, attempt] : attempts_) attempt.granted = attempt.ended = kNowhere;
    held_.assign(1, 0);
    std::map<std::uint32_t, std::uint64_t> weights;
    const auto end = [&](std::uint32_t hold, std::size_t k) {
      attempts_[hold].ended = k;
      weights.erase(hold);
    };
    for (std::size_t k = 0; k < changes_.size(); ++k) {
      const Change& c = changes_[k];
      std::uint64_t held = held_.back();
      switch (c.kind) {
        case Step::Kind::granted:
          attempts_[c.hold].granted = k;
          held += weights[c.hold] = holds_[c.hold].weight;
          break;
        case Step::Kind::ended:
          held -= weights[c.hold];
          end(c.hold, k);
          break;
        case Step::Kind::renewed:
        case Step::Kind::lowered:
          if (op(c.operation).mode != Mode::shared || weights[c.hold] != kWhole) break;
          held -= kWhole - 1;
          weights[c.hold] = 1;
          break;
        case Step::Kind::broken:
          while (!weights.empty()) end(weights.begin()->first, k);
          held = 0;
          break;
      }
      held_.push_back(held);
    }
  }

  // Ghosts that were released, and of whom the sweep only knows that there was room for them at one instant.
  bool pass() {
    std::vector<std::pair<Place, std::uint32_t>> passing;
    for (const auto& [hold, attempt] : attempts_) {
      const Hold& h = holds_[hold];
      if (h.kind != Hold::Kind::ghost || h.released_by == kNever || attempt.granted != kNowhere) continue;
      const Instant from = std::max(h.from, h.releasable);
      std::size_t j = first_slot(from);
      while (j < changes_.size() && held_[j] + h.weight > capacity_) ++j;
      const Place at{.slot = j, .at = std::max(from, begin_of(j))};
      if (held_[j] + h.weight > capacity_ || at.at > h.released_by || !lasts(attempt.release, at.at)) return false;
      passing.emplace_back(at, hold);
    }
    if (passing.empty()) return true;
    std::ranges::stable_sort(passing, {}, [](const auto& p) { return std::pair(p.first.slot, p.first.at); });
    std::vector<Change> all;
    std::size_t k = 0;
    for (const auto& [place, hold] : passing) {
      while (k < place.slot) all.push_back(changes_[k++]);
      const Change grant{.kind = Step::Kind::granted, .hold = hold, .operation = holds_[hold].asked, .at = place.at};
      all.push_back(grant);
      all.push_back({.kind = Step::Kind::ended, .hold = hold, .operation = attempts_[hold].release, .at = place.at});
    }
    all.insert(all.end(), changes_.begin() + static_cast<std::ptrdiff_t>(k), changes_.end());
    changes_ = std::move(all);
    return true;
  }

  Instant begin_of(std::size_t slot) const {
    return slot == 0 ? std::numeric_limits<Instant>::min() : changes_[slot - 1].at;
  }
  // The first one that has not ended before `at`.
  std::size_t first_slot(Instant at) const {
    return static_cast<std::size_t>(std::ranges::lower_bound(changes_, at, {}, &Change::at) - changes_.begin());
  }

  // Somewhere from the slot `from` to the slot `to`, as early as can be.
  bool put(std::uint32_t o, std::size_t from, std::size_t to) {
    const std::size_t slot = std::max(from, first_slot(op(o).invoked));
    const Instant at = std::max(op(o).invoked, begin_of(slot));
    if (slot > to || at > op(o).returned) return false;
    places_.push_back({.slot = slot, .at = at, .operation = o});
    return true;
  }
  bool put_after(std::uint32_t o, std::size_t change) {
    return change != kNowhere && put(o, change + 1, changes_.size());
  }

  bool holds_in(std::uint32_t hold, std::size_t slot) const {
    const auto found = attempts_.find(hold);
    if (found == attempts_.end()) return false;  // it was only ever refused
    const Attempt& attempt = found->second;
    return attempt.granted != kNowhere && attempt.granted < slot && slot <= attempt.ended;
  }

  template <class Fits>
  bool put_where(std::uint32_t o, std::size_t to, const Fits& fits) {
    for (std::size_t j = first_slot(op(o).invoked); j <= to && begin_of(j) <= op(o).returned; ++j)
      if (fits(j)) return put(o, j, j);
    return false;
  }

  bool place(std::uint32_t o) {
    const Operation& x = op(o);
    if (x.answer == Answer::nothing || x.answer == Answer::unknown || x.returned == kNever) return true;
    const bool yes = x.answer == Answer::yes;
    const bool nobody = x.hold == kNone;
    const Attempt own = nobody ? Attempt{} : attempts_[x.hold];
    switch (x.action) {
      case Action::acquire:
        if (!yes) return place_refusal(o, own);
        return is_change(o, own.granted) || put_after(o, own.granted);
      case Action::release:
        if (!yes) return place_not_held(o, own);
        return is_change(o, own.ended) || put_after(o, own.ended);
      case Action::renew: return yes || place_not_held(o, own);
      case Action::break_all: return yes;
      case Action::inspect:
        if (nobody) return put_where(o, changes_.size(), [&](std::size_t j) { return held_[j] == 0; });
        return own.granted != kNowhere && put(o, own.granted + 1, std::min(own.ended, changes_.size()));
    }
    return false;
  }

  bool is_change(std::uint32_t o, std::size_t change) const {
    return change != kNowhere && changes_[change].operation == o;
  }

  bool place_not_held(std::uint32_t o, const Attempt& own) {
    return put(o, 0, std::min(own.granted, changes_.size())) || put_after(o, own.ended);
  }

  bool place_refusal(std::uint32_t o, const Attempt& own) {
    const std::uint64_t weight = refused_weight_of(log_, op(o));
    const std::uint32_t named = op(o).named;
    const auto is_in_the_way = [&](std::size_t j) {
      return held_[j] + weight > capacity_ && (named == kNone || holds_in(named, j));
    };
    return put_where(o, std::min(own.granted, changes_.size()), is_in_the_way) || put_after(o, own.ended);
  }

  Witness merged() {
    std::ranges::stable_sort(places_, {}, [](const Place& p) { return std::pair(p.slot, p.at); });
    Witness witness{.lock = lock_, .points = {}};
    auto place = places_.begin();
    for (std::size_t slot = 0; slot <= changes_.size(); ++slot) {
      for (; place != places_.end() && place->slot == slot; ++place)
        witness.points.push_back({.at = place->at, .operation = place->operation, .hold = op(place->operation).hold});
      if (slot == changes_.size()) break;
      const Change& c = changes_[slot];
      witness.points.push_back({.kind = c.operation == kNone ? Point::Kind::lease_end : Point::Kind::operation,
                                .at = c.at,
                                .operation = c.operation,
                                .hold = c.hold});
    }
    return witness;
  }

  const Log& log_;
  const Holds& holds_;
  std::uint32_t lock_;
  std::uint64_t capacity_;
  std::span<const std::uint32_t> operations_;
  std::map<std::uint32_t, Attempt> attempts_;
  std::vector<Change> changes_;
  std::vector<std::uint64_t> held_;  // by slot
  std::vector<Place> places_;
};

}  // namespace

std::optional<Witness> witness_of(const Log& log, const Holds& holds, const Sweep& sweep, std::uint32_t lock,
                                  std::span<const std::uint32_t> operations) {
  Builder builder(log, holds, lock, operations);
  for (const State& state : sweep.states())
    if (auto witness = builder.build(sweep, state)) return witness;
  return std::nullopt;
}

}  // namespace lockstep::linear
