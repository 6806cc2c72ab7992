// Lock by lock: its turns, their order, its idle stretches; then the circles across locks; and the words for what was
// found.
#include "models/linear/waits.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <utility>

#include "models/linear/deadlock.h"
#include "models/linear/room.h"
#include "models/linear/stays.h"
#include "models/linear/times.h"
#include "models/linear/turns.h"

namespace lockstep::linear {
namespace {

using Kind = WaitFinding::Kind;

constexpr std::size_t kMostShown = 3;  // of those who passed one

// The turns that others passed: how often the worst was, and how many are too many.
struct Passes {
  std::uint32_t worst = kNone;
  std::uint64_t of_worst = 0, too_many = 0;
};

class LockOfWaits {
 public:
  LockOfWaits(const Log& log, const WaitRules& rules, std::uint32_t lock, const Turns& turns, Instant end)
      : log_(log), rules_(rules), turns_(turns), lock_(lock), end_(end) {}

  void judge(const Room& room, WaitReport& report) {
    WaitFacts& facts = report.locks[lock_];
    count(facts);
    if (facts.waits == 0) return;
    facts.longest_idle = room.longest().length();
    facts.beside_idle = room.longest().witness;
    facts.chances = room.stretches();
    overtaking(facts, report);
    if (room.longer() > 0 && rules_.wake_within != 0) lost_wake_up(room, report);
    if (rules_.longest_wait != 0 && !starvation(report)) left_beside_free_lock(room, report);
  }

 private:
  const Operation& op(std::uint32_t o) const { return log_.operations[o]; }
  std::string name(std::uint32_t o) const { return name_of(log_, op(o).hold); }
  const std::string& lock_name() const { return log_.locks[lock_].name; }
  const Turn& turn(std::uint32_t number) const { return turns_.all[number]; }
  Instant waited(const Turn& turn) const { return std::min(turn.told, end_) - turn.asked; }

  void count(WaitFacts& facts) const {
    auto asked = turns_.all.begin();
    Instant waits_until = std::numeric_limits<Instant>::min();
    for (const std::uint32_t b : turns_.by_told) {
      for (; asked != turns_.all.end() && asked->asked < turn(b).told; ++asked)
        waits_until = std::max(waits_until, asked->in_line_until());
      if (waits_until > turn(b).told) ++facts.passed_on;
    }
    auto before = turns_.all.begin();
    waits_until = std::numeric_limits<Instant>::min();
    for (const Turn& turn : turns_.all) {
      if (!turn.waits) continue;
      ++facts.waits;
      if (turn.end == Turn::End::unanswered) ++facts.unanswered;
      if (turn.end != Turn::End::unknown && (facts.longest == kNone || waited(turn) > facts.longest_wait))
        facts.longest_wait = waited(turn), facts.longest = turn.op;
      for (; later(before->asked, rules_.queued_within) < turn.asked; ++before)
        waits_until = std::max(waits_until, before->in_line_until());
      if (turn.end == Turn::End::granted && waits_until > turn.asked) ++facts.later_grants;
    }
  }

  // Of `others`, in falling order of `since`: those who have it later than `patience` after a turn was asked for, and
  // were certainly granted before that. The worst is the first for which `badness` of turn and count is greatest.
  template <class Since, class Badness>
  Passes passes(const std::vector<std::uint32_t>& others, const Since& since, Instant patience, std::uint64_t allowed,
                const Badness& badness) const {
    Passed passed(turns_);
    Passes found;
    auto next = others.begin();
    for (auto number = static_cast<std::uint32_t>(turns_.all.size()); number-- > 0;) {
      const Turn& a = turn(number);
      if (!a.may_stand_in_line()) continue;
      const Instant from = later(a.asked, patience);
      for (; next != others.end() && since(turn(*next)) > from; ++next) passed.add(*next);
      if (a.token == 0 && a.from <= from) continue;
      const std::uint64_t count = passed.before(a);
      if (count > allowed) ++found.too_many;
      if (count == 0) continue;
      if (found.worst == kNone || badness(a, count) >= badness(turn(found.worst), found.of_worst))
        found.worst = number, found.of_worst = count;
    }
    return found;
  }

  std::string end_of(const Turn& a) const {
    if (a.end == Turn::End::unanswered) return fmt::format("was not answered until the log ends at {}", seconds(end_));
    return fmt::format("{} at {}", a.end == Turn::End::granted ? "was granted it" : "gave up", seconds(a.told));
  }

  // Names the first of them, and adds them to the evidence.
  template <class Since>
  std::string first_of(const std::vector<std::uint32_t>& others, const Since& since, Instant patience, const Turn& a,
                       WaitFinding& finding) const {
    std::vector<std::uint32_t> by;
    for (const std::uint32_t b : others)
      if (since(turn(b)) > later(a.asked, patience) && certainly_before(turn(b), a)) by.push_back(b);
    std::ranges::sort(by, {}, [&](std::uint32_t b) { return std::pair(turn(b).told, b); });
    std::string names;
    for (std::size_t i = 0; i < std::min(by.size(), kMostShown); ++i) {
      const Turn& b = turn(by[i]);
      names += fmt::format("{}{}, asked at {} and granted at {}", i == 0 ? "" : "; ", name(b.op), seconds(b.asked),
                           seconds(b.told));
      finding.evidence.push_back(b.op);
    }
    return names + (by.size() > kMostShown ? fmt::format("; and {} more", by.size() - kMostShown) : "");
  }

  void add(WaitFinding finding, WaitReport& report) const {
    finding.lock = lock_;
    std::erase(finding.evidence, kNone);
    std::ranges::sort(finding.evidence, {}, [&](std::uint32_t o) { return std::pair(op(o).invoked, o); });
    const auto repeated = std::ranges::unique(finding.evidence);
    finding.evidence.erase(repeated.begin(), repeated.end());
    report.findings.push_back(std::move(finding));
  }

  void overtaking(WaitFacts& facts, WaitReport& report) const {
    const auto since = [](const Turn& b) { return b.asked; };
    std::vector<std::uint32_t> others;
    for (auto b = static_cast<std::uint32_t>(turns_.all.size()); b-- > 0;)
      if (turn(b).waits && turn(b).end == Turn::End::granted) others.push_back(b);
    const std::uint64_t allowed = rules_.most_overtaken.value_or(0);
    const Passes found = passes(others, since, rules_.queued_within, allowed, [](auto&, auto count) { return count; });
    if (found.worst == kNone) return;
    const Turn& a = turn(found.worst);
    facts.most_overtaken = found.of_worst;
    facts.overtaken = a.op;
    if (!rules_.most_overtaken || found.too_many == 0) return;
    WaitFinding finding{.kind = Kind::overtaken, .times = found.too_many, .evidence = {a.op}};
    const std::string who = first_of(others, since, rules_.queued_within, a, finding);
    finding.sentence = fmt::format(
        "{} waited for {} from {} on and {}; {} who came later {} certainly granted it before{}: {}", name(a.op),
        lock_name(), seconds(a.asked), end_of(a), found.of_worst, found.of_worst == 1 ? "was" : "were",
        allowed == 0 ? "" : fmt::format(", where {} may", allowed), who);
    add(std::move(finding), report);
  }

  // "from ... to ... L had room for all who waited for it, and ... told"
  std::string story_of(const Idle& idle) const {
    const std::string opened =
        idle.opened == kNone ? "" : fmt::format(", when {} was certainly over,", over_name(idle.opened));
    const std::string closed =
        idle.closed == kNone ? fmt::format("at {} {}", seconds(idle.to),
                                           idle.to == end_ ? "the log ends" : "it may have been taken by another")
        : idle.closed == idle.witness
            ? fmt::format("it was granted it only at {}", seconds(idle.to))
            : fmt::format("the next to be granted it was {}, at {}", name(idle.closed), seconds(idle.to));
    return fmt::format("{} waited for {} from {} on; from {}{} nobody can have been in the way for {}, and {}",
                       name(idle.witness), lock_name(), seconds(op(idle.witness).invoked), seconds(idle.from), opened,
                       length(idle.length()), closed);
  }

  std::string over_name(std::uint32_t o) const {
    return op(o).action == Action::break_all ? "whoever held it" : "the hold of " + name(o);
  }

  WaitFinding finding_of(const Idle& idle, Kind kind) const {
    WaitFinding finding{.kind = kind, .sentence = story_of(idle), .evidence = {idle.witness, idle.opened, idle.closed}};
    return finding;
  }

  void lost_wake_up(const Room& room, WaitReport& report) const {
    WaitFinding finding = finding_of(room.longest(), Kind::lost_wake_up);
    finding.times = room.longer();
    add(std::move(finding), report);
  }

  bool starvation(WaitReport& report) const {
    const auto since = [](const Turn& b) { return b.from; };
    const Instant patience = std::max(rules_.longest_wait, rules_.queued_within);
    std::vector<std::uint32_t> others = turns_.by_told;
    std::ranges::stable_sort(others, std::greater(), [&](std::uint32_t b) { return turn(b).from; });
    const Passes found = passes(others, since, patience, 0, [&](const Turn& a, auto) { return waited(a); });
    if (found.worst == kNone) return false;
    const Turn& a = turn(found.worst);
    WaitFinding finding{.kind = Kind::starved, .times = found.too_many, .evidence = {a.op}};
    const std::string who = first_of(others, since, patience, a, finding);
    finding.sentence = fmt::format(
        "{} waited for {} from {} on and {}, after {}; when it had waited for {} already, {} certainly granted it "
        "instead: {}",
        name(a.op), lock_name(), seconds(a.asked), end_of(a), length(waited(a)), length(patience),
        found.of_worst == 1 ? "another was" : fmt::format("{} others were", found.of_worst), who);
    add(std::move(finding), report);
    return true;
  }

  void left_beside_free_lock(const Room& room, WaitReport& report) const {
    if (room.longest().length() > rules_.longest_wait) add(finding_of(room.longest(), Kind::starved), report);
  }

  const Log& log_;
  const WaitRules& rules_;
  const Turns& turns_;
  std::uint32_t lock_;
  Instant end_;
};

// Tells each lock's room what happens to it.
std::vector<Room> rooms_of(const Log& log, const WaitRules& rules, const std::vector<Stay>& stays,
                           const TurnsOfLog& turns) {
  std::vector<Room> rooms;
  rooms.reserve(log.locks.size());
  for (std::uint32_t lock = 0; lock < log.locks.size(); ++lock)
    rooms.emplace_back(turns.locks[lock], capacity_of(log, lock), rules.queued_within,
                       rules.wake_within == 0 ? kNever : rules.wake_within);
  std::map<std::uint32_t, std::vector<std::uint32_t>> broken;  // by break: holds that are over by it
  for (std::uint32_t hold = 0; hold < stays.size(); ++hold)
    if (stays[hold].over != kNone && log.operations[stays[hold].over].action == Action::break_all)
      broken[stays[hold].over].push_back(hold);
  for (const std::uint32_t event : log.events) {
    const std::uint32_t o = event / 2;
    const Operation& op = log.operations[o];
    Room& room = rooms[op.lock];
    if (op.action == Action::acquire) {
      if (op.hold == kNone || turns.by_hold[op.hold] == kNone) continue;
      const Stay& stay = stays[op.hold];
      if (event % 2 == 0 && stay.first == o) room.asked(turns.by_hold[op.hold], op.invoked);
      if (event % 2 == 1 && stay.acquired == o && (op.answer == Answer::yes || !stay.again))
        room.answered(turns.by_hold[op.hold], op.returned);
    } else if (event % 2 == 1 && op.action == Action::break_all) {
      if (const auto holds = broken.find(o); holds != broken.end())
        for (const std::uint32_t hold : holds->second)
          if (turns.by_hold[hold] != kNone) room.over(turns.by_hold[hold], o, op.returned);
    } else if (event % 2 == 1 && op.hold != kNone && stays[op.hold].over == o && turns.by_hold[op.hold] != kNone) {
      room.over(turns.by_hold[op.hold], o, op.returned);
    }
  }
  for (Room& room : rooms) room.finish(end_of(log));
  return rooms;
}

void say_what_was_not_exercised(const WaitRules& rules, std::uint64_t nested, WaitReport& report) {
  const auto none = [&](auto WaitFacts::*fact) {
    return std::ranges::all_of(report.locks, [&](const WaitFacts& facts) { return facts.*fact == 0; });
  };
  if (none(&WaitFacts::waits)) {
    report.not_exercised.push_back("no acquisition waited: all were tries");
    return;
  }
  if (rules.most_overtaken && none(&WaitFacts::later_grants))
    report.not_exercised.push_back("nobody who was granted a lock had come while another certainly stood in its line");
  if (rules.wake_within != 0 && none(&WaitFacts::chances))
    report.not_exercised.push_back("no lock certainly had room while somebody certainly stood in its line");
  const bool starved = std::ranges::find(report.findings, Kind::starved, &WaitFinding::kind) != report.findings.end();
  if (rules.longest_wait != 0 && none(&WaitFacts::passed_on) && !starved)
    report.not_exercised.push_back("no lock was granted to anybody while another certainly waited for it");
  if (rules.deadlock_within != 0 && nested == 0)
    report.not_exercised.push_back("no process waited for a lock while it certainly held another");
}

}  // namespace

std::string_view label_of(WaitFinding::Kind kind) {
  switch (kind) {
    case Kind::overtaken: return "overtaken";
    case Kind::lost_wake_up: return "lost wake-up";
    case Kind::starved: return "starved";
    case Kind::deadlock: return "deadlock";
    case Kind::lock_order: return "lock order";
  }
  return "";
}

WaitReport judge_waits(const Log& log, const WaitRules& rules) {
  WaitReport report{.locks = std::vector<WaitFacts>(log.locks.size())};
  const auto stays = stays_of(log, rules.told_within);
  auto turns = turns_of(log, stays, {.told_within = rules.told_within, .unanswered_wait = rules.unanswered_wait});
  for (std::uint32_t lock = 0; lock < log.locks.size(); ++lock)
    raise_earliest_grants(turns.locks[lock], capacity_of(log, lock));
  const auto rooms = rooms_of(log, rules, stays, turns);
  for (std::uint32_t lock = 0; lock < log.locks.size(); ++lock)
    LockOfWaits(log, rules, lock, turns.locks[lock], end_of(log)).judge(rooms[lock], report);
  Circles circles = circles_of(log, stays, rules);
  std::ranges::move(circles.findings, std::back_inserter(report.findings));
  say_what_was_not_exercised(rules, circles.nested, report);
  return report;
}

}  // namespace lockstep::linear
