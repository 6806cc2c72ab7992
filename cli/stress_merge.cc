// One pass over the sorted records. A store's event stands where it was decided, under the store's lock, and not where
// it was told: a process that was stopped in between tells late.
#include "cli/stress_merge.h"

#include <algorithm>
#include <map>

namespace lockstep::cli {
namespace {

using models::Event;
using models::EventType;
using models::Instant;
using models::Op;

class Merger {
 public:
  explicit Merger(const StressCast& cast) : cast_(cast), paused_(cast.processes.size()) {
    history_.processes = cast.processes;
    history_.locks = cast.locks;
  }

  void take(const Record& record) {
    Event event = record.event;
    event.at -= cast_.origin.time_since_epoch();
    beliefs_end(event.at);
    for (auto* reading : {&event.clock, &event.deadline}) {
      if (*reading != models::ClockReading{}) reading->value -= cast_.origin.time_since_epoch();
    }
    event.attempt = ordinal(record.attempt);
    event.holder = ordinal(record.holder);
    if (!pauses(event)) return;
    note_belief(event);
    history_.events.push_back(event);
  }

  models::History finish() && {
    beliefs_end(cast_.end - cast_.origin);
    return std::move(history_);
  }

 private:
  struct Belief {
    Instant deadline{};
    std::uint32_t process = 0;
  };

  std::uint32_t ordinal(AttemptId id) {
    if (id.session == 0) return 0;
    return ordinals_.try_emplace(id, static_cast<std::uint32_t>(ordinals_.size() + 1)).first->second;
  }

  // False for what changes nothing: one pause begins or ends within another.
  bool pauses(const Event& event) {
    switch (event.type) {
      case EventType::process_paused: return paused_.at(event.process)++ == 0;
      case EventType::process_resumed: {
        int& depth = paused_.at(event.process);
        return depth > 0 && --depth == 0;
      }
      case EventType::process_started:
      case EventType::process_crashed: paused_.at(event.process) = 0; return true;
      default: return true;
    }
  }

  // The observer of beliefs is not told which lock they are about.
  void note_belief(Event& event) {
    if (event.type == EventType::process_crashed) {
      std::erase_if(beliefs_, [&](const auto& belief) { return belief.second.process == event.process; });
    }
    if (event.attempt == 0) return;
    if (event.type == EventType::believes || event.type == EventType::lost) {
      event.lock = locks_[event.attempt];
    } else {
      locks_[event.attempt] = event.lock;
    }
    if (event.type == EventType::believes) {
      beliefs_[event.attempt] = {event.deadline.value, event.process};
    } else if (event.type == EventType::lost || (event.type == EventType::invoke && event.op == Op::unlock)) {
      beliefs_.erase(event.attempt);
    }
  }

  // Those whose deadline is not later than `until`, in the order of their deadlines.
  void beliefs_end(Instant until) {
    for (;;) {
      const auto next = std::ranges::min_element(beliefs_, {}, [](const auto& b) { return b.second.deadline; });
      if (next == beliefs_.end() || next->second.deadline > until) return;
      Event event{.type = EventType::belief_ended, .process = next->second.process, .attempt = next->first};
      // It may have been told only when it was over.
      event.at = std::max(next->second.deadline, history_.events.back().at);
      event.clock = {0, event.at};
      event.lock = locks_[next->first];
      history_.events.push_back(event);
      beliefs_.erase(next);
    }
  }

  const StressCast& cast_;
  models::History history_;
  std::vector<int> paused_;  // by process: for how many reasons
  std::map<AttemptId, std::uint32_t> ordinals_;
  std::map<std::uint32_t, std::uint32_t> locks_;  // by attempt
  std::map<std::uint32_t, Belief> beliefs_;       // by attempt; a handful at a time
};

}  // namespace

models::History merge(const std::vector<std::vector<Record>>& files, const StressCast& cast) {
  std::vector<const Record*> all;
  for (const auto& file : files) {
    for (const Record& record : file) all.push_back(&record);
  }
  std::ranges::stable_sort(all, {}, [](const Record* record) { return record->event.at; });
  Merger merger(cast);
  for (const Record* record : all) merger.take(*record);
  return std::move(merger).finish();
}

}  // namespace lockstep::cli
