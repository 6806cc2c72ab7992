// One pass over the history for each kind of track. The words are the ladder's.
#include "reports/chrome_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <tuple>

#include "models/facts.h"
#include "models/words.h"
#include "reports/campaign_answer.h"
#include "reports/event_json.h"
#include "reports/message_facts.h"
#include "reports/replay_text.h"
#include "reports/story.h"
#include "reports/text_style.h"
#include "reports/trace_tracks.h"

namespace lockstep::reports {
namespace {

using models::Event;
using models::EventType;
using models::Instant;
using models::Op;
using scenarios::RunResult;
using scenarios::Scenario;

constexpr Duration kMessageDrawn = std::chrono::microseconds(1);
constexpr std::string_view kStillOpen = "still so at the end of the run";

bool is_answer(EventType type) { return type == EventType::ok || type == EventType::fail || type == EventType::info; }

class Trace {
 public:
  Trace(const RunResult& result, const Scenario& scenario)
      : result_(result),
        scenario_(scenario),
        history_(result.history),
        facts_(models::gather(result.history)),
        owners_(owners_of(result.history)),
        words_(result.history.events.size()),
        processes_(result.history.processes.size()),
        leases_(result.history.locks.size()),
        end_(result.virtual_time) {
    for (const StoryLine& line : story_of(result, scenario, nullptr, true)) {
      const bool message = line.kind == StoryLine::Kind::message || line.kind == StoryLine::Kind::arrival;
      if (!message) words_[line.index] = line.words;
    }
    for (const Event& e : history_.events) end_ = std::max(end_, e.at);
  }

  std::string json() {
    for (std::uint32_t i = 0; i < history_.events.size(); ++i) take(history_.events[i], i);
    close_what_is_open();
    believe();
    for (std::uint32_t i = 0; i < result_.messages_told.size(); ++i) draw_message(i);
    judge();
    return trace_json(groups(), {{"lockstep_trace", fmt::format("{}", kTraceVersion)},
                                 {"answer", replay_answer(result_, scenario_)},
                                 {"backend", scenario_.backend},
                                 {"seed", fmt::format("{}", scenario_.seed)},
                                 {"trace_hash", hex(result_.trace_hash)},
                                 {"time", "microseconds of virtual time"}});
  }

 private:
  using Key = std::tuple<std::uint32_t, Op, std::uint32_t, std::uint32_t>;  // lock, operation, attempt, request
  using Open = std::multimap<Key, Slice>;                                   // what is asked twice is answered in order

  struct Tracks {
    Track life{.category = "process"};
    Track operations{.category = "operation"};
    Track sections{.category = "critical section"};
    Track beliefs{.category = "belief"};
    Track messages{.category = "message"};
    Open asked, held;  // not over yet
    std::optional<Slice> paused, down;
  };

  std::string lock(std::uint32_t index) const { return models::lock_name(history_, index); }
  std::string process(std::uint32_t index) const { return models::process_name(history_, index); }
  std::string with_token(const Event& e) const {
    return e.token == 0 ? lock(e.lock) : fmt::format("{} #{}", lock(e.lock), e.token);
  }
  std::string owner(std::uint32_t attempt) const {
    const std::uint32_t who = attempt < owners_.size() ? owners_[attempt] : kNobody;
    return who == kNobody ? fmt::format("attempt {}", attempt) : process(who);
  }

  Slice slice(const Event& e, std::string name) const {
    Slice slice{.from = e.at, .to = end_, .whose = e.attempt};
    slice.order = static_cast<std::size_t>(&e - history_.events.data());
    slice.name = std::move(name);
    if (e.attempt != 0) slice.notes.emplace_back("attempt", fmt::format("{}", e.attempt));
    return slice;
  }
  static void close(Slice& slice, Instant at, const char* how, std::string_view words, Track& track) {
    slice.to = std::max(slice.from, at);
    slice.notes.emplace_back(how, words);
    track.slices.push_back(std::move(slice));
  }
  static void close(std::optional<Slice>& slice, Instant at, std::string_view words, Track& track) {
    if (slice) close(*slice, at, "ends", words, track);
    slice.reset();
  }
  static void close_all(Open& open, Instant at, const char* how, std::string_view words, Track& track) {
    for (auto& entry : open) close(entry.second, at, how, words, track);
    open.clear();
  }

  void take(const Event& e, std::uint32_t index) {
    if (!has_process(e)) return take_fault(e, index);
    if (e.process >= processes_.size()) return;
    Tracks& tracks = processes_[e.process];
    if (e.type == EventType::invoke || is_answer(e.type)) return take_operation(e, index, tracks);
    if (e.type == EventType::believes || e.type == EventType::belief_ended) return;  // have a track of their own
    if (e.type >= EventType::process_started && e.type <= EventType::process_resumed)
      return take_life(e, index, tracks);
    if (e.type == EventType::lost) end_section(e, index, tracks);
    take_lease(e, index);
    tracks.life.marks.push_back({e.at, words_[index], notes_of(e)});
  }

  static Notes notes_of(const Event& e) {
    return e.attempt == 0 ? Notes() : Notes{{"attempt", fmt::format("{}", e.attempt)}};
  }

  void take_fault(const Event& e, std::uint32_t index) {
    if (e.type == EventType::healed) {
      faults_.marks.push_back({e.at, words_[index], {}});
    } else if (e.type == EventType::fault_began) {
      Slice fault = slice(e, words_[index]);
      fault.whose = e.fault;
      open_faults_[e.fault] = std::move(fault);
    } else if (const auto began = open_faults_.extract(e.fault)) {
      close(began.mapped(), e.at, "ends", "over", faults_);
    }
  }

  void take_operation(const Event& e, std::uint32_t index, Tracks& tracks) {
    const Key key{e.lock, e.op, e.attempt, e.op == Op::lock ? 0 : e.request};
    if (e.type == EventType::invoke) {
      if (e.op == Op::unlock) end_section(e, index, tracks);
      tracks.asked.emplace(key, slice(e, words_[index]));
      return;
    }
    if (const auto asked = tracks.asked.extract(key)) {
      close(asked.mapped(), e.at, "answer", words_[index], tracks.operations);
    } else {
      tracks.life.marks.push_back({e.at, words_[index], notes_of(e)});
    }
    if (e.op == Op::lock && e.type == EventType::ok)
      tracks.held.emplace(section(e), slice(e, fmt::format("has {}", with_token(e))));
  }

  static Key section(const Event& e) { return {e.lock, Op::lock, e.attempt, 0}; }
  void end_section(const Event& e, std::uint32_t index, Tracks& tracks) {
    if (const auto held = tracks.held.extract(section(e)))
      close(held.mapped(), e.at, "ends", words_[index], tracks.sections);
  }

  void take_life(const Event& e, std::uint32_t index, Tracks& tracks) {
    switch (e.type) {
      case EventType::process_paused: tracks.paused = slice(e, "paused"); return;
      case EventType::process_resumed: return close(tracks.paused, e.at, words_[index], tracks.life);
      case EventType::process_started: return close(tracks.down, e.at, words_[index], tracks.life);
      default: break;
    }
    close(tracks.paused, e.at, words_[index], tracks.life);
    tracks.down = slice(e, "down");
    close_all(tracks.asked, e.at, "answer", "none: the process dies", tracks.operations);
    close_all(tracks.held, e.at, "ends", words_[index], tracks.sections);
  }

  void take_lease(const Event& e, std::uint32_t index) {
    if (e.lock >= leases_.size()) leases_.resize(e.lock + std::size_t{1});
    Track& track = leases_[e.lock];
    switch (e.type) {
      case EventType::restarted: return forget(e, index);
      case EventType::renewed: track.marks.push_back({e.at, words_[index], notes_of(e)}); [[fallthrough]];
      case EventType::granted:
      case EventType::recovered: {
        if (open_leases_.contains(e.attempt)) return;
        Slice lease = slice(e, fmt::format("{}: {}", with_token(e), owner(e.attempt)));
        lease.notes.emplace_back("begins", words_[index]);
        open_leases_.emplace(e.attempt, Lease{std::move(lease), e.process, e.lock});
        return;
      }
      case EventType::released:
      case EventType::expired:
      case EventType::broken:
        if (const auto lease = open_leases_.extract(e.attempt))
          close(lease.mapped().slice, e.at, "ends", words_[index], track);
        return;
      default: return;
    }
  }

  // A store that was opened tells directly afterwards which leases it found; what it had granted before and does not
  // name is over.
  void forget(const Event& restarted, std::uint32_t index) {
    std::vector<std::uint32_t> found;
    for (std::uint32_t i = index + 1; i < history_.events.size(); ++i) {
      const Event& e = history_.events[i];
      if (e.type != EventType::recovered || e.process != restarted.process) break;
      found.push_back(e.attempt);
    }
    for (auto at = open_leases_.begin(); at != open_leases_.end();) {
      const bool over = at->second.told_by == restarted.process && std::ranges::count(found, at->first) == 0;
      if (over)
        close(at->second.slice, restarted.at, "ends", "not known any more once the store is opened again",
              leases_[at->second.lock]);
      at = over ? open_leases_.erase(at) : std::next(at);
    }
  }

  void close_what_is_open() {
    for (Tracks& tracks : processes_) {
      close_all(tracks.asked, end_, "answer", "none in this run", tracks.operations);
      close_all(tracks.held, end_, "ends", kStillOpen, tracks.sections);
      close(tracks.paused, end_, kStillOpen, tracks.life);
      close(tracks.down, end_, kStillOpen, tracks.life);
    }
    for (auto& fault : open_faults_) close(fault.second, end_, "ends", kStillOpen, faults_);
    for (auto& lease : open_leases_) close(lease.second.slice, end_, "ends", kStillOpen, leases_[lease.second.lock]);
  }

  void believe() {
    for (const models::Belief& belief : facts_.beliefs) {
      if (belief.process >= processes_.size()) continue;
      const Event& began = facts_.event(belief.began);
      const bool over = belief.ended != models::kNever;
      Slice slice = this->slice(began, fmt::format("believes to hold {}", with_token(began)));
      close(slice, over ? belief.to : end_, "ends", over ? words_[belief.ended] : std::string(kStillOpen),
            processes_[belief.process].beliefs);
    }
  }

  void draw_message(std::uint32_t index) {
    if (facts_of_messages_.empty()) facts_of_messages_ = facts_of_messages(result_);
    const scenarios::MessageStory& m = result_.messages_told[index];
    if (m.from >= processes_.size() || m.to >= processes_.size()) return;
    const std::string& words = facts_of_messages_[index].words;
    const Instant sent = m.sent.time_since_epoch(), arrived = m.arrived.time_since_epoch();
    Track& from = processes_[m.from].messages;
    if (!m.has_arrived) {
      const char* how = m.lost ? "lost" : "still under way at the end of the run";
      from.marks.push_back({sent, fmt::format("{}: {} to {}", how, words, process(m.to)), {}});
      return;
    }
    const Notes notes = {{"took", models::length(arrived - sent)}};
    from.slices.push_back({.from = sent,
                           .to = sent + kMessageDrawn,
                           .name = fmt::format("sends to {}: {}", process(m.to), words),
                           .notes = notes,
                           .end = ArrowEnd::begins,
                           .arrow = index + 1});
    processes_[m.to].messages.slices.push_back({.from = arrived,
                                                .to = arrived + kMessageDrawn,
                                                .name = fmt::format("hears from {}: {}", process(m.from), words),
                                                .notes = notes,
                                                .end = ArrowEnd::arrives,
                                                .arrow = index + 1});
  }

  void judge() {
    for (const models::Verdict& v : result_.verdicts) {
      if (v.outcome != models::Outcome::violation) continue;
      Track track{.name = title_of(v.property), .category = "violation"};
      Instant from = end_, to = Instant::zero();
      for (const std::uint32_t index : v.evidence) {
        const Event& e = history_.events[index];
        from = std::min(from, e.at);
        to = std::max(to, e.at);
        const bool named = has_process(e) && e.process < processes_.size();
        const std::string what = named ? process(e.process) + ": " + words_[index] : words_[index];
        track.marks.push_back({e.at, what, notes_of(e)});
        const std::string proves = fmt::format("proves that {} is violated: {}", track.name, words_[index]);
        if (named) processes_[e.process].life.marks.push_back({e.at, proves, notes_of(e)});
      }
      Slice slice{.from = from, .to = std::max(from, to), .name = fmt::format("violated: {}", v.shape)};
      slice.notes = {{"promise", std::string(models::promise_of(v.property))}, {"sentence", v.sentence}};
      track.slices.push_back(std::move(slice));
      verdicts_.tracks.push_back(std::move(track));
    }
  }

  std::vector<TrackGroup> groups() {
    std::vector<TrackGroup> all;
    if (!verdicts_.tracks.empty()) all.push_back(std::move(verdicts_));
    if (!faults_.slices.empty() || !faults_.marks.empty()) all.push_back({"faults", {std::move(faults_)}});
    TrackGroup store{.name = "store"};
    for (std::uint32_t l = 0; l < leases_.size(); ++l) {
      if (leases_[l].slices.empty() && leases_[l].marks.empty()) continue;
      leases_[l].name = fmt::format("leases of {}", lock(l));
      leases_[l].category = "lease";
      store.tracks.push_back(std::move(leases_[l]));
    }
    if (!store.tracks.empty()) all.push_back(std::move(store));
    std::map<std::uint32_t, TrackGroup> hosts;
    for (std::uint32_t p = 0; p < processes_.size(); ++p) add(hosts[history_.processes[p].host], p);
    for (auto& [host, group] : hosts) {
      group.name = fmt::format("host {}", host);
      all.push_back(std::move(group));
    }
    return all;
  }

  void add(TrackGroup& host, std::uint32_t p) {
    Tracks& tracks = processes_[p];
    const std::pair<Track*, const char*> named[] = {{&tracks.life, ""},
                                                    {&tracks.operations, ": operations"},
                                                    {&tracks.sections, ": critical sections"},
                                                    {&tracks.beliefs, ": beliefs"},
                                                    {&tracks.messages, ": messages"}};
    for (const auto& [track, what] : named) {
      if (track != &tracks.life && track->slices.empty() && track->marks.empty()) continue;
      track->name = process(p) + what;
      host.tracks.push_back(std::move(*track));
    }
  }

  struct Lease {
    Slice slice;
    std::uint32_t told_by = 0;  // process
    std::uint32_t lock = 0;
  };

  const RunResult& result_;
  const Scenario& scenario_;
  const models::History& history_;
  models::Facts facts_;
  std::vector<std::uint32_t> owners_;
  std::vector<std::string> words_;  // by event
  std::vector<Tracks> processes_;
  std::vector<Track> leases_;                   // by lock
  std::map<std::uint32_t, Lease> open_leases_;  // by attempt
  std::map<std::uint32_t, Slice> open_faults_;
  Track faults_{.name = "faults", .category = "fault"};
  TrackGroup verdicts_{.name = "verdicts"};
  std::vector<MessageFacts> facts_of_messages_;
  Instant end_{};
};

}  // namespace

std::string chrome_trace(const RunResult& result, const Scenario& scenario) { return Trace(result, scenario).json(); }

}  // namespace lockstep::reports
