// The search of S3 against another one that knows none of its short cuts: every order of every choice of what happened.
#include "models/window_search.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "models/dice_test.h"

namespace lockstep::models {
namespace {

using Kind = WindowOp::Kind;

bool can_only_answer(Kind kind) { return kind == Kind::refusal || kind == Kind::renewal || kind == Kind::not_held; }

// One line of thought: operations, and ends of holds as "holder + all operations", in the order in which they happened.
class Naive {
 public:
  Naive(const Window& window, const History& history) : window_(window), history_(history) {}

  bool explains() {
    std::vector<std::size_t> optional, sure;
    for (std::size_t i = 0; i < window_.ops.size(); ++i)
      (window_.ops[i].returned == kNever ? optional : sure).push_back(i);
    for (std::size_t h = 0; h < window_.holders.size(); ++h) optional.push_back(window_.ops.size() + h);
    for (std::size_t choice = 0; choice < (std::size_t{1} << optional.size()); ++choice) {
      auto order = sure;
      for (std::size_t k = 0; k < optional.size(); ++k)
        if ((choice >> k & 1) != 0) order.push_back(optional[k]);
      std::ranges::sort(order);
      do {
        if (is_right(order)) return true;
      } while (std::ranges::next_permutation(order).found);
    }
    return false;
  }

 private:
  struct Holder {
    int state = 0;  // 0 nothing yet, 1 holds, 2 is over
    Mode mode{};
    Instant runs_out{};
  };

  bool is_right(const std::vector<std::size_t>& order) const {
    const std::size_t all = window_.ops.size();
    for (std::size_t i = 0; i < order.size(); ++i)
      for (std::size_t k = i + 1; k < order.size(); ++k)
        if (order[i] < all && order[k] < all && window_.ops[order[k]].returned <= window_.ops[order[i]].invoked)
          return false;
    std::vector<Holder> holders(window_.holders.size());
    std::uint64_t token = window_.token;
    for (std::size_t i = 0; i < order.size(); ++i) {
      if (order[i] < all) {
        if (!happens(window_.ops[order[i]], holders, token)) return false;
        continue;
      }
      const std::size_t h = order[i] - all;
      const Instant from = std::min(holders[h].runs_out, window_.holders[h].may_end);
      if (holders[h].state != 1) return false;
      holders[h].state = 2;
      for (std::size_t k = i + 1; k < order.size(); ++k)
        if (order[k] < all && window_.ops[order[k]].returned != kNever &&
            history_.events[window_.ops[order[k]].returned].at < from)
          return false;
    }
    return true;
  }

  bool room(const std::vector<Holder>& holders, std::uint32_t who, std::uint64_t more) const {
    std::uint64_t permits = window_.holders[who].permits + more;
    for (std::size_t h = 0; h < holders.size(); ++h) {
      if (h == who || holders[h].state != 1) continue;
      const Mode a = holders[h].mode, b = window_.holders[who].mode;
      if (a != b || a == Mode::exclusive) return false;
      permits += window_.holders[h].permits;
    }
    return window_.holders[who].mode != Mode::permits || permits <= window_.capacity;
  }

  bool happens(const WindowOp& op, std::vector<Holder>& holders, std::uint64_t& token) const {
    Holder& own = holders[op.who];
    switch (op.kind) {
      case Kind::grant:
        if (own.state != 0 || !room(holders, op.who, 0) || (op.token != 0 && op.token <= token)) return false;
        own = {1, window_.holders[op.who].mode, op.runs_out};
        token = std::max(token, op.token);
        return true;
      case Kind::release:
        if (own.state != 1) return false;
        own.state = 2;
        return true;
      case Kind::downgrade:
        if (own.state != 1 || window_.holders[op.who].mode != Mode::exclusive) return false;
        own.mode = Mode::shared;
        if (op.returned != kNever) own.runs_out = std::max(own.runs_out, op.runs_out);
        return true;
      case Kind::renewal: own.runs_out = std::max(own.runs_out, op.runs_out); return own.state == 1;
      case Kind::not_held: return own.state != 1;
      case Kind::refusal:
        if (own.state == 2) return true;
        if (op.named != kNever && holders[op.named].state != 1) return false;
        return own.state == 0 && !room(holders, op.who, op.line);
    }
    return false;
  }

  const Window& window_;
  const History& history_;
};

// An attempt or two more than one, each with its grant and some of what may follow, all within 24 instants.
struct RandomWindow {
  explicit RandomWindow(Dice& dice) {
    for (std::uint64_t i = 0; i <= kInstants; ++i)
      history.events.push_back({.at = Duration(static_cast<std::int64_t>(i)), .type = EventType::info});
    const auto kind = dice.below(3);
    window.capacity = kind == 2 ? 3 : 0;
    const auto attempts = dice.chance(70) ? 2u : 3u;
    for (std::uint32_t who = 0; who < attempts; ++who) {
      const Mode mode = kind == 2 ? Mode::permits : kind == 1 && dice.chance(50) ? Mode::shared : Mode::exclusive;
      window.holders.push_back({mode, static_cast<std::uint32_t>(1 + dice.below(2)), who + 1});
      if (dice.chance(10)) window.holders.back().may_end = Duration(static_cast<std::int64_t>(dice.below(kInstants)));
      auto from = dice.below(kInstants / 2);
      add(dice, who, Kind::grant, from, 20);
      if (dice.chance(70)) window.ops.back().token = 1 + dice.below(3);
      for (const Kind next : {Kind::renewal, Kind::downgrade, Kind::release, Kind::refusal, Kind::not_held}) {
        if (window.ops.size() >= 5 || dice.chance(65)) continue;
        if (next == Kind::downgrade && mode != Mode::exclusive) continue;
        from = std::min<std::uint64_t>(from + dice.below(6), kInstants - 4);
        add(dice, who, next, from, can_only_answer(next) ? 0 : 30);
        if (next == Kind::refusal && dice.chance(30)) window.ops.back().named = (who + 1) % attempts;
        if (next == Kind::refusal && kind == 2) window.ops.back().line = static_cast<std::uint32_t>(dice.below(2));
      }
    }
  }

  void add(Dice& dice, std::uint32_t who, Kind kind, std::uint64_t from, std::uint64_t unknown) {
    WindowOp op{.kind = kind, .who = who, .invoked = static_cast<std::uint32_t>(from)};
    if (!dice.chance(unknown)) op.returned = static_cast<std::uint32_t>(from + 1 + dice.below(4));
    op.runs_out = Duration(static_cast<std::int64_t>(from + 5 + dice.below(6)));
    window.ops.push_back(op);
  }

  std::string told() const {
    std::string text;
    for (const WindowOp& op : window.ops)
      text +=
          fmt::format("\n{} of {}: {} to {}, token {}, runs out at {}", static_cast<int>(op.kind), op.who, op.invoked,
                      op.returned == kNever ? -1 : static_cast<int>(op.returned), op.token, op.runs_out.count());
    for (const WindowHolder& h : window.holders)
      text += fmt::format("\nmode {}, {} permits, may end at {}", static_cast<int>(h.mode), h.permits,
                          h.may_end == Instant::max() ? -1 : h.may_end.count());
    return text;
  }

  static constexpr std::uint64_t kInstants = 24;
  Window window;
  History history;
};

TEST(WindowSearch, AgreesWithEveryOrderOfEveryChoice) {
  Dice dice(11);
  int explained = 0;
  constexpr int kRounds = 1'000;
  for (int round = 0; round < kRounds; ++round) {
    const RandomWindow random(dice);
    const bool expected = Naive(random.window, random.history).explains();
    explained += expected;
    const auto answer = search(random.window, random.history);
    ASSERT_EQ(answer.found == WindowAnswer::Found::order, expected) << "round " << round << random.told();
  }
  RecordProperty("explained", explained);
  EXPECT_GT(explained, kRounds / 10);
  EXPECT_LT(explained, kRounds - kRounds / 10);
}

// The memory of dead ends has a bit for each grant, not for each attempt.
TEST(WindowSearch, KeepsManyAttemptsApart) {
  History history;
  for (int i = 0; i < 100; ++i) history.events.push_back({.at = Duration(i)});
  Window window;
  window.holders.resize(70);
  const auto grants = [&](std::uint32_t who, std::uint32_t from, std::uint64_t token) {
    window.ops.push_back({.kind = Kind::grant, .who = who, .invoked = from, .returned = from + 2, .token = token});
    window.ops.back().runs_out = Duration(from + 6);
  };
  grants(5, 10, 1), grants(69, 20, 2), grants(6, 30, 3);
  EXPECT_EQ(search(window, history).found, WindowAnswer::Found::order);
  grants(68, 33, 4);
  EXPECT_EQ(search(window, history).found, WindowAnswer::Found::none);
}

TEST(WindowSearch, GivesUpAfterManyStates) {
  History history;
  history.events.resize(100);
  for (std::size_t i = 0; i < history.events.size(); ++i) history.events[i].at = Duration(static_cast<std::int64_t>(i));
  Window window{.capacity = 100, .token = 0, .holders = {}, .ops = {}};
  for (std::uint32_t who = 0; who < 16; ++who) {
    window.holders.push_back({Mode::permits, 1, who + 1});
    window.ops.push_back({.kind = Kind::grant, .who = who, .invoked = 0, .returned = 50});
  }
  window.ops.push_back({.kind = Kind::not_held, .who = 0, .invoked = 60, .returned = 61});
  EXPECT_EQ(search(window, history).found, WindowAnswer::Found::too_long);
}

}  // namespace
}  // namespace lockstep::models
