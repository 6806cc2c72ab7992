// Two questions for every event: what does it say, and does another line say it already? An answer and the belief
// that follows from it are one line, and so are a request and its message.
#include "reports/story.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "models/describe.h"
#include "models/words.h"
#include "reports/event_json.h"
#include "reports/focus.h"

namespace lockstep::reports {
namespace {

using models::Event;
using models::EventType;
using models::History;
using models::Op;
using scenarios::RunResult;
using scenarios::Scenario;
using Kind = StoryLine::Kind;

// A message is late if it took longer than an undisturbed link would, and so long that it matters.
constexpr Duration kLateAtLeast = std::chrono::milliseconds(5);

std::string_view plain(models::Reason reason) {
  switch (reason) {
    case models::Reason::timed_out: return "timed out";
    case models::Reason::not_held: return "not held";
    case models::Reason::stale_token: return "stale token";
    case models::Reason::unreachable: return "no answer";
    default: return models::name_of(reason);
  }
}

// Without the digits that nobody reads.
std::string about(Duration length) {
  for (const Duration unit : {Duration(std::chrono::milliseconds(1)), Duration(std::chrono::microseconds(1))}) {
    if (length >= 10 * unit) return models::length(length / unit * unit);
  }
  return models::length(length);
}

class Words {
 public:
  explicit Words(const History& history) : history_(history), owners_(owners_of(history)) {}

  std::string of(const Event& e) {
    const std::string lock = models::lock_name(history_, e.lock);
    switch (e.type) {
      case EventType::invoke: return invoke(e, lock);
      case EventType::ok: return e.op == Op::lock ? fmt::format("has {} #{}", lock, e.token) : told(e, lock, "yes");
      case EventType::fail: return told(e, lock, plain(e.reason));
      case EventType::info: return told(e, lock, plain(e.reason));
      case EventType::believes: return believes(e, lock);
      case EventType::belief_ended: return fmt::format("belief in {} runs out", lock);
      case EventType::lost: return fmt::format("reports the loss of {}: {}", lock, plain(e.reason));
      case EventType::granted:
        return fmt::format("grants {} #{} to {} for {}", lock, e.token, owner(e), models::length(e.ttl));
      case EventType::renewed:
        return fmt::format("renews {} #{} for {}{}", lock, e.token, owner(e),
                           e.mode == models::Mode::shared ? ", a reader" : "");
      case EventType::released: return fmt::format("{} of {} is released", lock, owner(e));
      case EventType::expired: return fmt::format("{} of {} expires", lock, owner(e));
      case EventType::broken: return fmt::format("{} of {} is broken", lock, owner(e));
      case EventType::restarted: return fmt::format("opens the store, highest token {}", e.token);
      case EventType::recovered: return fmt::format("still leased: {} #{} to {}", lock, e.token, owner(e));
      case EventType::repeated: return fmt::format("answers {} from memory", owner(e));
      case EventType::queued:
        return fmt::format("{} {} in line for {}", owner(e), in_line_.insert(e.attempt).second ? "waits" : "goes on",
                           lock);
      case EventType::left: return fmt::format("{} leaves the line for {}", owner(e), lock);
      case EventType::notified:
        return fmt::format("hears that {} of {} was {}", lock, owner(e), models::name_of(e.told));
      case EventType::gap: return fmt::format("hears that it missed something of {}", lock);
      case EventType::write_accepted: return fmt::format("accepts {} #{} of {}", lock, e.token, owner(e));
      case EventType::write_refused: return fmt::format("refuses {} #{} of {}", lock, e.token, owner(e));
      case EventType::process_started: return "starts";
      case EventType::process_crashed: return "dies";
      case EventType::process_paused: return "pauses";
      case EventType::process_resumed: return "goes on";
      default: return std::string(models::name_of(e.type));
    }
  }

 private:
  std::string owner(const Event& e) const {
    const std::uint32_t process = owners_[e.attempt];
    return process == kNobody ? fmt::format("attempt {}", e.attempt) : models::process_name(history_, process);
  }
  static std::string invoke(const Event& e, const std::string& lock) {
    if (e.op == Op::lock) {
      const bool once = e.wait == Duration::zero();
      const auto wait = once ? "tries once" : fmt::format("waits up to {}", models::length(e.wait));
      const auto how = e.mode == models::Mode::shared    ? " as a reader"
                       : e.mode == models::Mode::permits ? fmt::format(", {} permits", e.permits)
                       : e.group != 0                    ? " among several"
                                                         : "";
      return fmt::format("wants {}{}, ttl {}, {}", lock, how, models::length(e.ttl), wait);
    }
    if (e.op == Op::try_lock) return fmt::format("asks: acquire {}", lock);
    if (e.op == Op::unlock) return fmt::format("asks: release {} #{}", lock, e.token);
    if (e.op == Op::break_lock) return fmt::format("asks: break {}", lock);
    if (e.op == Op::watch) return fmt::format("listens to {}", lock);
    if (e.op == Op::inspect) return fmt::format("asks: who holds {}", lock);
    if (e.op == Op::renew && e.mode == models::Mode::shared)
      return fmt::format("asks: downgrade {} #{}", lock, e.token);
    return fmt::format("asks: {} {} #{}", models::name_of(e.op), lock, e.token);
  }
  static std::string told(const Event& e, const std::string& lock, std::string_view how) {
    const std::string_view what = e.op == Op::lock         ? "gives up on"
                                  : e.op == Op::try_lock   ? "acquire"
                                  : e.op == Op::unlock     ? "release"
                                  : e.op == Op::break_lock ? "break"
                                                           : models::name_of(e.op);
    return fmt::format("{} {}: {}", what, lock, how);
  }
  std::string believes(const Event& e, const std::string& lock) {
    const bool more = !believed_.insert(e.attempt).second;
    return fmt::format("believes to hold {} for {}{}", lock, about(e.deadline.value - e.clock.value),
                       more ? " more" : "");
  }

  const History& history_;
  std::vector<std::uint32_t> owners_;
  std::set<std::uint32_t> believed_, in_line_;  // attempts
};

// (instant, process, attempt) of everything that a line of its own would only repeat.
using Covered = std::set<std::tuple<models::Instant, std::uint32_t, std::uint32_t>>;

struct Repeats {
  Covered asked;    // a message was sent
  Covered told;     // a reply arrived
  Covered beliefs;  // a belief began or went on
};

Repeats repeats_of(const RunResult& result, const std::vector<MessageFacts>& facts) {
  Repeats repeats;
  for (std::size_t i = 0; i < facts.size(); ++i) {
    const auto& m = result.messages_told[i];
    if (facts[i].attempt == 0) continue;
    if (!facts[i].reply) repeats.asked.emplace(m.sent.time_since_epoch(), m.from, facts[i].attempt);
    if (facts[i].reply && m.has_arrived) repeats.told.emplace(m.arrived.time_since_epoch(), m.to, facts[i].attempt);
  }
  for (const Event& e : result.history.events) {
    if (e.type == EventType::believes) repeats.beliefs.emplace(e.at, e.process, e.attempt);
  }
  return repeats;
}

Kind kind_of(const Event& e, const Repeats& repeats) {
  const auto key = std::tuple(e.at, e.process, e.attempt);
  const auto silent_if = [](bool covered) { return covered ? Kind::silent : Kind::event; };
  switch (e.type) {
    case EventType::fault_began:
    case EventType::fault_ended:
    case EventType::healed: return Kind::world;
    case EventType::process_paused:
    case EventType::process_resumed: return Kind::silent;  // the fault says so
    case EventType::invoke: return silent_if(e.op != Op::lock && repeats.asked.contains(key));
    case EventType::ok:
      return silent_if(repeats.beliefs.contains(key) || (e.op != Op::lock && repeats.told.contains(key)));
    case EventType::fail: return silent_if(e.op != Op::lock && repeats.told.contains(key));
    case EventType::believes:
    default: return Kind::event;
  }
}

StoryLine line_of(const Event& e, std::uint32_t index, const Scenario& scenario, const Repeats& repeats, Words& words) {
  StoryLine line{.at = e.at, .kind = kind_of(e, repeats), .index = index, .from = e.process, .to = e.process};
  if (line.kind != Kind::world) {
    line.words = words.of(e);
  } else if (e.type == EventType::healed) {
    line.words = "everything is healed, and no fault comes any more";
  } else if (e.fault < scenario.faults.size()) {
    const auto& fault = scenario.faults[e.fault];
    const bool began = e.type == EventType::fault_began;
    if (!began && fault.kind == sim::FaultKind::step_wall) line.kind = Kind::silent;
    line.words =
        began ? fault_words(fault, scenario)
              : fmt::format("over: {}", fault_words({fault.kind, {}, {}, fault.target, fault.other, 0}, scenario));
  }
  return line;
}

void add_message(std::vector<StoryLine>& lines, std::uint32_t index, const scenarios::MessageStory& m,
                 const std::string& words, Duration ordinary) {
  StoryLine line{.at = m.sent.time_since_epoch(), .kind = Kind::message, .index = index, .from = m.from, .to = m.to};
  line.lost = m.lost;
  line.late = !m.lost && (!m.has_arrived || m.arrived - m.sent > std::max(ordinary, kLateAtLeast));
  line.words = words;
  lines.push_back(line);
  if (!line.late || !m.has_arrived) return;
  line.at = m.arrived.time_since_epoch();
  line.kind = Kind::arrival;
  line.late = false;
  line.words = fmt::format("{} of {}", words, clock_of(m.sent.time_since_epoch()));
  lines.push_back(line);
}

}  // namespace

std::vector<StoryLine> story_of(const RunResult& result, const Scenario& scenario, const models::Verdict* told,
                                bool all) {
  const auto facts = facts_of_messages(result);
  const auto repeats = repeats_of(result, facts);
  Words words(result.history);
  std::vector<StoryLine> lines;
  for (std::uint32_t i = 0; i < result.history.events.size(); ++i) {
    lines.push_back(line_of(result.history.events[i], i, scenario, repeats, words));
    StoryLine& line = lines.back();
    line.evidence = told != nullptr && std::ranges::find(told->evidence, i) != told->evidence.end();
    if (line.evidence && line.kind == Kind::silent) line.kind = Kind::event;
  }
  for (std::uint32_t i = 0; i < facts.size(); ++i) {
    add_message(lines, i, result.messages_told[i], facts[i].words, scenario.network.delay_max);
  }
  // At one instant a message arrives, has its effect, and another is sent for it.
  std::ranges::sort(lines, {}, [](const StoryLine& l) {
    return std::tuple(l.at, l.kind == Kind::arrival ? 0 : l.kind == Kind::message ? 2 : 1, l.index);
  });
  const Focus focus(result, told);
  const auto shown_by = [&](const Focus& f, const StoryLine& line) {
    if (line.kind == Kind::message || line.kind == Kind::arrival) return f.shows(facts[line.index]);
    const Event& e = result.history.events[line.index];
    return line.kind == Kind::world ? !line.aside || e.type != EventType::fault_ended : f.shows(e);
  };
  for (StoryLine& line : lines) {
    if (line.kind == Kind::silent) continue;
    line.aside = !all && line.kind == Kind::world && !focus.near(line.at);
    line.shown = all || line.evidence || shown_by(focus, line);
  }
  return lines;
}

std::string clock_of(models::Instant at) {
  return fmt::format("{}.{:06}", at.count() / 1'000'000'000, at.count() / 1'000 % 1'000'000);
}

std::string in_prose(const StoryLine& line, const History& history) {
  if (line.kind == Kind::world) return line.words;
  const bool store = history.processes[line.from].role == models::Process::Role::server;  // it speaks of others
  return fmt::format("{}{} {}", models::process_name(history, line.from), store ? ":" : "", line.words);
}

}  // namespace lockstep::reports
