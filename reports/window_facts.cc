// From the whole log's knowledge of each attempt, as the judge has it, to what somebody looks for in a picture.
#include "reports/window_facts.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "models/linear/times.h"
#include "reports/text_style.h"

namespace lockstep::reports {
namespace {

using linear::Action;
using linear::Answer;
using linear::Hold;
using linear::Instant;
using linear::kNever;
using linear::kNone;
using linear::Mode;
using linear::Operation;

constexpr std::size_t kLongestName = 28;
constexpr std::size_t kMostProving = 12;  // whose instants are told apart
constexpr Instant kAlways = std::numeric_limits<Instant>::min();

class Facts {
 public:
  Facts(const linear::Log& log, const linear::Judgement& judgement)
      : log_(log), judgement_(judgement), holds_(linear::holds_of(log)) {
    for (const Operation& op : log_.operations)
      if (op.lock == judgement_.lock && op.action == Action::break_all && op.answer != Answer::nothing)
        breaks_.push_back(op);
    for (std::uint32_t o = 0; o < log_.operations.size(); ++o) {
      const Operation& op = log_.operations[o];
      if (op.lock == judgement_.lock && op.action == Action::acquire && holds_[op.hold].kind != Hold::Kind::never)
        facts_.tenures.push_back(tenure_of(o));
    }
  }

  WindowFacts all() && {
    std::vector<std::uint32_t> evidence = judgement_.evidence;
    // Of many, those that are shown must include what the others only lead to.
    const auto unexplained = std::ranges::find(evidence, judgement_.unexplained);
    if (unexplained != evidence.end() && unexplained - evidence.begin() >= static_cast<std::ptrdiff_t>(kMostProving))
      std::rotate(evidence.begin() + kMostProving - 1, unexplained, unexplained + 1);
    say_what_is_wrong();
    std::size_t told = 0;
    for (const std::uint32_t o : evidence) {
      const Operation& op = log_.operations[o];
      if (std::ranges::find(facts_.proving, op.process) == facts_.proving.end()) facts_.proving.push_back(op.process);
      if (told++ < kMostProving) tell(op);
    }
    for (const Instant at : {facts_.wrong_from, facts_.wrong_until})
      if (at != kAlways && at != kNever) facts_.keys.push_back(at);
    show_ends();
    return std::move(facts_);
  }

 private:
  // Ends of bars are worth room only if it is little: where a bar runs off the edge it goes on.
  void show_ends() {
    const auto [first, last] = std::ranges::minmax(facts_.keys);
    const auto shown = static_cast<std::uint64_t>(last) - static_cast<std::uint64_t>(first);
    for (const Instant at : maybe_)
      if (at != kNever &&
          (at <= last || static_cast<std::uint64_t>(at) - static_cast<std::uint64_t>(last) <= shown / 2))
        facts_.keys.push_back(at);
  }

  Tenure tenure_of(std::uint32_t o) const {
    const Operation& op = log_.operations[o];
    const Hold& hold = holds_[op.hold];
    Tenure t{.operation = o, .asked = op.invoked, .granted = hold.granted_by, .until = hold.released_by};
    if (hold.ttl != 0) t.lease_ends = hold.sure_until;
    t.sure_until = std::min(hold.releasable, hold.sure_until);
    for (const Operation& b : breaks_) {
      if (b.returned >= op.invoked) t.sure_until = std::min(t.sure_until, b.invoked);
      if (b.answer == Answer::yes && b.invoked >= t.granted) t.until = std::min(t.until, b.returned);
    }
    return t;
  }

  const Tenure* tenure(const Operation& op) const {
    if (op.hold == kNone) return nullptr;
    const auto found = std::ranges::lower_bound(facts_.tenures, holds_[op.hold].acquired, {}, &Tenure::operation);
    return found != facts_.tenures.end() && found->operation == holds_[op.hold].acquired ? &*found : nullptr;
  }

  const Operation& unexplained() const {
    const bool known = judgement_.unexplained != kNone;
    return log_.operations[known ? judgement_.unexplained : judgement_.evidence.back()];
  }

  void wrong(Instant from, Instant until, std::string words) {
    facts_.wrong_from = from;
    facts_.wrong_until = until;
    facts_.wrong = std::move(words);
  }

  void say_what_is_wrong() {
    const Operation& x = unexplained();
    const std::string& shape = judgement_.shape;
    if (shape == "two holders" || shape == "too many holders" || shape == "more than there is") return clash();
    if (shape == "refused while free") return refused_while_free(x);
    if (shape.starts_with("token")) return wrong_token();
    if (shape == "released without a grant") return wrong(x.invoked, x.returned, "it was never granted");
    wrong(x.invoked, x.returned, "no order explains what it is told");
  }

  // At the later of two grants, whichever it was that nothing explains.
  void wrong_token() {
    std::uint64_t highest = 0;
    const Operation* last = &unexplained();
    for (const std::uint32_t o : judgement_.evidence) {
      const Operation& op = log_.operations[o];
      highest = std::max(highest, op.token);
      if (op.returned > last->returned) last = &op;
    }
    wrong(last->returned, last->returned,
          last->token == highest ? fmt::format("token {} a second time", highest)
                                 : fmt::format("token {} after token {}", last->token, highest));
  }

  void clash() {
    std::uint64_t held = 0;
    Instant from = kAlways, until = kNever;
    for (const std::uint32_t o : judgement_.evidence) {
      const Operation& op = log_.operations[o];
      const Tenure* t = tenure(op);
      if (t == nullptr) continue;
      facts_.clashing.push_back(o);
      held += linear::weight_of(log_, op);
      from = std::max(from, t->granted);
      until = std::min(until, t->sure_until);
    }
    std::ranges::sort(facts_.clashing);
    const auto capacity = log_.locks[judgement_.lock].capacity;
    const std::string span = until == kNever ? "from here on"
                             : until <= from ? "at this instant"
                                             : fmt::format("for {}", rough_length(from, std::max(from, until)));
    wrong(from, std::max(from, until),
          capacity > 1
              ? fmt::format("{} of {} permits are certainly held, {}", held, capacity, span)
              : fmt::format("{} certainly hold it, {}", facts_.clashing.size() == 2 ? "both" : "all of them", span));
  }

  void refused_while_free(const Operation& x) {
    bool held = false, unknown = false;
    Instant from = kAlways, until = kNever;
    for (const Tenure& t : facts_.tenures) {
      const bool meets = t.asked <= x.returned && t.until >= x.invoked;
      held = held || (meets && t.granted != kNever);
      unknown = unknown || (meets && t.granted == kNever);
      if (t.until < x.invoked) from = std::max(from, t.until);
      if (t.asked > x.returned) until = std::min(until, t.asked);
    }
    if (unknown) return wrong(x.invoked, x.returned, "no order explains this refusal");
    if (held) return wrong(x.invoked, x.returned, "it had room all this time");
    wrong(from, until, "nobody can hold it here");
  }

  // Notes and keys for one operation that proves it.
  void tell(const Operation& op) {
    const Operation& x = unexplained();
    const Tenure* t = tenure(op);
    const bool refusal = judgement_.shape == "refused while free";
    const bool tokens = judgement_.shape.starts_with("token");
    const auto note = [&](Instant at, const std::string& words) {
      const std::string name = op.hold == kNone ? "" : printable_ascii(short_name(log_, op.hold)) + " ";
      facts_.notes.push_back({op.process, at, fmt::format("{}{}", name, words)});
      facts_.keys.push_back(at);
    };
    const auto key = [&](Instant at) {
      if (at != kNever) facts_.keys.push_back(at);
    };
    if (refusal && &op != &x && t != nullptr && t->until < x.invoked) {
      key(t->sure_until);
      return note(t->until, "has released it");
    }
    key(op.invoked);
    key(op.returned);
    if (refusal && &op != &x && op.invoked > x.returned)
      return note(op.invoked, fmt::format("asks only here, line {}", op.line));
    if (t != nullptr && !tokens && !refusal) {
      key(t->granted);
      maybe_.push_back(t->sure_until);
      maybe_.push_back(t->until);
    }
    const std::string token = op.token == 0 ? "" : fmt::format(", token {}", op.token);
    note(op.returned == kNever ? op.invoked : op.returned, fmt::format("{}{}, line {}", told(op), token, op.line));
  }

  std::string told(const Operation& op) const {
    if (op.answer == Answer::unknown) return "asks, outcome unknown";
    if (op.answer == Answer::nothing) return "gives up";
    const bool yes = op.answer == Answer::yes;
    switch (op.action) {
      case Action::acquire: return (yes ? "granted" : "refused") + what(op);
      case Action::release: return yes ? "told that it released" : "told that it does not hold";
      case Action::renew: return yes ? "renewed" : "told that it does not hold";
      case Action::break_all: return yes ? "breaks it" : "cannot break it";
      case Action::inspect: return yes ? "looks at it" : "sees nothing";
    }
    return "";
  }

  // What it asked for, where that may be more than one thing.
  std::string what(const Operation& op) const {
    if (op.mode == Mode::shared) return " to read";
    if (op.mode == Mode::permits) return op.permits == 1 ? "" : fmt::format(" {} permits", op.permits);
    const bool readers = std::ranges::any_of(log_.operations, [&](const Operation& other) {
      return other.lock == judgement_.lock && other.mode == Mode::shared;
    });
    return readers ? " to write" : "";
  }

  const linear::Log& log_;
  const linear::Judgement& judgement_;
  linear::Holds holds_;
  std::vector<Operation> breaks_;
  std::vector<Instant> maybe_;  // keys, if they are near
  WindowFacts facts_;
};

}  // namespace

std::string rough_length(Instant from, Instant until) {
  const auto exact = static_cast<std::uint64_t>(until) - static_cast<std::uint64_t>(from);
  const auto length = static_cast<Instant>(std::min<std::uint64_t>(exact, kNever - kNever / 8));
  Instant unit = 1;
  while (length / unit >= 1000) unit *= 10;
  const Instant rounded = (length / unit + (length % unit * 2 >= unit && unit > 1 ? 1 : 0)) * unit;
  if (rounded >= 60'000'000'000) return rough_time(static_cast<double>(length) / 1e9);
  return linear::length(rounded);
}

std::string short_name(const linear::Log& log, std::uint32_t hold) {
  return shortened(printable(linear::name_of(log, hold)), kLongestName);
}

WindowFacts window_facts(const linear::Log& log, const linear::Judgement& judgement) {
  return Facts(log, judgement).all();
}

}  // namespace lockstep::reports
