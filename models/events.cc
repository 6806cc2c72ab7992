// E1: what a subscriber is told of a lock is a piece of what the store did to it, without a hole: it begins at the
// connection, and goes on after each gap that it was told of. The store's own events are taken in the order of the
// clock by which it decided. The end may be cut off. Leaves out how soon a subscriber is told.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "models/describe.h"
#include "models/rules.h"
#include "models/words.h"

namespace lockstep::models {
namespace {

// What a subscriber was told of one lock, without a hole in between.
struct Piece {
  std::uint32_t from = 0;        // the subscription was asked for, or the gap told
  std::uint32_t ready = kNever;  // connected: what happens from then on has to be told. kNever: it may begin anywhere
  std::vector<std::uint32_t> told;
};

struct Subscription {
  std::uint32_t process = 0, number = 0, lock = 0;
  std::vector<Piece> pieces;
};

class EventsRule {
 public:
  explicit EventsRule(const Facts& facts) : facts_(facts), applied_(facts.locks) {}

  Verdict run() && {
    const auto& events = facts_.history->events;
    for (std::uint32_t i = 0; i < events.size(); ++i) take(events[i], i);
    for (auto& applied : applied_)
      std::ranges::stable_sort(applied, {}, [this](std::uint32_t i) { return event(i).clock; });
    for (const Subscription& subscription : subscriptions_) judge(subscription);
    return std::move(findings_).verdict();
  }

 private:
  using Key = std::pair<std::uint32_t, std::uint32_t>;  // process and number

  const Event& event(std::uint32_t i) const { return facts_.event(i); }

  static bool is_told_of(EventType type) {
    return type == EventType::granted || type == EventType::renewed || type == EventType::released ||
           type == EventType::expired || type == EventType::broken;
  }

  void take(const Event& e, std::uint32_t i) {
    if (e.attempt != 0 && is_told_of(e.type)) {
      applied_[facts_.attempts[e.attempt].lock].push_back(i);
    } else if (e.type == EventType::notified) {
      if (Subscription* s = open(e)) s->pieces.back().told.push_back(i);
    } else if (e.type == EventType::gap) {
      for (const std::size_t s : open_[{e.process, e.request}])
        subscriptions_[s].pieces.push_back({.from = i, .told = {}});
    } else if (e.type == EventType::process_crashed) {
      std::erase_if(open_, [&](const auto& entry) { return entry.first.first == e.process; });
    } else if (e.op == Op::watch) {
      watched(e, i);
    }
  }

  void watched(const Event& e, std::uint32_t i) {
    Subscription* s = open(e);
    switch (e.type) {
      case EventType::invoke:
        if (s == nullptr) {
          open_[{e.process, e.request}].push_back(subscriptions_.size());
          subscriptions_.push_back({e.process, e.request, e.lock, {{.from = i, .told = {}}}});
        } else if (connected(*s)) {
          s->pieces.push_back({.from = i, .told = {}});  // it connects anew
        }
        return;
      case EventType::ok:
        // Only the first piece begins at a known place.
        if (s != nullptr && s->pieces.size() == 1 && !connected(*s)) s->pieces.back().ready = i;
        return;
      case EventType::fail:
      case EventType::info:
        if (s != nullptr)
          std::erase_if(open_[{e.process, e.request}], [&](std::size_t k) { return &subscriptions_[k] == s; });
        return;
      default: return;
    }
  }

  static bool connected(const Subscription& s) { return s.pieces.size() > 1 || s.pieces.front().ready != kNever; }

  Subscription* open(const Event& e) {
    const auto found = open_.find({e.process, e.request});
    if (found == open_.end()) return nullptr;
    for (const std::size_t s : found->second)
      if (subscriptions_[s].lock == e.lock) return &subscriptions_[s];
    return nullptr;
  }

  // How much of a piece is right, and what of the store's events it would have to tell next.
  struct Match {
    std::size_t told = 0;
    std::size_t next = 0;
    bool whole = false;
  };
  // A way to read a piece so far: the next event of the store, and whether any has been told.
  using Place = std::pair<std::size_t, bool>;

  void judge(const Subscription& s) {
    const auto& applied = applied_[s.lock];
    std::size_t from = 0;
    while (from < applied.size() && applied[from] < s.pieces.front().from && certainly_before(applied[from], s)) ++from;
    for (const Piece& piece : s.pieces) {
      if (findings_.violated()) return;
      std::size_t latest = applied.size();
      if (piece.ready != kNever) {
        latest = from;
        while (latest < applied.size() && !certainly_after(applied[latest], piece.ready)) ++latest;
      }
      findings_.exercised(piece.told.size());
      if (piece.told.empty()) continue;
      const Match match = follow(s, piece, from, latest);
      if (!match.whole) return broken(s, piece, match);
      from = match.next;
    }
  }

  // What was applied before the subscription was asked for is not told; unless it was told of late.
  bool certainly_before(std::uint32_t applied, const Subscription& s) const {
    return event(applied).at < event(s.pieces.front().from).at;
  }
  bool certainly_after(std::uint32_t applied, std::uint32_t ready) const {
    return applied > ready && event(applied).at - event(applied).lag >= event(ready).at;
  }

  static bool same(const Event& told, const Event& applied) {
    return told.told == applied.type && told.attempt == applied.attempt &&
           (told.token == 0 || applied.token == 0 || told.token == applied.token);
  }

  // All ways to read the piece at once. It begins somewhere from `from` to `latest`. Where the store crashed after the
  // last event that agrees, the store's word for what was told may have been lost with it.
  Match follow(const Subscription& s, const Piece& piece, std::size_t from, std::size_t latest) const {
    const auto& applied = applied_[s.lock];
    std::vector<Place> places;
    for (std::size_t begin = from; begin <= latest; ++begin) places.emplace_back(begin, false);
    for (std::size_t k = 0; k < piece.told.size(); ++k) {
      const std::uint32_t told = piece.told[k];
      std::vector<Place> next;
      for (const auto& [at, any] : places) {
        const std::uint32_t crash = facts_.last_store_crash(told);
        const std::uint32_t since = any ? std::max(piece.from, applied[at - 1]) : piece.from;
        if (crash != kNever && crash > since) next.emplace_back(at, any);
        if (at < applied.size() && happened(event(told), event(applied[at]))) next.emplace_back(at + 1, true);
      }
      std::ranges::sort(next);
      const auto repeated = std::ranges::unique(next);
      next.erase(repeated.begin(), repeated.end());
      if (next.empty()) {
        const bool began = std::ranges::any_of(places, &Place::second);
        return {k, began || piece.ready != kNever ? places.back().first : from, false};
      }
      places = std::move(next);
    }
    return {piece.told.size(), places.front().first, true};
  }

  bool happened(const Event& told, const Event& applied) const {
    return same(told, applied) && applied.at - applied.lag <= told.at;
  }

  void broken(const Subscription& s, const Piece& piece, const Match& match) {
    const auto& applied = applied_[s.lock];
    const std::uint32_t told = piece.told[match.told];
    const auto equals = [&](std::uint32_t i) { return same(event(told), event(i)); };
    const auto next = applied.begin() + static_cast<std::ptrdiff_t>(match.next);
    const auto later = std::find_if(next, applied.end(), equals);
    const auto earlier = std::find_if(applied.begin(), next, equals);
    const Event& e = event(told);
    const std::string who = process_name(*facts_.history, s.process);
    const std::string what = fmt::format("{} of attempt {} on {}", name_of(e.told), e.attempt, name(s.lock));
    if (later != applied.end() && later != next && event(*later).at - event(*later).lag <= e.at) {
      findings_.violation("event missed", {*next, told},
                          fmt::format("{} was told at {} of \"{}\", but not of \"{} of attempt {}\" at {} before that, "
                                      "and of no gap",
                                      who, seconds(e.at), what, name_of(event(*next).type), event(*next).attempt,
                                      seconds(event(*next).at)));
    } else if (earlier != next) {
      const auto again = std::find_if(piece.told.begin(), piece.told.begin() + static_cast<std::ptrdiff_t>(match.told),
                                      [&](std::uint32_t i) { return equals_told(i, told); });
      const bool twice = again != piece.told.begin() + static_cast<std::ptrdiff_t>(match.told);
      findings_.violation(
          twice ? "event told twice" : "events out of order", {*earlier, twice ? *again : kNever, told},
          fmt::format("{} was told at {} of \"{}\", {}", who, seconds(e.at), what,
                      twice ? "and had been told so before" : "after it had been told of later events"));
    } else {
      findings_.violation(
          "event invented", {told},
          fmt::format("{} was told at {} of \"{}\", which the store had not done", who, seconds(e.at), what));
    }
  }

  bool equals_told(std::uint32_t a, std::uint32_t b) const {
    return event(a).told == event(b).told && event(a).attempt == event(b).attempt;
  }
  std::string name(std::uint32_t lock) const { return lock_name(*facts_.history, lock); }

  const Facts& facts_;
  Findings findings_{Property::events};
  std::vector<std::vector<std::uint32_t>> applied_;  // by lock, in the order of the deciding clock
  std::vector<Subscription> subscriptions_;
  std::map<Key, std::vector<std::size_t>> open_;
};

}  // namespace

Verdict events(const Facts& facts, const Bounds&) { return EventsRule(facts).run(); }

}  // namespace lockstep::models
