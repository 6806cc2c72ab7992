// Happenings are weighed: what proves the violation is always told, then what struck, then what decided who holds the
// lock, then the rest. As many are told as fit, in the order in which they happened.
#include "reports/plain_story.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>

#include "models/words.h"
#include "reports/campaign_answer.h"
#include "reports/event_json.h"
#include "reports/ladder.h"
#include "reports/plain_words.h"
#include "reports/story.h"
#include "reports/telling.h"
#include "reports/text_style.h"

namespace lockstep::reports {
namespace {

using models::Event;
using models::EventType;
using models::Op;
using models::Property;
using scenarios::RunResult;
using scenarios::Scenario;
using Refers = Segment::Refers;
using Role = models::Process::Role;

constexpr std::size_t kHappenings = 5;  // beside the first sentence and the last

std::string when(models::Instant at) { return models::seconds(std::chrono::floor<std::chrono::milliseconds>(at)); }

void append(Sentence& to, const Sentence& more) { to.insert(to.end(), more.begin(), more.end()); }

bool about_liveness(Property p) {
  return p == Property::expiry || p == Property::progress || p == Property::fifo || p == Property::deadlock_free;
}

class Teller {
 public:
  Teller(const RunResult& result, const Scenario& scenario, const models::Verdict& told)
      : result_(result),
        history_(result.history),
        scenario_(scenario),
        told_(told),
        owners_(owners_of(history_)),
        facts_(facts_of_messages(result)) {
    for (const std::uint32_t i : told.evidence) {
      const std::uint32_t attempt = history_.events[i].attempt;
      proven_ = std::max(proven_, history_.events[i].at);
      if (attempt == 0) continue;
      attempts_.insert(attempt);
      if (attempt < owners_.size() && owners_[attempt] != kNobody) attempts_of_[owners_[attempt]].insert(attempt);
    }
  }

  std::vector<Sentence> happenings() {
    const Telling telling = reports::telling_of(result_, told_);
    mattering_ = telling.events;
    for (const StoryLine& line : story_of(result_, scenario_, &told_, false)) {
      const bool event = line.kind != StoryLine::Kind::message && line.kind != StoryLine::Kind::arrival &&
                         (line.kind != StoryLine::Kind::silent || mattering_.contains(line.index));
      if (event && (line.shown || line.evidence || mattering_.contains(line.index))) consider(line);
      if (line.kind == StoryLine::Kind::message && (line.shown || telling.messages.contains(line.index)))
        consider_message(line);
    }
    join_neighbours();
    drop_the_least();
    std::vector<Sentence> sentences;
    for (Beat& beat : beats_) sentences.push_back(std::move(beat.sentence));
    return sentences;
  }

 private:
  struct Beat {
    Sentence sentence;
    models::Instant at{};
    int weight = 0;
    const Event* last = nullptr;  // what it ends with
    Sentence joined{};            // the same behind another of the same lock
  };

  // What comes after the proof is less worth telling than what led to it.
  int weight_of(const Event& e, bool evidence) const {
    if (evidence) return 100;
    return basic_weight(e) - (e.at > proven_ ? 30 : 0);
  }
  int basic_weight(const Event& e) const {
    const bool involved = attempts_.contains(e.attempt);
    switch (e.type) {
      case EventType::fault_began: return 70;
      case EventType::healed: return about_liveness(told_.property) && !scenario_.faults.empty() ? 65 : 5;
      case EventType::granted: return involved ? 60 : 50;
      case EventType::expired:
      case EventType::broken: return 55;
      case EventType::write_accepted:
      case EventType::write_refused: return 50;
      case EventType::fail:
      case EventType::info: return e.op == Op::lock ? 50 : 25;
      case EventType::released:
      case EventType::lost: return 45;
      case EventType::recovered: return 40;
      case EventType::restarted: return struck_ ? 40 : 10;  // the first time it is no news
      case EventType::believes:
      case EventType::belief_ended: return 35;
      case EventType::invoke: return e.op == Op::lock ? 30 : 32;
      default: return 20;
    }
  }

  Manner manner_of(const Event& e) {
    const std::uint32_t owner = e.attempt < owners_.size() ? owners_[e.attempt] : kNobody;
    const std::string name = owner == kNobody ? "somebody" : models::process_name(history_, owner);
    return {name, owner != kNobody && attempts_of_.count(owner) > 0 && attempts_of_[owner].size() > 1 && e.attempt != 0,
            e.type == EventType::believes && !believed_.insert(e.attempt).second};
  }

  void consider(const StoryLine& line) {
    const Event& e = history_.events[line.index];
    if (e.type == EventType::fault_ended) return;
    if (e.type == EventType::fault_began) return consider_fault(line, e);
    if (repeats(e) && !line.evidence) return;
    Manner how = manner_of(e);
    Sentence words = event_in_words(history_, line.index, how);
    how.joined = true;
    Sentence joined = event_in_words(history_, line.index, how);
    if (words.empty()) {
      if (!line.evidence) return;
      words = {{in_prose(line, history_), Refers::event, line.index}};
    }
    if (!line.evidence && !told_once_.insert(plain(words)).second) return;
    if (e.type == EventType::process_crashed && !line.evidence) return;  // a fault tells it, or it is no news
    if (line.evidence) {
      const auto place = std::ranges::find(told_.evidence, line.index) - told_.evidence.begin();
      words.push_back({fmt::format("{}", place + 1), Refers::proof, line.index});
      joined.push_back(words.back());
    }
    const int weight = mattering_.contains(line.index) && !line.evidence ? 54 : weight_of(e, line.evidence);
    beats_.push_back({std::move(words), e.at, weight, &e, std::move(joined)});
  }

  // What has been told from the other side: the whole wish before its first request, giving back before it is heard.
  bool repeats(const Event& e) {
    if (e.type == EventType::invoke && e.op == Op::lock) wished_.insert(e.attempt);
    if (e.type == EventType::invoke && e.op == Op::unlock) given_back_.insert(e.attempt);
    if (e.type == EventType::invoke && e.op == Op::try_lock) return wished_.contains(e.attempt);
    return e.type == EventType::released && given_back_.contains(e.attempt);
  }

  // The same at the same time elsewhere is told in one breath.
  void consider_fault(const StoryLine& line, const Event& e) {
    struck_ = true;
    Sentence words = fault_in_words(scenario_, e.fault);
    const sim::Fault& fault = scenario_.faults[e.fault];
    const auto same = std::ranges::find_if(beats_, [&](const Beat& beat) {
      if (beat.last->type != EventType::fault_began) return false;
      const sim::Fault& other = scenario_.faults[beat.last->fault];
      return other.kind == fault.kind && other.amount == fault.amount && e.at - beat.at < std::chrono::seconds(1);
    });
    if (same == beats_.end()) {
      beats_.push_back({std::move(words),
                        e.at,
                        weight_of(e, false) - (!line.aside || scenario_.faults.size() <= 2 ? 0
                                               : scenario_.faults.size() > 4               ? 40
                                                                                           : 15),
                        &e,
                        {}});
      return;
    }
    const bool first = plain(same->sentence).find("; likewise ") == std::string::npos;
    same->sentence.push_back({first ? "; likewise " : ", "});
    same->sentence.push_back(words.front());
    same->sentence.back().text = struck(fault);
  }
  std::string struck(const sim::Fault& fault) const {
    const auto subject = sim::facts_of(fault.kind).subject;
    if (subject == sim::FaultSubject::process) return process_name(scenario_, fault.target);
    return subject == sim::FaultSubject::host ? host_in_words(scenario_, fault.target)
                                              : fmt::format("between {} and {}", host_in_words(scenario_, fault.target),
                                                            host_in_words(scenario_, fault.other));
  }

  // Where one request must not count twice, that it was sent twice is the point.
  Sentence sent_again(const StoryLine& line) {
    const MessageFacts& message = facts_[line.index];
    const bool again = !requests_.insert({message.attempt, message.request}).second;
    if (!again || message.reply || message.op != Op::try_lock || !attempts_.contains(message.attempt)) return {};
    if (!told_once_.insert(fmt::format("again {}", message.attempt)).second) return {};
    return {{fmt::format("{} sends the same request once more", models::process_name(history_, line.from)),
             Refers::message, line.index},
            {fmt::format(", now to {}", models::process_name(history_, line.to))}};
  }

  // Only what went wrong with a message is worth a sentence.
  void consider_message(const StoryLine& line) {
    Sentence words = message_in_words(result_, line.index, line.words, line.late);
    if (words.empty() && told_.property == Property::idempotence) words = sent_again(line);
    if (words.empty() || !told_once_.insert(plain(words)).second) return;
    beats_.push_back({std::move(words), line.at, 52, &nothing_, {}});
  }

  // What a client asks for and what comes of it, if nothing that is told lies between.
  static bool follows(const Event& first, const Event& second) {
    if (first.attempt != second.attempt || first.attempt == 0) return false;
    const bool asked = first.type == EventType::invoke && first.op == Op::lock;
    if (second.type == EventType::granted) return asked;
    if (second.type == EventType::believes) return first.type == EventType::granted || asked;
    if (second.type == EventType::queued) return asked;
    return first.type == EventType::belief_ended && second.type == EventType::lost;
  }
  void join_neighbours() {
    std::vector<Beat> joined;
    for (Beat& beat : beats_) {
      if (joined.empty() || !follows(*joined.back().last, *beat.last)) {
        joined.push_back(std::move(beat));
        continue;
      }
      Beat& before = joined.back();
      before.sentence.push_back(
          {beat.at - before.at < std::chrono::milliseconds(100) ? "; " : fmt::format("; at {} ", when(beat.at))});
      append(before.sentence, beat.joined.empty() ? beat.sentence : beat.joined);
      before.weight = std::max(before.weight, beat.weight);
      before.last = beat.last;
    }
    beats_ = std::move(joined);
  }

  void drop_the_least() {
    while (beats_.size() > kHappenings) {
      // Of equals the earliest: the end is what it is about.
      const auto least = std::ranges::min_element(beats_, {}, &Beat::weight);
      beats_.erase(least);
    }
    for (Beat& beat : beats_) {
      beat.sentence.insert(beat.sentence.begin(), Segment{fmt::format("At {} ", when(beat.at))});
      beat.sentence.push_back({"."});
    }
  }

  const RunResult& result_;
  const models::History& history_;
  const Scenario& scenario_;
  const models::Verdict& told_;
  std::vector<std::uint32_t> owners_;
  std::set<std::uint32_t> attempts_, believed_, wished_, given_back_;
  std::set<std::uint32_t> mattering_;                             // events
  std::map<std::uint32_t, std::set<std::uint32_t>> attempts_of_;  // by client
  bool struck_ = false;                                           // by any fault so far
  models::Instant proven_{};
  Event nothing_;
  std::set<std::string> told_once_;
  std::vector<MessageFacts> facts_;
  std::set<std::pair<std::uint32_t, std::uint32_t>> requests_;  // attempt, number
  std::vector<Beat> beats_;
};

// Commas and an "and" between them. They begin a sentence.
void append_list(Sentence& to, Sentence items) {
  if (!items.empty() && items[0].text[0] >= 'a' && items[0].text[0] <= 'z') items[0].text[0] -= 'a' - 'A';
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) to.push_back({i + 1 == items.size() ? " and " : ", "});
    to.push_back(items[i]);
  }
}

// "Client 0 and client 1 share lock A. Server 0 lends it out ...".
Sentence setting(const RunResult& result, const Scenario& scenario, const models::Verdict* told) {
  const auto& history = result.history;
  const auto owners = owners_of(history);
  std::set<std::uint32_t> whom, locks;
  for (std::uint32_t i = 0; i < history.events.size(); ++i) {
    const Event& e = history.events[i];
    const bool proves = told == nullptr || std::ranges::find(told->evidence, i) != told->evidence.end();
    if (!proves || !names_lock(e) || e.attempt == 0) continue;
    locks.insert(e.lock);
    if (e.attempt < owners.size() && owners[e.attempt] != kNobody) whom.insert(owners[e.attempt]);
  }
  if (told != nullptr) {
    for (const std::uint32_t i : telling_of(result, *told).events) whom.insert(history.events[i].process);
  }
  Sentence clients, servers, text;
  for (std::uint32_t p = 0; p < history.processes.size(); ++p) {
    const auto& process = history.processes[p];
    if (process.role == Role::client && (whom.contains(p) || whom.empty()))
      clients.push_back({process.name, Refers::lane, p});
    if (process.role == Role::server) servers.push_back({process.name, Refers::lane, p});
  }
  const auto shorten = [](Sentence& names, std::string_view what) {
    if (names.size() > 4) names = {{fmt::format("{} {}", names.size(), what)}};
  };
  const bool several = clients.size() > 1;
  shorten(clients, "clients");
  shorten(servers, "servers");
  append_list(text, clients);
  text.push_back({several ? " share " : " wants "});
  std::vector<std::string> names;
  for (const std::uint32_t l : locks) names.push_back("lock " + models::lock_name(history, l));
  const bool one = names.size() == 1 || scenario.locks == 1;
  text.push_back({names.empty() || names.size() > 3 ? counted(scenario.locks, "lock", "locks") : listed(names)});
  text.push_back({". "});
  if (servers.empty()) {
    text.push_back({several ? "They take it" : "It takes it"});
    if (!one) text.back().text = several ? "They take them" : "It takes them";
    text.push_back({" in storage that all have in common"});
  } else {
    append_list(text, servers);
    const bool lends = servers.size() == 1 && servers[0].refers == Refers::lane;
    text.push_back({fmt::format(" {} {} out", lends ? "lends" : "lend", one ? "it" : "them")});
  }
  // What a client is told by its own library may be a number that no store gave out, as of Redlock.
  const bool tokens =
      std::ranges::any_of(history.events, [](const Event& e) { return e.token != 0 && e.op != Op::lock; });
  text.push_back({tokens ? " for a limited time (a lease), each time with a number (its token)."
                         : " for a limited time (a lease)."});
  return text;
}

std::vector<Sentence> quiet_story(const RunResult& result, const Scenario& scenario) {
  std::vector<Sentence> story;
  Sentence struck;
  std::set<std::uint32_t> began;
  for (const Event& e : result.history.events) {
    if (e.type != EventType::fault_began || e.fault >= scenario.faults.size() || !began.insert(e.fault).second)
      continue;
    if (began.size() > 3) continue;
    struck.push_back({began.size() == 1 ? fmt::format("At {} ", when(e.at)) : fmt::format("; at {} ", when(e.at))});
    append(struck, fault_in_words(scenario, e.fault));
  }
  if (began.size() > 3)
    struck.push_back({fmt::format("; and {} more", counted(began.size() - 3, "fault strikes", "faults strike"))});
  if (struck.empty()) struck.push_back({"No fault strikes"});
  struck.push_back({"."});
  story.push_back(std::move(struck));
  std::size_t exercised = 0, undecided = 0;
  for (const auto& v : result.verdicts) {
    exercised += v.exercised > 0;
    undecided += v.outcome == models::Outcome::undecided;
  }
  story.push_back({{exercised == 0  ? "No promise could have been broken in this run, so it says nothing."
                    : undecided > 0 ? fmt::format("No promise was seen to be broken, but {} could not be decided.",
                                                  counted(undecided, "one of them", "of them"))
                                    : fmt::format("All {} that could have been broken were kept.",
                                                  counted(exercised, "promise", "promises"))}});
  return story;
}

}  // namespace

std::string why_wrong(Property property) {
  switch (property) {
    case Property::lease_exclusion:
      return "the store must never lend one lock to two at a time, since each of them acts as if alone";
    case Property::belief_exclusion:
      return "two must never believe at the same time that they hold one lock, since both then do what only "
             "one may do";
    case Property::linearizable:
      return "no single lock that does one thing after the other could have answered all that";
    case Property::fencing_order:
      return "a token must belong to one grant, and a later grant must have a higher one: who trusts tokens to tell "
             "old holders from new ones is deceived";
    case Property::fenced_writes:
      return "once a newer holder has written, the resource must refuse an older one, or the old one spoils what the "
             "new one wrote";
    case Property::ownership: return "only who holds a lock may keep it for longer or give it back";
    case Property::idempotence: return "one request, however often it arrives, may be given one lease only";
    case Property::durability:
      return "what was promised must outlast a crash: nobody may lose a lease, and no token may come again, because a "
             "store was restarted";
    case Property::no_phantom_hold:
      return "who was turned away must hold nothing: it does not know that it has the lock, so it never gives it back";
    case Property::events:
      return "who listens to a lock must be told all that happens to it, in order, and nothing else";
    case Property::names: return "what is done to one lock must be done to no other, however alike their names are";
    case Property::expiry: return "a lock whose holder is gone must come free for those who wait";
    case Property::progress:
      return "once nothing goes wrong any more, whoever asks must be answered, and a lock that is wanted must be "
             "granted";
    case Property::fifo: return "who waits in line must be served before those who came later";
    case Property::timely: return "answers, and the news that a lock is lost, must come in time";
    case Property::deadlock_free:
      return "who wants several locks at once must neither wait in a circle nor be left with half of them";
  }
  return "";
}

std::string plain(const Sentence& sentence) {
  std::string text;
  for (const Segment& s : sentence) text += s.refers == Refers::proof ? "" : s.text;
  return text;
}

std::vector<Sentence> plain_story(const RunResult& result, const Scenario& scenario) {
  const models::Verdict* told = told_verdict(result, scenario);
  std::vector<Sentence> story = {setting(result, scenario, told)};
  const auto rest = told == nullptr ? quiet_story(result, scenario) : Teller(result, scenario, *told).happenings();
  story.insert(story.end(), rest.begin(), rest.end());
  if (told != nullptr) story.push_back({{fmt::format("That is wrong because {}.", why_wrong(told->property))}});
  for (Sentence& sentence : story) {
    for (Segment& s : sentence) s.text = printable_ascii(s.text);
  }
  return story;
}

}  // namespace lockstep::reports
