// Line by line, so that the verdict does not depend on how the lines arrive.
#include "models/logs/growing_log.h"

#include <utility>

namespace lockstep::models {
namespace {

LogRules growing(LogRules rules) {
  rules.grows = true;
  return rules;
}

}  // namespace

GrowingLog::GrowingLog(LogRules rules, LogFormat format, const linear::Follow::Rules& follow)
    : rules_(follow), reader_(growing(std::move(rules)), format, [this](LogBuilder& builder) { added(builder); }) {}

void GrowingLog::take(std::string_view lines) { reader_.take(lines); }

void GrowingLog::added(LogBuilder& builder) {
  if (!follow_) follow_.emplace(builder.so_far(), rules_);
  if (follow_->violated()) return;
  const auto [events, unanswered] = builder.news();
  for (const std::uint32_t event : events) {
    if (event % 2 == 0) {
      ++operations_;
      follow_->asked(event / 2);
      continue;
    }
    if (follow_->is_too_late(event / 2)) builder.make_unknown(event / 2);
    follow_->answered(event / 2);
  }
  for (const std::uint32_t operation : unanswered) follow_->will_not_be_answered(operation);
  last_ = builder.last_time();
  if (!events.empty()) follow_->advance(last_);
  if (!follow_->is_cluttered() || follow_->violated()) return;
  const linear::Renumbering kept = follow_->kept();
  builder.renumber(kept);
  follow_->renumber(kept);
}

void GrowingLog::rest() {
  if (follow_ && !follow_->violated()) follow_->pass(last_);
}

GrowingLog::Progress GrowingLog::progress() const {
  if (!follow_) return {};
  const std::uint32_t oldest = follow_->first_open();
  const linear::Operation* const open = oldest == linear::kNone ? nullptr : &follow_->log().operations[oldest];
  return {.operations = operations_,
          .open = follow_->open(),
          .kept = follow_->most_kept(),
          .too_late = follow_->too_late(),
          .up_to = follow_->judged_up_to(),
          .now = last_,
          .waits_for = open == nullptr ? 0 : open->line,
          .waits_since = open == nullptr ? 0 : open->invoked,
          .undecided = follow_->undecided()};
}

GrowingLog::Result GrowingLog::finish() {
  Result result;
  if (follow_ && !follow_->violated()) follow_->finish();
  if (follow_) result.judgements = follow_->judgements();
  result.progress = progress();
  result.read = std::move(reader_).result();
  return result;
}

}  // namespace lockstep::models
