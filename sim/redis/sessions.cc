// Answers are remembered for as long as a client may ask for them again; older ones are forgotten in the order in which
// they were given.
#include "sim/redis/sessions.h"

namespace lockstep::sim::redis {
namespace {

constexpr std::size_t kRemembered = 4096;

}  // namespace

void Sessions::take(Address from, Frame frame) {
  if (frame.kind == Frame::Kind::ask) return take_command(from, std::move(frame));
  if (frame.kind != Frame::Kind::connect) return;
  endpoint_.send(from, encode(Frame{Frame::Kind::connected, epoch_, frame.session, frame.number, {}}));
}

// What came too early waits.
void Sessions::take_command(Address from, Frame frame) {
  if (frame.epoch != epoch_) {
    const Frame answer{Frame::Kind::reset, frame.epoch, frame.session, frame.number, {}};
    return endpoint_.send(from, encode(answer));
  }
  const Asked asked{frame.session, frame.number};
  if (const auto known = remembered_.find(asked); known != remembered_.end()) {
    answers_.push_back({from, known->second});
    return;
  }
  std::uint64_t& last = last_[frame.session];
  if (frame.number <= last) return;  // answered long ago
  early_.insert_or_assign(asked, std::move(frame));
  for (auto next = early_.find({asked.first, last + 1}); next != early_.end();
       next = early_.find({asked.first, last + 1})) {
    ++last;
    carry_out(from, next->second);
    early_.erase(next);
  }
}

void Sessions::carry_out(Address from, const Frame& frame) {
  const Frame answer{Frame::Kind::answer, epoch_, frame.session, frame.number, carry_out_(frame.session, frame.body)};
  Bytes bytes = encode(answer);
  answers_.push_back({from, bytes});
  const Asked asked{frame.session, frame.number};
  remembered_.emplace(asked, std::move(bytes));
  in_order_.push_back(asked);
  if (in_order_.size() <= kRemembered) return;
  remembered_.erase(in_order_.front());
  in_order_.pop_front();
}

}  // namespace lockstep::sim::redis
