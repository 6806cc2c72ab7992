// The same events as scenarios/recorder.cc makes in simulation, by the real clock.
#include "cli/stress_witness.h"

#include <charconv>

#include "impl/env/check.h"
#include "scenarios/recorded_words.h"

namespace lockstep::cli {

using models::Event;
using models::EventType;

LockName stress_lock(std::uint32_t lock, const std::string& space) { return {space, std::to_string(lock)}; }

std::uint32_t number_of(const LockName& name) {
  std::uint32_t lock = 0;
  const char* end = name.bytes.data() + name.bytes.size();
  CHECK(std::from_chars(name.bytes.data(), end, lock).ptr == end);
  return lock;
}

void Witness::write(Record record) const {
  record.event.process = process_;
  if (record.event.at == models::Instant::zero()) record.event.at = boot_time().time_since_epoch();
  if (record.event.clock == models::ClockReading{}) record.event.clock = {0, record.event.at};
  journal_.write(record);
}

void Witness::write(Event event, AttemptId attempt, AttemptId holder) {
  write({.event = event, .attempt = attempt, .holder = holder});
}

void Witness::on(const LeaseEvent& e) {
  Record record;
  record.event = scenarios::applied(e);
  Event& event = record.event;
  if (e.name != nullptr) {
    event.lock = number_of(*e.name);
    record.attempt = e.key.attempt;
  }
  event.at = e.decided.time_since_epoch();
  event.clock = reading_of(e.decided);
  event.deadline = reading_of(e.deadline);
  write(record);
}

void Witness::believes(AttemptId attempt, MonoTime deadline) {
  Record record;
  record.attempt = attempt;
  record.event.type = EventType::believes;
  record.event.deadline = reading_of(deadline);
  write(record);
}

void Witness::lost(AttemptId attempt, LossReason reason) {
  Record record;
  record.attempt = attempt;
  record.event.type = EventType::lost;
  record.event.reason = scenarios::reason_of(reason);
  write(record);
}

}  // namespace lockstep::cli
