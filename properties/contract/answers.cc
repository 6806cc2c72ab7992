// What clients were answered, against what a case wants. The history tells each acquisition as the application saw it;
// a step's is the one that was asked for at the step's own instant.
#include <fmt/format.h>

#include <algorithm>

#include "models/describe.h"
#include "models/words.h"
#include "properties/contract/plot.h"

namespace lockstep::properties::contract {
namespace {

using models::Event;
using models::EventType;
using models::History;
using models::Op;
using models::Reason;
using Events = std::vector<Event>;

bool answers(const Event& event) {
  return event.type == EventType::ok || event.type == EventType::fail || event.type == EventType::info;
}

// What a use came to: its acquisition, and how it was given back.
struct Came {
  std::uint32_t attempt = 0;
  const Event* answer = nullptr;  // null: there was none
  std::vector<const Event*> releases;
};

const Event* asked_at(const Events& events, const scenarios::Step& step, std::uint32_t process, Op op) {
  const auto found = std::ranges::find_if(events, [&](const Event& event) {
    return event.type == EventType::invoke && event.op == op && event.process == process && event.lock == step.lock &&
           event.at == step.at.time_since_epoch();
  });
  return found == events.end() ? nullptr : &*found;
}

Came came_to(const Events& events, const scenarios::Step& step, std::uint32_t process) {
  Came came;
  const Event* asked = asked_at(events, step, process, Op::lock);
  if (asked == nullptr) return came;
  came.attempt = asked->attempt;
  for (const Event& event : events) {
    if (event.attempt != came.attempt || !answers(event)) continue;
    if (event.op == Op::lock) came.answer = &event;
    if (event.op == Op::unlock) came.releases.push_back(&event);
  }
  return came;
}

std::string words_for(const Event* answer) {
  if (answer == nullptr) return "had no answer";
  const std::string when = " at " + models::seconds(answer->at);
  if (answer->type == EventType::ok) return "got it" + when;
  switch (answer->reason) {
    case Reason::refused: return "was refused" + when;
    case Reason::timed_out: return "was told that its time is over" + when;
    case Reason::cancelled: return "gave up" + when;
    default: return fmt::format("was answered with an error ({}){}", models::name_of(answer->reason), when);
  }
}

bool is(const Event* answer, Wanted::Answer wanted) {
  if (wanted == Wanted::Answer::any) return true;
  if (answer == nullptr) return false;
  switch (wanted) {
    case Wanted::Answer::any: return true;
    case Wanted::Answer::granted: return answer->type == EventType::ok;
    case Wanted::Answer::refused: return answer->type == EventType::fail && answer->reason == Reason::refused;
    case Wanted::Answer::timed_out: return answer->type == EventType::fail && answer->reason == Reason::timed_out;
    case Wanted::Answer::given_up: return answer->reason == Reason::cancelled;
  }
  return false;
}

std::string should(const Wanted& wanted) {
  std::string text;
  switch (wanted.answer) {
    case Wanted::Answer::any: return "";
    case Wanted::Answer::granted: text = "it should get it"; break;
    case Wanted::Answer::refused: text = "it should be refused"; break;
    case Wanted::Answer::timed_out: text = "it should be told that its time is over"; break;
    case Wanted::Answer::given_up: text = "it should have given up"; break;
  }
  if (wanted.from > Duration::zero()) text += " not before " + models::seconds(wanted.from);
  if (wanted.until < Duration::max())
    text += fmt::format("{} by {}", wanted.from > Duration::zero() ? " and" : "", models::seconds(wanted.until));
  return wanted.because.empty() ? text : text + ": " + wanted.because;
}

std::optional<std::string> flaw_of(const Use& use, const Came& came, const History& history, const std::string& who,
                                   Duration tolerance) {
  const Wanted& wanted = use.wanted;
  const bool right = is(came.answer, wanted.answer);
  const bool in_time = wanted.answer == Wanted::Answer::any || (right && came.answer->at + tolerance >= wanted.from &&
                                                                came.answer->at - tolerance <= wanted.until);
  if (!right || !in_time) {
    return fmt::format("{} wanted {} from {} on and {}; {}", who, models::lock_name(history, use.step.lock),
                       models::seconds(use.step.at.time_since_epoch()), words_for(came.answer), should(wanted));
  }
  for (const Event* release : came.releases) {
    if (release->reason != Reason::failed) continue;  // who is not answered cannot say that it went wrong
    return fmt::format("{} gave {} back and was answered with an error ({}) at {}; giving back is never one", who,
                       models::lock_name(history, use.step.lock), models::name_of(release->reason),
                       models::seconds(release->at));
  }
  if (use.step.ending == scenarios::Ending::twice && came.releases.size() > 1 &&
      came.releases[1]->type == EventType::ok) {
    return fmt::format("{} gave {} back twice and was told both times that it had been held, at {} and at {}", who,
                       models::lock_name(history, use.step.lock), models::seconds(came.releases[0]->at),
                       models::seconds(came.releases[1]->at));
  }
  return std::nullopt;
}

// Whom the store names must be one of the client's own attempts.
std::optional<std::string> flaw_of_look(const Use& use, const History& history, std::uint32_t process,
                                        std::uint32_t named_process, const std::string& who) {
  const Event* asked = asked_at(history.events, use.step, process, Op::inspect);
  if (asked == nullptr) return who + " did not get to ask who holds the lock";
  const auto answer = std::find_if(
      history.events.begin() + (asked - history.events.data()), history.events.end(),
      [&](const Event& event) { return answers(event) && event.op == Op::inspect && event.process == process; });
  std::uint32_t named = kNobody;
  if (answer != history.events.end() && answer->holder != 0) {
    for (const Event& event : history.events) {
      if (event.type == EventType::invoke && event.op == Op::lock && event.attempt == answer->holder)
        named = event.process;
    }
  }
  const bool answered = answer != history.events.end() && answer->type == EventType::ok;
  if (answered && named == named_process) return std::nullopt;
  const auto name = [&](std::uint32_t p) {
    return p == kNobody ? std::string("nobody") : models::process_name(history, p);
  };
  return fmt::format("{} asked at {} who holds {} and was told {}; it is {}", who,
                     models::seconds(use.step.at.time_since_epoch()), models::lock_name(history, use.step.lock),
                     answered ? name(named) : "an error", name(named_process));
}

}  // namespace

std::optional<std::string> flaw_of_answers(const Plot& plot, const scenarios::RunResult& result) {
  const std::uint32_t servers = plot.scenario(0).servers;
  for (const Use& use : plot.uses()) {
    const std::uint32_t process = servers + use.step.client;
    const std::string who = models::process_name(result.history, process);
    if (use.sees) {
      const std::uint32_t named = *use.sees == kNobody ? kNobody : servers + *use.sees;
      if (auto flaw = flaw_of_look(use, result.history, process, named, who)) return flaw;
    }
    if (use.step.act != scenarios::Act::lock) continue;
    const Came came = came_to(result.history.events, use.step, process);
    if (auto flaw = flaw_of(use, came, result.history, who, plot.tolerance())) return flaw;
  }
  return std::nullopt;
}

}  // namespace lockstep::properties::contract
