// From options to rules: each that is given asks for the judgement of waiting.
#include "cli/wait_arguments.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/app.h"
#include "cli/commands.h"

namespace lockstep::cli {

void add_wait_options(CLI::App& command, WaitArguments& a) {
  const std::string group = "What the log says about waiting";
  const auto duration = [&](const std::string& name, std::string& value, const std::string& what) {
    command.add_option(name, value, what)->group(group);
  };
  command.add_flag("--waits", a.all, "tell it: the longest wait, the most overtaken, deadlocks")->group(group);
  command.add_flag("--fifo", a.fifo, "nobody may be granted a lock before one who waited for it earlier")->group(group);
  command.add_option("--overtaking", a.overtaking, "so many may, at most")->group(group)->excludes("--fifo");
  duration("--queued-within", a.queued_within, "a request has reached the line after so long, like \"5 ms\"");
  duration("--wake-within", a.wake_within, "a lock with room for all who wait has told one of them after so long");
  duration("--longest-wait", a.longest_wait, "whoever has waited for longer is not passed over again");
  duration("--deadlock-within", a.deadlock_within,
           "processes that wait for each other, for longer than this; without it: until the log ends");
  duration("--told-within", a.told_within, "no answer is under way for longer, so more is certain");
  command.add_flag("--clients-die", a.clients_die, "without a word: who is never answered need not be waiting")
      ->group(group);
}

std::optional<linear::WaitRules> wait_rules_or_error(const WaitArguments& a) {
  linear::WaitRules rules{.most_overtaken = a.overtaking, .unanswered_wait = !a.clients_die};
  if (a.fifo) rules.most_overtaken = 0;
  bool asked = a.all || rules.most_overtaken || a.clients_die;
  const auto duration = [&](const char* name, const std::string& text) -> std::optional<linear::Instant> {
    if (text.empty()) return std::nullopt;
    asked = true;
    return duration_or_error(name, text).count();
  };
  rules.queued_within = duration("--queued-within", a.queued_within).value_or(0);
  rules.wake_within = duration("--wake-within", a.wake_within).value_or(0);
  rules.longest_wait = duration("--longest-wait", a.longest_wait).value_or(0);
  rules.deadlock_within = duration("--deadlock-within", a.deadlock_within).value_or(0);
  rules.told_within = duration("--told-within", a.told_within);
  if (!asked) return std::nullopt;
  return rules;
}

}  // namespace lockstep::cli
