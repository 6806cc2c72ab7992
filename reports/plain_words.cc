// The words of the ladder are for those who know what a lease is; these are for everybody else.
#include "reports/plain_words.h"

#include <fmt/format.h>

#include "models/describe.h"
#include "models/words.h"
#include "reports/event_json.h"
#include "reports/text_style.h"

namespace lockstep::reports {
namespace {

using models::Event;
using models::EventType;
using models::Op;
using Refers = Segment::Refers;

// Without the digits that nobody reads.
std::string about(models::Duration length) {
  const auto ms = std::chrono::milliseconds(1);
  return length >= 10 * ms ? models::length(length / ms * ms) : models::length(length);
}

std::string share_of(std::int64_t ppm) {
  std::string text = fmt::format("{:.4f}", static_cast<double>(ppm) / 10'000);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text + " %";
}

class Words {
 public:
  Words(const models::History& history, std::uint32_t index, const Manner& how)
      : index_(index),
        event_(history.events[index]),
        lock_(how.joined ? "it" : "lock " + models::lock_name(history, event_.lock)),
        self_(models::process_name(history, event_.process)),
        owner_(how.owner),
        alone_(self_ == owner_) {
    for (std::uint32_t i = index; i-- > 0 && waited_ == models::Duration::zero();) {
      const Event& e = history.events[i];
      if (e.attempt == event_.attempt && e.type == EventType::invoke && e.op == Op::lock) waited_ = event_.at - e.at;
    }
    if (!how.numbered || how.joined) return;
    const std::string number = fmt::format(" (attempt {})", event_.attempt);
    if (self_ == owner_) self_ += number;
    owner_ += number;
  }

  Sentence of(bool again) const {
    const Event& e = event_;
    const bool reader = e.mode == models::Mode::shared;
    switch (e.type) {
      case EventType::invoke: return asks();
      case EventType::ok: return is_told();
      case EventType::fail:
      case EventType::info: return is_refused();
      case EventType::believes:
        return {self(),
                {fmt::format(" believes to hold ")},
                lock(),
                {fmt::format(" for {}{}", about(e.deadline.value - e.clock.value), again ? " more" : "")}};
      case EventType::belief_ended:
        return {{"the time for which "}, self(), {" may take "}, lock(), {" for its own is over"}};
      case EventType::lost: return {self(), {" notices that it has lost "}, lock()};
      case EventType::granted:
        if (alone_)
          return {self(),
                  {" takes "},
                  lock(),
                  {fmt::format("{} for {}, with ", reader ? " as a reader" : "", models::length(e.ttl))},
                  token()};
        return {self(),  {" lends "},
                lock(),  {" to "},
                owner(), {fmt::format("{} for {}, with ", reader ? " as a reader" : "", models::length(e.ttl))},
                token()};
      case EventType::renewed:
        return {self(), {" lets "}, owner(), {" keep "}, lock(), {fmt::format(" for {} more", models::length(e.ttl))}};
      case EventType::released:
        if (alone_) return {self(), {" gives "}, lock(), {" back"}};
        return {self(), {" hears that "}, owner(), {" gives "}, lock(), {" back"}};
      case EventType::expired:
        return {self(), {" takes "}, lock(), {" back from "}, owner(), {", whose time is up by its clock"}};
      case EventType::broken:
        return {self(), {" takes "}, lock(), {" from "}, owner(), {" because an administrator wants it so"}};
      case EventType::restarted:
        return {self(),
                {e.token == 0 ? " opens its store and finds no token in it"
                              : fmt::format(" opens its store, in which the highest token is {}", e.token)}};
      case EventType::recovered: return {self(), {" finds in its store that "}, owner(), {" still holds "}, lock()};
      case EventType::repeated: return {self(), {" gives "}, owner(), {" the same answer once more"}};
      case EventType::queued: return {owner(), {" waits in line for "}, lock()};
      case EventType::left: return {owner(), {" leaves the line for "}, lock()};
      case EventType::write_accepted: return {{"the "}, self(), {" accepts a write of "}, owner(), {" with "}, token()};
      case EventType::write_refused: return {{"the "}, self(), {" refuses a write of "}, owner(), {" with "}, token()};
      case EventType::notified:
        return {self(), {" hears that "}, lock(), {fmt::format(" of {} was {}", owner_, models::name_of(e.told))}};
      case EventType::gap: return {self(), {" hears that it has missed something of "}, lock()};
      case EventType::process_started: return {self(), {" starts"}};
      case EventType::process_crashed: return {self(), {" dies"}};
      case EventType::healed: return {{"from here on nothing goes wrong any more", Refers::event, index_}};
      default: return {};
    }
  }

 private:
  Segment here(std::string text) const { return {std::move(text), Refers::event, index_}; }
  Segment self() const { return here(self_); }
  Segment owner() const { return here(owner_); }
  Segment lock() const { return here(lock_); }
  Segment token() const { return here(fmt::format("token {}", event_.token)); }

  Sentence asks() const {
    const bool patient = event_.op == Op::lock && event_.wait > models::Duration::zero();
    switch (event_.op) {
      case Op::lock:
        return {self(),
                {event_.mode == models::Mode::shared ? " asks to read under " : " asks for "},
                lock(),
                {patient ? fmt::format(" and waits for up to {}", about(event_.wait)) : ""}};
      case Op::try_lock: return {self(), {" asks for "}, lock()};
      case Op::renew: return {self(), {" asks to keep "}, lock(), {" for longer"}};
      case Op::unlock: return {self(), {" gives "}, lock(), {" back"}};
      case Op::inspect: return {self(), {" asks who holds "}, lock()};
      case Op::write: return {self(), {" writes to the resource, with "}, token()};
      case Op::break_lock: return {self(), {", an administrator, asks to take "}, lock(), {" from whoever holds it"}};
      case Op::watch: return {self(), {" listens to what happens to "}, lock()};
      case Op::none: return {};
    }
    return {};
  }
  Sentence is_told() const {
    switch (event_.op) {
      case Op::lock:
      case Op::try_lock: return {self(), {" is told that it has "}, lock(), {", with "}, token()};
      case Op::renew: return {self(), {" is told that it may keep "}, lock()};
      case Op::unlock: return {self(), {" is told that "}, lock(), {" is given back"}};
      case Op::write: return {self(), {" is told that its write with "}, token(), {" was accepted"}};
      case Op::break_lock: return {self(), {" is told that "}, lock(), {" was taken from its holder"}};
      case Op::inspect: return {self(), {" is told who holds "}, lock()};
      default: return {};
    }
  }
  Sentence is_refused() const {
    using models::Reason;
    if (event_.op == Op::lock)
      return {self(),
              {" gives up on "},
              lock(),
              {event_.reason == Reason::timed_out ? fmt::format(", having waited for {}", about(waited_)) : ""}};
    if (event_.op == Op::try_lock && event_.reason == Reason::refused)
      return {self(), {" is told that "}, lock(), {" is taken"}};
    if (event_.op == Op::unlock && event_.reason == Reason::not_held)
      return {self(), {" is told that it does not hold "}, lock()};
    if (event_.reason == Reason::lost || event_.reason == Reason::not_held)
      return {self(), {" is told that it no longer holds "}, lock()};
    if (event_.reason == Reason::stale_token)
      return {self(), {" is told that its write with "}, token(), {" was refused"}};
    if (event_.reason == Reason::broken) return {self(), {" is told that "}, lock(), {" was taken from it"}};
    if (event_.reason == Reason::unreachable) return {self(), {" hears nothing of what it asked about "}, lock()};
    return {self(), {" is told no about "}, lock(), {fmt::format(": {}", models::name_of(event_.reason))}};
  }

  std::uint32_t index_;
  const Event& event_;
  std::string lock_, self_, owner_;
  models::Duration waited_{};  // since the attempt asked for its lock
  bool alone_;                 // the client itself is the store
};

}  // namespace

std::string host_in_words(const scenarios::Scenario& s, std::uint32_t host) {
  std::vector<std::string> names;
  for (std::uint32_t p = 0; p < s.processes(); ++p) {
    if (s.host_of(p) == host) names.push_back(process_name(s, p));
  }
  return names.empty() || names.size() > 3 ? fmt::format("host {}", host)
                                           : fmt::format("the host of {}", listed(names));
}

Sentence event_in_words(const models::History& history, std::uint32_t index, const Manner& how) {
  return Words(history, index, how).of(how.again);
}

Sentence message_in_words(const scenarios::RunResult& result, std::uint32_t index, const std::string& words,
                          bool late) {
  const auto& m = result.messages_told[index];
  if (!m.lost && !late && !m.has_arrived_again) return {};
  const Segment what{fmt::format("a message of {} to {}", models::process_name(result.history, m.from),
                                 models::process_name(result.history, m.to)),
                     Segment::Refers::message, index};
  const std::string how = m.lost                ? "is lost"
                          : m.has_arrived_again ? "arrives twice"
                          : !m.has_arrived
                              ? "is sent, and does not arrive in this run"
                              : fmt::format("is sent, which arrives only after {}", about(m.arrived - m.sent));
  return {what, {fmt::format(" ({}) {}", words, how)}};
}

Sentence fault_in_words(const scenarios::Scenario& s, std::uint32_t index) {
  using enum sim::FaultKind;
  const sim::Fault& f = s.faults[index];
  const auto link = [&](std::string text) { return Segment{std::move(text), Refers::fault, index}; };
  const bool process = sim::facts_of(f.kind).subject == sim::FaultSubject::process;
  const std::string whose = process ? process_name(s, f.target) : host_in_words(s, f.target);
  const std::string between = fmt::format("between {} and {}", host_in_words(s, f.target), host_in_words(s, f.other));
  const std::string lasts = fmt::format(" for {}", about(f.lasts));
  const std::string amount = about(models::Duration(f.amount < 0 ? -f.amount : f.amount));
  switch (f.kind) {
    case crash_process:
      return {link(whose + " crashes"),
              {f.lasts == models::Duration::zero() ? " and is started again at once"
                                                   : fmt::format(" and is started again after {}", about(f.lasts))}};
    case pause_process:
      return {link(whose + " is paused"), {lasts + " and does nothing meanwhile, without knowing it"}};
    case reboot_host:
      return {link("the power of " + whose + " fails"), {": what its disk was not made to keep may be gone"}};
    case cut_link: return {link("the network " + between + " is cut"), {lasts}};
    case cut_one_way:
      return {link(fmt::format("nothing gets from {} to {}", whose, host_in_words(s, f.other))), {lasts}};
    case isolate_host: return {link(whose + " is cut off from all others"), {lasts}};
    case lossy_link:
      return {link("the network " + between + " loses messages"),
              {fmt::format(", {} of them,{}", share_of(f.amount), lasts)}};
    case duplicating_link:
      return {link("the network " + between + " delivers messages twice"),
              {fmt::format(", {} of them,{}", share_of(f.amount), lasts)}};
    case slow_link:
      return {link("the network " + between + " is slow"), {fmt::format(", by up to {},{}", amount, lasts)}};
    case step_wall:
      return {link("the date of " + whose + " jumps"),
              {fmt::format(" {} by {}", f.amount < 0 ? "back" : "forward", amount)}};
    case freeze_wall: return {link("the date of " + whose + " stands still"), {lasts}};
    case drift_monotonic:
      return {link("the clock of " + whose + (f.amount < 0 ? " runs slow" : " runs fast")),
              {fmt::format(", by {},{}", share_of((f.amount < 0 ? -f.amount : f.amount) / 1000), lasts)}};
    case freeze_monotonic: return {link("the clock of " + whose + " stands still"), {lasts}};
    case slow_disk:
      return {link("the disk of " + whose + " is slow"), {fmt::format(", by {} a sync,{}", amount, lasts)}};
    case full_disk: return {link("the disk of " + whose + " is full"), {lasts}};
    case failing_writes:
      return {link("writes to the disk of " + whose + " fail"),
              {fmt::format(", {} of them,{}", share_of(f.amount), lasts)}};
    case failing_syncs:
      return {link("syncs of the disk of " + whose + " fail"),
              {fmt::format(", {} of them,{}", share_of(f.amount), lasts)}};
    case lying_syncs:
      return {link("syncs of the disk of " + whose + " are answered and not done"),
              {fmt::format(", {} of them,{}", share_of(f.amount), lasts)}};
    case failing_reads:
      return {link("reads from the disk of " + whose + " fail"),
              {fmt::format(", {} of them,{}", share_of(f.amount), lasts)}};
  }
  return {};
}

}  // namespace lockstep::reports
