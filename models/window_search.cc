// Depth first with a memory of dead ends. Answers that change nothing are taken as soon as they are true: waiting
// longer cannot help them, and once taken they are in nobody's way. What is left to choose is the order of grants,
// releases and ends.
#include "models/window_search.h"

#include <algorithm>
#include <set>
#include <utility>

namespace lockstep::models {
namespace {

using Kind = WindowOp::Kind;

bool changes(Kind kind) { return kind == Kind::grant || kind == Kind::release || kind == Kind::downgrade; }

class Search {
 public:
  Search(const Window& window, const History& history) : window_(window), history_(history) {
    for (std::uint32_t i = 0; i < window.ops.size(); ++i)
      (changes(window.ops[i].kind) ? changes_ : answers_).push_back(i);
    // What has to be explained first is tried first, and what may never have happened last.
    std::ranges::stable_sort(changes_, {}, [&](std::uint32_t i) { return window.ops[i].returned; });
    grants_.resize(window.holders.size());
    for (std::size_t i = 0; i < changes_.size(); ++i)
      if (change(i).kind == Kind::grant) grants_[change(i).who] = i;
  }

  WindowAnswer run() && {
    State start;
    start.last_token = window_.token;
    start.holders.resize(window_.holders.size());
    if (explain(start)) return {};
    answer_.found = states_ > kMostStates ? WindowAnswer::Found::too_long : WindowAnswer::Found::none;
    return std::move(answer_);
  }

 private:
  enum class Hold : std::uint8_t { not_yet, held, over };
  struct Holder {
    Hold hold = Hold::not_yet;
    bool reader = false;  // that was a writer
    bool ended = false;   // by itself
    Instant runs_out{};
  };
  struct State {
    std::uint64_t changes = 0, answers = 0, ends = 0;  // taken: bits by place in changes_, answers_; of its grant
    std::uint64_t last_token = 0;
    std::vector<Holder> holders;
  };
  using Key = std::pair<std::pair<std::uint64_t, std::uint64_t>, std::uint64_t>;

  const WindowOp& change(std::size_t i) const { return window_.ops[changes_[i]]; }
  const WindowOp& answer(std::size_t i) const { return window_.ops[answers_[i]]; }

  // The next event by which something has to be explained, and what; kNever when all is.
  std::uint32_t due(const State& s, std::uint32_t& op) const {
    std::uint32_t due = kNever;
    const auto see = [&](std::uint32_t i) {
      if (window_.ops[i].returned < due) due = window_.ops[op = i].returned;
    };
    for (std::size_t i = 0; i < changes_.size(); ++i)
      if ((s.changes >> i & 1) == 0) see(changes_[i]);
    for (std::size_t i = 0; i < answers_.size(); ++i)
      if ((s.answers >> i & 1) == 0) see(answers_[i]);
    return due;
  }

  bool explain(State s) {
    std::uint32_t op = 0;
    std::uint32_t until = due(s, op);
    for (std::size_t i = 0; i < answers_.size();) {
      const bool takes = (s.answers >> i & 1) == 0 && answer(i).invoked < until && is_true(s, answer(i));
      if (!takes) {
        ++i;
        continue;
      }
      s.answers |= std::uint64_t{1} << i;
      renewed(s, answer(i));
      until = due(s, op);
      i = 0;  // more may be due now
    }
    if (until == kNever) return true;
    if (++states_ > kMostStates || !seen_.insert({{s.changes, s.answers}, s.ends}).second) return false;
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      if ((s.changes >> i & 1) != 0 || change(i).invoked >= until || !possible(s, change(i))) continue;
      State next = s;
      next.changes |= std::uint64_t{1} << i;
      make(next, change(i));
      if (explain(std::move(next))) return true;
    }
    for (std::size_t h = 0; h < s.holders.size(); ++h) {
      const Instant from = std::min(s.holders[h].runs_out, window_.holders[h].may_end);
      if (s.holders[h].hold != Hold::held || from > history_.events[until].at) continue;
      State next = s;
      next.ends |= std::uint64_t{1} << grants_[h];
      next.holders[h].hold = Hold::over;
      next.holders[h].ended = true;
      if (explain(std::move(next))) return true;
    }
    dead_end(s, until, op);
    return false;
  }

  void dead_end(const State& s, std::uint32_t until, std::uint32_t op) {
    if (until < farthest_) return;
    farthest_ = until;
    answer_.stuck = op;
    answer_.holding.clear();
    for (std::uint32_t h = 0; h < s.holders.size(); ++h)
      if (s.holders[h].hold == Hold::held) answer_.holding.push_back(h);
  }

  // Whether `who` fits beside those who hold the lock, and beside `line` more permits.
  bool fits(const State& s, std::uint32_t who, std::uint64_t line) const {
    const WindowHolder& wanted = window_.holders[who];
    std::uint64_t taken = wanted.permits + line;
    for (std::size_t h = 0; h < s.holders.size(); ++h) {
      if (s.holders[h].hold != Hold::held || h == who) continue;
      const Mode mode = s.holders[h].reader ? Mode::shared : window_.holders[h].mode;
      if (!compatible(mode, wanted.mode)) return false;
      taken += window_.holders[h].permits;
    }
    return wanted.mode != Mode::permits || window_.capacity == 0 || taken <= window_.capacity;
  }

  bool is_true(const State& s, const WindowOp& op) const {
    const Holder& own = s.holders[op.who];
    switch (op.kind) {
      case Kind::renewal: return own.hold == Hold::held;
      case Kind::not_held: return own.hold != Hold::held;
      default: break;
    }
    if (own.hold == Hold::over) return true;
    if (op.named != kNever && s.holders[op.named].hold != Hold::held) return false;
    return own.hold == Hold::not_yet && !fits(s, op.who, op.line);
  }

  bool possible(const State& s, const WindowOp& op) const {
    const Holder& own = s.holders[op.who];
    switch (op.kind) {
      case Kind::grant:
        return own.hold == Hold::not_yet && (op.token == 0 || op.token > s.last_token) && fits(s, op.who, 0);
      case Kind::downgrade: return own.hold == Hold::held && window_.holders[op.who].mode == Mode::exclusive;
      default: return own.hold == Hold::held;
    }
  }

  static void renewed(State& s, const WindowOp& op) {
    Holder& own = s.holders[op.who];
    if (op.kind == Kind::renewal || op.kind == Kind::downgrade) own.runs_out = std::max(own.runs_out, op.runs_out);
  }

  static void make(State& s, const WindowOp& op) {
    Holder& own = s.holders[op.who];
    switch (op.kind) {
      case Kind::grant:
        own.hold = Hold::held;
        own.runs_out = op.runs_out;
        s.last_token = std::max(s.last_token, op.token);
        return;
      case Kind::downgrade:
        own.reader = true;
        // Without an answer it may not have happened: then nothing is longer than it was.
        if (op.returned != kNever) renewed(s, op);
        return;
      default: own.hold = Hold::over; return;
    }
  }

  const Window& window_;
  const History& history_;
  std::vector<std::uint32_t> changes_, answers_;  // indices into Window::ops
  std::vector<std::size_t> grants_;               // by holder: its grant, as a place in changes_
  std::set<Key> seen_;
  std::size_t states_ = 0;
  std::uint32_t farthest_ = 0;
  WindowAnswer answer_;
};

}  // namespace

WindowAnswer search(const Window& window, const History& history) { return Search(window, history).run(); }

}  // namespace lockstep::models
