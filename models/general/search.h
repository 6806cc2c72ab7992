// Whether a log is linearizable with respect to any sequential specification: whether one order of its operations, in
// which nobody comes before somebody who had returned before it was asked, explains all answers. Depth first, with a
// memory of dead ends. Exponential in the worst case, since the question is NP-complete; a budget ends it. For locks
// models/linear is faster and says more; this one takes specifications of your own, and is a third opinion.
// Source: Wing and Gong 1993; Lowe 2017; Horn and Kroening 2015. docs/notes/general-checker.md tells what differs.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "models/general/dead_ends.h"
#include "models/general/placement.h"
#include "models/general/result.h"
#include "models/general/specification.h"

namespace lockstep::general {

template <Specification S>
class Search {
 public:
  using State = typename S::State;
  using Operation = typename S::Operation;

  // At most 2^31 calls. `spec` and `calls` must outlive it.
  Search(const S& spec, std::span<const Call<Operation>> calls, Budget budget)
      : spec_(spec),
        calls_(calls),
        budget_(budget),
        placement_(intervals()),
        state_(spec.initial()),
        next_(state_),
        states_(spec),
        dead_ends_(placement_.words()) {}

  Result run() && {
    observe();
    Candidate candidate = first();
    while (!placement_.is_complete()) {
      if (is_spent()) return result(Verdict::undecided);
      if (candidate.call == kNone) {
        remember();
        if (depth_ == 0) return result(Verdict::violation);
        candidate = after(back());
      } else if (!leads_on(candidate)) {
        candidate = after(candidate);
      } else {
        go(candidate);
        candidate = is_dead() ? after(back()) : first();
      }
    }
    return result(Verdict::ok);
  }

 private:
  // A call that may come next, and to which of the states that it may lead.
  struct Candidate {
    std::uint32_t call = kNone, choice = 0, choices = 1;
  };
  struct Frame {
    Candidate went;
    std::size_t placed = 0;  // calls, before it
    State state;             // likewise
  };

  const Operation& op(std::uint32_t call) const { return calls_[call].operation; }
  bool observes(std::uint32_t call) const {
    if constexpr (Observing<S>) return spec_.observes(op(call));
    return false;
  }

  // Who changes nothing and whose answer nobody saw need not have happened.
  std::vector<Interval> intervals() const {
    std::vector<Interval> all;
    all.reserve(calls_.size());
    for (std::uint32_t i = 0; i < calls_.size(); ++i)
      all.push_back({calls_[i].invoked, calls_[i].returned, calls_[i].returned == kNever && observes(i)});
    return all;
  }

  // First who is due, then those who have to come at some time, then those who need not. Who observes has been placed
  // already, or is not right in this state.
  Candidate first() const {
    if (placement_.is_complete()) return {};
    const std::uint32_t due = placement_.due();
    return placement_.was_asked(due) && !observes(due) ? Candidate{due} : returned_from(placement_.first_returned());
  }
  Candidate after(const Candidate& c) const {
    if (c.choice + 1 < c.choices) return {c.call, c.choice + 1, c.choices};
    if (c.call == placement_.due()) return returned_from(placement_.first_returned());
    return placement_.is_unknown(c.call) ? Candidate{placement_.next_unknown(c.call)}
                                         : returned_from(placement_.next_returned(c.call));
  }
  Candidate returned_from(std::uint32_t call) const {
    while (call != kNone && (call == placement_.due() || observes(call))) call = placement_.next_returned(call);
    return {call != kNone ? call : placement_.first_unknown()};
  }

  // Whether the specification allows it; next_ is then the state after it. One of unknown outcome that changes nothing
  // is as good as left out.
  bool leads_on(Candidate& c) {
    ++steps_;
    if constexpr (Deterministic<S>) {
      next_ = state_;
      if (!spec_.step(next_, op(c.call))) return false;
    } else {
      auto states = spec_.steps(std::as_const(state_), op(c.call));
      c.choices = static_cast<std::uint32_t>(states.size());
      if (states.empty()) return false;
      next_ = std::move(states[c.choice]);
    }
    return !placement_.is_unknown(c.call) || !(next_ == state_);
  }

  void go(const Candidate& c) {
    if (frames_.size() == depth_) frames_.push_back({.went = {}, .placed = 0, .state = next_});
    Frame& frame = frames_[depth_++];
    frame.went = c;
    frame.placed = placement_.size();
    std::swap(frame.state, state_);
    std::swap(state_, next_);
    if constexpr (Measured<S>) elsewhere_ += spec_.bytes(frame.state);
    placement_.place(c.call);
    observe();
  }

  // Undoes the last one, and tells what it was.
  Candidate back() {
    Frame& frame = frames_[--depth_];
    while (placement_.size() > frame.placed) placement_.take_back();
    common_ = std::min(common_, placement_.size());
    if constexpr (Measured<S>) elsewhere_ -= spec_.bytes(frame.state);
    std::swap(state_, frame.state);
    return frame.went;
  }

  // Places everybody who changes nothing and whose answer is right in this state.
  void observe() {
    if constexpr (Observing<S>) {
      for (std::uint32_t i = placement_.first_returned(); i != kNone; i = placement_.next_returned(i)) {
        if (!observes(i)) continue;
        ++steps_;
        if (is_right(op(i))) placement_.place(i);
      }
    }
  }
  bool is_right(const Operation& observation) {
    if constexpr (Deterministic<S>)
      return spec_.step(state_, observation);
    else
      return !spec_.steps(std::as_const(state_), observation).empty();
  }

  bool somebody_is_ruled_out() const {
    if constexpr (Foreseeing<S>)
      for (std::uint32_t i = placement_.first_returned(); i != kNone; i = placement_.next_returned(i))
        if (spec_.rules_out(state_, op(i))) return true;
    return false;
  }

  bool is_dead() {
    if (placement_.is_complete()) return false;
    if (somebody_is_ruled_out()) {
      get_farther();
      return true;
    }
    if (dead_ends_.size() == 0) return false;
    const std::uint32_t state = states_.find(state_);
    return state != kNone && dead_ends_.contains(placement_.configuration(state));
  }
  // A configuration cannot come again while it is explored, since each call places one more. So only those that failed
  // are remembered, and a log that goes straight needs no memory.
  void remember() {
    dead_ends_.add(placement_.configuration(states_.add(state_)));
    get_farther();
  }

  // best_ and the placement are the same up to common_, so that copying costs no more than placing did.
  void get_farther() {
    if (std::pair(placement_.passed(), placement_.size()) <= std::pair(best_passed_, best_.size())) return;
    best_passed_ = placement_.passed();
    best_.resize(common_);
    for (; common_ < placement_.size(); ++common_) best_.push_back(placement_.at(common_));
  }

  bool is_spent() const { return steps_ >= budget_.steps || bytes() > budget_.bytes || dead_ends_.size() + 1 >= kNone; }
  std::size_t bytes() const {
    return placement_.bytes() + frames_.capacity() * sizeof(Frame) + best_.capacity() * sizeof(std::uint32_t) +
           states_.bytes() + dead_ends_.bytes() + elsewhere_;
  }

  Result result(Verdict verdict) {
    if (verdict != Verdict::violation) get_farther();
    Result r{.verdict = verdict, .order = std::move(best_)};
    if (verdict != Verdict::ok) r.stuck = placement_.return_after(best_passed_);
    if (verdict == Verdict::undecided) r.reason = out_of_budget(budget_, steps_);
    r.steps = steps_;
    r.dead_ends = dead_ends_.size();
    r.bytes = bytes();
    return r;
  }

  const S& spec_;
  std::span<const Call<Operation>> calls_;
  Budget budget_;
  Placement placement_;
  State state_, next_;
  std::vector<Frame> frames_;  // the first depth_ of them; the others are kept for their memory
  std::size_t depth_ = 0;
  StateNumbers<S> states_;
  DeadEnds dead_ends_;
  std::uint32_t best_passed_ = 0;
  std::vector<std::uint32_t> best_;
  std::size_t common_ = 0;
  std::uint64_t steps_ = 0;
  std::size_t elsewhere_ = 0;
};

// The verdict on `calls`. A call that returns before it is invoked is never explained. Throws what `spec` throws.
template <Specification S>
Result check(const S& spec, std::span<const Call<typename S::Operation>> calls, Budget budget = {}) {
  return Search<S>(spec, calls, budget).run();
}

}  // namespace lockstep::general
