// One pass over the events makes the turns; one over each lock's beginnings and ends of certain stays orders them.
#include "models/linear/turns.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace lockstep::linear {
namespace {

Turn turn_of(const Log& log, const Stay& stay, const TurnRules& rules, Instant end) {
  const Operation& op = log.operations[stay.acquired];
  Turn turn{.op = stay.acquired,
            .waits = op.waits && !stay.again,
            .asked = log.operations[stay.first].invoked,
            .told = op.returned,
            .from = stay.from,
            .sure_to = stay.sure_to,
            .over_by = stay.over_by,
            .weight = weight_of(log, op),
            .token = op.token};
  if (stay.told != kNever) {
    turn.end = Turn::End::granted;
  } else if (stay.again) {
    return turn;
  } else if (op.answer != Answer::unknown) {
    turn.end = Turn::End::gave_up;
    turn.may_have_left = true;
    if (rules.told_within) turn.from = std::max(op.invoked, op.returned - *rules.told_within);
  } else if (op.waits && rules.unanswered_wait && !stay.asked_back) {
    turn.end = Turn::End::unanswered;
    turn.may_have_left = rules.told_within.has_value();
    if (rules.told_within) turn.from = std::max(op.invoked, end - *rules.told_within);
  }
  return turn;
}

// A step function of time as it was so far: when was it last above some height? Each question in O(log n).
class Past {
 public:
  // It had this height up to `last`, since the end of the stretch before.
  void add(std::uint64_t height, Instant last) {
    while (!falling_.empty() && falling_.back().first <= height) falling_.pop_back();
    falling_.emplace_back(height, last);
  }
  Instant last_above(std::uint64_t height) const {
    const auto at = std::ranges::partition_point(falling_, [&](const auto& stretch) { return stretch.first > height; });
    return at == falling_.begin() ? std::numeric_limits<Instant>::min() : (at - 1)->second;
  }

 private:
  std::vector<std::pair<std::uint64_t, Instant>> falling_;  // each lower and later than the one before
};

struct Point {
  Instant at = 0;
  std::uint32_t turn = 0;
};

}  // namespace

TurnsOfLog turns_of(const Log& log, const std::vector<Stay>& stays, const TurnRules& rules) {
  TurnsOfLog all{.locks = std::vector<Turns>(log.locks.size()), .by_hold = std::vector(log.holds, kNone)};
  const Instant end = end_of(log);
  for (const std::uint32_t event : log.events) {
    const std::uint32_t o = event / 2;
    const Operation& op = log.operations[o];
    if (op.action != Action::acquire || op.hold == kNone || !stays[op.hold].is_turn) continue;
    const Stay& stay = stays[op.hold];
    Turns& turns = all.locks[op.lock];
    if (event % 2 == 0 && stay.first == o) {
      all.by_hold[op.hold] = static_cast<std::uint32_t>(turns.all.size());
      turns.all.push_back(turn_of(log, stay, rules, end));
    } else if (event % 2 == 1 && stay.acquired == o && op.answer == Answer::yes) {
      turns.by_told.push_back(all.by_hold[op.hold]);
    }
  }
  return all;
}

void raise_earliest_grants(Turns& turns, std::uint64_t capacity) {
  std::vector<Point> ends, questions;
  for (std::uint32_t i = 0; i < turns.all.size(); ++i) {
    const Turn& turn = turns.all[i];
    if (turn.end == Turn::End::granted && turn.told < turn.sure_to) {
      if (turn.sure_to != kNever) ends.push_back({turn.sure_to, i});
    } else if (turn.end == Turn::End::granted || (turn.end == Turn::End::unanswered && !turn.may_have_left)) {
      questions.push_back({std::min(turn.told, turn.sure_to), i});
    }
  }
  std::ranges::sort(ends, {}, &Point::at);
  std::ranges::sort(questions, {}, &Point::at);
  Past past;
  Instant now = std::numeric_limits<Instant>::min();
  std::uint64_t held = 0;
  const auto come_to = [&](Instant at) {
    if (at > now) past.add(held, at - 1);
    now = at;
  };
  const auto ask = [&](Turn& turn) {
    const Instant last = turn.weight > capacity ? now - 1 : past.last_above(capacity - turn.weight);
    if (last >= turn.from) turn.from = last + 1;
  };
  auto told = turns.by_told.begin();
  auto end = ends.begin(), question = questions.begin();
  while (true) {
    const auto at_told = told == turns.by_told.end() ? kNever : turns.all[*told].told;
    const auto at_end = end == ends.end() ? kNever : end->at;
    const auto at_question = question == questions.end() ? kNever : question->at;
    const Instant at = std::min({at_told, at_end, at_question});
    if (at == kNever) break;
    come_to(at);
    if (at_told == at) {
      Turn& turn = turns.all[*told++];
      if (turn.told >= turn.sure_to) continue;
      ask(turn);
      held += turn.weight;
    } else if (at_end == at) {
      held -= turns.all[end++->turn].weight;
    } else {
      ask(turns.all[question++->turn]);
    }
  }
  come_to(kNever);
  for (; question != questions.end(); ++question) ask(turns.all[question->turn]);
}

Passed::Passed(const Turns& turns)
    : turns_(turns),
      rank_(turns.all.size()),
      all_(turns.by_told.size()),
      without_token_(turns.by_told.size()),
      by_token_(turns.by_told.size()) {
  for (const std::uint32_t turn : turns.by_told) {
    rank_[turn] = static_cast<std::uint32_t>(told_.size());
    told_.push_back(turns.all[turn].told);
    if (turns.all[turn].token != 0) tokens_.push_back(turns.all[turn].token);
  }
  std::ranges::sort(tokens_);
}

void Passed::add(std::uint32_t number) {
  const Turn& turn = turns_.all[number];
  all_.add(rank_[number]);
  if (turn.token == 0)
    without_token_.add(rank_[number]);
  else
    by_token_.add(static_cast<std::size_t>(std::ranges::lower_bound(tokens_, turn.token) - tokens_.begin()));
}

std::uint64_t Passed::before(const Turn& turn) const {
  const auto rank = static_cast<std::size_t>(std::ranges::lower_bound(told_, turn.from) - told_.begin());
  if (turn.token == 0) return all_.below(rank);
  return without_token_.below(rank) +
         by_token_.below(static_cast<std::size_t>(std::ranges::lower_bound(tokens_, turn.token) - tokens_.begin()));
}

void Passed::Ranks::add(std::size_t rank) {
  for (std::size_t i = rank + 1; i < sums_.size(); i += i & (~i + 1)) ++sums_[i];
}

std::uint64_t Passed::Ranks::below(std::size_t rank) const {
  std::uint64_t sum = 0;
  for (std::size_t i = rank; i > 0; i -= i & (~i + 1)) sum += sums_[i];
  return sum;
}

bool certainly_before(const Turn& b, const Turn& a) {
  if (a.token != 0 && b.token != 0) return b.token < a.token;
  return b.told < a.from;
}

}  // namespace lockstep::linear
