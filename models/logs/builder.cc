// Pairs answers with questions by process: one has at most one question open.
#include "models/logs/builder.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/logs/cut.h"
#include "models/logs/leases.h"
#include "models/logs/line.h"

namespace lockstep::models {
namespace {

using linear::Action;
using linear::Answer;
using linear::kNever;
using linear::kNone;
using linear::Operation;

constexpr std::int64_t kSmall = 1 << 26;
constexpr std::size_t kRemembered = 8;  // attempts of one owner that are open at a time
constexpr std::size_t kMostFaults = 10'000;
constexpr std::size_t kMostNames = 10;      // of operations, and of reasons, that are not known
constexpr std::size_t kLongestName = 100;   // bytes of these
constexpr std::size_t kLongestFault = 200;  // bytes of its words

Action action_of(LogEvent::Op op) {
  switch (op) {
    case LogEvent::Op::unlock: return Action::release;
    case LogEvent::Op::renew: return Action::renew;
    case LogEvent::Op::break_lock: return Action::break_all;
    default: return Action::acquire;
  }
}

// Whether a failure may say how the lock stood. A blocking acquisition that fails has waited in vain, which says
// nothing about any instant.
bool may_tell(const LogEvent& event) {
  using enum LogEvent::Op;
  return !event.in_line && (event.op == try_lock || event.op == unlock || event.op == renew);
}

Answer failure(const LogEvent& event) {
  return may_tell(event) && reason_of(event.reason) == ReasonKind::of_the_lock ? Answer::no : Answer::nothing;
}

void count(std::map<std::string, std::uint64_t, std::less<>>& names, std::string_view name) {
  name = name.substr(0, kLongestName);
  if (names.size() < kMostNames || names.contains(name)) ++names[std::string(name)];
}

linear::Instant at_of(const LogEvent& event, std::uint32_t line) {
  return event.time.value_or(event.place != 0 ? event.place : line);
}

// Whether of events at one time the questions come first.
bool touching_in_order(const linear::Log& log) {
  for (std::size_t i = 1; i < log.events.size(); ++i)
    if (log.events[i] % 2 == 0 && log.events[i - 1] % 2 == 1 &&
        instant_of(log, log.events[i]) == instant_of(log, log.events[i - 1]))
      return false;
  return true;
}

}  // namespace

std::string_view LogBuilder::if_cut() const {
  return rules_.cut     ? ""
         : rules_.grows ? "; a log that lacks its beginning needs --cut, and no --follow"
                        : "; a log that lacks its beginning needs --cut";
}

std::string LogBuilder::who(std::int64_t process) const {
  for (const auto& [name, number] : numbers_)
    if (number == process) return "process " + name;
  return fmt::format("process {}", process);
}

std::string_view LogBuilder::why_unasked(const LogEvent& event) const {
  if (any_spoiled_ || spoiled_.contains(event.process)) return "; its question may be a line that was not understood";
  return if_cut();
}

void LogBuilder::lose(const LogEvent& event) {
  if (event.type != LogEvent::Type::invoke && event.type != LogEvent::Type::other) return;
  if (!event.process_text.empty())
    spoiled_.insert(number_of(event.process_text));
  else if (event.process != linear::kNoNumber)
    spoiled_.insert(event.process);
  else
    any_spoiled_ = true;
}

std::optional<std::string> LogBuilder::add(const LogEvent& event, std::uint32_t line) {
  if (event.type == LogEvent::Type::other || event.op == LogEvent::Op::other || event.no_client) {
    auto wrong = passed_over(event, line);
    if (wrong) lose(event);
    return wrong;
  }
  if (!event.process_text.empty() || !event.owner_text.empty()) {
    LogEvent numbered = event;
    if (!event.process_text.empty()) numbered.process = number_of(event.process_text);
    if (!event.owner_text.empty()) numbered.owner = number_of(event.owner_text);
    numbered.process_text = numbered.owner_text = {};
    return add(numbered, line);
  }
  auto wrong = understood(event, line);
  if (wrong) lose(event);
  return wrong;
}

// An event without a time among others that have one could be put anywhere.
std::optional<std::string> LogBuilder::timed(const LogEvent& event, std::uint32_t line) {
  const linear::Instant at = at_of(event, line);
  if (!times_told_) times_told_ = event.time.has_value();
  if (*times_told_ && !event.time) return "has no time, although other lines have one";
  if (!*times_told_ && event.time) return "has a time, although lines before it have none";
  if (at < last_ && rules_.grows)
    return fmt::format(
        "is {} ns earlier than a line before it, and what is before it has been judged; such a log is checked without "
        "--follow",
        last_ - at);
  if (at < last_) in_order_ = false;
  last_ = at;
  return std::nullopt;
}

std::optional<std::string> LogBuilder::understood(const LogEvent& event, std::uint32_t line) {
  if (event.process == linear::kNoNumber) return "tells no process: a number or a name of who asks";
  if (auto wrong = timed(event, line)) return wrong;
  const bool asks = event.type == LogEvent::Type::invoke;
  const std::uint32_t lock = event.lock.empty() && !asks ? kNone : lock_of(event);
  // Its question came before the log.
  if (rules_.cut && begun_.insert(event.process).second && !asks) {
    if (lock == kNone) return std::nullopt;  // of a lock that only the question told
    if (auto wrong = invoked(event, line, lock, kBefore)) return wrong;
  }
  return asks ? invoked(event, line, lock, at_of(event, line)) : returned(event, line, lock, at_of(event, line));
}

// What no verdict needs. But an operation on a lock needs a type.
std::optional<std::string> LogBuilder::passed_over(const LogEvent& event, std::uint32_t line) {
  ++ignored_;
  if (!event.fault.empty()) struck(event, line);
  if (event.no_client || !event.fault.empty()) return std::nullopt;
  if (event.op != LogEvent::Op::other)
    return event.type_text.empty()
               ? "tells no type: invoke, ok, fail or info"
               : fmt::format("has the type \"{}\"; there are invoke, ok, fail and info", event.type_text);
  if (event.type == LogEvent::Type::other) return std::nullopt;
  if (event.op_text.empty())
    return event.lock.empty() ? std::nullopt : std::optional<std::string>("names a lock and tells no op");
  count(unknown_ops_, event.op_text);
  left_out_of_a_lock_ |= !event.lock.empty();
  return std::nullopt;
}

// Below all numbers that a log may have.
std::int64_t LogBuilder::number_of(std::string_view name) {
  const auto at = numbers_.find(name);
  if (at != numbers_.end()) return at->second;
  const auto number = linear::kNoNumber + 1 + static_cast<std::int64_t>(numbers_.size());
  return numbers_.emplace(std::string(name), number).first->second;
}

std::optional<std::string> LogBuilder::invoked(const LogEvent& event, std::uint32_t line, std::uint32_t lock,
                                               linear::Instant at) {
  std::uint32_t& open = open_of(event.process);
  if (open != kNone && open != kForgotten)
    return fmt::format(
        "{} asks again before the answer to line {}; each has one question at a time, so two threads are two processes",
        who(event.process), log_.operations[open].line);
  const Action action = action_of(event.op);
  const bool acquires = action == Action::acquire;
  if (auto wrong = learn_capacity(event, lock)) return wrong;
  if (acquires && event.mode == linear::Mode::permits && log_.locks[lock].capacity == 0)
    return "asks for permits of a semaphore whose capacity is not known; --capacity tells it";
  const std::uint32_t hold = action == Action::break_all ? kNone : hold_of(event, lock, acquires);
  if (hold != kNone) {
    if (hold >= lock_of_hold_.size()) lock_of_hold_.resize(hold + hold / 2 + 16, kNone);
    if (lock_of_hold_[hold] != kNone && lock_of_hold_[hold] != lock)
      return fmt::format("the attempt is one at another lock, {}", log_.locks[lock_of_hold_[hold]].name);
    lock_of_hold_[hold] = lock;
  }
  if (action == Action::renew && event.mode_told && event.mode == linear::Mode::exclusive && reads(hold))
    return "makes a writer of a reader, which is not understood";
  const auto number = static_cast<std::uint32_t>(log_.operations.size());
  Operation op{.invoked = at,
               .lock = lock,
               .hold = hold,
               .process = static_cast<std::uint32_t>(event.process),
               .permits = event.permits,
               .line = line};
  op.action = action;
  if (acquires || action == Action::renew) op.ttl = ttl_of(event);
  renews_leases_ = renews_leases_ || (action == Action::renew && op.ttl != 0);
  op.mode = event.mode;
  op.waits = event.op == LogEvent::Op::lock;
  if (log_.locks[lock].capacity != 0 && op.mode == linear::Mode::exclusive && !event.mode_told)
    op.mode = linear::Mode::permits;
  if (acquires)
    if (auto wrong = this->acquires(op)) return wrong;
  if (hold != kNone) ++asked_of(hold).open;
  if (!rules_.grows) mode_untold_.push_back(acquires && !event.mode_told);
  open = number;
  log_.operations.push_back(op);
  events_.push_back(2 * number);
  return std::nullopt;
}

// An attempt may be tried again, but holds once.
std::optional<std::string> LogBuilder::acquires(const Operation& op) {
  Asked& asked = asked_of(op.hold);
  const auto who = [&] { return name_of(log_, op.hold); };
  if (asked.granted_in != 0)
    return fmt::format("{} was granted its lock already in line {}: an attempt holds once; a new one needs a new sid",
                       who(), asked.granted_in);
  if (asked.open != 0 && op.invoked != kBefore)
    return fmt::format("{} asks for its lock before another question of it is answered", who());
  if (asked.first == kNone) {
    asked.first = static_cast<std::uint32_t>(log_.operations.size());
    return std::nullopt;
  }
  const Operation first = as_settled(asked.first);
  if (first.lock == op.lock && weight_of(log_, first) == weight_of(log_, op)) return std::nullopt;
  return fmt::format("{} asks for {} than in line {}", who(),
                     first.lock == op.lock ? "another share of its lock" : "another lock", first.line);
}

// One that is tried again takes what it took, whatever its answer tells.
std::optional<std::string> LogBuilder::answered_alike(std::uint32_t operation) {
  const Operation& op = log_.operations[operation];
  const std::uint32_t first = asked_of(op.hold).first;
  if (first == kNone || first == operation) return std::nullopt;
  if (weight_of(log_, as_settled(first)) == weight_of(log_, as_settled(operation))) return std::nullopt;
  return fmt::format("{} is answered about another share of its lock than in line {}", name_of(log_, op.hold),
                     log_.operations[first].line);
}

LogBuilder::Asked& LogBuilder::asked_of(std::uint32_t hold) {
  if (hold >= asked_.size()) asked_.resize(hold + hold / 2 + 16);
  return asked_[hold];
}

std::optional<std::string> LogBuilder::returned(const LogEvent& event, std::uint32_t line, std::uint32_t lock,
                                                linear::Instant at) {
  std::uint32_t& open = open_of(event.process);
  if (open == kNone)
    return fmt::format("{} is answered without having asked{}", who(event.process), why_unasked(event));
  const std::uint32_t number = std::exchange(open, kNone);
  if (number == kForgotten) return std::nullopt;
  Operation& op = log_.operations[number];
  if (op.hold != kNone) --asked_of(op.hold).open;
  if ((lock != kNone && op.lock != lock) || op.action != action_of(event.op))
    return fmt::format("{} is answered what it did not ask in line {}: another operation, or about another lock",
                       who(event.process), op.line);
  if (event.type == LogEvent::Type::info) {
    op.waits = false;
    if (rules_.grows) unanswered_.push_back(number);
    return std::nullopt;
  }
  if (at < op.invoked)
    return fmt::format("the answer is {} ns before the question in line {}; all times have to be of one clock",
                       op.invoked - at, op.line);
  const bool fails = event.type == LogEvent::Type::fail;
  // Many a test releases whatever it has or has not, and is told that it has not.
  if (!fails && event.sid_text.empty() && !event.sid && op.hold != kNone && !rules_.cut &&
      asked_of(op.hold).first == kNone)
    return fmt::format(
        "{} asks about an attempt that it never made; if another process made it, both have to tell its sid{}",
        who(event.process), why_unasked(event));
  if (event.mode_told && number < mode_untold_.size()) mode_untold_[number] = false;
  const Operation asked = op;
  auto wrong = completed(op, event);
  if (!wrong && op.action == Action::acquire) wrong = answered_alike(number);
  if (wrong) {
    op = asked;
    return wrong;
  }
  op.returned = at;
  op.line = line;
  op.token = event.token;
  op.answer = fails ? failure(event) : Answer::yes;
  renews_leases_ = renews_leases_ || (op.action == Action::renew && op.ttl != 0);
  if (fails && may_tell(event) && reason_of(event.reason) == ReasonKind::unknown) count(unknown_reasons_, event.reason);
  if (op.action == Action::acquire) {
    op.in_line = event.behind;
    fails ? forget_failed(op) : void(asked_of(op.hold).granted_in = line);
  }
  events_.push_back(2 * number + 1);
  return std::nullopt;
}

bool LogBuilder::reads(std::uint32_t hold) const {
  if (hold >= asked_.size() || asked_[hold].first == kNone) return false;
  return log_.operations[asked_[hold].first].mode == linear::Mode::shared;
}

// An answer may tell what its question did not.
std::optional<std::string> LogBuilder::completed(Operation& op, const LogEvent& event) {
  const bool acquires = op.action == Action::acquire;
  const linear::Log::Lock& lock = log_.locks[op.lock];
  const bool other_mode = acquires && event.mode_told && op.mode == linear::Mode::exclusive;
  const linear::Mode mode = other_mode ? event.mode : op.mode;
  if (auto wrong = learn_capacity(event, op.lock)) return wrong;
  if (mode == linear::Mode::permits && lock.capacity == 0)
    return "is granted permits of a semaphore whose capacity is not known; --capacity tells it";
  if (acquires && (event.sid || !event.sid_text.empty()))
    if (auto wrong = bound(op, event)) return wrong;
  // It knows best how long.
  if (event.ttl != 0 && (acquires || op.action == Action::renew)) op.ttl = ttl_of(event);
  if (acquires && event.permits != 1) op.permits = event.permits;
  op.mode = mode;
  return std::nullopt;
}

// The attempt may get its name only now.
std::optional<std::string> LogBuilder::bound(const Operation& op, const LogEvent& event) {
  const bool text = !event.sid_text.empty();
  const auto named = text ? by_text_.find(event.sid_text) : by_text_.end();
  const std::uint32_t known = !text ? slot_of(*event.sid) : named == by_text_.end() ? kNone : named->second;
  if (known == op.hold) return std::nullopt;
  if (known != kNone || log_.sids[op.hold] != linear::kNoNumber || log_.names.contains(op.hold))
    return fmt::format("is of sid {}, and its question was of {}",
                       text ? std::string(event.sid_text) : std::to_string(*event.sid), name_of(log_, op.hold));
  if (text) {
    by_text_.emplace(std::string(event.sid_text), op.hold);
    log_.names.emplace(op.hold, event.sid_text);
  } else {
    slot_of(*event.sid) = op.hold;
    log_.sids[op.hold] = *event.sid;
  }
  return std::nullopt;
}

void LogBuilder::forget_failed(const Operation& op) {
  if (op.hold >= owner_of_hold_.size()) return;
  const auto at = of_owner_.find({owner_of_hold_[op.hold], op.lock});
  if (at != of_owner_.end()) std::erase(at->second, op.hold);
}

void LogBuilder::struck(const LogEvent& event, std::uint32_t line) {
  using Phase = LogEvent::Phase;
  const linear::Instant at = at_of(event, line);
  const std::string what = event.fault.substr(0, kLongestFault);
  const auto lasting = lasting_.find(what);
  if (event.phase != Phase::once && lasting != lasting_.end()) {
    if (event.phase == Phase::begins) return;  // told again
    linear::Fault& fault = log_.faults[lasting->second];
    fault.until = std::max(fault.at, at);
    lasting_.erase(lasting);
    return;
  }
  if (event.phase == Phase::ends || log_.faults.size() == kMostFaults) return;
  linear::Fault fault{.at = at, .what = what, .line = line};
  if (event.phase == Phase::once)
    fault.until = event.fault_until == kNever ? at : std::max(at, event.fault_until);
  else
    lasting_.emplace(what, static_cast<std::uint32_t>(log_.faults.size()));
  log_.faults.push_back(std::move(fault));
}

// Rounded down: whoever is early by that is not accused.
linear::Instant LogBuilder::ttl_of(const LogEvent& event) const {
  const linear::Instant ttl = event.ttl != 0 ? event.ttl : rules_.ttl;
  const linear::Instant billions = ttl / 1'000'000'000, rest = ttl % 1'000'000'000;
  const linear::Instant shorter = billions * rules_.drift_ppb + rest * rules_.drift_ppb / 1'000'000'000 + 1;
  return rules_.drift_ppb == 0 || ttl == 0 ? ttl : std::max<linear::Instant>(1, ttl - shorter);
}

std::uint32_t LogBuilder::lock_of(const LogEvent& event) {
  if (last_lock_number_ != kNone && event.lock == last_lock_) return last_lock_number_;
  auto at = locks_.find(event.lock);
  if (at == locks_.end()) {
    at = locks_.emplace(std::string(event.lock), static_cast<std::uint32_t>(log_.locks.size())).first;
    log_.locks.push_back({.name = event.lock.empty() ? "the lock" : at->first,
                          .capacity = event.capacity != 0 ? event.capacity : rules_.capacity});
  }
  last_lock_ = at->first;
  return last_lock_number_ = at->second;
}

std::uint32_t LogBuilder::hold_of(const LogEvent& event, std::uint32_t lock, bool acquires) {
  if (!event.sid_text.empty()) {
    auto at = by_text_.find(event.sid_text);
    if (at == by_text_.end()) {
      at = by_text_.emplace(std::string(event.sid_text), new_hold(linear::kNoNumber)).first;
      log_.names.emplace(at->second, at->first);
    }
    return at->second;
  }
  if (event.sid) {
    std::uint32_t& slot = slot_of(*event.sid);
    if (slot == kNone) slot = new_hold(*event.sid);
    return slot;
  }
  const std::int64_t owner = event.owner.value_or(event.process);
  auto& attempts = of_owner_[{owner, lock}];
  if (acquires || attempts.empty()) {
    if (attempts.size() == kRemembered) attempts.erase(attempts.begin());
    attempts.push_back(new_hold(linear::kNoNumber));
    owner_of_hold_.resize(log_.holds, linear::kNoNumber);
    owner_of_hold_.back() = owner;
  }
  return attempts.back();
}

std::uint32_t LogBuilder::new_hold(std::int64_t sid) {
  log_.sids.push_back(sid);
  return log_.holds++;
}

std::uint32_t& LogBuilder::slot_of(std::int64_t sid) {
  if (!by_large_sid_.empty())
    if (const auto large = by_large_sid_.find(sid); large != by_large_sid_.end()) return large->second;
  // A number far ahead of all others is no reason to make room for those between.
  const auto most = static_cast<std::int64_t>(4 * by_sid_.size() + 1024);
  if (sid < 0 || sid >= std::min(kSmall, most)) return by_large_sid_.try_emplace(sid, kNone).first->second;
  const auto number = static_cast<std::size_t>(sid);
  if (number >= by_sid_.size()) by_sid_.resize(number + number / 2 + 16, kNone);
  return by_sid_[number];
}

std::uint32_t& LogBuilder::open_of(std::int64_t process) {
  if (!open_of_large_.empty())
    if (const auto large = open_of_large_.find(process); large != open_of_large_.end()) return large->second;
  if (process < 0 || process >= kSmall) return open_of_large_.try_emplace(process, kNone).first->second;
  const auto number = static_cast<std::size_t>(process);
  if (number >= open_.size()) {
    if (number > 4 * open_.size() + 1024) return open_of_large_.try_emplace(process, kNone).first->second;
    open_.resize(number + number / 2 + 16, kNone);
  }
  return open_[number];
}

// A lock may tell its capacity at any of its events. One that is judged while it grows is judged by what was known.
std::optional<std::string> LogBuilder::learn_capacity(const LogEvent& event, std::uint32_t lock) {
  std::uint64_t& known = log_.locks[lock].capacity;
  if (event.capacity == 0 || event.capacity == known) return std::nullopt;
  if (known != 0) return fmt::format("tells a capacity of {}, and before it was {}", event.capacity, known);
  if (rules_.grows)
    return "tells the capacity of a lock of which lines before it did not; --capacity tells it from the beginning";
  known = event.capacity;
  capacity_came_late_ = true;
  return std::nullopt;
}

// With the mode that it has by what is known now: of a semaphore, permits.
Operation LogBuilder::as_settled(std::uint32_t operation) const {
  Operation op = log_.operations[operation];
  const bool untold = operation < mode_untold_.size() && mode_untold_[operation];
  if (untold && op.mode == linear::Mode::exclusive && log_.locks[op.lock].capacity != 0)
    op.mode = linear::Mode::permits;
  return op;
}

void LogBuilder::settle() {
  using linear::Mode;
  bool readers = false;
  std::vector<bool> told(log_.holds, false);  // by one of its acquisitions, so that it is so of all
  for (std::uint32_t i = 0; i < log_.operations.size(); ++i) {
    const Operation& op = log_.operations[i];
    readers = readers || op.mode == Mode::shared;
    if (op.action == Action::acquire && !mode_untold_[i]) told[op.hold] = true;
  }
  for (std::uint32_t i = 0; i < mode_untold_.size(); ++i) {
    if (!mode_untold_[i] || told[log_.operations[i].hold]) continue;
    log_.operations[i] = as_settled(i);
    // Its question, which the log does not have, may have told it.
    const Operation& op = log_.operations[i];
    if (op.invoked == kBefore && readers && op.mode == Mode::exclusive) log_.operations[i].mode = Mode::shared;
  }
}

linear::Log LogBuilder::log() && {
  if (capacity_came_late_ || rules_.cut) settle();
  if (renews_leases_) shorten_by_renewals(log_);
  if (rules_.fair) excuse_by_line(log_);
  if (rules_.cut) {
    begin_before(log_);
    return std::move(log_);
  }
  log_.events = std::move(events_);
  if (!in_order_ || !touching_in_order(log_)) put_in_order(log_);
  return std::move(log_);
}

}  // namespace lockstep::models
