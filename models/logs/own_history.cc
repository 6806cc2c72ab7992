// Words become events again; models/told_log.h makes the log of them.
#include "models/logs/own_history.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "models/describe.h"
#include "models/facts.h"
#include "models/told_log.h"

namespace lockstep::models {
namespace {

constexpr std::int64_t kMostAttempts = 1 << 28;

template <typename Word>
bool find_word(std::string_view text, Word last, Word& word) {
  for (int i = 0; i <= static_cast<int>(last); ++i) {
    word = static_cast<Word>(i);
    if (name_of(word) == text) return true;
  }
  return false;
}

Mode mode_of(linear::Mode mode) {
  switch (mode) {
    case linear::Mode::shared: return Mode::shared;
    case linear::Mode::permits: return Mode::permits;
    default: return Mode::exclusive;
  }
}

bool is_of_a_client(const Event& e) { return e.type <= EventType::info; }

// No request to a lock, and no answer.
bool is_beside(const Event& e) {
  return !is_of_a_client(e) || e.op == Op::inspect || e.op == Op::write || e.op == Op::watch;
}

}  // namespace

OwnHistory::OwnHistory(HistoryHead head) : bounds_(head.bounds), sids_{linear::kNoNumber} {
  history_.processes = std::move(head.processes);
}

std::optional<std::string> OwnHistory::add(const HistoryLine& told, std::uint32_t line) {
  Event event;
  if (auto wrong = fill(event, told)) return wrong;
  if (is_beside(event)) ++ignored_;
  if (!told.event.fault.empty()) world_.add(told.event, line);
  history_.events.push_back(event);
  lines_.push_back(line);
  return std::nullopt;
}

std::optional<std::string> OwnHistory::fill(Event& event, const HistoryLine& told) {
  const LogEvent& e = told.event;
  if (!find_word(told.told.type, EventType::healed, event.type))
    return fmt::format("has the type \"{}\", which no history has", told.told.type);
  if (!told.told.f.empty() && !find_word(told.told.f, Op::watch, event.op))
    return fmt::format("has the op \"{}\", which no history has", told.told.f);
  if (!e.reason.empty() && !find_word(e.reason, Reason::broken, event.reason))
    return fmt::format("has the reason \"{}\", which no history has", e.reason);
  if (!e.time) return "has no time";
  if (*e.time < 0 || *e.time > kLatest) return "has a time that no history has";
  event.at = Instant(*e.time);
  if (!history_.events.empty() && event.at < history_.events.back().at) return "is earlier than a line before it";
  const std::int64_t process = e.process == linear::kNoNumber ? 0 : e.process;  // what strikes the world has none
  if (process < 0 || process >= static_cast<std::int64_t>(history_.processes.size()))
    return fmt::format("is of process {}, and the first line knows {}", process, history_.processes.size());
  if (e.sid && (*e.sid <= 0 || sids_.size() >= kMostAttempts)) return "has a sid that no history has";
  const bool asks = event.op == Op::lock || event.op == Op::try_lock || event.op == Op::renew || event.op == Op::unlock;
  if (is_of_a_client(event) && asks && !e.sid) return "asks without a sid";
  event.process = static_cast<std::uint32_t>(process);
  if (e.sid || event.op != Op::none) event.lock = lock_of(told);
  if (e.sid) event.attempt = attempt_of(*e.sid);
  if (told.holder > 0) event.holder = attempt_of(told.holder);
  event.mode = mode_of(e.mode);
  event.request = told.request;
  event.permits = e.permits;
  event.token = e.token;
  event.ttl = Duration(e.ttl);
  event.wait = Duration(told.wait);
  if (e.sid && e.capacity != 0 && e.capacity <= ~std::uint32_t{0})
    history_.capacities[event.lock] = static_cast<std::uint32_t>(e.capacity);
  return std::nullopt;
}

std::uint32_t OwnHistory::lock_of(const HistoryLine& told) {
  std::string key(told.event.lock);
  if (told.lock_number) key += fmt::format("\n{}", *told.lock_number);
  const auto [at, added] = locks_.try_emplace(std::move(key), static_cast<std::uint32_t>(history_.locks.size()));
  if (added) {
    history_.locks.emplace_back(told.event.lock);
    history_.capacities.push_back(0);
  }
  return at->second;
}

std::uint32_t OwnHistory::attempt_of(std::int64_t sid) {
  const auto [at, added] = attempts_.try_emplace(sid, static_cast<std::uint32_t>(sids_.size()));
  if (added) sids_.push_back(sid);
  return at->second;
}

linear::Log OwnHistory::log() && {
  ToldLog told = told_log(gather(history_), bounds_, true);
  for (std::size_t o = 0; o < told.log.operations.size(); ++o) {
    const auto [asked, answered] = told.proofs[o];
    const std::uint32_t proof = answered != kNever ? answered : asked;
    if (proof < lines_.size()) told.log.operations[o].line = lines_[proof];
  }
  // The names were made readable when they were written.
  for (std::size_t lock = 0; lock < told.log.locks.size() && lock < history_.locks.size(); ++lock)
    told.log.locks[lock].name = history_.locks[lock];
  sids_.resize(told.log.holds);
  told.log.sids = std::move(sids_);
  told.log.faults = std::move(world_).log().faults;
  return std::move(told.log);
}

}  // namespace lockstep::models
