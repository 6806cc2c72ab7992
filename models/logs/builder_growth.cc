// What makes a log that grows shorter again: everything that has a number of an operation or an attempt gets the new
// one.
#include <algorithm>
#include <utility>

#include "models/logs/builder.h"

namespace lockstep::models {
namespace {

using linear::kNone;

std::uint32_t renamed(const std::vector<std::uint32_t>& numbers, std::uint32_t number) {
  return number == kNone ? kNone : numbers[number];
}

}  // namespace

LogBuilder::News LogBuilder::news() {
  return {.events = std::exchange(events_, {}), .unanswered = std::exchange(unanswered_, {})};
}

void LogBuilder::make_unknown(std::uint32_t operation) {
  linear::Operation& op = log_.operations[operation];
  op.answer = linear::Answer::unknown;
  op.returned = linear::kNever;
  op.named = kNone;
  op.token = 0;
}

void LogBuilder::renumber(const linear::Renumbering& to) {
  linear::Renumbering::keep(to.operations, log_.operations);
  for (linear::Operation& op : log_.operations) {
    op.hold = renamed(to.holds, op.hold);
    op.named = renamed(to.holds, op.named);
  }
  // By number no more: numbers rise for ever.
  for (std::size_t sid = 0; sid < by_sid_.size(); ++sid)
    if (by_sid_[sid] != kNone) by_large_sid_.emplace(static_cast<std::int64_t>(sid), by_sid_[sid]);
  by_sid_.clear();
  for (auto& [sid, hold] : by_large_sid_) hold = renamed(to.holds, hold);
  for (auto& [sid, hold] : by_text_) hold = renamed(to.holds, hold);
  for (auto& [owner, attempts] : of_owner_) linear::Renumbering::apply(to.holds, attempts);
  std::erase_if(by_large_sid_, [](const auto& known) { return known.second == kNone; });
  std::erase_if(by_text_, [](const auto& known) { return known.second == kNone; });
  std::erase_if(of_owner_, [](const auto& known) { return known.second.empty(); });
  std::map<std::uint32_t, std::string> names;
  for (auto& [hold, name] : log_.names)
    if (to.holds[hold] != kNone) names.emplace(to.holds[hold], std::move(name));
  log_.names = std::move(names);
  linear::Renumbering::keep(to.holds, log_.sids);
  linear::Renumbering::keep(to.holds, owner_of_hold_);
  linear::Renumbering::keep(to.holds, lock_of_hold_);
  linear::Renumbering::keep(to.holds, asked_);
  for (Asked& asked : asked_) asked.first = renamed(to.operations, asked.first);
  const auto rename_open = [&](std::uint32_t& open) {
    if (open != kNone && open != kForgotten) open = to.operations[open] != kNone ? to.operations[open] : kForgotten;
  };
  for (std::uint32_t& open : open_) rename_open(open);
  for (auto& [process, open] : open_of_large_) rename_open(open);
  log_.holds = static_cast<std::uint32_t>(std::ranges::count_if(to.holds, [](auto hold) { return hold != kNone; }));
}

}  // namespace lockstep::models
