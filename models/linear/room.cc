// A count of what may be held and of who may stand in line, kept from instant to instant.
#include "models/linear/room.h"

#include <algorithm>

namespace lockstep::linear {

void Room::asked(std::uint32_t number, Instant at) {
  come_to(at);
  const Turn& turn = turns_.all[number];
  next_ = number + 1;
  if (turn.may_stand_in_line()) {
    ++line_[turn.weight];
  } else if (turn.over_by > turn.asked) {
    open_ += turn.weight;
    counted_[number] = kNone;
  }
}

void Room::answered(std::uint32_t number, Instant at) {
  come_to(at);
  const Turn& turn = turns_.all[number];
  if (turn.waits) {
    const auto weight = line_.find(turn.weight);
    if (weight != line_.end() && --weight->second == 0) line_.erase(weight);
  } else if (counted_[number] == kNone) {
    open_ -= turn.weight;
    counted_[number] = 0;
  }
  if (turn.end != Turn::End::granted) return;
  granted_ = true;
  closed_ = turn.op;
  if (turn.over_by <= turn.told) return;
  // Whoever else was granted before cannot hold beside it, and no attempt holds twice.
  if (turn.weight >= capacity_ && turn.told < turn.sure_to) told_ = 0, ++epoch_;
  told_ += turn.weight;
  counted_[number] = epoch_;
}

void Room::over(std::uint32_t number, std::uint32_t op, Instant at) {
  come_to(at);
  const Turn& turn = turns_.all[number];
  std::uint32_t& counted = counted_[number];
  if (turn.end == Turn::End::unknown && counted == kNone) {
    open_ -= turn.weight;
  } else if (turn.end == Turn::End::granted && counted == epoch_) {
    told_ -= turn.weight;
  } else {
    return;
  }
  counted = 0;
  opened_ = op;
}

void Room::finish(Instant at) {
  come_to(at);
  settle();
  if (idle_) close();
}

void Room::come_to(Instant at) {
  if (at == now_) return;
  settle();
  now_ = at;
  if (idle_) measure(at);
}

bool Room::has_room() const { return told_ + open_ + (line_.empty() ? 0 : line_.rbegin()->first) <= capacity_; }

// Of those who stand in line, who was asked for first has waited longest; the others matter once it has left.
void Room::measure(Instant at) {
  for (; first_ < next_; ++first_) {
    const Turn& turn = turns_.all[first_];
    const Instant until = turn.in_line_until();
    const Instant from = std::max(stretch_.from, later(turn.asked, queued_within_));
    const Instant to = std::min(at, until);
    if (to > from && to - from > best_.length())
      best_ = {.from = from, .to = to, .witness = turn.op, .opened = from == stretch_.from ? stretch_.opened : kNone};
    if (until > at) break;
  }
}

void Room::settle() {
  const bool room = has_room();
  if (idle_ && (granted_ || !room)) close();
  if (!idle_ && room) {
    idle_ = true;
    stretch_ = {.from = now_, .to = now_, .opened = opened_};
    best_ = {};
  }
  granted_ = false;
  opened_ = closed_ = kNone;
}

void Room::close() {
  idle_ = false;
  if (best_.length() == 0) return;
  if (granted_ && best_.to == now_) best_.closed = closed_;
  ++stretches_;
  if (best_.length() > by_) ++longer_;
  if (best_.length() > longest_.length()) longest_ = best_;
}

}  // namespace lockstep::linear
